"""The plan of the house, as far as imports can break it: floors, no circles, and nothing private across folders."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("evalkit",)
GROUND = "evalkit._core"  # private to evalkit as a whole; its modules are open to all of its folders

# From the ground up. A folder (or a module beside the folders) imports from the floors below it, never from its own.
FLOORS = (
    {"_core"},
    {"metrics", "uncertainty"},
    {"paired"},
    {"bootstrap", "streaming", "tables"},
    {"cohorts"},
    {"analysis"},
    {"plots"},
    {"distributed", "report", "training"},
    {"vision"},
    {"production"},
    {"cli", "__init__"},
    {"__main__"},
)
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}


@dataclass(frozen=True)
class Import:
    """`module` takes `name`, which may be a module itself, from `source`."""

    module: str
    source: str
    name: str
    line: int
    inside: str | None  # the function that holds the import, if any

    @property
    def target(self) -> str:
        """The module that is imported, or that the name lies in."""
        whole = f"{self.source}.{self.name}"
        return whole if path_of(whole) else self.source

    def __str__(self) -> str:
        return f"{self.module}:{self.line} takes {self.name} from {self.source}"


@cache
def path_of(module: str) -> Path | None:
    base = HOUSE.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def folder_of(module: str) -> str:
    path = path_of(module)
    assert path is not None, module
    return ".".join(path.parent.relative_to(HOUSE).parts)


@cache
def modules(package: str) -> dict[str, ast.Module]:
    found = {}
    for path in sorted((HOUSE / package).rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_bytes())
    return found


def imports_of(module: str, tree: ast.AST, inside: str | None = None) -> Iterator[Import]:
    """Yield what a module imports from this project, wherever in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            if node.module and node.module.partition(".")[0] in PACKAGES:
                for alias in node.names:
                    yield Import(module, node.module, alias.name, node.lineno, inside)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                source, _, name = alias.name.rpartition(".")
                if source.partition(".")[0] in PACKAGES:
                    yield Import(module, source, name, node.lineno, inside)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports_of(module, node, inside or node.name)
        else:
            yield from imports_of(module, node, inside)


@cache
def imports(package: str) -> tuple[Import, ...]:
    return tuple(found for module, tree in modules(package).items() for found in imports_of(module, tree))


def draws(found: Import) -> bool:
    """Whether it is the lazy import of `obj.plot()`, which no one pays for who does not plot."""
    return found.inside is not None and found.inside.startswith("plot")


def private_parts(found: Import) -> Iterator[str]:
    """Yield the folder that each private part of an import belongs to."""
    parts = [*found.source.split("."), found.name]
    for i, part in enumerate(parts):
        if part.startswith("_") and not part.startswith("__") and ".".join(parts[: i + 1]) != GROUND:
            yield folder_of(".".join(parts[:i]))


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_private_is_imported_from_another_folder(package):
    taken = [str(i) for i in imports(package) for owner in private_parts(i) if owner != folder_of(i.module)]
    assert taken == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_private_of_a_module_in_another_folder_is_used(package):
    used = []
    for module, tree in modules(package).items():
        # The modules that this one imports as such, by the name that it gives them.
        known = {i.name: i.target for i in imports(package) if i.module == module and i.target != i.source}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                private = node.attr.startswith("_") and not node.attr.startswith("__")
                if private and folder_of(known[node.value.id]) != folder_of(module):
                    used.append(f"{module}:{node.lineno} uses {known[node.value.id]}.{node.attr}")
    assert used == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_but_that_of_an_object_that_draws_itself(package):
    graph: dict[str, set[str]] = {}
    for found in imports(package):
        if not draws(found):
            graph.setdefault(found.module, set()).add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def room_of(module: str) -> str:
    return ([*module.split("."), "__init__"])[1]


def test_imports_go_down_the_floors_of_evalkit():
    up = [
        str(found)
        for found in imports("evalkit")
        if room_of(found.module) != room_of(found.target)
        and FLOOR[room_of(found.module)] <= FLOOR[room_of(found.target)]
        and not draws(found)
    ]
    assert up == []


def test_every_room_of_evalkit_has_a_floor():
    assert {room_of(module) for module in modules("evalkit")} == set(FLOOR)


def test_the_ground_floor_loads_numpy_only():
    foreign = set()
    for module, tree in modules("evalkit").items():
        if module.startswith(GROUND):
            for node in tree.body:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                foreign |= {name.partition(".")[0] for name in names}
    assert {name for name in foreign if name not in sys.stdlib_module_names} == {"evalkit", "numpy"}
