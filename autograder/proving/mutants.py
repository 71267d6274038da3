"""Mutants: right answers with one small mistake in them, made by machine."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.checking.exercise import Answer

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
#: Functions that are taken for each other.
_TWINS = [
    ("argmax", "argmin"), ("nanargmax", "nanargmin"), ("max", "min"), ("amax", "amin"), ("nanmax", "nanmin"),
    ("maximum", "minimum"), ("sum", "mean"), ("any", "all"), ("floor", "ceil"), ("union1d", "intersect1d"),
    ("rows", "columns"), ("left", "right"), ("var", "std"), ("mean", "median"), ("nanargmin", "argmin"),
    ("nanargmax", "argmax"), ("nanmin", "min"), ("zeros", "ones"), ("log1p", "log"), ("cumsum", "sort"),
    ("int", "float"),
]  # fmt: skip
_NAMES: dict[str, list[str]] = {}
for _one, _other in _TWINS:
    _NAMES.setdefault(_one, []).append(_other)
    _NAMES.setdefault(_other, []).append(_one)
#: Calls that are forgotten: f(x) becomes x, and x.f(…) becomes x.
_FORGOTTEN = {
    "abs", "sqrt", "round", "float", "int", "sorted", "astype", "unique", "clip", "copy", "cumsum", "square", "sort",
    "set", "log", "flatten", "tolist",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A right answer with a change; `name` says where and what."""

    name: str
    answer: Answer


def mutants(right: Answer) -> list[Mutant]:
    """Every mutant of a right answer, a function of a module that is written down with ``def``.

    One change each: a comparison or an operator, a constant moved by steps, a function taken for its twin or forgotten,
    a keyword or a line left out, a condition that always or never holds, a loop that ends early, arguments or items in
    another order.

    Examples
    --------
    >>> from autograder.exercises.caught import variant_product
    >>> for mutant in mutants(variant_product)[:3]:
    ...     print(mutant.name)
    line 1: `return positives * recall` → `pass`
    line 1: `recall, positives` → `positives, recall`
    line 2: `positives * recall` → `positives / recall`
    """
    tree = ast.parse(source_of(right))
    seen, found = {ast.unparse(tree)}, []
    for name, mutated in _changes(tree):
        text = ast.unparse(mutated)
        if text not in seen:
            seen.add(text)
            found.append(Mutant(name, _compiled(mutated, right)))
    return found


def source_of(right: Answer) -> str:
    """The source of a function, from the left margin on."""
    return textwrap.dedent(inspect.getsource(right))


def _compiled(tree: ast.Module, right: Answer) -> Answer:
    made: dict[str, Answer] = {}
    exec(compile(tree, "<mutant>", "exec", dont_inherit=True), sys.modules[right.__module__].__dict__, made)
    return made[right.__name__]


def _changes(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """The trees with one change each, and what was changed."""
    for place, node in enumerate(ast.walk(tree)):
        for make in (_expressions, _calls, _orders, _lines):
            for i, new in enumerate(make(node)):
                mutated = copy.deepcopy(tree)
                # The same change, in the copy.
                twin = list(ast.walk(mutated))[place]
                old = ast.unparse(node)
                changed = list(make(twin))[i]
                _replace(mutated, twin, changed)
                ast.fix_missing_locations(mutated)
                yield f"line {_line(node)}: {_difference(old, ast.unparse(new))}", mutated


def _line(node: ast.AST) -> int:
    inner = next((child for child in ast.walk(node) if hasattr(child, "lineno")), None)
    return getattr(inner, "lineno", 0)


def _difference(old: str, new: str) -> str:
    """What was changed: of several lines, those that differ."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) > 1 or len(after) > 1:
        before, after = [x for x in before if x not in after], [x for x in after if x not in before]
    return f"`{'; '.join(x.strip() for x in before)}` → `{'; '.join(x.strip() for x in after)}`"


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Other operators, constants and conditions."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)
    elif isinstance(node, ast.BinOp):
        for replacement in _OPERATORS.get(type(node.op), ()):
            yield ast.BinOp(node.left, replacement(), node.right)
        if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for left_out in range(len(node.values)):
            rest = [value for i, value in enumerate(node.values) if i != left_out]
            yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        for value in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(value)
            if not (isinstance(node, ast.While) and value):
                yield changed
    elif isinstance(node, ast.Constant):
        for constant in _constants(node.value):
            yield ast.Constant(constant)


def _constants(value: object) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        steps = [value + 1, value - 1]
        if isinstance(value, float):
            steps += [value * factor for factor in (0.5, 0.8, 0.9, 0.95, 1.05, 1.1, 1.25, 2.0)]
        elif value:
            steps += [2 * value]
        return [step for step in steps if step != value]
    return list(_NAMES.get(value, [])) if isinstance(value, str) else []


def _calls(node: ast.AST) -> Iterator[ast.AST]:
    """Functions taken for their twins, forgotten, or called without a keyword or with arguments exchanged."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for other in _NAMES.get(name, []):
        func = copy.copy(node.func)
        setattr(func, "attr" if isinstance(func, ast.Attribute) else "id", other)
        yield ast.Call(func, node.args, node.keywords)
    if name in _FORGOTTEN:
        of_module = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "np"
        if isinstance(node.func, ast.Attribute) and not of_module:
            yield node.func.value
        elif node.args:
            yield node.args[0]
    for keyword in node.keywords:
        yield ast.Call(node.func, node.args, [other for other in node.keywords if other is not keyword])
    for i in range(len(node.args) - 1):
        args = list(node.args)
        args[i], args[i + 1] = args[i + 1], args[i]
        yield ast.Call(node.func, args, node.keywords)
    if name == "range" and len(node.args) == 2:
        yield ast.Call(node.func, node.args[1:], node.keywords)


def _orders(node: ast.AST) -> Iterator[ast.AST]:
    """Items, parameters and slices in another order."""
    if isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) - 1):
            items = list(node.elts)
            items[i], items[i + 1] = items[i + 1], items[i]
            yield type(node)(items, node.ctx)
    elif isinstance(node, ast.arguments) and not node.defaults:
        for i in range(len(node.args) - 1):
            args = list(node.args)
            args[i], args[i + 1] = args[i + 1], args[i]
            yield ast.arguments([], args, None, [], [], None, [])
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(node, bound) is not None:
                changed = copy.copy(node)
                setattr(changed, bound, None)
                yield changed


def _lines(node: ast.AST) -> Iterator[ast.AST]:
    """Lines left out, and loops that end early."""
    for block in ("body", "orelse"):
        lines = getattr(node, block, None)
        if not isinstance(lines, list) or isinstance(node, ast.Module):
            continue
        for i, line in enumerate(lines):
            if isinstance(line, ast.Pass | ast.Import | ast.ImportFrom) or _is_docstring(line):
                continue
            changed = copy.copy(node)
            setattr(changed, block, [*lines[:i], ast.Pass(), *lines[i + 1 :]])
            yield changed
    if isinstance(node, (ast.For, ast.While)):
        changed = copy.copy(node)
        changed.body = [*node.body, ast.Break()]
        yield changed
    elif isinstance(node, ast.FunctionDef):
        for i, line in enumerate(node.body[:-1]):
            last = node.body[-1]
            if isinstance(line, ast.For) and isinstance(last, ast.Return):
                loop = copy.copy(line)
                loop.body = [*line.body, last]
                changed = copy.copy(node)
                changed.body = [*node.body[:i], loop, *node.body[i + 1 :]]
                yield changed
    elif isinstance(node, ast.AugAssign):
        yield ast.copy_location(ast.Assign([node.target], node.value), node)


def _is_docstring(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def changed_answers(right: Answer) -> list[Mutant]:
    """The right answer, rounded or of another type or size."""

    def after(change: Callable[[object], object]) -> Answer:
        return lambda *arguments: change(right(*arguments))

    return [Mutant(f"the answer {name}", after(change)) for name, change in _AFTER.items()]


def _each_number(change: Callable[[float], object]) -> Callable[[object], object]:
    def changed(value: object) -> object:
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [changed(item) for item in value]
        if hasattr(value, "tolist"):
            return changed(value.tolist())
        return change(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    return changed


_AFTER: dict[str, Callable[[object], object]] = {
    "rounded to 2 digits": _each_number(lambda value: round(value, 2)),
    "rounded to 4 digits": _each_number(lambda value: round(value, 4)),
    "cut to a whole number": _each_number(int),
    "times 100": _each_number(lambda value: 100 * value),
}
