"""Load a test module of the installed scikit-learn with evalkit's functions in place of scikit-learn's.

No test is copied. The source is read from the installed package and run, with one change: between its imports and the
rest, every name imported from scikit-learn that evalkit exports, too, is bound to evalkit's. A call of an evalkit
function is noted in `CALLS`, so that a test that never calls one is not taken for a success.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
import sklearn.metrics.tests

import evalkit

CALLS: list[str] = []
PREFIX = "swapped_"


class NothingTested(Exception):
    """A test passed without calling evalkit."""


def swapped_tests(name: str) -> dict[str, Callable[..., None]]:
    """Return the test functions of scikit-learn's module `name`, which then test evalkit."""
    module = load(name)
    tests = {key: value for key, value in vars(module).items() if key.startswith("test_") and callable(value)}
    for test in tests.values():
        test.pytestmark = [_with_list(mark) for mark in getattr(test, "pytestmark", [])]
    return tests


def load(name: str) -> ModuleType:
    """Run the source of scikit-learn's test module `name`, with the names of evalkit swapped in."""
    path = Path(sklearn.metrics.tests.__file__).parent / f"{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    end = 1 + max(i for i, statement in enumerate(tree.body) if isinstance(statement, ast.Import | ast.ImportFrom))
    module = ModuleType(PREFIX + name)
    # The module uses what it imports while it loads (in lists of functions to test), so the swap cannot wait.
    _run(tree.body[:end], path, module)
    vars(module).update({name: _noted(getattr(evalkit, name)) for name in _shared_names(tree)})
    _run(tree.body[end:], path, module)
    return module


def _shared_names(tree: ast.Module) -> Iterator[str]:
    """Yield what the module imports from scikit-learn and evalkit exports under the same name."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("sklearn"):
            yield from (alias.name for alias in statement.names if alias.name in evalkit.__all__)


def _noted(exported: Any) -> Any:
    """Let a function note its calls; a class stays as it is."""
    if not isinstance(exported, FunctionType):
        return exported

    @functools.wraps(exported)
    def noted(*args: Any, **kwargs: Any) -> Any:
        CALLS.append(exported.__name__)
        return exported(*args, **kwargs)

    return noted


def _run(statements: list[ast.stmt], path: Path, module: ModuleType) -> None:
    exec(compile(ast.Module(statements, []), path, "exec"), vars(module))


def _with_list(mark: Any) -> Any:
    """Give `parametrize` a list where scikit-learn gives it a generator, which pytest is about to refuse."""
    if mark.name != "parametrize":
        return mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs).mark
