"""What an instructor does with what was handed in: collect, grade, mark, change, give back."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.shown import Sandbox, SandboxOption, print_paths, table_of, warn_without
from autograder.console import console, one_sentence


class Platform(StrEnum):
    """Which platform wrote an archive."""

    blackboard = "blackboard"
    brightspace = "brightspace"
    canvas = "canvas"
    moodle = "moodle"


class Readers(StrEnum):
    """Who reads a table of grades."""

    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"


def collect(
    archive: Annotated[Path, typer.Argument(help="The zip archive of the platform, or the folder made of it.")],
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    *,
    platform: Annotated[Platform, typer.Option("--from", help="Which platform wrote it.")],
    lesson: Annotated[str | None, typer.Option(help="Whose submissions they are. Default: as the files say.")] = None,
    roster: Annotated[Path | None, typer.Option(help="The class list. Default: students.csv in the course.")] = None,
    worksheet: Annotated[Path | None, typer.Option(help="Moodle's grading worksheet: times and e-mails.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="The platform's, such as Europe/Berlin. Default: this machine's.")
    ] = None,
) -> None:
    """Put what a learning platform hands out into submitted/. Exit code 1 if something fits no student."""
    with one_sentence():
        from autograder.commands.collect import collect_archive

        result = collect_archive(
            archive,
            course_dir,
            platform=platform.value,
            lesson=lesson,
            roster=roster or course_dir / "students.csv",
            worksheet=worksheet,
            timezone=timezone,
        )
        table = table_of("Student", "Handed in", "What it is", "Where")
        for one in result.collected:
            when = f"{one.time:%Y-%m-%d %H:%M} UTC" if one.time else "no time"
            table.add_row(one.student, when + (", late" if one.late else ""), one.what, str(one.folder))
        console().print(table)
        for path, why in result.unmatched:
            console().print(f"{path}: {why}")
        if result.unmatched:
            console().print(f"These files lie in {course_dir / 'unmatched' / archive.stem}.")
        if result.missing:
            console().print(f"Nothing from: {', '.join(result.missing)}")
        if platform is Platform.moodle and worksheet is None:
            console().print(
                "When each was handed in stands in Moodle's grading worksheet alone, and whose it is where names are "
                "alike. To add both, collect again with --worksheet FILE."
            )
        if result.unmatched:
            raise typer.Exit(1)


def grade(
    course_dir: Annotated[Path, typer.Argument(help="The folder that holds source/ and submitted/.")] = Path(),
    lesson: Annotated[list[str] | None, typer.Option(help="Grade only this lesson; may be repeated.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Grade only this student; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time. Default: one per core.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Run the notebooks on the Dask cluster at this address.")] = None,
    db: Annotated[str | None, typer.Option(help="The gradebook, such as postgresql+psycopg://host/name.")] = None,
    sandbox: SandboxOption = Sandbox.bwrap,
    in_container: Annotated[
        bool,
        typer.Option("--in-container", help="Grade in a container, with Docker or Podman: on macOS and Windows, too."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each submission, and one for all.")
    ] = False,
) -> None:
    """Grade what was handed in, and write gradebook, feedback and report. Exit code 1 if anything failed."""
    if in_container:
        if cluster is not None:
            raise typer.BadParameter("say one of --cluster and --in-container")
        said = [
            f"--{name}={value}" for name, values in (("lesson", lesson), ("student", student)) for value in values or ()
        ]
        said += [f"--{name}={value}" for name, value in (("jobs", jobs), ("db", db)) if value is not None]
        said += [f"--sandbox={sandbox.value}", *(["--json"] if as_json else [])]
        raise typer.Exit(_in_container(course_dir, said, db, as_json))
    with one_sentence():
        from autograder.commands.grade import rows, sentences, title
        from autograder.commands.progress import JsonLines, LiveCounts, cores
        from autograder.grading import grade_course

        warn_without(sandbox.value)
        with JsonLines(course_dir) if as_json else LiveCounts() as display:
            report = grade_course(
                course_dir,
                lessons=lesson or None,
                students=student or None,
                progress=display.add,
                expect=display.expect,
                workers=jobs or cores(),
                sandbox=sandbox.value,
                db=db,
                cluster=cluster,
            )
        if not as_json:
            if not report.submissions:
                console().print(
                    "Nothing has been handed in yet. Submissions belong in submitted/<student>/<lesson>/: "
                    "autograder collect puts a platform's archive there."
                )
                return
            heading, *lines = rows(report.submissions)
            table = table_of(*heading)
            table.title = title(report.submissions)
            for line in lines:
                table.add_row(*line)
            console().print(table)
            for sentence in sentences(report.submissions):
                console().print(sentence)
            for sentence in [*report.remarks, *report.draws_in_words()]:
                console().print(sentence)
            if sandbox is Sandbox.none:
                console().print("No sandbox: the submissions ran with all your rights.")
            print_paths(course_dir, db)
        if report.counts()["failed"]:
            raise typer.Exit(1)


def _in_container(course_dir: Path, options: list[str], db: str | None, as_json: bool) -> int:
    """Grade in a container; its exit code."""
    with one_sentence():
        from autograder.commands.container import grade_in_container
        from autograder.errors import UserError

        if db is not None and db.startswith("sqlite"):
            raise UserError(
                "A container sees the course folder and nothing else: leave --db out, and the gradebook is there; or "
                "name one on a server."
            )
        terminal = sys.stdout.isatty() and sys.stderr.isatty() and not as_json
        return grade_in_container(course_dir, options, network=db is not None, terminal=terminal)


def regrade(
    course_dir: Annotated[Path, typer.Argument(help="The folder that holds source/ and submitted/.")] = Path(),
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change. This is the default.")] = False,
    write: Annotated[bool, typer.Option("--apply", help="Show it, and write it; what was there is kept.")] = False,
    take_back: Annotated[
        bool, typer.Option("--undo", help="Put back what the last --apply wrote over; once more: the other way round.")
    ] = False,
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be repeated.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time. Default: one per core.")] = None,
    db: Annotated[str | None, typer.Option(help="The gradebook, if it is not in the course folder.")] = None,
    sandbox: SandboxOption = Sandbox.bwrap,
) -> None:
    """After points, tests, dates or the secret have changed: show whose grade changes and why, before it is written."""
    with one_sentence():
        from autograder.commands.progress import LiveCounts, cores
        from autograder.commands.regrade import in_words
        from autograder.grading.regrading import regrade as regrading

        if diff + write + take_back > 1:
            raise typer.BadParameter("say one of --diff, --apply and --undo")
        if take_back:
            since = regrading.undo(course_dir, db=db)
            console().print(
                f"Gradebook, feedback and autograded notebooks are what they were at {since}. If source/, policy.toml "
                "or the secret stay as they are, the next autograder grade brings the other grades again."
            )
            return
        warn_without(sandbox.value)
        with LiveCounts() as display:
            trial = regrading.try_regrade(
                course_dir,
                lesson or None,
                student or None,
                progress=display.add,
                expect=display.expect,
                workers=jobs or cores(),
                db=db,
                sandbox=sandbox.value,
            )
        for line in in_words(trial):
            console().print(line)
        if write:
            for sentence in regrading.apply(
                trial,
                course_dir,
                lesson or None,
                student or None,
                workers=jobs or cores(),
                db=db,
                sandbox=sandbox.value,
            ):
                console().print(sentence)
            console().print("The gradebook has it. To take the last change back: autograder regrade --undo")
            print_paths(course_dir, db)
        elif trial.changes or trial.new:
            console().print("Nothing is written yet. To write it: autograder regrade --apply")


def mark(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    lesson: Annotated[str | None, typer.Option(help="Only this lesson.")] = None,
    question: Annotated[str | None, typer.Option(help="Only this question, by the name of its cell.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what is marked already.")] = False,
    db: Annotated[str | None, typer.Option(help="The gradebook, if it is not in the course folder.")] = None,
) -> None:
    """Mark written answers here, by question and without names; formgrader shows the same marks.

    Each answer stands beside its question, the rubric and the model answer.

    Type points, then a comment, or the number of an earlier one.

    The next time goes on with what is not marked. Several people can mark at once.
    """
    with one_sentence():
        from autograder.commands.mark import mark_course

        mark_course(course_dir, lesson=lesson, question=question, again=again, db=db)


def export(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    to: Annotated[Readers, typer.Option(help="Who reads it: a spreadsheet (csv) or a platform.")] = Readers.csv,
    template: Annotated[
        Path | None, typer.Option(help="Canvas's own export, or Moodle's grading worksheet, to be filled in.")
    ] = None,
    lesson: Annotated[str | None, typer.Option(help="Only this lesson.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file. Default: grades.csv in the course folder.")] = None,
    db: Annotated[str | None, typer.Option(help="The gradebook, if it is not in the course folder.")] = None,
) -> None:
    """Write the grades as a table for a spreadsheet, Canvas or Moodle."""
    with one_sentence():
        from autograder.commands.export import export_grades

        path, grades = export_grades(course_dir, to=to.value, template=template, lesson=lesson, out=out, db=db)
        waiting = sum(grade.waiting for grade in grades)
        if waiting:
            who = "1 submission waits" if waiting == 1 else f"{waiting} submissions wait"
            console().print(f"{who} for a person: what is not marked yet counts nothing in the table.")
        console().print(f"Written: {path}")


def mail(
    course_dir: Annotated[Path, typer.Argument(help="The course folder.")] = Path(),
    lesson: Annotated[list[str] | None, typer.Option(help="Only this lesson; may be repeated.")] = None,
) -> None:
    """Write an e-mail file with the feedback for each student. Nothing is sent. Exit code 1 if someone gets none."""
    with one_sentence():
        from autograder.commands.mail import write_mails

        mails = write_mails(course_dir, lesson)
        for student, why in mails.missing:
            console().print(f"No e-mail for {student}: {why}.")
        console().print(
            f"E-mails written: {len(mails.written)}, in {mails.folder}. A mail program opens them as drafts."
        )
        if mails.missing:
            raise typer.Exit(1)
