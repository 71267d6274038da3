"""The rooms of the package: private means private to a folder, and no two modules import each other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import autograder

PACKAGE = Path(str(autograder.__file__)).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__init__.py"
}


def imported(tree: ast.AST) -> list[str]:
    """Everything of this package that is imported, each with its whole name."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("autograder")
        for alias in node.names
    ]


def module_of(name: str) -> str:
    """The module that a whole name stands in; nothing for a name that a package hands on."""
    return next((module for module in (name, name.rpartition(".")[0]) if module in MODULES), "")


@pytest.mark.parametrize("module", MODULES)
def test_private_names_stay_in_their_folder(module: str) -> None:
    folder = module.rpartition(".")[0]
    names = imported(ast.parse(MODULES[module].read_text(encoding="utf-8")))
    private = [name for name in names if any(part.startswith("_") for part in name.split("."))]
    assert [name for name in private if module_of(name).rpartition(".")[0] != folder] == []


def test_no_two_modules_import_each_other() -> None:
    needs = {}
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # What only a type checker reads loads nothing.
        tree.body = [part for part in tree.body if not (isinstance(part, ast.If) and "TYPE_CHECKING" in ast.dump(part))]
        needs[module] = {module_of(name) for name in imported(tree)} - {"", module}
    TopologicalSorter(needs).prepare()
