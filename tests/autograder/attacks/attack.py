"""The form of an attack, and how attacks that are all text are read from a file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

WRONG = "def precision(y_true, y_pred):\n    return 0.123"

Edit = Callable[[NotebookNode], Any]


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes
    ----------
    name : str
        What it is called; the student's name, too.
    tries, stops : str
        What it does, and what is in its way: a row of the table in the documentation.
    named : str
        A regular expression. One of the sentences in the report must match it.
    answer : str
        The answer cell `precision`.
    cell : str
        A code cell after the answer, before its test.
    shows : str
        What the cells leave in the graded notebook if the attack was really carried out.
    hides : str
        What must not be among that.
    edit : callable
        A change of the notebook.
    files : mapping of str to str
        What lies beside the notebook.
    write : callable
        Writes the submission in its own way: (student's folder, lesson, name of the notebook, the notebook's bytes).
    points : float
        The most that it may earn, beside `precision`: the other answers are honest, unless the attack removes them.
    spoils : bool
        Whether it may break the submission's own other answers, so that it earns less.
    status : str
        How it is filed, as a regular expression.
    """

    name: str
    tries: str
    stops: str
    named: str
    answer: str = WRONG
    cell: str = ""
    shows: str = ""
    hides: str = ""
    edit: Edit = lambda notebook: None
    files: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[Path, str, str, bytes], Any] | None = None
    points: float = 5.0
    spoils: bool = False
    status: str = "graded|repaired"


def read_attacks(name: str) -> list[Attack]:
    """The attacks of a family, in the order of its file.

    What stops several of them, and code that stands before the cell of several, has a name there.
    """
    data = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    stops, before = data.get("stops", {}), data.get("before", {})
    attacks = []
    for attack, fields in data["attacks"].items():
        fields["stops"] = stops.get(fields["stops"], fields["stops"])
        if "before" in fields:
            fields["cell"] = before[fields.pop("before")] + fields["cell"]
        attacks.append(Attack(name=attack, **fields))
    return attacks
