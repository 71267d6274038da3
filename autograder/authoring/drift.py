"""Find where ``lessons/`` is no longer what ``solutions/`` gives."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.authoring.build import BuildError, contents, release_lessons, write_course_source
from autograder.authoring.source import SourceError

REMEDY = "run: autograder build"


def check_drift(root: Path) -> list[str]:
    """Build the lessons into a temporary folder and compare them with ``root/lessons``.

    Returns
    -------
    list of str
        One sentence for each stub, test cell, text, quiz or file that differs; empty if nothing drifted. A source that
        cannot be built is reported in the same way.
    """
    with tempfile.TemporaryDirectory() as scratch:
        try:
            write_course_source(root, Path(scratch))
            built = _lines_of(contents(release_lessons(Path(scratch))))
        except SourceError as error:
            return error.problems
        except BuildError as error:
            return [str(error)]
    # No lesson has a .py file: one that lies there is a learner's own, such as the my_metrics.py of lesson 04.
    present = {
        name: data
        for name, data in _lines_of(contents(root / "lessons")).items()
        if name[:2].isdigit() and not name.endswith(".py")
    }
    return list(_differences(built, present))


def _lines_of(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, with the ends of lines of this system's text as the sources have them; data as it is."""
    return {name: data if b"\0" in data else data.replace(b"\r\n", b"\n") for name, data in files.items()}


def _differences(built: dict[str, bytes], present: dict[str, bytes]) -> Iterator[str]:
    for name in sorted(built.keys() | present.keys()):
        path = f"lessons/{name}"
        if name not in present:
            yield f"{path} is missing; {REMEDY}"
        elif name not in built:
            yield f"{path} comes from nothing in solutions/; delete it"
        elif built[name] != present[name]:
            yield from (f"{path}{difference}; {REMEDY}" for difference in _inside(name, built[name], present[name]))


def _inside(name: str, built: bytes, present: bytes) -> Iterator[str]:
    """What differs within a file. There is always an answer: a file whose parts agree differs in its layout."""
    if not name.endswith((".ipynb", "quiz.json")):
        yield " differs from the file in solutions/"
        return
    try:
        found = json.loads(present)
    except ValueError:
        yield " is not JSON"
        return
    wanted = json.loads(built)
    if name.endswith("quiz.json"):
        what = list(_parts(wanted, found, "questions", _question))
    else:
        what = list(_parts(wanted, found, "cells", _cell))
    yield from what or [" differs in its layout or metadata"]


def _parts(wanted: Any, found: Any, key: str, name: Any) -> Iterator[str]:
    """Compare the cells of two notebooks, or the questions of two quizzes, by their ids."""
    if not isinstance(found, dict) or not isinstance(found.get(key), list):
        yield f" has no {key}"
        return
    here = {part.get("id"): part for part in found[key]}
    for position, part in enumerate(wanted[key], start=1):
        label = name(part, position)
        if part["id"] not in here:
            yield f": {label} is missing"
        elif part.get("outputs") == [] and here[part["id"]].get("outputs"):
            yield f": {label} holds outputs"
        elif part != here[part["id"]]:
            yield f": {label} differs from what solutions/ gives"
    order = [part["id"] for part in wanted[key]]
    for position, part in enumerate(found[key], start=1):
        if part.get("id") not in order:
            yield f": {name(part, position)} comes from nothing in solutions/"
    if sorted(here, key=str) == sorted(order) and list(here) != order:
        yield f": the {key} are in another order"


def _question(part: dict[str, Any], position: int) -> str:
    return f"question {part.get('id')}"


def _cell(part: dict[str, Any], position: int) -> str:
    meta = part.get("metadata", {}).get("nbgrader", {})
    kind = "cell"
    if meta.get("solution"):
        kind = "answer" if meta.get("grade") else "stub"
    elif meta.get("grade"):
        kind = "test cell"
    return f"{kind} {position} ({part.get('id')})"
