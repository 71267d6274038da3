"""Read the source of a submission, without running it: does an answer come from a library, and is something odd in it?

What is found here explains; it guards nothing. The observer's process has none of the libraries, so an answer that
hides where it comes from earns as little as one that says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.grading.trusted.cells import Cell

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
}

# Legal, but nothing that an answer needs: an instructor may want to look.
_ODD_NAMES = frozenset({"__builtins__", "__import__", "compile", "eval", "exec", "globals", "open", "setattr"})
_ODD_MODULES = frozenset({
    "atexit", "builtins", "ctypes", "faulthandler", "gc", "importlib", "inspect", "multiprocessing", "os", "pathlib",
    "ptrace", "runpy", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "urllib",
})  # fmt: skip
_ODD_ATTRIBUTES = frozenset({
    "_getframe", "__closure__", "__code__", "__globals__", "__subclasses__", "ast_transformers", "f_globals",
    "f_locals", "input_transformers_post", "read_bytes", "read_text", "set_custom_exc", "showtraceback", "tb_frame",
})  # fmt: skip
_ODD_METHODS = frozenset({"__eq__", "__float__", "__index__", "__abs__", "__reduce__", "__del__"})
_GIVEN = ("check", "show_quiz")
_GIVEN_FULL = ("autograder.check", "autograder.show_quiz")


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
    trees = [(cell, tree) for cell in cells if (tree := _parse(cell)) is not None]
    library = _library_names(trees)
    definitions: dict[str, list[tuple[Cell, ast.stmt]]] = {}
    for cell, tree in trees:
        for node in tree.body:
            for name in _defines(node):
                # The last one counts.
                definitions[name] = [(cell, node)]
    seen: set[str] = set()
    waiting = [function]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for cell, node in definitions.get(name, []):
            found = _first_use(cell, node, {n: p for n, p in library.items() if n not in definitions})
            if found is not None:
                return found
            waiting += [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    return None


def odd_things(cells: Sequence[Cell]) -> list[Finding]:
    """What honest answers rarely hold, each kind once in a cell."""
    found = []
    for cell in cells:
        tree = _parse(cell)
        kinds: set[str] = set()
        for line, what in _odd(tree) if tree is not None else ():
            if what not in kinds:
                kinds.add(what)
                found.append(Finding(cell, line, what))
    return found


def _parse(cell: Cell) -> ast.Module | None:
    try:
        return ast.parse(cell.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """For each name that a node imports: the name, its top package, and what it is in full."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0], alias.name.partition(".")[0], alias.name
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            yield alias.asname or alias.name, node.module.partition(".")[0], f"{node.module}.{alias.name}"


def _library_names(trees: Sequence[tuple[Cell, ast.Module]]) -> dict[str, str]:
    """Names that stand for something of a metric library, and for what."""
    names: dict[str, str] = {}
    for _, tree in trees:
        for node in ast.walk(tree):
            for name, package, full in _imported(node):
                if package in FORBIDDEN and full not in _GIVEN_FULL:
                    names[name] = full
                else:
                    names.pop(name, None)
    return names


def _defines(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return [name]
        case ast.Assign(targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
    return []


def _first_use(cell: Cell, node: ast.stmt, library: dict[str, str]) -> Finding | None:
    local = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)} | {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }
    unread = {id(inner) for part in _not_run(node) for inner in ast.walk(part)}
    for part in ast.walk(node):
        for _, package, full in _imported(part):
            if package in FORBIDDEN:
                return Finding(cell, part.lineno, full)  # type: ignore[attr-defined]
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and id(part) not in unread:
            full = library.get(part.id, "")
            if full and part.id not in local:
                return Finding(cell, part.lineno, full)
    return None


def _not_run(node: ast.stmt) -> Iterator[ast.expr]:
    """Annotations, and the exceptions that are waited for: a name there computes nothing."""
    for part in ast.walk(node):
        places = (getattr(part, "annotation", None), getattr(part, "returns", None))
        yield from (place for place in places if isinstance(place, ast.expr))
        if isinstance(part, ast.ExceptHandler) and part.type is not None:
            yield part.type


def _odd(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for _, package, full in _imported(node):
            if package in _ODD_MODULES or (package == "autograder" and full not in _GIVEN_FULL):
                yield line, full
        match node:
            case ast.Name(name, ast.Load()) if name in _ODD_NAMES or name == "get_ipython":
                yield line, name
            case ast.Name(name, ast.Store()) if name in _GIVEN:
                yield line, f"its own {name}"
            case ast.Attribute(_, name) if name in _ODD_ATTRIBUTES:
                yield line, name
            case ast.Attribute(ast.Name(name), attribute, ast.Store()) if name != "self":
                yield line, f"an assignment to {name}.{attribute}"
            case ast.FunctionDef(name) if name in _ODD_METHODS:
                yield line, f"a method {name}"
            case ast.FunctionDef(name) if name in _GIVEN:
                yield line, f"its own {name}"
