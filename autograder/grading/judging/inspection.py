"""Read the source of a submission, without running it: does an answer come from a library, and is something odd in it?

What is found here explains; it guards nothing. The observer's process has none of the libraries, so an answer that
hides where it comes from earns as little as one that says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograder.grading.judging.cells import Cell
from autograder.grading.judging.names import Statement, imported, root_name, statements_of
from autograder.grading.judging.parsing import parse

#: Packages whose purpose is to compute metrics, and the course's own: an exercise asks to write what they hold.
FORBIDDEN = {
    "autograder": "autograder",
    "evalkit": "evalkit",
    "sklearn": "scikit-learn",
    "torchmetrics": "torchmetrics",
    "torcheval": "torcheval",
    "pycocotools": "pycocotools",
    "sacrebleu": "sacrebleu",
    "nltk": "NLTK",
    # The overlap of boxes, and whole networks.
    "torchvision": "torchvision",
}

# Legal, but nothing that an answer needs: an instructor may want to look.
_ODD_NAMES = frozenset({
    "__builtins__", "__import__", "compile", "eval", "exec", "get_ipython", "globals", "open", "setattr",
})  # fmt: skip
_ODD_MODULES = frozenset({
    "atexit", "builtins", "ctypes", "faulthandler", "gc", "importlib", "inspect", "multiprocessing", "os", "pathlib",
    "ptrace", "runpy", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "urllib",
})  # fmt: skip
_ODD_ATTRIBUTES = frozenset({
    "_getframe", "__closure__", "__code__", "__globals__", "__subclasses__", "ast_transformers", "f_globals",
    "f_locals", "input_transformers_post", "read_bytes", "read_text", "set_custom_exc", "showtraceback", "tb_frame",
})  # fmt: skip
_ODD_METHODS = frozenset({"__eq__", "__float__", "__index__", "__abs__", "__reduce__", "__del__"})
_GIVEN = ("autograder", "autograder.check", "autograder.show_quiz")
_JUDGE = ("autograder.checking", "autograder.grading")


@dataclass(frozen=True)
class Finding:
    """Something in a cell: the line, and what is there."""

    cell: Cell
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.cell} uses {self.what} (line {self.line})."


def forbidden_use(cells: Sequence[Cell], function: str) -> Finding | None:
    """The first use of a metric library in a function, or in what it calls; None if there is none."""
    statements = [statement for i, cell in enumerate(cells) for statement in statements_of(i, cell.source)]
    definitions: dict[str, Statement] = {}
    for statement in statements:
        # The last one counts: a learner who writes their own precision_score does not use the library's.
        definitions.update(dict.fromkeys(statement.binds, statement))
    seen: set[str] = set()
    waiting = [function]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in definitions:
            continue
        seen.add(name)
        statement = definitions[name]
        if isinstance(statement.node, (ast.Import, ast.ImportFrom)):
            continue
        for full in statement.imports.values():
            if _is_forbidden(full):
                return Finding(cells[statement.cell], statement.node.lineno, full)
        unread = {id(inner) for part in _not_run(statement.node) for inner in ast.walk(part)}
        for part in ast.walk(statement.node):
            if not (isinstance(part, ast.Name) and part.id in statement.loads and id(part) not in unread):
                continue
            full = definitions[part.id].imports.get(part.id, "") if part.id in definitions else ""
            if _is_forbidden(full):
                return Finding(cells[statement.cell], part.lineno, full)
            waiting.append(part.id)
    return None


def odd_things(cells: Sequence[Cell]) -> list[Finding]:
    """What honest answers rarely hold, each kind once in a cell."""
    modules = frozenset(
        name
        for i, cell in enumerate(cells)
        for statement in statements_of(i, cell.source)
        for name in statement.imports
    )
    found = []
    for cell in cells:
        kinds: set[str] = set()
        for line, what in _odd(cell.source, modules):
            if what not in kinds:
                kinds.add(what)
                found.append(Finding(cell, line, what))
    return found


def _is_forbidden(full: str) -> bool:
    return full.partition(".")[0] in FORBIDDEN and full not in _GIVEN


def _not_run(node: ast.stmt) -> Iterator[ast.expr]:
    """Annotations, and the exceptions that are waited for: a name there computes nothing."""
    for part in ast.walk(node):
        places = (getattr(part, "annotation", None), getattr(part, "returns", None))
        yield from (place for place in places if isinstance(place, ast.expr))
        if isinstance(part, ast.ExceptHandler) and part.type is not None:
            yield part.type


@lru_cache(maxsize=200)
def _odd(source: str, modules: frozenset[str]) -> list[tuple[int, str]]:
    return list(_odd_in(source, modules))


def _odd_in(source: str, modules: frozenset[str]) -> Iterator[tuple[int, str]]:
    tree = parse(source)
    for node in ast.walk(tree) if tree is not None else ():
        line = getattr(node, "lineno", 0)
        for _, full in imported(node):
            if full.partition(".")[0] in _ODD_MODULES or full.startswith(_JUDGE):
                yield line, full
        match node:
            case ast.Name(name, ast.Load()) if name in _ODD_NAMES:
                yield line, name
            case ast.Name(name, ast.Store()) | ast.FunctionDef(name) if name in ("check", "show_quiz"):
                yield line, f"its own {name}"
            case ast.FunctionDef(name) if name in _ODD_METHODS:
                yield line, f"a method {name}"
            case ast.Attribute(_, name) if name in _ODD_ATTRIBUTES:
                yield line, name
            case ast.Attribute(_, name, ast.Store()) if root_name(node) in modules:
                yield line, f"an assignment to {ast.unparse(node)[:60]}"
