"""Which global names the statements of a cell bind and read, by Python's own rules of scope."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from autograder.grading.judging.parsing import parse


@dataclass
class Statement:
    """A statement at the top of a cell.

    Attributes
    ----------
    cell : int
        Which cell, from 0.
    node : ast.stmt
        Its tree, with the line numbers of the cell.
    binds, loads : set of str
        The global names that it binds (or deletes), and those that it or a function inside it reads.
    declared : set of str
        The names that a function inside it declares global and binds.
    imports : dict of str to str
        For each name that it or a function inside it imports, what that is in full, such as ``sklearn.metrics.auc``.
    star : bool
        Whether it may bind any name, as ``from numpy import *`` does.
    """

    cell: int
    node: ast.stmt
    binds: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)
    star: bool = False


def statements_of(cell: int, source: str) -> list[Statement]:
    """The statements of a cell; none if it is not Python."""
    return [replace(statement, cell=cell) for statement in _read_all(source)]


# Most cells are the lesson's own, the same in every submission, and each is read for several reasons. What is kept of
# one is up to a thousand times as large as its source.
@lru_cache(maxsize=200)
def _read_all(source: str) -> list[Statement]:
    tree = parse(source)
    try:
        return [] if tree is None else [_read(node) for node in tree.body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def root_name(node: ast.expr) -> str:
    """The name at the start of a chain such as ``a.b[0].c``; empty if there is none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name that a node imports, and what it is in full."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _read(node: ast.stmt) -> Statement:
    statement = Statement(0, node)
    for part in ast.walk(node):
        statement.imports.update(imported(part))
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del):
            statement.binds.add(part.id)
    if isinstance(node, ast.ImportFrom) and (node.names[0].name == "*" or node.module == "__future__"):
        statement.star = True
        return statement
    top = symtable.symtable(ast.unparse(node), "<cell>", "exec")
    for symbol in top.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            statement.binds.add(symbol.get_name())
        if symbol.is_referenced():
            statement.loads.add(symbol.get_name())
    for table in _inner(top):
        for symbol in table.get_symbols():
            if symbol.is_global():
                statement.loads.add(symbol.get_name())
                if symbol.is_declared_global() and symbol.is_assigned():
                    statement.declared.add(symbol.get_name())
    return statement


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)
