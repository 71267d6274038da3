"""The fingerprints of what each student wrote. A worker takes them; the report compares numbers, never texts."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.grading.judging.parsing import MAX_CHARACTERS_IN_ALL
from autograder.grading.keeping.files import write_whole
from autograder.grading.reporting.winnowing import grams, normalised, winnow

#: Code of a learner's that is no answer to an exercise.
ELSEWHERE = "other cells"
#: A lesson has about a hundred; the least hashes stay, which are the same ones in every submission.
MAX_PRINTS = 2_000
# Another way to take fingerprints has another number: what was taken in one way cannot be compared with the other.
_FOLDER = "prints-1"

#: By exercise, as students know it.
Prints = dict[str, set[int]]


def path_of(hidden: Path, student: str, lesson: str) -> Path:
    """Where the fingerprints of a submission are."""
    return hidden / _FOLDER / lesson / f"{student}.json"


def take_prints(cells: Iterable[Mapping[str, Any]], given: Collection[str]) -> Prints:
    """The fingerprints of the code that a student wrote.

    Parameters
    ----------
    cells : iterable of mapping
        Those of the notebook.
    given : collection of str
        The sources of the lesson's own cells, stubs included.
    """
    found: Prints = {}
    left = MAX_CHARACTERS_IN_ALL
    for cell in cells:
        source = str(cell["source"])
        if cell["cell_type"] != "code" or source in given or left <= 0:
            continue
        left -= len(source)
        meta = cell["metadata"].get("nbgrader", {})
        name = str(meta["grade_id"]) if meta.get("solution") else ELSEWHERE
        found.setdefault(name, set()).update(winnow(grams(normalised(source))))
    kept = sorted(set[int]().union(*found.values()))[:MAX_PRINTS]
    return {name: hashes for name, all_ in found.items() if (hashes := all_.intersection(kept))}


def write_prints(path: Path, prints: Prints) -> None:
    """Write them down, unless they are there."""
    text = json.dumps({name: sorted(hashes) for name, hashes in sorted(prints.items())})
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)


def read_prints(path: Path) -> Prints:
    """Read them; where there are none, nothing was to be compared."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: set(hashes) for name, hashes in data.items()}


def known_grams(sources: Iterable[str], exercise_ids: Iterable[str]) -> set[int]:
    """Everything that needs no explanation when two students have it: what was given, and what the course knows.

    Parameters
    ----------
    sources : iterable of str
        Code that the lesson gives, and its author's solutions.
    exercise_ids : iterable of str
        The exercises whose known answers count: the reference, the variants and the mistakes.
    """
    texts = [*sources, *(text for name in exercise_ids for text in _known_answers(name))]
    return {gram for text in texts for gram in grams(normalised(text))}


def _known_answers(exercise_id: str) -> Iterator[str]:
    """The source of each function in the file of an exercise, and of the mistakes that are written as an edit."""
    exercise = exercises.get(exercise_id)
    text = inspect.getsource(import_module(f"autograder.exercises.{exercise_id}"))
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield ast.get_source_segment(text, node) or ""
    for misconception in exercise.misconceptions.values():
        # Not all of them are functions with a text of their own.
        with suppress(TypeError, OSError):
            yield inspect.getsource(misconception.answer)
