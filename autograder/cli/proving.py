"""What shows that the grader works: an example class, and its own evaluation; and a student's own check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.shown import Sandbox, SandboxOption, print_paths, table_of, warn_without
from autograder.console import console, find_root, number, one_sentence

if TYPE_CHECKING:
    from autograder.proving.audit import Audit


def demo(
    out: Annotated[Path, typer.Option(help="Where the example course goes; it is replaced.")] = Path("build/demo"),
    sandbox: SandboxOption = Sandbox.bwrap,
) -> None:
    """Build the lessons, grade an example class, and compare every score with the one it must have."""
    with one_sentence():
        from autograder.proving.demo import differences, run_demo

        warn_without(sandbox.value)
        with console(stderr=True).status("Starting …") as status:
            expected, report = run_demo(find_root(), out, status.update, sandbox=sandbox.value)
        wrong = differences(expected, report)
        found = {(result.student, result.lesson): result for result in report.submissions}
        lessons = sorted({entry.lesson for entry in expected})
        table = table_of("Student", *lessons)
        for student in sorted({entry.student for entry in expected}):
            table.add_row(student, *(_cell(found.get((student, lesson))) for lesson in lessons))
        console().print(table)
        waiting = sum(result.needs_manual for result in report.submissions)
        console().print(f"The written answers of {waiting} submissions wait for a person.")
        for sentence in (sentence for sentences in wrong.values() for sentence in sentences):
            console().print(sentence)
        console().print(f"{len(expected) - len(wrong)} of {len(expected)} expected scores right")
        print_paths(out)
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


def audit(
    names: Annotated[list[str] | None, typer.Argument(metavar="[LESSON]...", help="Only these lessons.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Judge the functions directly, without notebooks.")] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Change the right answers by machine instead, and see what is caught.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the counts, which reports of classes state beside the exercises.")
    ] = False,
    draws: Annotated[
        int, typer.Option(min=1, help="With --mutants: how many wider draws show that a mutant is equivalent.")
    ] = 10_000,
    sandbox: SandboxOption = Sandbox.bwrap,
) -> None:
    """Measure the grader on every wrong and right answer that the course knows."""
    with one_sentence():
        from autograder import exercises
        from autograder.proving.audit import audit_course, audit_in_process, lessons_with_exercises

        root = None if fast else find_root()
        exercises.use(root)
        lessons = exercises.lessons() if root is None else lessons_with_exercises(root)
        if unknown := set(names or ()) - set(lessons):
            raise typer.BadParameter(f"no lesson {min(unknown)!r}; there are: {', '.join(lessons)}")
        chosen = names or list(lessons)
        if mutants:
            _audit_mutants(chosen, draws)
            return
        if root is None:
            result = audit_in_process(chosen)
        else:
            warn_without(sandbox.value)
            with console(stderr=True).status("Grading every misconception and every variant …"):
                result = audit_course(root, chosen, sandbox=sandbox.value)
        _print_audit(result)
        if keep:
            from autograder.proving.known import keep as keep_audit

            keep_audit(result)
        if result.problems():
            raise typer.Exit(1)


def _audit_mutants(lessons: list[str], draws: int) -> None:
    from autograder.exercises import lessons as all_lessons
    from autograder.exercises import of_lesson
    from autograder.proving.survival_table import TABLE, measure, row, stale

    root, survivors = find_root(), []
    for exercise in (exercise for lesson in lessons for exercise in of_lesson(lesson)):
        with console(stderr=True).status(exercise.id) as status:
            found, now = measure(root, exercise, draws, status.update)
        # At once: networks take long.
        print(row(found), "" if now else "(unchanged since it was measured)", flush=True)
        survivors += found.open
    others = [name for lesson, names in all_lessons().items() if lesson not in lessons for name in names]
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
    table = table_of("Truth (rows), grader (columns)", "flagged", "accepted")
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


def check(notebook: Annotated[Path, typer.Argument(help="Your notebook.")]) -> None:
    """Judge a notebook as the grader does, on the inputs of the checks that you can see, and run it once."""
    with one_sentence():
        from autograder.commands.notebook_check import check_notebook

        with console(stderr=True).status("Running the notebook …"):
            result = check_notebook(notebook)
        table = table_of("Exercise", "Points", "What to do next")
        for row in result.rows:
            points = f"{'–' if row.points is None else number(row.points)} of {number(row.max_points)}"
            table.add_row(row.exercise, points, row.hint)
        console().print(table)
        for remark in result.remarks:
            console().print(remark)
        console().print(
            f"{number(result.points)} of {number(result.max_points)} points on the visible checks, judged as the "
            "grader judges: each answer with what it needs of the notebook, beside copies of the files in this folder, "
            "without libraries of metrics. The grader uses other inputs as well."
        )
        if result.points < result.max_points:
            raise typer.Exit(1)
