"""`autograder grade`: its options reach the engine, people see a bar, machines read lines of JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from grading_samples import LESSON, answered, delete, hand_in, make_course
from rich.console import Console
from typer.testing import CliRunner, Result

from autograder import cli
from autograder.commands import progress
from autograder.commands.progress import JsonLines, LiveCounts, cores
from autograder.grading import CellResult, GradeReport, SubmissionResult

CELLS = [CellResult("check_double", 2.0, 2.0)]
STATUSES = ("graded", "graded", "repaired", "quarantined", "failed")
RESULTS = [SubmissionResult.of(f"student-{i}", LESSON, status, [], CELLS) for i, status in enumerate(STATUSES)]  # type: ignore[arg-type]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["grade", *map(str, arguments)])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    options: dict[str, Any] = {}

    def grade_course(course_dir: Path, *, progress: Any, expect: Any, **others: Any) -> GradeReport:
        options.update(others, course_dir=course_dir)
        expect(2)
        for result in RESULTS[:2]:
            progress(result)
        return GradeReport("course", RESULTS[:2])

    monkeypatch.setattr("autograder.grading.grade_course", grade_course, raising=False)
    return options


def test_options_reach_the_engine(asked: dict[str, Any], tmp_path: Path) -> None:
    words = "--jobs 3 --cluster tcp://here:1 --sandbox none --lesson a --student b --student c"
    result = run(tmp_path, *words.split(), "--db", "postgresql+psycopg://me:secret@here/book")
    assert result.exit_code == 0
    assert asked == {
        "course_dir": tmp_path,
        "lessons": ["a"],
        "students": ["b", "c"],
        "workers": 3,
        "sandbox": "none",
        "db": "postgresql+psycopg://me:secret@here/book",
        "cluster": "tcp://here:1",
    }
    assert "No sandbox: the submissions ran with all your rights." in result.output
    assert "Gradebook: postgresql+psycopg://me:***@here/book" in result.output
    assert "secret" not in result.output


def test_what_happens_without_options(asked: dict[str, Any], tmp_path: Path) -> None:
    result = run(tmp_path)
    assert (asked["workers"], asked["sandbox"], asked["db"], asked["cluster"]) == (cores(), "bwrap", None, None)
    assert "No sandbox" not in result.output
    assert f"Gradebook: {tmp_path / 'gradebook.db'}" in result.output


@pytest.mark.parametrize("words", [["--jobs", "0"], ["--sandbox", "maybe"]])
def test_wrong_options_are_refused(asked: dict[str, Any], words: list[str]) -> None:
    assert run(*words).exit_code == 2
    assert not asked


def test_failed_submission_is_in_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "autograder.grading.grade_course", lambda *_, **__: GradeReport("course", RESULTS), raising=False
    )
    assert run().exit_code == 1


@pytest.mark.slow
def test_lines_of_json(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    hand_in(root, "ada", answered(delete("check_double")))
    hand_in(root, "empty", "")
    result = run(root, "--json")
    assert result.exit_code == 0
    start, *submissions, summary = map(json.loads, result.stdout.splitlines())
    assert start == {"kind": "start", "submissions": 2}
    assert {line["student"]: (line["kind"], line["status"], line["points"]) for line in submissions} == {
        "ada": ("submission", "repaired", 5),
        "empty": ("submission", "quarantined", 0),
    }
    assert summary["counts"] == {"graded": 0, "repaired": 1, "quarantined": 1, "failed": 0}
    assert json.loads(Path(summary["report"]).read_text())["counts"] == summary["counts"]
    assert summary["seconds"] > 0


def test_no_summary_for_a_run_that_broke_off(capsys: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines(Path())
    lines.add(RESULTS[0])
    lines.__exit__(KeyboardInterrupt)
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()] == ["submission"]


def test_bar_has_time_left_and_live_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(progress, "console", lambda **_: Console(file=screen, force_terminal=True, width=150))
    with LiveCounts() as bar:
        bar.expect(10)
        for result in RESULTS:
            bar.add(result)
    last = screen.getvalue().split("Grading")[-1]
    assert "5/10" in last
    assert "5 done, 1 repaired, 1 quarantined, 1 failed" in last
    assert ":" in last.split("5/10")[1].split("5 done")[0]
