"""Which part of a notebook a function depends on.

A lesson trains models and draws figures; what an exercise's function needs of it is a few imports, definitions and
constants. They are found by following names: every statement that binds a global name which the function, or
something that it needs, reads. Where that is not certain to be everything (another statement changes such a value in
place, or code is made from text) the slice is not closed, and all cells have to be run.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

# Through these a statement can bind or change any name.
_DYNAMIC = frozenset({
    "__builtins__", "__import__", "builtins", "compile", "ctypes", "delattr", "eval", "exec", "gc", "get_ipython",
    "globals", "importlib", "locals", "setattr", "sys", "vars",
})  # fmt: skip


@dataclass(frozen=True)
class Slice:
    """Sources of the same number of cells, with what is not needed left empty; and whether they are surely enough."""

    cells: list[str]
    closed: bool


@dataclass
class _Statement:
    """What one statement at the top of a cell does with global names."""

    cell: int
    node: ast.stmt
    binds: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    #: Names that functions inside it declare global.
    declared: set[str] = field(default_factory=set)
    #: Module or package of each name that it imports.
    imports: dict[str, str] = field(default_factory=dict)
    star: bool = False


def slice_cells(sources: Sequence[str], functions: Iterable[str]) -> Slice:
    """The part of the cells that some functions depend on.

    Examples
    --------
    >>> slice_cells(["print('slow')\\nhalf = 1 / 2", "def f(x):\\n    return half * x"], ["f"]).cells
    ['\\nhalf = 1 / 2', 'def f(x):\\n    return half * x']
    """
    statements = [statement for cell, source in enumerate(sources) for statement in _statements(cell, source)]
    needed = set(functions)
    kept: list[_Statement] = []
    rest = statements
    while True:
        more = [s for s in rest if s.star or s.binds & needed]
        if not more:
            break
        rest = [s for s in rest if not (s.star or s.binds & needed)]
        kept += more
        needed.update(*(s.loads | s.declared for s in more))
    lines: list[set[int]] = [set() for _ in sources]
    for statement in kept:
        lines[statement.cell].update(_lines(statement.node))
    cells = [
        "\n".join(line if number in wanted else "" for number, line in enumerate(_split(source), 1)).rstrip()
        for source, wanted in zip(sources, lines, strict=True)
    ]
    return Slice(cells, _is_closed(statements, rest, needed))


def _split(source: str) -> list[str]:
    # Not splitlines: Python's grammar ends a line at fewer characters.
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _statements(cell: int, source: str) -> Iterator[_Statement]:
    try:
        nodes = ast.parse(source).body
        for node in nodes:
            yield _read(cell, node)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # The cell cannot run at all.
        return


def _read(cell: int, node: ast.stmt) -> _Statement:
    statement = _Statement(cell, node)
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            statement.imports |= {(a.asname or a.name).partition(".")[0]: a.name.partition(".")[0] for a in part.names}
        elif isinstance(part, ast.ImportFrom):
            statement.imports |= {a.asname or a.name: (part.module or "").partition(".")[0] for a in part.names}
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
    statement.binds.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del))
    return statement


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)


def _is_closed(statements: Sequence[_Statement], rest: Sequence[_Statement], needed: set[str]) -> bool:
    imports: dict[str, str] = {}
    for statement in statements:
        imports |= statement.imports
    modules = {imports[name] for name in needed if name in imports}
    defined = {s.node.name for s in statements if isinstance(s.node, (ast.FunctionDef, ast.ClassDef))}
    # What can be changed in place: not a module, not a function, not what Python brings along.
    data = {name for name in needed if name not in imports and name not in defined and not hasattr(builtins, name)}
    if any(s.declared & needed for s in statements) or any(s.star for s in rest):
        return False
    if any(s.loads & _DYNAMIC and not s.imports for s in rest):
        return False
    return not any(_changes(s.node, needed, data) for s in statements) and not any(
        isinstance(s.node, ast.Expr)
        and isinstance(s.node.value, ast.Call)
        and imports.get(_root(s.node.value.func)) in modules
        for s in rest
    )


def _changes(node: ast.stmt, needed: set[str], data: set[str]) -> bool:
    """Whether a statement may change in place what a needed name stands for."""
    for part in ast.walk(node):
        if isinstance(part, (ast.Attribute, ast.Subscript)) and not isinstance(part.ctx, ast.Load):
            if _root(part) in needed:
                return True
        elif isinstance(part, ast.Assign):
            # A second name for the same value, through which it can be changed.
            if isinstance(part.value, ast.Name) and part.value.id in data:
                return True
        elif isinstance(part, ast.Call):
            arguments = [*part.args, *(keyword.value for keyword in part.keywords)]
            named = {argument.id for argument in arguments if isinstance(argument, ast.Name)}
            if isinstance(part.func, ast.Attribute) and _root(part.func) in data:
                return True
            if named & data and _root(part.func) not in ("check", "print", "len"):
                return True
    return False


def _root(node: ast.expr) -> str:
    """The name at the start of a chain such as ``a.b[0].c``; empty if there is none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
