"""What several commands ask and print."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.console import console

if TYPE_CHECKING:
    from rich.table import Table


class Sandbox(StrEnum):
    """In what submissions run."""

    bwrap = "bwrap"
    none = "none"


SandboxOption = Annotated[
    Sandbox, typer.Option(help="'none' runs every submission with all your rights; the report says so.")
]


def warn_without(sandbox: str) -> None:
    """Say so before submissions run without a sandbox."""
    if sandbox == Sandbox.none:
        console(stderr=True).print(
            "Warning: no sandbox. Every submission runs with all your rights: it can read and change your files."
        )


def table_of(first: str, *others: str) -> Table:
    """An empty table with these columns."""
    from rich.box import SIMPLE
    from rich.table import Table

    return Table(first, *others, box=SIMPLE)


def print_paths(course_dir: Path, db: str | None = None) -> None:
    """Say where gradebook, feedback and report are."""
    from autograder.grading.keeping.gradebook import without_password

    console().print(f"Gradebook: {without_password(db) if db else course_dir / 'gradebook.db'}")
    for what, name in (("Feedback", "feedback"), ("Report", "report.html")):
        console().print(f"{what}: {course_dir / name}")
