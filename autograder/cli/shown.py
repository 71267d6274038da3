"""What several commands print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autograder.console import console

if TYPE_CHECKING:
    from rich.table import Table


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
