"""Which of a lesson's figures need not be drawn while a submission is graded: those that no other cell needs.

To draw takes most of the time of a lesson, and nobody looks at the figures of forty copies of it, nor moves their
sliders or answers their quizzes. Of a lesson's own cell that shows such a thing and prints nothing, only those
statements are run that bind what other cells read. Points do not depend on it: where a test runs in the notebook
itself, everything is drawn.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from typing import Any

from autograder.grading.judging.names import Statement, root_name, statements_of
from autograder.grading.judging.parsing import parse, readable
from autograder.grading.judging.slice import DYNAMIC

NOT_DRAWN = "(This is not drawn while grading, because no answer depends on it. Your notebook shows it.)"
_SHOWN_BY = frozenset(
    {
        "evalkit.plots.show",
        "autograder.show_quiz",
        "autograder.explorer.explore",
        "autograder.explorer.show_explorer",
        "autograder.releases.show_mix",
    }
)
_BINDS_SURELY = (ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
# What other cells see, though it binds no name: text, and the state of random generators.
_SEEN = frozenset({"display", "print", "random", "rng", "seed", "manual_seed", "generator"})


def without_figures(notebook: Mapping[str, Any], lesson: Collection[str]) -> dict[str, str]:
    """What to run in the place of cells that only draw: by the id of the cell, its source.

    Parameters
    ----------
    notebook : mapping
        A notebook that intake has put in order.
    lesson : collection of str
        The sources of the lesson's cells, as students get them.
    """
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = [str(cell["source"]) for cell in code]
    if not all(readable(sources)) or not all(parse(source) for source in sources if source not in lesson):
        # Of a cell with a magic or a mistake in it nobody knows what it needs.
        return {}
    statements = [statements_of(index, source) for index, source in enumerate(sources)]
    everything = [statement for each in statements for statement in each]
    if any(statement.star or statement.loads & DYNAMIC for statement in everything):
        return {}
    homes = {name: full for statement in everything for name, full in statement.imports.items()}
    drawing = [
        index
        for index, cell in enumerate(code)
        if sources[index] in lesson and "nbgrader" not in cell["metadata"] and _only_draws(statements[index], homes)
    ]
    parts = _needed(everything, frozenset(drawing))
    return {str(code[index]["id"]): part for index, part in parts.items() if part is not None}


def _only_draws(statements: list[Statement], homes: Mapping[str, str]) -> bool:
    """Whether a cell shows a figure or a widget, and leaves no other trace than the names that it binds."""
    shows = [statement for statement in statements if _shows(statement.node, homes)]
    names = {part.id for s in statements for part in ast.walk(s.node) if isinstance(part, ast.Name)}
    names |= {part.attr for s in statements for part in ast.walk(s.node) if isinstance(part, ast.Attribute)}
    return bool(shows) and not names & _SEEN


def _shows(node: ast.stmt, homes: Mapping[str, str]) -> bool:
    match node:
        case ast.Expr(ast.Call(ast.Name(name))):
            return homes.get(name) in _SHOWN_BY
    return False


def _needed(statements: list[Statement], drawing: Collection[int]) -> dict[int, str | None]:
    """For each cell that draws, the part of it that others need; None if that may be all of it."""
    always: set[str] = set()
    while True:
        kept = _kept(statements, drawing, always)
        # A function reads when it is called, which may be anywhere.
        more = {name for s in kept if _has_scopes(s.node) for name in s.loads} | {n for s in kept for n in s.declared}
        if more <= always:
            break
        always |= more
    read = {name for statement in kept for name in statement.loads}
    dropped = [statement for statement in statements if statement not in kept]
    changing = {s.cell for s in dropped if any(root in read for root in _changed(s.node))}
    parts: dict[int, str | None] = {}
    for index in drawing:
        lines = [ast.unparse(statement.node) for statement in kept if statement.cell == index]
        parts[index] = None if index in changing else "\n".join(lines)
    return parts


def _kept(statements: list[Statement], drawing: Collection[int], always: set[str]) -> list[Statement]:
    """The statements to run, going back from the end, where `live` are the names that are read later."""
    live: set[str] = set()
    kept = []
    for statement in reversed(statements):
        imports = isinstance(statement.node, ast.Import | ast.ImportFrom)
        if statement.cell in drawing and not imports and not statement.binds & (live | always):
            continue
        kept.append(statement)
        if isinstance(statement.node, _BINDS_SURELY):
            live -= statement.binds
        live |= _reads(statement)
    return kept[::-1]


def _reads(statement: Statement) -> set[str]:
    """The names that a statement reads from those before it."""
    if isinstance(statement.node, ast.For):
        bound = _names(statement.node.target)
        return (statement.loads - bound) | _names(statement.node.iter)
    return statement.loads


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _has_scopes(node: ast.stmt) -> bool:
    return any(
        isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) for part in ast.walk(node)
    )


def _changed(node: ast.stmt) -> list[str]:
    """The names whose values a statement changes in place by an assignment."""
    return [
        root_name(part)
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store | ast.Del)
    ]
