"""Messy notebooks: what `autograder check` says is what the grade is, and a fair person would agree with both."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, hand_in, insert, make_course
from messy_shapes import SHAPES
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures
from warm_kernels import need_bubblewrap

from autograder.commands import notebook_check
from autograder.commands.notebook_check import NotebookCheck, check_notebook
from autograder.grading import GradeReport, SubmissionResult, grade_course
from autograder.proving.example_class import write_class

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# As a Python of the future would save it.
NEWER = "3.99.1"
NEW_SYNTAX = "def precision(y_true, y_pred):\n    return y_true then y_pred"


def student(name: str) -> str:
    return name.replace(" ", "-").replace(",", "")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class: a student for each shape, and some who write in other places."""
    need_bubblewrap()
    root = make_course(tmp_path_factory.mktemp("messy"))
    for name, shape in SHAPES.items():
        hand_in(root, student(name), shape.notebook())
        # What comes with the lesson lies beside it.
        hand_in(root, student(name), (root / "source" / LESSON / "data.csv").read_text(), "data.csv")
        for file, text in shape.files.items():
            hand_in(root, student(name), text, file)
    newer = answered(precision=NEW_SYNTAX)
    newer.metadata["language_info"] = {"name": "python", "version": NEWER}
    hand_in(root, "newer", newer)
    return root


@pytest.fixture(scope="module")
def report(course: Path) -> GradeReport:
    return grade_course(course)


def of(report: GradeReport, name: str) -> SubmissionResult:
    return next(result for result in report.submissions if result.student == student(name))


def points(result: SubmissionResult) -> float | None:
    return next(cell.points for cell in result.cells if cell.grade_id == "check_precision")


def checked(course: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> NotebookCheck:
    """What the student would have read. That the notebook also runs as a whole is tested elsewhere."""
    monkeypatch.setattr(notebook_check, "_run", lambda *_: [])
    return check_notebook(course / "submitted" / student(name) / LESSON / f"{TOPIC}.ipynb")


@pytest.mark.parametrize("name", SHAPES)
def test_check_and_grade_agree(name: str, course: Path, report: GradeReport, monkeypatch: pytest.MonkeyPatch) -> None:
    grade = points(of(report, name))
    assert (grade == 3) == SHAPES[name].right, of(report, name).reasons
    row = next(row for row in checked(course, name, monkeypatch).rows if row.exercise == "precision")
    assert row.points == grade, row.hint


def test_missing_modules_are_named(course: Path, report: GradeReport, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in (
        ("package that is missing", "no_such_package_at_all"),
        ("module that was not handed in", "my_utils"),
    ):
        sentence = f"There is no module {module} where your work is graded."
        assert sentence in page(course, name)
        result = checked(course, name, monkeypatch)
        assert any(sentence in row.hint for row in result.rows)
        assert f"Not among the packages of the course: {module}." in " ".join(result.remarks)


def test_files_to_hand_in_are_named(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remarks = checked(course, "settings read before", monkeypatch).remarks
    assert remarks == ["Hand in with the notebook what its cells name: config.json."]
    assert checked(course, "own module", monkeypatch).remarks == [
        "Hand in with the notebook what its cells name: my_utils.py."
    ]


def test_newer_syntax_is_told_to_both_sides(course: Path, report: GradeReport, monkeypatch: pytest.MonkeyPatch) -> None:
    here = platform.python_version()
    assert f"cannot be read by Python {here}, which grades; you wrote it with Python {NEWER}" in page(course, "newer")
    said = " ".join(of(report, "newer").reasons)
    assert f"cannot be read by Python {here}; it was written with Python {NEWER}" in said
    remarks = checked(course, "newer", monkeypatch).remarks
    assert f"cannot be read by Python {here}, with which it was checked" in remarks[0]


def page(course: Path, name: str) -> str:
    return (course / "feedback" / student(name) / LESSON / f"{TOPIC}.html").read_text(encoding="utf-8")


def test_handed_in_files_stay_as_they_are(course: Path, report: GradeReport) -> None:
    for name, shape in SHAPES.items():
        folder = course / "submitted" / student(name) / LESSON
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
            f"{TOPIC}.ipynb",
            "data.csv",
            *shape.files,
        }
        assert nbformat.read(folder / f"{TOPIC}.ipynb", as_version=4).cells
        assert all((folder / file).read_text() == text for file, text in shape.files.items())


def test_a_course_that_changed_its_points_scales(course: Path, tmp_path: Path) -> None:
    root = make_course(tmp_path)
    source = root / "source" / LESSON / f"{TOPIC}.ipynb"
    hand_in(root, "ada", answered())
    hand_in(root, "half", answered(insert("check_precision", SHORT_OF_EDGES)))
    notebook = nbformat.read(source, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "check_precision").metadata.nbgrader.points = 6
    nbformat.write(notebook, source)
    result = grade_course(root)
    before = 3 - 0.375 - 0.25
    assert [points(of(result, "ada")), points(of(result, "half"))] == [6, pytest.approx(2 * before)]
    said = " ".join(reason for each in result.submissions for reason in each.reasons)
    assert "check_precision has 3 points in the submission and 6 in the lesson, which count." in said
    assert "changed" not in said
    text = (root / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text(encoding="utf-8")
    assert "6 of 6 points" in text


# Wrong where nothing is called positive, and where nothing is.
SHORT_OF_EDGES = """
def precision(y_true, y_pred):
    called = y_pred.sum()
    return float(y_true @ y_pred) / called if called and y_true.sum() else 0.5
"""


def test_check_says_of_the_example_class_what_it_must_score(
    tiny_course: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody with a trouble, and one whole lesson."""
    monkeypatch.setattr(notebook_check, "_run", lambda *_: [])
    course = Path(shutil.copytree(tiny_course, tmp_path / "course"))
    entries = [entry for entry in write_class(course) if entry.status != "quarantined"]
    entries = [entry for entry in entries if ":" in entry.why or entry.lesson == LESSON]
    assert len(entries) > 15
    wrong = []
    for entry in entries:
        result = check_notebook(course / "submitted" / entry.student / entry.lesson / f"{entry.lesson[3:]}.ipynb")
        found = {row.exercise: row.points for row in result.rows if row.points is not None}
        if found != pytest.approx(entry.exercises):
            wrong.append((entry.student, entry.lesson, entry.why, found, entry.exercises))
    assert wrong == []
