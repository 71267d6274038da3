"""For whoever writes exercises and lessons: begin one, and see what it still lacks."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from autograder.console import console, find_root, one_sentence

app = typer.Typer(help="Write exercises and lessons.", no_args_is_help=True)


@app.command()
def check(lesson: Annotated[str, typer.Argument(help="Its number or name, such as 03.")]) -> None:
    """Say what a lesson still lacks: text, exercises, quiz; once these are right, also its run.

    It runs twice, with its solutions and without answers, on two cores at once, and with your rights.
    """
    with one_sentence():
        # Two notebooks run at once. Torch would start a thread per core in each, and all would wait for each other.
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) // 2)))

        from autograder.authoring.author_check import check_lesson

        with console(stderr=True).status("Reading the lesson …") as status:
            problems = check_lesson(find_root(), lesson, status.update)
        for problem in problems:
            console().print(problem)
        if problems:
            raise typer.Exit(1)
        console().print("The lesson has all that it needs. Next: autograder build.")


@app.command("new-exercise")
def new_exercise(
    name: Annotated[str, typer.Argument(help="The name of the function that students write.")],
    lesson: Annotated[str, typer.Option(help="Its lesson, such as 03.")],
) -> None:
    """Begin an exercise: its file in exercises/, and its cells in the lesson. What is yours to write says TODO."""
    with one_sentence():
        from autograder.authoring.skeleton import new_exercise as begin

        root = find_root()
        for path in begin(root, name, lesson):
            console().print(f"Written: {path.relative_to(root)}")
        console().print(f"Next: write what says TODO, then run autograder author check {lesson}.")


@app.command("new-lesson")
def new_lesson(
    name: Annotated[str, typer.Argument(help="A number and a topic, such as 13_calibration.")],
    title: Annotated[str, typer.Option(help="What stands behind the number on its first page.")] = "TODO: a title",
) -> None:
    """Begin a lesson: its text and its quiz. What is yours to write says TODO."""
    with one_sentence():
        from autograder.authoring.skeleton import new_lesson as begin

        root = find_root()
        for path in begin(root, name, title):
            console().print(f"Written: {path.relative_to(root)}")
        console().print(f"Next: write what says TODO, then run autograder author check {name[:2]}.")


@app.command()
def rules() -> None:
    """Print the rules that author check and the tests ask of each lesson, as CONTRIBUTING.md has them."""
    with one_sentence():
        from autograder.authoring.rules import in_words

        console().print(in_words(), end="")
