"""Which part of a notebook a function depends on.

A lesson trains models and draws figures; what an exercise's function needs of it is a few imports, definitions and
constants. They are found by following names: every statement that binds a global name which the function, or
something that it needs, reads. Where that is not certain to be everything (another statement changes such a value in
place, or code is made from text) the slice is not closed, and all cells have to be run.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograder.grading.judging.names import Statement, root_name, statements_of

# Through these a statement can bind or change any name.
DYNAMIC = frozenset({
    "__builtins__", "__import__", "builtins", "compile", "ctypes", "delattr", "eval", "exec", "gc", "get_ipython",
    "globals", "importlib", "locals", "setattr", "sys", "vars",
})  # fmt: skip

# Functions of libraries that change what they are given.
_IN_PLACE = frozenset({"copyto", "fill_diagonal", "heapify", "heappop", "heappush", "insort", "put", "shuffle"})


_ACTING = (ast.Attribute, ast.Subscript, ast.Assign, ast.Call)


@dataclass(frozen=True)
class Slice:
    """Part of a notebook.

    Attributes
    ----------
    cells : list of str
        The same number of cells, with what is not needed left empty.
    closed : frozenset of str
        The functions for which that is certainly enough.
    """

    cells: list[str]
    closed: frozenset[str]


def slice_cells(sources: Sequence[str], functions: Iterable[str]) -> Slice:
    """The part of the cells that some functions depend on.

    Examples
    --------
    >>> slice_cells(["print('slow')\\nhalf = 1 / 2", "def f(x):\\n    return half * x"], ["f"]).cells
    ['\\nhalf = 1 / 2', 'def f(x):\\n    return half * x']
    """
    statements = [statement for cell, source in enumerate(sources) for statement in statements_of(cell, source)]
    wanted: list[set[int]] = [set() for _ in sources]
    closed = set()
    for function in functions:
        kept, rest, needed = _follow(statements, function)
        for statement in kept:
            wanted[statement.cell].update(_lines(statement.node))
        if _is_closed(statements, rest, needed):
            closed.add(function)
    cells = [
        "\n".join(line if number in lines else "" for number, line in enumerate(_split(source), 1)).rstrip()
        for source, lines in zip(sources, wanted, strict=True)
    ]
    return Slice(cells, frozenset(closed))


def _follow(statements: Sequence[Statement], function: str) -> tuple[list[Statement], list[Statement], set[str]]:
    """The statements that a function needs, the others, and the names that it needs."""
    kept, rest, needed = [], list(statements), {function}
    while more := [s for s in rest if s.star or s.binds & needed]:
        kept += more
        rest = [s for s in rest if not (s.star or s.binds & needed)]
        needed.update(*(s.loads | s.declared for s in more))
    return kept, rest, needed


def _split(source: str) -> list[str]:
    # Not splitlines: Python's grammar ends a line at fewer characters.
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _is_closed(statements: Sequence[Statement], rest: Sequence[Statement], needed: set[str]) -> bool:
    packages = {name: full.partition(".")[0] for s in statements for name, full in s.imports.items()}
    modules = {packages[name] for name in needed if name in packages}
    defined = {s.node.name for s in statements if isinstance(s.node, (ast.FunctionDef, ast.ClassDef))}
    # What can be changed in place: not a module, not a function, not what Python brings along.
    data = {name for name in needed if name not in packages and name not in defined and not hasattr(builtins, name)}
    if any(s.declared & needed or s.loads & DYNAMIC or _changes(s.node, needed, data, packages) for s in statements):
        return False
    return not any(
        isinstance(part, ast.Call) and _sets(part.func) and packages.get(root_name(part.func)) in modules
        for s in rest
        for part in _acting_parts(s.node)
    )


def _sets(function: ast.expr) -> bool:
    """Whether a function's name says that it changes its module, as ``np.random.seed`` and ``np.seterr`` do."""
    name = function.attr if isinstance(function, ast.Attribute) else root_name(function)
    return name.startswith(("set", "seed", "manual_seed", "use_"))


# Most statements are the lesson's own, and the same trees in every submission.
@lru_cache(maxsize=1_000)
def _acting_parts(node: ast.stmt) -> tuple[ast.AST, ...]:
    """The parts of a statement that can change something."""
    return tuple(part for part in ast.walk(node) if isinstance(part, _ACTING))


def _changes(node: ast.stmt, needed: set[str], data: set[str], packages: Mapping[str, str]) -> bool:
    """Whether a statement may change in place what a needed name stands for."""
    for part in _acting_parts(node):
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                if root_name(part) in needed:
                    return True
            case ast.Assign(value=ast.Name(name)) if name in data:
                # A second name for the same value, through which it can be changed.
                return True
            case ast.Call(func=ast.Attribute() as function) if root_name(function) in data:
                return True
            case ast.Call(function, arguments, keywords):
                passed = {root_name(argument) for argument in [*arguments, *(keyword.value for keyword in keywords)]}
                if passed & data and not _leaves_arguments(function, packages):
                    return True
    return False


def _leaves_arguments(function: ast.expr, packages: Mapping[str, str]) -> bool:
    """Whether a function surely does not change its arguments: Python's own do not, and a library's rarely."""
    root = root_name(function)
    if isinstance(function, ast.Name) and hasattr(builtins, root):
        return True
    name = function.attr if isinstance(function, ast.Attribute) else root
    return root == "check" or (root in packages and name not in _IN_PLACE)
