"""What a page needs to judge an exercise: the key of its visible check, and what its known mistakes answer there.

No answer in code is among it, and no seed of a hidden test: those inputs exist in the grader only.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import platform
import sys
import zipfile
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy

from autograder import exercises
from autograder.authoring.hosted import SETUP
from autograder.checking.exercise import Exercise
from autograder.checking.observe import Observation
from autograder.grading.keeping.files import write_whole
from autograder.proving.answers import find_cell, read

_JUDGE = (
    "compare",
    "errors_explained",
    "hints",
    "judge",
    "observe",
    "page",
    "patterns",
    "plain",
    "shown",
    "timelimit",
    "verdict",
)
# The packages that known answers and their cases come from.
_RUN = ("evalkit", "autograder.checking", "autograder.exercises")
# The check that a learner sees in the notebook.
_SEED = 0


@cache
def practice_ids() -> tuple[str, ...]:
    """The exercises that need nothing but NumPy, in the order of the course."""
    return tuple(name for name in exercises.ids() if not _needs_torch(exercises.get(name)))


def practice_tasks(lessons: Path, kept: Path | None = None) -> dict[str, dict[str, Any]]:
    """The task of each exercise in `practice_ids`.

    Parameters
    ----------
    lessons : Path
        The released lessons.
    kept : Path, optional
        A file that keeps them until anything that they are made of changes: making them takes seconds.
    """
    made_of = _digest(lessons)
    if kept is not None and kept.is_file():
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["made_of"] == made_of:
            return dict(found["tasks"])
    tasks = {name: task(name, lessons) for name in practice_ids()}
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, json.dumps({"made_of": made_of, "tasks": tasks}, ensure_ascii=False))
    return tasks


@cache
def task(exercise_id: str, lessons: Path) -> dict[str, Any]:
    """All that `autograder.checking.page` reads of an exercise, as plain data.

    Parameters
    ----------
    lessons : Path
        The released lessons.
    """
    exercise = exercises.get(exercise_id)
    wrong = {
        name: {"hint": known["hint"], "outcomes": [_outcome(seen) for seen in known["outcomes"]]}
        for name, known in exercise.wrong_answers(_SEED).items()
    }
    return {
        "key": exercise.answer_key(_SEED),
        "wrong": wrong,
        "probe": exercise.probe,
        "imports": _imports(exercise, lessons),
    }


def stub(exercise_id: str, lessons: Path) -> str:
    """What stands in the exercise's cell before anything is written there."""
    return str(find_cell(_notebook(exercises.get(exercise_id), lessons), exercise_id).source)


def judge_archive() -> bytes:
    """The modules that judge, as a zip that Python imports from; the same modules give the same bytes."""
    probes = {get.probe for get in map(exercises.get, practice_ids()) if get.probe}
    modules = {f"autograder.checking.{name}" for name in _JUDGE} | probes
    # The packages themselves are empty there: what they load in the course is not in the archive.
    files = {f"{package.replace('.', '/')}/__init__.py": "" for name in modules for package in _packages(name)}
    files |= {f"{name.replace('.', '/')}.py": _source(name) for name in modules}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path, text in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _digest(lessons: Path) -> str:
    """Of all that the known answers run: both packages, exercises of others, the lessons, Python and NumPy."""
    found = hashlib.sha256(f"{platform.python_version()} {numpy.__version__}".encode())
    folders = [*(Path(str(resources.files(package))) for package in _RUN), *(own.path for own in exercises.own())]
    code = [path for folder in folders for path in folder.rglob("*.py")]
    code += [path for own in exercises.own() for path in own.path.rglob("*.py")]
    for path in sorted([*code, *lessons.rglob("*.ipynb")]):
        found.update(path.as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _needs_torch(exercise: Exercise) -> bool:
    """Whether the probe, which looks at answers where they run, imports torch."""
    tree = ast.parse(_source(exercise.probe)) if exercise.probe else ast.Module([], [])
    return "torch" in {root for node in ast.walk(tree) for root in _roots(node)}


def _outcome(seen: Observation) -> Observation:
    """Of an observation what the judge compares."""
    kept = {name: seen[name] for name in ("status", "value", "what") if name in seen}
    return kept | ({"error": {"type": seen["error"]["type"]}} if "error" in seen else {})


def _imports(exercise: Exercise, lessons: Path) -> str:
    """The imports of a lesson's first cell that a page can have: of NumPy and of the standard library."""
    cells = _notebook(exercise, lessons).cells
    first = next(cell.source for cell in cells if cell.cell_type == "code" and cell.get("id") != SETUP)
    kept = [
        ast.unparse(node)
        for node in ast.parse(first).body
        if (roots := _roots(node)) and roots <= {"numpy", *sys.stdlib_module_names}
    ]
    return "\n".join(kept)


def _roots(node: ast.AST) -> set[str]:
    """The packages that a statement imports from."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {node.module.split(".")[0]} if isinstance(node, ast.ImportFrom) and node.module else set()


def _notebook(exercise: Exercise, lessons: Path) -> Any:
    return _read(lessons / exercise.lesson / f"{exercise.lesson[3:]}.ipynb")


@cache
def _read(path: Path) -> Any:
    return read(path)


def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def _packages(module: str) -> list[str]:
    """The packages around a module.

    Examples
    --------
    >>> _packages("autograder.checking.judge")
    ['autograder', 'autograder.checking']
    """
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
