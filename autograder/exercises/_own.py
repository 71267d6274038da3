"""Where exercises lie that are not of this package: in packages that announce them, and in a course's own folder.

A file in such a folder is an exercise when its name does not begin with ``_``; it says itself in which lesson it
stands. Only what an exercise is needed for runs its code: to list them, their text is read.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

#: The group of entry points by which a package announces its folder of exercises: ``name = "package.exercises"``.
GROUP = "autograder.exercises"
#: The name of the folder in a course, and beside a student's lessons.
FOLDER = "exercises"
# How the processes of a grader know the folders that it found. They start elsewhere, beside what students handed in.
_VARIABLE = "AUTOGRADER_EXERCISES"
# A lesson's notebook lies at most so deep in its course: lessons/03_precision_recall/.
_UPWARDS = 2


@dataclass(frozen=True)
class Own:
    """A folder with exercises, and the package that it is, unless it is that of a course."""

    path: Path
    package: str = ""


def installed() -> list[Own]:
    """The folders of the packages that announce exercises, in the order of their names."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            spec = find_spec(entry.value)
        except (ImportError, ValueError):
            continue
        found += [Own(Path(path), entry.value) for path in (spec and spec.submodule_search_locations) or ()]
    return found


def of_course(course: Path) -> list[Own]:
    """The folder of a course, if it has one."""
    folder = (course / FOLDER).resolve()
    return [Own(folder)] if folder.is_dir() else []


def told() -> list[Own] | None:
    """What the grader that started this process has told it; None in any other process."""
    said = os.environ.get(_VARIABLE)
    return None if said is None else [Own(Path(path)) for path in said.split(os.pathsep) if path]


def around(here: Path) -> list[Own]:
    """The folder of the nearest course around a folder: where a notebook runs, or whoever types a command stands."""
    for course in (here, *here.parents[:_UPWARDS]):
        # Beside a notebook lies what its author hands in, which is no exercise of a course.
        handed_in = course == here and any(here.glob("*.ipynb")) and not (here / "solutions").is_dir()
        if not handed_in and any(names(Own(course / FOLDER))):
            return [Own(course / FOLDER)]
    return []


def environment(paths: Iterable[Path]) -> dict[str, str]:
    """What to put into the environment of a process, so that `told` gives these folders there."""
    return {_VARIABLE: os.pathsep.join(map(str, paths))}


def names(own: Own) -> dict[str, str | None]:
    """The exercises in a folder, sorted; for each the lesson that it says, or None where that cannot be read."""
    files = sorted(path for path in own.path.glob("*.py") if not path.name.startswith("_"))
    return {path.stem: _lesson(str(path), path.stat().st_mtime_ns) for path in files if path.is_file()}


@lru_cache(maxsize=4096)
def _lesson(path: str, changed: int) -> str | None:
    """The ``lesson="…"`` of the EXERCISE in a file, by its text."""
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        for keyword in node.value.keywords if ast.unparse(target) == "EXERCISE" else ():
            if keyword.arg == "lesson" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return None


def forget(package: str, folders: set[str]) -> None:
    """Let modules that were loaded from some folders be loaded anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{package}.") and os.path.dirname(getattr(module, "__file__", None) or "") in folders:  # noqa: PTH120
            del sys.modules[name]
            vars(sys.modules[package]).pop(name.removeprefix(f"{package}."), None)
