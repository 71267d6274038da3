"""The whole chain on an example class: sources, lessons, submissions, grades, and whether each is the expected one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises
from autograder.errors import UserError
from autograder.proving.example_class import Expected, write_class

if TYPE_CHECKING:
    from autograder.grading import GradeReport, SubmissionResult


def write_course(root: Path, course_dir: Path) -> None:
    """Write ``source/`` and ``release/`` of a course into an empty folder.

    Raises
    ------
    UserError
        If the folder exists and is not a course that was written here: nobody's files are deleted.
    """
    from autograder.authoring.build import release_lessons, write_course_source
    from autograder.grading import write_config

    if course_dir.exists():
        entries = {path.name for path in course_dir.iterdir()} if course_dir.is_dir() else {""}
        if entries and not {"source", "release"} <= entries:
            raise UserError(f"{course_dir} holds something else: choose another folder with --out, or delete it.")
        shutil.rmtree(course_dir)
    course_dir.mkdir(parents=True)
    for own in exercises.of_course(root):
        shutil.copytree(own, course_dir / own.name, ignore=shutil.ignore_patterns("__pycache__"))
    write_course_source(root, course_dir)
    release_lessons(course_dir)
    write_config(course_dir)


def run_demo(
    root: Path, course_dir: Path, progress: Callable[[str], object] = len, *, sandbox: str = "bwrap"
) -> tuple[list[Expected], GradeReport]:
    """Build the lessons, write the example class, grade it.

    Parameters
    ----------
    root : Path
        The repository.
    course_dir : Path
        The folder of the example course; it is replaced.
    progress : callable, optional
        Called with a sentence whenever there is news.
    sandbox : {"bwrap", "none"}
        As for `autograder.grading.grade_course`.
    """
    from autograder.grading import grade_course
    from autograder.grading.sandbox import here

    here.require(sandbox)
    progress("Building the lessons …")
    write_course(root, course_dir)
    expected = write_class(course_dir)
    done = count(1)

    def graded(_: SubmissionResult) -> None:
        progress(f"Grading the example class: {next(done)} of {len(expected)} …")

    return expected, grade_course(course_dir, progress=graded, sandbox=sandbox)


def differences(expected: Sequence[Expected], report: GradeReport) -> dict[tuple[str, str], list[str]]:
    """For each submission that was not graded as expected, by student and lesson, the sentences that say why.

    Both the score and the points of each exercise count, so that two errors cannot cancel; so do the status and the
    written answers that wait for a person.
    """
    found = {(result.student, result.lesson): result for result in report.submissions}
    wrong: dict[tuple[str, str], list[str]] = {}
    for entry in expected:
        place = (entry.student, entry.lesson)
        who = f"{entry.student}, {entry.lesson} ({entry.why})"
        result = found.get(place)
        if result is None:
            wrong[place] = [f"{who}: there is no result"]
            continue
        points = {cell.grade_id.removeprefix("check_"): cell.points for cell in result.cells}
        sentences = [
            f"{who}: {exercise} earned {points.get(exercise) or 0.0:g} points, expected {want:g}"
            for exercise, want in entry.exercises.items()
            if abs((points.get(exercise) or 0.0) - want) > 1e-6
        ]
        if abs(result.points - entry.points) > 1e-6:
            sentences.append(f"{who}: {result.points:g} points in all, expected {entry.points:g}")
        waiting = [cell.grade_id for cell in result.cells if cell.needs_manual]
        if waiting != entry.by_hand:
            sentences.append(f"{who}: {waiting} wait for a person, expected {entry.by_hand}")
        if result.status != entry.status:
            sentences.append(f"{who}: filed as {result.status}, expected {entry.status}")
        if sentences:
            wrong[place] = sentences
    return wrong
