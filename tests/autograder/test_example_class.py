"""The example class: what is handed in, and what it must score."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures

from autograder import check, exercises
from autograder.grading import CellResult, GradeReport, SubmissionResult
from autograder.proving.answers import find_cell, hidden_seeds, read, source_as
from autograder.proving.demo import differences, run_demo
from autograder.proving.example_class import CLASS, LESSONS, Expected, write_class
from autograder.proving.troubles import TROUBLES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tiny_course: Path, tmp_path: Path) -> Path:  # noqa: F811
    return Path(shutil.copytree(tiny_course, tmp_path / "course"))


@pytest.fixture(scope="module")
def handed_in(
    tiny_course: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[tuple[str, str], Expected]]:
    """The class, and what it must score. Not to be changed."""
    course = Path(shutil.copytree(tiny_course, tmp_path_factory.mktemp("class") / "course"))
    expected = write_class(course)
    return course / "submitted", {(entry.student, entry.lesson): entry for entry in expected}


def troubled(name: str) -> tuple[str, str, str]:
    """Who has a trouble: student, lesson, exercise."""
    index, row = next((i, row) for i, row in enumerate(CLASS) if row.trouble == name)
    lesson = LESSONS[row.lesson - 1]
    names = exercises.LESSONS[lesson]
    return f"student-{index + 1:02d}", lesson, names[(row.exercise - 1) % len(names)]


def notebook_of(submitted: Path, student: str, lesson: str) -> nbformat.NotebookNode:
    return read(submitted / student / lesson / f"{lesson[3:]}.ipynb")


def test_about_twenty_students_hand_in_three_lessons(handed_in) -> None:
    submitted, expected = handed_in
    assert 20 <= len(CLASS) <= 25
    assert {lesson for _, lesson in expected} == set(LESSONS)
    assert len({student for student, _ in expected}) == len(CLASS)
    assert {path.parts[-2:] for path in submitted.glob("*/*")} == set(expected)
    assert all(re.fullmatch(r"student-\d\d", student) for student, _ in expected)


def test_every_trouble_happens_once() -> None:
    assert sorted(row.trouble for row in CLASS if row.trouble) == sorted(TROUBLES)


def test_the_class_has_right_wrong_and_missing_answers_to_every_exercise() -> None:
    for position, lesson in enumerate(LESSONS):
        rows = [letters for row in CLASS if (letters := (row.first, row.second, row.third)[position])]
        for place in range(len(exercises.LESSONS[lesson])):
            assert {letters[place % len(letters)] for letters in rows} == {"v", "w", "s"}


@pytest.mark.parametrize("count", [2, 5])
def test_a_lesson_may_have_more_or_fewer_exercises(course: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Whoever adds the fifth exercise to a lesson need not know of the example class."""
    lesson = LESSONS[2]
    names = (*exercises.LESSONS[lesson], "f1")[:count]
    monkeypatch.setitem(exercises.LESSONS, lesson, names)
    for part in ("source", "release"):
        add_exercise(course / part / lesson / "precision_recall.ipynb", "f1")
    found = [entry for entry in write_class(course) if entry.lesson == lesson]
    assert all(tuple(entry.exercises) == names for entry in found)
    by_letters = {entry.student: entry.exercises for entry in found}
    assert by_letters["student-01"] == {name: exercises.get(name).points for name in names}
    # "vwss" begins again with its first letter, and the trouble at the first exercise costs what it did.
    seventh = list(by_letters["student-07"].values())
    assert [points > 0 for points in seventh[:1] + seventh[2:]] == [True, False, False, True][: len(seventh) - 1]
    student, _, _ = troubled("SystemExit")
    assert sum(points == 0 for points in by_letters[student].values()) == 1


def add_exercise(path: Path, name: str) -> None:
    """Put the two cells of another exercise behind the last ones of a notebook."""
    notebook = read(path)
    for cell in [cell for cell in notebook.cells if "precision" in cell.get("id", "")][:2]:
        twin = nbformat.from_dict(cell)
        twin.id = twin.metadata.nbgrader.grade_id = str(twin.id).replace("precision", name)
        twin.source = twin.source.replace('"precision", precision', f'"{name}", {name}')
        notebook.cells.append(twin)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


def test_the_same_class_is_written_every_time(course: Path) -> None:
    write_class(course)
    first = {path: path.read_bytes() for path in course.glob("submitted/*/*/*")}
    (course / "submitted" / "left-over").mkdir()
    write_class(course)
    assert {path: path.read_bytes() for path in course.glob("submitted/*/*/*")} == first
    assert not (course / "submitted" / "left-over").exists()


def test_a_right_student_has_full_points_and_an_empty_handed_one_none(handed_in) -> None:
    submitted, expected = handed_in
    for lesson in LESSONS:
        points = {exercise.id: exercise.points for exercise in exercises.of_lesson(lesson)}
        assert expected["student-01", lesson].exercises == points
        assert expected["student-01", lesson].points == sum(points.values())
        assert expected["student-08", lesson].points == 0
        for exercise_id in points:
            stub = find_cell(notebook_of(submitted, "student-08", lesson), exercise_id).source
            assert "raise NotImplementedError" in stub


def test_a_wrong_answer_is_worth_what_its_notebook_earns(handed_in) -> None:
    submitted, expected = handed_in
    for lesson in LESSONS:
        notebook = notebook_of(submitted, "student-05", lesson)
        for exercise in exercises.of_lesson(lesson):
            # What the student typed, run without any of the machinery that wrote it.
            names = {"np": np}
            exec(find_cell(notebook, exercise.id).source, names)
            verdict = check(exercise.id, names[exercise.function_name], seed=4711)
            assert expected["student-05", lesson].exercises[exercise.id] == verdict < exercise.points


def test_not_json_cannot_be_read_and_costs_everything(handed_in) -> None:
    submitted, expected = handed_in
    student, lesson, _ = troubled("not JSON")
    with pytest.raises(json.JSONDecodeError):
        json.loads((submitted / student / lesson / f"{lesson[3:]}.ipynb").read_text())
    assert expected[student, lesson].points == 0
    assert expected[student, lesson].status == "quarantined"


def test_an_empty_file_and_no_file_cost_everything(handed_in) -> None:
    submitted, expected = handed_in
    student, lesson, _ = troubled("empty file")
    assert (submitted / student / lesson / f"{lesson[3:]}.ipynb").read_bytes() == b""
    assert expected[student, lesson].points == 0
    student, lesson, _ = troubled("no notebook")
    assert not list((submitted / student / lesson).glob("*.ipynb"))
    assert expected[student, lesson].points == 0


@pytest.mark.parametrize(("name", "times"), [("deleted test cell", 0), ("duplicated test cell", 2)])
def test_test_cells_are_deleted_and_duplicated_without_loss(handed_in, name: str, times: int) -> None:
    submitted, expected = handed_in
    student, lesson, exercise = troubled(name)
    notebook = notebook_of(submitted, student, lesson)
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert ids.count(f"check_{exercise}") == times
    assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)
    assert expected[student, lesson].status == "repaired"


def test_editing_the_test_gains_nothing(handed_in) -> None:
    submitted, expected = handed_in
    student, lesson, exercise = troubled("edited test cell")
    assert find_cell(notebook_of(submitted, student, lesson), f"check_{exercise}").source == "3"
    assert expected[student, lesson].exercises[exercise] < exercises.get(exercise).points


@pytest.mark.parametrize("name", ["syntax error", "endless loop", "SystemExit"])
def test_some_troubles_cost_one_exercise(handed_in, name: str) -> None:
    submitted, expected = handed_in
    student, lesson, exercise = troubled(name)
    source = find_cell(notebook_of(submitted, student, lesson), exercise).source
    if name == "syntax error":
        with pytest.raises(SyntaxError):
            compile(source, "cell", "exec")
    else:
        assert {"endless loop": "while True", "SystemExit": "raise SystemExit"}[name] in source
    scores = expected[student, lesson].exercises
    assert scores[exercise] == 0
    assert sum(scores.values()) > 0


def test_a_killed_kernel_costs_only_the_exercise_that_killed_it(handed_in) -> None:
    submitted, expected = handed_in
    student, lesson, exercise = troubled("killed kernel")
    assert "os._exit" in find_cell(notebook_of(submitted, student, lesson), exercise).source
    scores = expected[student, lesson].exercises
    assert scores[exercise.id if hasattr(exercise, "id") else exercise] == 0
    assert sum(score > 0 for score in scores.values()) == len(scores) - 1


def test_written_answers_wait_for_a_person(handed_in) -> None:
    submitted, expected = handed_in
    assert expected["student-01", LESSONS[0]].by_hand == ["why"]
    assert "what each kind of error costs" in find_cell(notebook_of(submitted, "student-01", LESSONS[0]), "why").source
    assert expected["student-08", LESSONS[0]].by_hand == []
    student, lesson, _ = troubled("empty file")
    assert expected[student, lesson].by_hand == []


@pytest.mark.parametrize("name", ["warning on stderr", "flood of output", "changed inputs"])
def test_some_troubles_cost_nothing_and_still_answer_right(handed_in, name: str, capsys, recwarn) -> None:
    submitted, expected = handed_in
    student, lesson, exercise_id = troubled(name)
    exercise = exercises.get(exercise_id)
    names = {"np": np}
    exec(find_cell(notebook_of(submitted, student, lesson), exercise_id).source, names)
    verdict = check(exercise_id, names[exercise.function_name], seed=4711)
    assert verdict == exercise.points == expected[student, lesson].exercises[exercise_id]
    printed = capsys.readouterr()
    if name == "warning on stderr":
        assert "only noise" in printed.err
    elif name == "flood of output":
        assert len(printed.out) > 100_000
    else:
        assert any("in place" in hint for hint in verdict.hints)


def test_hidden_seeds_come_from_the_tests_of_the_source(tiny_course: Path) -> None:  # noqa: F811
    source = read(tiny_course / "source" / LESSONS[2] / "precision_recall.ipynb")
    assert hidden_seeds(source) == dict.fromkeys(exercises.LESSONS[LESSONS[2]], 4711)
    released = read(tiny_course / "release" / LESSONS[2] / "precision_recall.ipynb")
    assert hidden_seeds(released) == {}


def test_a_function_gets_another_name() -> None:
    answer = exercises.get("precision").misconceptions["recall"].answer
    assert source_as(answer, "mine").startswith("def mine(y_true, y_pred):\n")


def a_report(points: float = 2.0, status: str = "graded") -> GradeReport:
    cells = [CellResult("check_precision", points, 3.0), CellResult("check_recall", 1.0, 3.0)]
    cells.append(CellResult("why", None, 2.0, needs_manual=True))
    return GradeReport("course", [SubmissionResult.of("student-01", "03", status, [], cells)])


EXPECTED = Expected("student-01", "03", {"precision": 2.0, "recall": 1.0}, ["why"], "graded", "an example")


def test_a_report_as_expected_has_no_differences() -> None:
    assert differences([EXPECTED], a_report()) == {}


def test_every_difference_is_named() -> None:
    sentences = differences([EXPECTED], a_report(points=2.5))["student-01", "03"]
    assert "precision earned 2.5 points, expected 2" in sentences[0]
    assert "3.5 points in all, expected 3" in sentences[1]
    (sentence,) = differences([EXPECTED], a_report(status="failed"))["student-01", "03"]
    assert "filed as failed, expected graded" in sentence
    assert "no result" in differences([EXPECTED], GradeReport("course", []))["student-01", "03"][0]


def test_a_written_answer_that_does_not_wait_is_found() -> None:
    other = Expected("student-01", "03", EXPECTED.exercises, [], "graded", "an example")
    assert "['why'] wait for a person, expected []" in differences([other], a_report())["student-01", "03"][0]


def test_errors_that_cancel_are_found() -> None:
    other = Expected("student-01", "03", {"precision": 1.0, "recall": 2.0}, ["why"], "graded", "an example")
    assert len(differences([other], a_report())["student-01", "03"]) == 2


@pytest.mark.slow
def test_every_single_score_of_the_example_class(
    tiny_root: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    # One lesson as it is. To run the text and the figures of the others twenty times would be most of the work, and no
    # score depends on them; tests/lessons runs them.
    shutil.copytree(tiny_root, tmp_path / "root")
    shutil.copytree(ROOT / "solutions" / LESSONS[2], tmp_path / "root" / "solutions" / LESSONS[2], dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs", tmp_path / "root" / "docs")
    expected, report = run_demo(tmp_path / "root", tmp_path / "demo")
    assert len(report.submissions) == len(expected)
    assert differences(expected, report) == {}
    assert all(result.reasons for result in report.submissions if result.status != "graded")
    assert (tmp_path / "demo" / "gradebook.db").is_file()
    assert (tmp_path / "demo" / "report.html").is_file()
