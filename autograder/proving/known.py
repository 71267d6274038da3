"""How the grader did on the answers that the course knows, as `autograder audit --keep` last measured it.

The report of a class says it beside the exercises. What was measured before an exercise changed says nothing of it now,
and is left out.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.proving.audit import RIGHT, WRONG, Audit, Outcome
from evalkit import wilson_interval
from evalkit.uncertainty import Interval

# What is known of the exercises of this package; of others it lies beside them.
RESULTS = Path(__file__).with_name("audited.json")


@dataclass(frozen=True)
class Known:
    """Counts of known answers; the positive class is a wrong answer.

    Attributes
    ----------
    exercises : int
        On how many exercises.
    caught, missed : int
        Wrong answers that lost points, and that did not.
    accepted, refused : int
        Right answers that got all points, and that did not.
    """

    exercises: int
    caught: int
    missed: int
    accepted: int
    refused: int

    @property
    def recall(self) -> Interval:
        """The share of the wrong answers that lost points."""
        return wilson_interval(self.caught, self.caught + self.missed)

    @property
    def precision(self) -> Interval:
        """The share of wrong answers among those that lost points."""
        return wilson_interval(self.caught, self.caught + self.refused)


def keep(audit: Audit, path: Path = RESULTS) -> None:
    """Write down what an audit found, in the place of what was known of the same exercises."""
    by_exercise: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in audit.outcomes:
        by_exercise[outcome.item.exercise.id].append(outcome)
    found: dict[Path, dict[str, Any]] = defaultdict(dict)
    for name, outcomes in by_exercise.items():
        counts = Audit(outcomes).confusion().table.tolist()
        entry = {"fingerprint": _fingerprint(name), WRONG: counts[0], RIGHT: counts[1]}
        found[_beside(name) or path][name] = entry
    for place, entries in found.items():
        _write(place, {**_read(place), **entries})


def _beside(name: str) -> Path | None:
    """Where the counts of an exercise are that is not of this package."""
    file = exercises.file_of(name)
    return None if file is None or exercises.is_of_the_course(name) else file.with_name(RESULTS.name)


def _write(path: Path, known: dict[str, dict[str, Any]]) -> None:
    ordered = {name: known[name] for name in exercises.ids() if name in known}
    lines = ",\n".join(f' "{name}": {json.dumps(entry)}' for name, entry in ordered.items())
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def known_of(names: Iterable[str], path: Path = RESULTS) -> Known | None:
    """What is known of some exercises; None if nothing is that still holds."""
    names = list(names)
    everything = _read(path)
    for place in {place for name in names if (place := _beside(name))}:
        everything |= _read(place)
    holds = [
        everything[name]
        for name in names
        if name in everything and everything[name]["fingerprint"] == _fingerprint(name)
    ]
    caught, missed = (sum(entry[WRONG][place] for entry in holds) for place in (0, 1))
    refused, accepted = (sum(entry[RIGHT][place] for entry in holds) for place in (0, 1))
    return Known(len(holds), caught, missed, accepted, refused) if caught else None


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        known: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return known


def _fingerprint(exercise_id: str) -> str:
    """Changes with the exercise's own file: its cases, its oracle and its known answers."""
    source = inspect.getsource(import_module(f"autograder.exercises.{exercise_id}"))
    return hashlib.sha256(source.encode()).hexdigest()[:16]
