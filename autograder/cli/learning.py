"""What a learner asks for: how far the pages of the site have brought them, and to go on in the notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.shown import table_of
from autograder.console import console, number, one_sentence

SAID = {
    "written": "is in {path}.",
    "same": "stands in {path} already.",
    "kept": "was left out: {path} has another answer, which stays as it is. To put the site's in its place, add "
    "--replace: the notebook's then stands below it, as a comment.",
    "replaced": "is in {path}; what stood there before is below it, as a comment.",
}


def progress(
    file: Annotated[Path, typer.Argument(help="What the site's page “Your progress” exported.")],
    into: Annotated[
        Path | None, typer.Option(help="Put the code you wrote on the site into the notebooks of this folder.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a notebook has another answer; that becomes a comment.")
    ] = False,
) -> None:
    """Show what you did on the site, from the file it exports; with --into, go on in the notebooks with your code.

    The code is written into cells and never run by this command.
    """
    with one_sentence():
        from autograder.commands.browser_progress import by_lesson, read_progress

        found = read_progress(file)
        table = table_of("Lesson", "Read", "Questions right", "Missed", "Solved", "Points", "Objectives met")
        rows = by_lesson(found)
        for row in rows:
            if row.begun:
                solved, points = f"{row.solved} of {row.exercises}", f"{number(row.points)} of {number(row.max_points)}"
                met = " ".join(row.objectives)
                table.add_row(row.lesson[:2], row.read, str(row.right), str(row.missed), solved, points, met)
        console().print(table)
        console().print(f"Begun: {table.row_count} of {len(rows)} lessons.")
        if into is None:
            return
        from autograder.commands.continue_here import continue_in_notebooks

        placed = continue_in_notebooks(found, into, replace=replace)
        for one in placed:
            console().print(f"{one.exercise} {SAID[one.what].format(path=one.notebook)}")
        if others := [name for name in found.code if name not in {one.exercise for one in placed}]:
            console().print(f"No notebook in {into} has a cell for: {', '.join(others)}.")
        if not found.code:
            console().print("The file holds no code.")
