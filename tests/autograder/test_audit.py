"""The audit finds the graders' mistakes; on the course's own exercises there are none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures

from autograder import check, exercises
from autograder.checking.exercise import Misconception
from autograder.grading import CellResult, GradeReport, SubmissionResult
from autograder.proving import audit
from autograder.proving.answers import find_cell, read, source_as
from autograder.proving.audit import RIGHT, WRONG, Audit, Item, Outcome, audit_in_process, items

LESSON = "03_precision_recall"
PRECISION = exercises.get("precision")
RECALL_HINT = PRECISION.misconceptions["recall"].hint


def outcome(points: float, *, wrong: bool = True, recognised: tuple[str, ...] = ("recall",)) -> Outcome:
    """What the grader said about the misconception "recall" of precision, or about its variant "loop"."""
    item = Item(PRECISION, "recall" if wrong else "loop", wrong)
    hints = [PRECISION.misconceptions[name].hint for name in recognised]
    return Outcome(item, points, {"misconceptions": list(recognised), "hints": hints}, "here")


def known_items() -> list[Item]:
    return [item for exercise_id in exercises.ids() for item in items(exercises.get(exercise_id))]


def test_every_item_of_a_lesson_is_judged_with_every_seed() -> None:
    # test_every_exercise judges the answers of all lessons.
    result = audit_in_process([LESSON], seeds=(5, 6))
    of_lesson = [item for exercise in exercises.of_lesson(LESSON) for item in items(exercise)]
    assert [outcome.item for outcome in result.outcomes] == of_lesson * 2
    assert {outcome.where for outcome in result.outcomes} == {"seed 5", "seed 6"}
    assert result.problems() == []
    wrong = sum(item.wrong for item in of_lesson)
    assert result.confusion().table.tolist() == [[wrong, 0], [0, len(of_lesson) - wrong]]


def test_a_misconception_that_loses_no_points_is_named() -> None:
    (problem,) = outcome(3.0).problems()
    assert problem == "precision: misconception 'recall' lost no points (here)"
    assert outcome(1.0).problems() == []


@pytest.mark.parametrize("recognised", [(), ("accuracy",), ("recall", "accuracy")])
def test_a_misconception_without_a_hint_of_its_own_is_named(recognised: tuple[str, ...]) -> None:
    (problem,) = outcome(1.0, recognised=recognised).problems()
    assert "misconception 'recall' did not get its own hint" in problem
    assert all(name in problem for name in recognised or ("nothing",))


def test_a_variant_that_loses_points_is_named() -> None:
    (problem,) = outcome(2.5, wrong=False, recognised=()).problems()
    assert problem == "precision: variant 'loop' is right but earned 2.5 of 3 points (here)"
    assert outcome(3.0, wrong=False, recognised=()).problems() == []


def test_the_confusion_matrix_has_the_truth_in_rows() -> None:
    missed = outcome(3.0)
    caught = replace(outcome(1.0), item=Item(PRECISION, "accuracy", wrong=True))
    harsh = outcome(1.0, wrong=False)
    fair = replace(outcome(3.0, wrong=False), item=Item(PRECISION, "products", wrong=False))
    matrix = Audit([missed, caught, caught, harsh, fair, fair]).confusion()
    assert matrix.table.tolist() == [[1, 1], [1, 1]]
    flagged = Audit([caught, harsh]).confusion().one_vs_rest(WRONG)
    assert (flagged.precision, flagged.recall) == (0.5, 1.0)
    assert Audit([missed, fair]).confusion().one_vs_rest(RIGHT).tp == 1


def test_an_item_counts_by_its_worst_outcome() -> None:
    fair, harsh = outcome(3.0, wrong=False), outcome(2.0, wrong=False)
    for outcomes in ([outcome(1.0), outcome(3.0), fair, harsh], [outcome(3.0), outcome(1.0), harsh, fair]):
        assert Audit(outcomes).confusion().table.tolist() == [[0, 1], [1, 0]]


def test_a_hint_that_two_misconceptions_share_is_named() -> None:
    shared = {name: Misconception(m.answer, RECALL_HINT) for name, m in PRECISION.misconceptions.items()}
    exercise = replace(PRECISION, misconceptions=shared)
    item = Item(exercise, "recall", wrong=True)
    result = Audit([Outcome(item, 0.0, {"misconceptions": ["recall"], "hints": [RECALL_HINT]}, "here")])
    assert result.problems() == ["precision: two misconceptions have the same hint"]


def test_a_blind_exercise_fails_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the cases that tell them apart, some misconceptions pass: the audit must say so."""

    def only_perfect_predictions(rng: np.random.Generator) -> list:
        whole = PRECISION.cases(rng)[0]
        y_true = whole.args[0]
        return [replace(whole, args=(y_true, y_true.copy()), points=3)]

    blind = replace(PRECISION, cases=only_perfect_predictions)

    monkeypatch.setattr(exercises, "of_lesson", lambda lesson: [blind])
    result = audit_in_process([LESSON], seeds=[0])
    assert "precision: misconception 'recall' lost no points (seed 0)" in result.problems()
    assert result.confusion().one_vs_rest(WRONG).recall < 1


@pytest.mark.slow
def test_notebooks_hold_every_item_once(tiny_course: Path, tmp_path: Path) -> None:  # noqa: F811
    course = Path(shutil.copytree(tiny_course, tmp_path / "course"))
    packed = audit.write_notebooks(course, exercises.LESSONS)
    assert sorted(map(str, known_items())) == sorted(str(item) for contents in packed.values() for item in contents)
    for (student, lesson), contents in packed.items():
        notebook = read(course / "submitted" / student / lesson / f"{lesson[3:]}.ipynb")
        for item in contents:
            typed = find_cell(notebook, item.exercise.id).source
            assert typed == source_as(item.answer, item.exercise.function_name)


@pytest.mark.slow
def test_notebooks_leave_out_what_no_answer_needs(tiny_course: Path) -> None:  # noqa: F811
    notebook = read(tiny_course / "release" / LESSON / f"{LESSON[3:]}.ipynb")
    graded = {cell.id: cell.source for cell in notebook.cells if "nbgrader" in cell.metadata}
    notebook.cells.insert(1, new_code_cell("print('a figure')\nhalf = 1 / 2\nimport math"))
    find_cell(notebook, "precision").source = "def precision(y_true, y_pred):\n    return half"
    graded[find_cell(notebook, "precision").id] = "def precision(y_true, y_pred):\n    return half"
    audit.leave_out_what_no_answer_needs(notebook, ["precision"])
    assert notebook.cells[1].source.strip() == "half = 1 / 2"
    assert {cell.id: cell.source for cell in notebook.cells if "nbgrader" in cell.metadata} == graded
    assert any("import check" in cell.source for cell in notebook.cells if cell.cell_type == "code")


def fake_report(packed: dict[tuple[str, str], list[Item]], lost: str) -> GradeReport:
    """A report as a perfect grader would write it, without the cell of one item."""
    submissions = []
    for (student, lesson), contents in packed.items():
        cells = []
        for item in contents:
            if str(item) != lost:
                verdict = check(item.exercise.id, item.answer, seed=4711)
                cell = CellResult(f"check_{item.exercise.id}", float(verdict), verdict.max_points)
                cells.append(replace(cell, verdict=verdict.to_dict()))
        submissions.append(SubmissionResult.of(student, lesson, "graded", [], cells))
    return GradeReport("course", submissions)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "problem"),
    [
        ("none", None),
        ("precision: misconception 'recall'", "lost no points"),
        ("precision: variant 'loop'", "earned 0 of 3"),
    ],
)
def test_a_grade_that_is_missing_counts_against_the_grader(
    tiny_course: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lost: str,
    problem: str | None,
) -> None:
    course = Path(shutil.copytree(tiny_course, tmp_path / "course"))
    packed = audit.write_notebooks(course, [LESSON])
    monkeypatch.setattr(
        "autograder.grading.grade_course", lambda course_dir, **_: fake_report(packed, lost), raising=False
    )
    result = audit.audit_notebooks(course, [LESSON])
    if problem is None:
        assert result.problems() == []
    else:
        assert any(lost in found and problem in found for found in result.problems())
