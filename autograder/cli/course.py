"""What an instructor makes and asks for: a course folder, lessons, the secret, guides, quizzes, what works."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.shown import table_of
from autograder.console import console, find_course, find_root, one_sentence


class QuizFormat(StrEnum):
    """Who reads a quiz."""

    moodle = "moodle"
    gift = "gift"
    qti = "qti"


def init(
    course_dir: Annotated[Path, typer.Argument(help="The new course folder, or one that was made so.")] = Path(),
    lesson: Annotated[
        list[str] | None,
        typer.Option(help="Only this lesson, such as 03; may be repeated. In a course folder: add it."),
    ] = None,
) -> None:
    """Make a course folder: lessons, class list, settings. Again in it, after an upgrade: bring the new versions.

    What you changed in the folder stays as it is, and is named.
    """
    with one_sentence():
        from autograder.commands.init import in_words, init_course

        with console(stderr=True).status("Making the lessons …"):
            new = init_course(course_dir, lesson or [])
        for sentence in in_words(new, course_dir):
            console().print(sentence)


def build(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would change; exit code 1 if anything.")
    ] = False,
) -> None:
    """Make the lessons from their sources."""
    with one_sentence():
        root = find_root()
        from autograder.authoring.build import build_lessons, left_out

        if check:
            from autograder.authoring.drift import check_drift

            drift = check_drift(root)
            for sentence in [*drift, *left_out(root)]:
                console().print(sentence)
            if drift:
                raise typer.Exit(1)
            console().print("The lessons are what the sources give.")
            return
        changed = build_lessons(root)
        for path in changed:
            console().print(f"written: {path.relative_to(root)}")
        for sentence in left_out(root):
            console().print(sentence)
        console().print(f"{len(changed)} files changed." if changed else "Everything was up to date.")


def secret(
    course_dir: Annotated[Path, typer.Argument(help="The folder that holds source/ and submitted/.")] = Path(),
    new: Annotated[
        bool, typer.Option("--new", help="Make a new one: the next grading draws other cases, for the whole class.")
    ] = False,
) -> None:
    """Say with which secret a course draws the cases of the grades; with --new, make another."""
    with one_sentence():
        from autograder.commands.secret import renew, secret_in_use

        console().print(renew(course_dir) if new else secret_in_use(course_dir))


def guide(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be repeated.")] = None,
) -> None:
    """Write a guide to each lesson for whoever teaches it: timing, misconceptions, discussions. It holds answers."""
    with one_sentence():
        from autograder.commands.guide import write_guides

        for path in write_guides(course_dir, lesson):
            console().print(f"Written: {path}")


def slides(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be repeated.")] = None,
) -> None:
    """Write slides of each lesson for class: what it says and shows, questions to vote on, common answers.

    A lesson runs once for its figures, with your rights.
    """
    with one_sentence():
        from autograder.commands.slides import write_slides

        with console(stderr=True).status("Starting …") as status:
            written = write_slides(course_dir, lesson, lambda name: status.update(f"Running {name} …"))
        for path in written:
            console().print(f"Written: {path}")


def quiz(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    *,
    to: Annotated[QuizFormat, typer.Option(help="Moodle's XML, GIFT (a text), or QTI 2.1 (a zip package).")],
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be repeated.")] = None,
) -> None:
    """Write the quizzes as question banks that learning platforms import."""
    with one_sentence():
        from autograder.commands.quizzes import write_quizzes

        for path in write_quizzes(course_dir, to=to.value, lessons=lesson):
            console().print(f"Written: {path}")


def case(name: Annotated[str, typer.Argument(help="What the student typed as user name.")]) -> None:
    """Print the right numbers of lesson 12's capstone, for whoever marks a report."""
    with one_sentence():
        from autograder.releases import ReleaseCase, right_numbers

        truth = right_numbers(ReleaseCase(name))
        table = table_of("Entry", "Right")
        for entry, value in truth.numbers.items():
            table.add_row(entry, f"{value:,}" if isinstance(value, int) else f"{value:+.4f}")
        table.add_row("worst_cohort", truth.cohort)
        console().print(table)


def doctor() -> None:
    """Say what is wrong with this set-up, and what to do about it."""
    with one_sentence():
        from autograder.commands.doctor import can_grade, examine
        from autograder.errors import UserError

        try:
            root = find_root()
        except UserError:
            # An instructor has a course folder; a student may have nothing but a copy of the lessons.
            root = None
        findings = examine(root, find_course())
        for finding in findings:
            console().print(f"{'Problem' if finding.problem else 'Note'}: {finding.sentence}")
        problems = sum(finding.problem for finding in findings)
        if problems:
            raise typer.Exit(1)
        works = (
            "The set-up works." if can_grade() else "The set-up works for lessons, but not for grading: see the note."
        )
        console().print(works)
