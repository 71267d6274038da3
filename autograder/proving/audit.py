"""The grader's own evaluation: is every known wrong answer caught, and explained, and is every right one accepted?

The positive class is a wrong answer. A misconception that loses no points is a false negative of the grader, a variant
that loses points a false positive.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import exercises
from autograder.checking.exercise import Answer, Exercise
from autograder.errors import UserError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from evalkit import ConfusionMatrix

WRONG, RIGHT = "wrong answer", "right answer"


@dataclass(frozen=True)
class Item:
    """One known answer: a misconception of an exercise (`wrong`), or a variant."""

    exercise: Exercise
    name: str
    wrong: bool

    @property
    def answer(self) -> Answer:
        """The function."""
        return self.exercise.misconceptions[self.name].answer if self.wrong else self.exercise.variants[self.name]

    def __str__(self) -> str:
        return f"{self.exercise.id}: {'misconception' if self.wrong else 'variant'} {self.name!r}"


@dataclass(frozen=True)
class Outcome:
    """What the grader said about an item: its points, its verdict as plain data, and where (seed or notebook)."""

    item: Item
    points: float
    verdict: dict[str, Any]
    where: str

    @property
    def flagged(self) -> bool:
        """Whether the grader took points off."""
        return self.points < self.item.exercise.points

    def problems(self) -> list[str]:
        """What is not as it must be, one sentence each."""
        item = self.item
        if not item.wrong:
            lost = f"earned {self.points:g} of {item.exercise.points:g} points"
            return [f"{item} is right but {lost} ({self.where})"] if self.flagged else []
        problems = [] if self.flagged else [f"{item} lost no points ({self.where})"]
        recognised = self.verdict.get("misconceptions", [])
        hint = item.exercise.misconceptions[item.name].hint
        if recognised != [item.name] or hint not in self.verdict.get("hints", []):
            taken = ", ".join(map(repr, recognised)) or "nothing"
            problems.append(f"{item} did not get its own hint: the grader recognised {taken} ({self.where})")
        return problems


@dataclass(frozen=True)
class Audit:
    """The outcomes of all items."""

    outcomes: Sequence[Outcome]

    def confusion(self) -> ConfusionMatrix:
        """Rows are the truth, columns what the grader said.

        An item that was tried on several inputs counts once: a misconception as caught if it was caught every time, a
        variant as accepted if it was accepted every time.
        """
        from evalkit import ConfusionMatrix

        said: dict[tuple[str, str, bool], bool] = {}
        for outcome in self.outcomes:
            item = outcome.item
            key = (item.exercise.id, item.name, item.wrong)
            before = said.get(key, item.wrong)
            said[key] = (before and outcome.flagged) if item.wrong else (before or outcome.flagged)
        truth = [WRONG if wrong else RIGHT for _, _, wrong in said]
        verdicts = [WRONG if flagged else RIGHT for flagged in said.values()]
        return ConfusionMatrix.from_labels(truth, verdicts, labels=[WRONG, RIGHT])

    def problems(self) -> list[str]:
        """Every failure by name; empty when the grader is perfect on all that the course knows."""
        hints = [problem for exercise in self._exercises() for problem in _shared_hints(exercise)]
        return [problem for outcome in self.outcomes for problem in outcome.problems()] + hints

    def _exercises(self) -> Iterable[Exercise]:
        return {outcome.item.exercise.id: outcome.item.exercise for outcome in self.outcomes}.values()


def _shared_hints(exercise: Exercise) -> list[str]:
    hints = [misconception.hint for misconception in exercise.misconceptions.values()]
    return [f"{exercise.id}: two misconceptions have the same hint"] if len(set(hints)) < len(hints) else []


def items(exercise: Exercise) -> list[Item]:
    """The misconceptions of an exercise, then its variants."""
    return [Item(exercise, name, wrong=True) for name in exercise.misconceptions] + [
        Item(exercise, name, wrong=False) for name in exercise.variants
    ]


def audit_in_process(lessons: Iterable[str], seeds: Iterable[int] = (0, 1, 2)) -> Audit:
    """Judge every item directly, on the inputs of several seeds: seconds instead of minutes, but no notebooks."""
    from autograder.checking.exercise import inputs_of
    from autograder.checking.judge import judge

    outcomes = []
    tasks = [exercise for lesson in lessons for exercise in exercises.of_lesson(lesson)]
    for seed in seeds:
        for exercise in tasks:
            # As `check` does; but what the mistakes answer is worked out once, not for each answer anew.
            key, inputs, wrong = exercise.answer_key(seed), inputs_of(exercise.draw(seed)), exercise.wrong_answers(seed)
            for item in items(exercise):
                seen = wrong[item.name]["outcomes"] if item.wrong else exercise.observe(item.answer, inputs)
                verdict = judge(key, seen, wrong)
                outcomes.append(Outcome(item, float(verdict), verdict.to_dict(), f"seed {seed}"))
    return Audit(outcomes)


def write_notebooks(course_dir: Path, lessons: Iterable[str]) -> dict[tuple[str, str], list[Item]]:
    """Pack the items into notebooks: the i-th of each exercise of a lesson goes into the lesson's i-th notebook.

    Of the lesson's own cells a notebook keeps what its answers depend on: figures and trained networks earn no points,
    and take most of the time.

    Parameters
    ----------
    course_dir : Path
        A course with ``release/``. Its ``submitted/`` is replaced.

    Returns
    -------
    dict
        The items of each notebook, by student and lesson.
    """
    from autograder.proving.answers import file_bytes, fill_in, read

    shutil.rmtree(course_dir / "submitted", ignore_errors=True)
    packed: dict[tuple[str, str], list[Item]] = {}
    for lesson in lessons:
        for exercise in exercises.of_lesson(lesson):
            for i, item in enumerate(items(exercise)):
                packed.setdefault((f"audit-{i + 1:02d}", lesson), []).append(item)
    for (student, lesson), contents in packed.items():
        folder = course_dir / "submitted" / student / lesson
        shutil.copytree(course_dir / "release" / lesson, folder)
        path = folder / f"{lesson[3:]}.ipynb"
        notebook = read(path)
        for item in contents:
            try:
                fill_in(notebook, item.exercise, item.answer)
            except KeyError:
                raise UserError(
                    f"The exercise {item.exercise.id!r} is registered for {lesson}, but not in its notebook: give it "
                    "its two cells, or take it off the list."
                ) from None
        leave_out_what_no_answer_needs(notebook, [item.exercise.function_name for item in contents])
        path.write_bytes(file_bytes(notebook))
    return packed


def leave_out_what_no_answer_needs(notebook: NotebookNode, functions: Iterable[str]) -> None:
    """Empty the code cells of a lesson, or the lines of them, on which no function depends; cells with a grade stay."""
    from autograder.grading.judging.slice import slice_cells

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    needed = slice_cells([cell.source for cell in code], [*functions, "check"])
    for cell, source in zip(code, needed.cells, strict=True):
        if "nbgrader" not in cell.metadata:
            cell.source = source


def audit_notebooks(course_dir: Path, lessons: Sequence[str], *, sandbox: str = "bwrap") -> Audit:
    """Send every item through the real grading path: notebooks, kernels, hidden tests.

    Parameters
    ----------
    course_dir : Path
        A course with ``source/`` and ``release/``; its submissions and grades are replaced.
    sandbox : {"bwrap", "none"}
        As for `autograder.grading.grade_course`.
    """
    from autograder.grading import grade_course

    packed = write_notebooks(course_dir, lessons)
    graded = {
        (result.student, result.lesson): result for result in grade_course(course_dir, sandbox=sandbox).submissions
    }
    outcomes = []
    for place, contents in packed.items():
        result = graded.get(place)
        cells = {cell.grade_id: cell for cell in result.cells} if result else {}
        for item in contents:
            cell = cells.get(f"check_{item.exercise.id}")
            # No points at all is not a grade: it counts as the wrong answer's full points, so that it shows.
            missing = item.exercise.points if item.wrong else 0.0
            points = missing if cell is None or cell.points is None else cell.points
            verdict = (cell.verdict if cell else None) or {}
            outcomes.append(Outcome(item, points, verdict, f"{place[0]}, {place[1]}"))
    return Audit(outcomes)


def lessons_with_exercises(root: Path) -> list[str]:
    """The lessons under ``root/solutions`` that have exercises, in the order of the course."""
    from autograder.authoring.source import lesson_sources

    known = exercises.lessons()
    return [lesson for source in lesson_sources(root) if known.get(lesson := source.parent.name)]


def audit_course(root: Path, lessons: Sequence[str], *, sandbox: str = "bwrap") -> Audit:
    """Build a course of the repository's lessons in a temporary folder and audit the grader on some of them."""
    from autograder.grading.sandbox import here
    from autograder.proving.demo import write_course

    here.require(sandbox)
    with tempfile.TemporaryDirectory() as scratch:
        course_dir = Path(scratch) / "course"
        write_course(root, course_dir)
        try:
            return audit_notebooks(course_dir, lessons, sandbox=sandbox)
        finally:
            # The exercises of the clone, not those of the copy that is gone in a moment.
            exercises.use(root)
