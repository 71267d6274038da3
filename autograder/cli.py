"""The command line: build, grade, demo, audit, check, case and doctor.

Each command loads what it needs when it runs, so that help is there at once.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

try:
    import typer
except ImportError:
    raise SystemExit(
        "The command line needs the course's packages: run pip install 'evalkit-course[course]', then try again."
    ) from None

from autograder.console import console, find_root, number, one_sentence

if TYPE_CHECKING:
    from rich.table import Table

    from autograder.proving.audit import Audit


class Sandbox(StrEnum):
    """In what submissions run."""

    bwrap = "bwrap"
    none = "none"


app = typer.Typer(
    help="Build, grade and check the course.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would change; exit code 1 if anything.")
    ] = False,
) -> None:
    """Make the lessons from their sources."""
    with one_sentence():
        root = find_root()
        if check:
            from autograder.authoring.drift import check_drift

            drift = check_drift(root)
            for sentence in drift:
                console().print(sentence)
            if drift:
                raise typer.Exit(1)
            console().print("The lessons are what the sources give.")
            return
        from autograder.authoring.build import build_lessons

        changed = build_lessons(root)
        for path in changed:
            console().print(f"written: {path.relative_to(root)}")
        console().print(f"{len(changed)} files changed." if changed else "Everything was up to date.")


@app.command()
def grade(
    course_dir: Annotated[Path, typer.Argument(help="The folder that holds source/ and submitted/.")] = Path(),
    lesson: Annotated[list[str] | None, typer.Option(help="Grade only this lesson; may be repeated.")] = None,
    student: Annotated[list[str] | None, typer.Option(help="Grade only this student; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time. Default: one per core.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Run the notebooks on the Dask cluster at this address.")] = None,
    db: Annotated[str | None, typer.Option(help="The gradebook, such as postgresql+psycopg://host/name.")] = None,
    sandbox: Annotated[
        Sandbox, typer.Option(help="'none' runs every submission with all your rights; the report says so.")
    ] = Sandbox.bwrap,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each submission, and one for all.")
    ] = False,
) -> None:
    """Grade what was handed in, and write gradebook, feedback and report. Exit code 1 if anything failed."""
    with one_sentence():
        from autograder.commands.progress import JsonLines, LiveCounts, cores
        from autograder.grading import grade_course

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
            table = _table("Student", "Lesson", "Points", "Status")
            for result in report.submissions:
                points = f"{number(result.points)} of {number(result.max_points)}"
                table.add_row(result.student, result.lesson, points, result.status)
            console().print(table)
            for result in report.submissions:
                for reason in result.reasons:
                    console().print(f"{result.student}, {result.lesson}: {reason}")
            if sandbox is Sandbox.none:
                console().print("No sandbox: the submissions ran with all your rights.")
            _print_paths(course_dir, db)
        if report.counts()["failed"]:
            raise typer.Exit(1)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the example course goes; it is replaced.")] = Path("build/demo"),
) -> None:
    """Build the lessons, grade an example class, and compare every score with the one it must have."""
    with one_sentence():
        from autograder.proving.demo import differences, run_demo

        with console(stderr=True).status("Starting …") as status:
            expected, report = run_demo(find_root(), out, status.update)
        wrong = differences(expected, report)
        found = {(result.student, result.lesson): result for result in report.submissions}
        lessons = sorted({entry.lesson for entry in expected})
        table = _table("Student", *lessons)
        for student in sorted({entry.student for entry in expected}):
            table.add_row(student, *(_cell(found.get((student, lesson))) for lesson in lessons))
        console().print(table)
        waiting = sum(result.needs_manual for result in report.submissions)
        console().print(f"The written answers of {waiting} submissions wait for a person.")
        for sentence in (sentence for sentences in wrong.values() for sentence in sentences):
            console().print(sentence)
        console().print(f"{len(expected) - len(wrong)} of {len(expected)} expected scores right")
        _print_paths(out)
        caught = _print_release(out)
        if wrong or not caught:
            raise typer.Exit(1)


def _print_release(out: Path) -> bool:
    """Judge the release of a network that is better overall and worse in the dark; say whether the gate caught it."""
    from evalkit.production.example import planted

    found = planted(out / "checkpoints")
    page = out / "checkpoints" / "release.html"
    found.result.to_html(page, found.verdict, dataset=found.dataset)
    better = found.result.evaluated["ground_truth_match"].overall.table.difference > 0
    caught = better and found.verdict.status == "fail"
    console().print(
        "\nAnd a release: a new checkpoint reads more digits right than the one in production. May it go out?\n\n"
        f"{found.result}\n\n{found.verdict.status.upper()}: {found.verdict.reason}\n"
        f"The page for whoever decides: {page}"
    )
    if not caught:
        console().print("The gate should have failed here, and it did not.")
    return caught


def _cell(result: object) -> str:
    from autograder.grading import SubmissionResult

    if not isinstance(result, SubmissionResult):
        return "–"
    status = "" if result.status == "graded" else f" {result.status}"
    return f"{number(result.points)} of {number(result.max_points)}{status}"


@app.command()
def audit(
    names: Annotated[list[str] | None, typer.Argument(metavar="[LESSON]...", help="Only these lessons.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Judge the functions directly, without notebooks.")] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Change the right answers by machine instead, and see what is caught.")
    ] = False,
    draws: Annotated[
        int, typer.Option(min=1, help="With --mutants: how many wider draws show that a mutant is equivalent.")
    ] = 10_000,
) -> None:
    """Measure the grader on every wrong and right answer that the course knows."""
    with one_sentence():
        from autograder.exercises import LESSONS
        from autograder.proving.audit import audit_course, audit_in_process

        if unknown := set(names or ()) - set(LESSONS):
            raise typer.BadParameter(f"no lesson {min(unknown)!r}; there are: {', '.join(LESSONS)}")
        chosen = names or list(LESSONS)
        if mutants:
            _audit_mutants(chosen, draws)
            return
        if fast:
            result = audit_in_process(chosen)
        else:
            with console(stderr=True).status("Grading every misconception and every variant …"):
                result = audit_course(find_root(), chosen)
        _print_audit(result)
        if result.problems():
            raise typer.Exit(1)


def _audit_mutants(lessons: list[str], draws: int) -> None:
    from autograder.exercises import LESSONS, of_lesson
    from autograder.proving.survival_table import TABLE, measure, row, stale

    root, survivors = find_root(), []
    for exercise in (exercise for lesson in lessons for exercise in of_lesson(lesson)):
        with console(stderr=True).status(exercise.id) as status:
            found, now = measure(root, exercise, draws, status.update)
        # At once: networks take long.
        print(row(found), "" if now else "(unchanged since it was measured)", flush=True)
        survivors += found.open
    others = [name for lesson in LESSONS if lesson not in lessons for name in LESSONS[lesson]]
    if changed := stale(root, others):
        print(f"Changed since they were measured: {', '.join(changed)}")
    print(f"The table is in {TABLE}.")
    for name in survivors:
        print(f"Neither caught nor equivalent nor named: {name}")
    if survivors:
        raise typer.Exit(1)


def _print_audit(result: Audit) -> None:
    from autograder.proving.audit import RIGHT, WRONG
    from evalkit import wilson_interval

    matrix = result.confusion()
    table = _table("Truth (rows), grader (columns)", "flagged", "accepted")
    for name, counts in zip((WRONG, RIGHT), matrix.table.tolist(), strict=True):
        table.add_row(name, *map(str, counts))
    console().print(table)
    flagged = matrix.one_vs_rest(WRONG)
    for what, value, trials in (
        ("precision", flagged.precision, int(flagged.tp + flagged.fp)),
        ("recall", flagged.recall, int(flagged.tp + flagged.fn)),
    ):
        # Of nothing any share is possible.
        low, high = wilson_interval(int(flagged.tp), trials) if trials else (0.0, 1.0)
        console().print(f"{what} {value:.3f}, 95 % interval {low:.3f} to {high:.3f} (positive class: wrong answer)")
    problems = result.problems()
    for problem in problems:
        console().print(problem)
    if not problems:
        console().print("Every misconception loses points and gets its own hint; every variant gets full points.")


@app.command()
def check(notebook: Annotated[Path, typer.Argument(help="Your notebook.")]) -> None:
    """Run a notebook and show what it would score on the checks that you can see."""
    with one_sentence():
        from autograder.commands.notebook_check import check_notebook

        with console(stderr=True).status("Running the notebook …"):
            result = check_notebook(notebook)
        table = _table("Exercise", "Points", "What to do next")
        for row in result.rows:
            points = f"{'–' if row.points is None else number(row.points)} of {number(row.max_points)}"
            table.add_row(row.exercise, points, row.hint)
        console().print(table)
        for remark in result.remarks:
            console().print(remark)
        console().print(
            f"{number(result.points)} of {number(result.max_points)} points on the visible checks. The grader uses "
            "other inputs as well."
        )
        if result.points < result.max_points:
            raise typer.Exit(1)


@app.command()
def case(name: Annotated[str, typer.Argument(help="What the student typed as user name.")]) -> None:
    """Print the right numbers of lesson 12's capstone, for whoever marks a report."""
    with one_sentence():
        from autograder.releases import ReleaseCase, right_numbers

        truth = right_numbers(ReleaseCase(name))
        table = _table("Entry", "Right")
        for entry, value in truth.numbers.items():
            table.add_row(entry, f"{value:,}" if isinstance(value, int) else f"{value:+.4f}")
        table.add_row("worst_cohort", truth.cohort)
        console().print(table)


@app.command()
def doctor() -> None:
    """Say what is wrong with this set-up, and what to do about it."""
    with one_sentence():
        from autograder.commands.doctor import examine
        from autograder.errors import UserError

        try:
            root = find_root()
        except UserError:
            # A student may have nothing but a copy of the lessons.
            root = None
        findings = examine(root)
        for finding in findings:
            console().print(f"{'Problem' if finding.problem else 'Note'}: {finding.sentence}")
        problems = sum(finding.problem for finding in findings)
        if problems:
            raise typer.Exit(1)
        console().print("The set-up works.")


def _table(first: str, *others: str) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    return Table(first, *others, box=SIMPLE)


def _print_paths(course_dir: Path, db: str | None = None) -> None:
    from autograder.grading.keeping.gradebook import without_password

    console().print(f"Gradebook: {without_password(db) if db else course_dir / 'gradebook.db'}")
    for what, name in (("Feedback", "feedback"), ("Report", "report.html")):
        console().print(f"{what}: {course_dir / name}")


if __name__ == "__main__":
    app()
