"""The version of the grader: the code that a grade depends on, and no other.

A new sentence in the report or a new metric that no exercise uses must not send a whole class through grading again.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# What runs a job and what reads its result; what these import counts as well.
_ENGINE = (
    "autograder",
    "autograder.lesson.check",
    "autograder.grading.intake.read",
    "autograder.grading.running.job",
    "autograder.lesson.quiz",
)
# What the engine starts or loads by name.
_STARTED = (
    "autograder.authoring.release",
    "autograder.grading.sandbox.observer",
    "autograder.grading.sandbox.kernel",
    "autograder.grading.sandbox.server",
    "autograder.grading.running.worker",
)
# The list of all exercises, where another one changes nothing for those that were there; and figures, which earn no
# points.
_LEFT_OUT = ("autograder.exercises", "evalkit.plots")

_CHECK = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")


def grader_version(sources: Iterable[str] = ()) -> str:
    """A hash of the code that grades a lesson.

    Parameters
    ----------
    sources : iterable of str
        The cells of the lesson. The exercises that they check count, with the code that these exercises import.
    """
    exercises = {f"autograder.exercises.{name}" for source in sources for name in _CHECK.findall(source)}
    return _version(tuple(sorted({*_ENGINE, *_STARTED, *exercises})))


@lru_cache
def _version(modules: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(files_behind(modules).items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files_behind(modules: Iterable[str]) -> dict[str, Path]:
    """The files of modules and of everything that they import from this project, by the name of the module."""
    found: dict[str, Path] = {}
    left = list(modules)
    while left:
        name = left.pop()
        path = _file(name)
        if path is None or name in found or name in _LEFT_OUT:
            continue
        found[name] = path
        left.extend(_imported(path))
    return found


@lru_cache
def _imported(path: Path) -> tuple[str, ...]:
    """The modules of this project that a module imports, wherever in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.extend(home for alias in node.names for home in _home(node.module, alias.name))
    return tuple(name for name in names if name.partition(".")[0] in ("autograder", "evalkit"))


def _home(module: str, name: str) -> Iterator[str]:
    """The module that defines a name, where a package may only hand it on."""
    path = _file(module)
    if path is None or path.name != "__init__.py":
        yield module
    elif _file(f"{module}.{name}") is not None:
        yield f"{module}.{name}"
    else:
        handed_on = [
            home
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0
            for alias in node.names
            if (alias.asname or alias.name) == name
            for home in _home(node.module, alias.name)
        ]
        yield from handed_on or [module]


@lru_cache
def _file(module: str) -> Path | None:
    top = module.partition(".")[0]
    if top not in ("autograder", "evalkit"):
        return None
    spec = find_spec(top)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*module.split(".")[1:])
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
