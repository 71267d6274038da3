"""The version of the grader: the code and the libraries that a grade depends on, and no others.

A new sentence in the report or a new metric that no exercise uses must not send a whole class through grading again.
What counts is found, not listed: from a few modules on, all that they import and all that they name in a string, as
the command that starts a program does, and an exercise that names its probe.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from autograder.exercises import Own, file_of, own
from autograder.grading.judging.parsing import parse

# What gives `check`, what makes the master of a lesson, what makes a job of a submission, and what runs the job.
ROOTS = (
    "autograder",
    "autograder.authoring.release",
    "autograder.grading.intake.submission",
    "autograder.grading.running.worker",
)
LIBRARIES = ("numpy", "torch", "scikit-learn", "nbgrader", "ipykernel")
# Packages that only hand on names, where another name changes nothing for those that were there; figures and pages,
# which earn no points; and the way of a job to another machine.
_LEFT_OUT = (
    "autograder.exercises",
    "autograder.grading.running.cluster",
    "autograder.grading.running.page",
    "evalkit",
    "evalkit.plots",
)

_OURS = ("autograder", "evalkit")
_CHECK = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")
_MODULE = re.compile(r"(?:autograder|evalkit)(?:\.\w+)+")


def grader_version(sources: Iterable[str] = ()) -> str:
    """A hash of the code and the versions of the libraries that grade a lesson.

    Parameters
    ----------
    sources : iterable of str
        The cells of the lesson, as its author wrote them. The exercises that they check count, with their probes and
        the code that these import; and what the cells themselves import of this project.
    """
    return _version(_modules(tuple(sources)), _libraries(), tuple(own()))


@lru_cache
def _modules(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The modules that grading a lesson begins with."""
    exercises = {f"autograder.exercises.{name}" for source in sources for name in _CHECK.findall(source)}
    imported = {name for tree in map(parse, sources) if tree is not None for name in _named(tree)}
    return tuple(sorted({*ROOTS, *exercises, *imported}))


@lru_cache
def _libraries() -> str:
    """Python and the libraries, each with its version, as far as it is there."""
    found = [f"python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "\n".join(found)


@lru_cache
def _version(modules: tuple[str, ...], libraries: str, _: tuple[Own, ...]) -> str:
    # In other folders other files have the same names: what is kept here is kept for these folders.
    digest = hashlib.sha256(libraries.encode() + b"\0")
    for name, path in sorted(files_behind(modules).items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def files_behind(modules: Iterable[str]) -> dict[str, Path]:
    """The files of modules and of everything that they need of this project, by the name of the module."""
    found: dict[str, Path] = {}
    left = list(modules)
    while left:
        name = left.pop()
        path = _file(name)
        if path is None or name in found or name in _LEFT_OUT:
            continue
        found[name] = path
        if name != "autograder":
            # That one hands on names to lessons and to course folders; who takes one of them counts where it is from.
            left.extend(_needed(path))
    return found


@lru_cache
def _needed(path: Path) -> tuple[str, ...]:
    """The modules of this project that a module imports or names, wherever in it."""
    return tuple(_named(ast.parse(path.read_bytes())))


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names if alias.name.partition(".")[0] in _OURS)
            case ast.ImportFrom(str(module), names, 0) if module.partition(".")[0] in _OURS:
                yield from (home for alias in names for home in _home(module, alias.name))
            case ast.Constant(str(text)) if _MODULE.fullmatch(text) and not _is_package(text):
                yield text


def _home(module: str, name: str) -> Iterator[str]:
    """The module that defines a name, where a package may only hand it on."""
    path = _file(module)
    if path is None or not _is_package(module):
        yield module
    elif _file(f"{module}.{name}") is not None:
        yield f"{module}.{name}"
    elif name in _handed_on(path):
        yield from (home for source, known_as in _handed_on(path)[name] for home in _home(source, known_as))
    else:
        yield module


@lru_cache
def _handed_on(package: Path) -> dict[str, list[tuple[str, str]]]:
    """For each name that a package imports, from which modules it may come, and its name there."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in ast.walk(ast.parse(package.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, []).append((node.module, alias.name))
    return found


def _is_package(module: str) -> bool:
    path = _file(module)
    return path is not None and path.name == "__init__.py"


@lru_cache
def _file_of_ours(module: str) -> Path | None:
    top = module.partition(".")[0]
    if top not in _OURS:
        return None
    spec = find_spec(top)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent.joinpath(*module.split(".")[1:])
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _file(module: str) -> Path | None:
    found = _file_of_ours(module)
    if found is None and module.startswith("autograder.exercises."):
        # A course may have exercises of its own.
        return file_of(module.removeprefix("autograder.exercises."))
    return found
