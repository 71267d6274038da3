"""The command line: what it prints, its exit codes, and that a user's mistake is answered by a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures
from typer.testing import CliRunner, Result

from autograder import cli, exercises
from autograder.authoring.build import BuildError
from autograder.authoring.quiz_bank import QuizError
from autograder.authoring.source import SourceError
from autograder.cli import proving
from autograder.commands import doctor
from autograder.commands.doctor import Finding
from autograder.console import find_root, one_sentence
from autograder.errors import UserError
from autograder.grading import CellResult, GradeReport, GradingError, SubmissionResult
from autograder.grading.course import MachineError
from autograder.proving import audit as audit_module
from autograder.proving import demo
from autograder.proving.audit import Audit, Item, Outcome
from autograder.proving.example_class import Expected
from evalkit.production import Gate, example

LESSON = "03_precision_recall"
COMMANDS = ("init", "build", "grade", "demo", "audit", "check", "case", "doctor", "secret")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def said(result: Result) -> str:
    """All that was printed, line breaks aside."""
    return " ".join(result.output.split())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_report(points: float = 3.0) -> GradeReport:
    cells = [CellResult("check_precision", points, 3.0), CellResult("why", None, 2.0, needs_manual=True)]
    repaired = SubmissionResult.of("student-02", LESSON, "repaired", ["The test cell was put back."], cells)
    return GradeReport("course", [SubmissionResult.of("student-01", LESSON, "graded", [], cells), repaired])


def test_help_lists_the_commands_without_loading_the_grader() -> None:
    lines = (
        "import sys",
        "from typer.testing import CliRunner",
        "from autograder.cli import app",
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0",
        "print(sorted({'nbgrader', 'numpy', 'nbformat', 'jupytext', 'evalkit'} & set(sys.modules)))",
    )
    loaded = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    output = said(run("--help"))
    assert all(command in output for command in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['autograder', '--help']\nfrom autograder.cli import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('nbgrader', 'numpy', 'matplotlib', 'jupytext') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_typer_there_is_a_sentence() -> None:
    lines = "import sys\nsys.modules['typer'] = None\nimport autograder.cli"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("build",), ("build", "--check"), ("demo",), ("audit",)])
def test_outside_the_course_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"There are no sources of lessons in {tmp_path}" in said(result)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UserError("Do this."), "Do this."),
        (GradingError("There is no lesson."), "There is no lesson."),
        (SourceError(["a.py: has no title."]), "a.py: has no title."),
        (BuildError("It was edited by hand."), "It was edited by hand."),
        (QuizError("quiz.yml: is empty"), "quiz.yml: is empty"),
        (ModuleNotFoundError("no", name="jupytext"), "The package jupytext is missing: run `autograder doctor`"),
        (PermissionError(13, "Permission denied", "/here"), "/here: Permission denied."),
    ],
)
def test_what_a_user_can_cause_becomes_a_sentence(
    error: Exception, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise error
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


# A class that only has the name of one of ours says nothing.
@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), RuntimeError("a bug"), KeyError("a bug"), type("BuildError", (RuntimeError,), {})("a bug")],
)
def test_bugs_stay_visible(error: Exception) -> None:
    with pytest.raises(type(error), match="a bug"), one_sentence():
        raise error


def test_the_course_is_found_from_a_folder_inside_it(repository: Path) -> None:
    inside = repository / "lessons" / "01"
    inside.mkdir(parents=True)
    assert find_root(inside) == repository


@pytest.mark.slow
def test_build_writes_lessons_and_then_finds_no_drift(tiny_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.chdir(tiny_root)
    first = run("build", "--check")
    assert first.exit_code == 1
    assert "lessons/03_precision_recall/precision_recall.ipynb is missing" in said(first)
    built = run("build")
    assert built.exit_code == 0
    assert "written: lessons/03_precision_recall/precision_recall.ipynb" in said(built)
    assert run("build", "--check").exit_code == 0
    assert "Everything was up to date." in said(run("build"))
    lesson = tiny_root / "lessons" / LESSON / "precision_recall.ipynb"
    lesson.write_text(lesson.read_text().replace("import numpy as np", "import numpy"))
    drifted = run("build", "--check")
    assert drifted.exit_code == 1
    assert "lessons/03_precision_recall/precision_recall.ipynb" in said(drifted)


def test_build_says_what_is_wrong_with_a_source(repository: Path) -> None:
    path = repository / "solutions" / LESSON / "precision_recall.py"
    path.parent.mkdir()
    path.write_text('# %% exercise="no_such"\npass\n')
    result = run("build")
    assert result.exit_code == 2
    assert "there is no exercise 'no_such'" in said(result)


def test_grade_prints_scores_reasons_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def grade_course(course_dir: Path, **options: object) -> GradeReport:
        asked.append((course_dir, options["lessons"], options["students"]))
        return a_report()

    monkeypatch.setattr("autograder.grading.grade_course", grade_course, raising=False)
    result = run("grade", tmp_path, "--lesson", LESSON)
    assert asked == [(tmp_path, [LESSON], None)]
    assert result.exit_code == 0
    output = said(result)
    assert re.search(r"03_precision_recall .*student-01 +3 of 5 +graded", output)
    assert "student-02, 03_precision_recall: The test cell was put back." in output
    assert f"Gradebook: {tmp_path / 'gradebook.db'}" in output
    assert f"Report: {tmp_path / 'report.html'}" in output


def test_grade_of_a_folder_that_is_no_course(tmp_path: Path) -> None:
    result = run("grade", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "There is no folder" in said(result)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("points", "right", "code"), [(3.0, 2, 0), (2.0, 0, 1)])
def test_demo_compares_every_score(
    repository: Path, monkeypatch: pytest.MonkeyPatch, points: float, right: int, code: int
) -> None:
    expected = [
        Expected("student-01", LESSON, {"precision": 3.0}, ["why"], "graded", "right"),
        Expected("student-02", LESSON, {"precision": 3.0}, ["why"], "repaired", "deleted test cell"),
    ]
    monkeypatch.setattr(demo, "run_demo", lambda *_, **options: (expected, a_report(points)))
    monkeypatch.setattr(proving, "_print_release", lambda _: True)
    result = run("demo", "--out", "there")
    assert result.exit_code == code
    output = said(result)
    assert f"{right} of 2 expected scores right" in output
    assert "Feedback: there/feedback" in output
    assert "The written answers of 2 submissions wait for a person." in output
    assert ("precision earned 2 points, expected 3" in output) is bool(code)


@pytest.mark.slow
def test_demo_ends_with_a_release_that_accuracy_would_let_through(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "run_demo", lambda *_, **options: ([], a_report(3.0)))
    result = run("demo", "--out", tmp_path)
    assert result.exit_code == 0
    output = said(result)
    assert "0.927 → 0.941" in output
    assert "FAIL: accuracy in light = dark changed by −35.7 points" in output
    assert len(result.stdout.splitlines()) < 30, "one screen"
    assert "light = dark" in (tmp_path / "checkpoints" / "release.html").read_text(encoding="utf-8")
    # A gate that lets it through is a fault, and the demo says so.
    monkeypatch.setattr(example, "GATES", (Gate("accuracy", max_drop=0.02),))
    result = run("demo", "--out", tmp_path)
    assert result.exit_code == 1
    assert "The gate should have failed here" in said(result)


def test_demo_deletes_nobodys_files(tmp_path: Path, repository: Path) -> None:
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.txt").write_text("mine")
    result = run("demo", "--out", precious)
    assert result.exit_code == 2
    assert "holds something else" in said(result)
    assert (precious / "chapter.txt").read_text() == "mine"
    result = run("demo", "--out", precious / "chapter.txt")
    assert result.exit_code == 2
    assert (precious / "chapter.txt").is_file()


@pytest.mark.slow
def test_audit_prints_the_graders_confusion_matrix() -> None:
    lesson = "03_precision_recall"
    result = run("audit", "--fast", lesson)
    assert result.exit_code == 0
    output = said(result)
    wrong = sum(len(exercise.misconceptions) for exercise in exercises.of_lesson(lesson))
    right = sum(len(exercise.variants) for exercise in exercises.of_lesson(lesson))
    assert f"wrong answer {wrong} 0 right answer 0 {right}" in output
    assert "precision 1.000, 95 % interval 0.8" in output
    assert "recall 1.000, 95 % interval 0.8" in output


def test_demo_says_that_the_machine_is_at_fault(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_demo(*_: object, **options: object) -> None:
        raise MachineError("A cell of the lesson itself stops on this machine.")

    monkeypatch.setattr(demo, "run_demo", run_demo)
    result = run("demo", "--out", "there")
    assert result.exit_code == 1
    assert result.stderr == "A cell of the lesson itself stops on this machine.\n"
    assert "scores right" not in result.output


def test_audit_fails_by_name(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = Item(exercises.get("precision"), "loop", wrong=False)
    caught = Item(exercises.get("precision"), "recall", wrong=True)
    hint = exercises.get("precision").misconceptions["recall"].hint
    verdict = {"misconceptions": ["recall"], "hints": [hint]}
    found = Audit([Outcome(item, 1.0, {}, "audit-01"), Outcome(caught, 1.0, verdict, "audit-01")])
    monkeypatch.setattr(audit_module, "audit_course", lambda root, lessons, **_: found)
    result = run("audit")
    assert result.exit_code == 1
    assert "precision: variant 'loop' is right but earned 1 of 3 points (audit-01)" in said(result)
    # Wilson's intervals of 1 of 2 and of 1 of 1.
    assert "precision 0.500, 95 % interval 0.095 to 0.905" in said(result)
    assert "recall 1.000, 95 % interval 0.207 to 1.000" in said(result)
    assert "Every misconception" not in said(result)


def test_audit_of_right_answers_alone_says_nothing_about_wrong_ones(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = Item(exercises.get("precision"), "loop", wrong=False)
    monkeypatch.setattr(
        audit_module, "audit_course", lambda root, lessons, **_: Audit([Outcome(item, 3.0, {}, "audit-01")])
    )
    result = run("audit")
    assert result.exit_code == 0
    assert "recall nan, 95 % interval 0.000 to 1.000" in said(result)


@pytest.mark.slow
def test_check_prints_points_and_hints(tiny_course: Path) -> None:  # noqa: F811
    result = run("check", tiny_course / "release" / LESSON / "precision_recall.ipynb")
    assert result.exit_code == 1
    output = said(result)
    total = sum(exercise.points for exercise in exercises.of_lesson(LESSON))
    assert f"0 of {total:g} points on the visible checks" in output
    assert "graded by hand" in output
    assert "You have not written this function yet" in output


@pytest.mark.parametrize(("text", "sentence"), [(None, "There is no file"), ("{", "is not a notebook")])
def test_check_of_what_cannot_be_checked(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "lesson.ipynb"
    if text is not None:
        path.write_text(text)
    result = run("check", path)
    assert result.exit_code == 2
    assert sentence in said(result)


@pytest.mark.parametrize(("problem", "code"), [(True, 1), (False, 0)])
def test_doctor_ends_with_1_only_for_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: bool, code: int
) -> None:
    asked = []

    def examine(root: Path | None, course: Path | None) -> list[Finding]:
        asked.append(root)
        return [Finding("Do something.", problem)]

    monkeypatch.setattr(doctor, "examine", examine)
    monkeypatch.chdir(tmp_path)
    result = run("doctor")
    assert asked == [None]
    assert result.exit_code == code
    assert f"{'Problem' if problem else 'Note'}: Do something." in said(result)
    assert ("The set-up works." in said(result)) is not problem
