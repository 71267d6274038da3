"""The limits that no notebook can move, and workers that hang or die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, insert, source
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.checking.verdict import MIME_TYPE, CaseResult, Verdict
from autograder.grading import orders, private_folder
from autograder.grading.jobs import Job, plain_notebook
from autograder.grading.keeping.feedback import FeedbackPages, clean_html, refusal
from autograder.grading.running import pool
from autograder.grading.running.job import grade_cell, is_verdict

pytestmark = pytest.mark.slow


def job(text: str, student: str = "ada", **limits: Any) -> Job:
    notebook = answered(insert("text-2", text))
    for cell, original in zip(notebook.cells[-2:], source().cells[-2:], strict=True):
        cell.metadata = original.metadata
    return Job(
        student, LESSON, TOPIC, plain_notebook(notebook), {}, {"GradeExecute": limits, "Execute": {"timeout": 60}}
    )


def test_clock_of_the_notebook_stops_what_the_cells_clock_would_allow() -> None:
    ((_, outcome),) = pool.run_all([job("import time; time.sleep(500)", notebook_seconds=4)], workers=1)
    assert [(cell.grade_id, cell.points) for cell in outcome.cells][:2] == [("check_precision", 3), ("check_double", 0)]
    assert "was running when the notebook's 4 seconds were over, and was killed" in outcome.remarks[0]


def test_worker_that_does_not_answer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "OVERHEAD_SECONDS", 1.0)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    started: list[subprocess.Popen[str]] = []

    def start(*_: object) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(sleeper, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    monkeypatch.setattr(pool, "_start", start)
    ((_, outcome),) = pool.run_all([job("", notebook_seconds=0.5)], workers=1)
    assert outcome.notebook is None
    assert outcome.remarks == ["The grader did not answer within 1.5 seconds and was stopped."]
    assert all(process.returncode is not None for process in started)


def test_one_worker_grades_many_and_survives_bad_jobs() -> None:
    broken = Job("broken", LESSON, TOPIC, {"cells": "no"}, {}, {})
    jobs = [broken, job("", "ben"), job("import os; os._exit(3)", "cid"), job("", "dan")]
    outcomes = {done.student: outcome for done, outcome in pool.run_all(jobs, workers=1)}
    assert outcomes["broken"].notebook is None
    assert "The grader failed with" in outcomes["broken"].remarks[0]
    assert [sum(cell.points or 0 for cell in outcomes[name].cells) for name in ("ben", "cid", "dan")] == [5, 3, 5]


@pytest.fixture
def short_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, of a name that is short enough for sockets."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_workers_leave_no_process_and_no_file(monkeypatch: pytest.MonkeyPatch, short_folder: Path) -> None:
    pids = []
    start = pool._start
    monkeypatch.setattr(pool, "_start", lambda *given: pids.append((process := start(*given)).pid) or process)
    results = pool.run_all([job("", "ada"), job("import time; time.sleep(300)", "ben")], workers=2)
    assert next(results)[0].student == "ada"
    results.close()  # type: ignore[attr-defined]
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert list(short_folder.iterdir()) == []


def test_what_a_killed_grader_left_is_removed(short_folder: Path) -> None:
    dies = (
        "import os, signal, tempfile\n"
        "from autograder.grading.private_folder import PrivateFolder\n"
        "open(PrivateFolder().path + '/file', 'w').close()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", dies], env={**os.environ, "TMPDIR": str(short_folder)}, check=False)
    (left,) = short_folder.iterdir()
    assert (left / "file").exists()
    mine = private_folder.PrivateFolder()
    (short_folder / "autograder-run-mine").mkdir()
    (short_folder / "autograder-run-01234567").symlink_to(short_folder / "autograder-run-mine")
    before = {left.name, Path(mine.path).name, "autograder-run-mine", "autograder-run-01234567"}
    assert {path.name for path in short_folder.iterdir()} == before
    private_folder.remove_abandoned()
    assert {path.name for path in short_folder.iterdir()} == before - {left.name}
    mine.remove()
    assert not Path(mine.path).exists()


def test_workers_are_forked_by_a_process_without_threads(short_folder: Path) -> None:
    fork_server = pool.ForkServer(str(short_folder))
    first = fork_server.fork("{}", [])
    pid = fork_server._process.pid
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    # It can die; what it has forked lives on, and the next one comes from a new process.
    os.kill(pid, signal.SIGKILL)
    fork_server._process.wait()
    os.kill(first.pid, 0)
    second = fork_server.fork("{}", [])
    assert fork_server._process.pid != pid
    for process in (first, second):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    fork_server.close()


def executed(*outputs: Any, text: str = "f()") -> Any:
    meta = {"grade": True, "solution": False, "grade_id": "check_f", "points": 2, "locked": True, "task": False}
    return new_code_cell(text, metadata={"nbgrader": {**meta, "schema_version": 3}}, outputs=list(outputs))


def result(number: str, data: Any = None) -> Any:
    bundle = {"text/plain": number} | ({} if data is None else {MIME_TYPE: data})
    return new_output("execute_result", data=bundle, execution_count=1)


ERROR = new_output("error", ename="AssertionError", evalue="no", traceback=[])
VERDICT = Verdict("f", 2, [CaseResult("plain", 1.5, 2, "nearly")], ["Try again."], ["off-by-one"]).to_dict()


@pytest.mark.parametrize(
    ("cell", "points", "error"),
    [
        (executed(), 2, None),
        (executed(new_output("stream", name="stderr", text="Warning")), 2, None),
        (executed(new_output("stream", name="stderr", text="Warning"), ERROR), 0, "AssertionError: no"),
        (executed(result("1.5")), 1.5, None),
        (executed(result("2.0"), ERROR), 0, "AssertionError: no"),
        (executed(result("2.0"), result("0.0")), 0, "more than one result"),
        (executed(result("99")), 0, "more than the cell is worth"),
        (executed(result("1.5", VERDICT), text='check("f", f)'), 1.5, None),
        (executed(result("2.0"), text='check("f", f)'), 0, "check() gave no result"),
        (executed(text='check("f", f)'), 0, "check() gave no result"),
    ],
)
def test_grade_of_an_executed_cell(cell: Any, points: float, error: str | None) -> None:
    graded = grade_cell(cell)
    assert graded.points == points
    assert (error is None) == (graded.error is None)
    assert (error or "") in (graded.error or "")


def test_verdicts_are_looked_at_before_they_are_believed() -> None:
    assert is_verdict(VERDICT)
    for name in VERDICT:
        assert is_verdict({**VERDICT, name: {"no": 1}}) is False
    assert not is_verdict({**VERDICT, "cases": ["no"]})
    assert not is_verdict([VERDICT])


def test_feedback_runs_nobodys_code() -> None:
    assert clean_html("<p onclick='x()'>a<script>alert(1)</script><b>b</b></p>") == "<p>a<b>b</b></p>"
    assert "javascript" not in clean_html("<a href='javascript:x()'>a</a><img src='http://x.y/z.png'>")
    assert "http" not in clean_html("<img src='http://x.y/z.png'>")
    cells = [
        new_markdown_cell("<script>alert(1)</script> <img src=x onerror='alert(2)'>\n\n**bold**"),
        executed(
            result("1", {"exercise": "<script>"}), new_output("display_data", data={"text/html": "<script>3</script>"})
        ),
    ]
    for cell in cells:
        cell.metadata.setdefault("nbgrader", {}).update(score=1, points=2)
    notebook = nbformat.v4.new_notebook(cells=cells)
    totals = {"score": 1, "max_score": 2, "late_penalty": 0}
    page = FeedbackPages().page(notebook, "ada", LESSON, totals)
    assert "alert(" not in page
    assert "onerror" not in page
    assert "<strong>bold</strong>" in page
    assert "open the notebook to use it" in page
    page = FeedbackPages().page(refusal(["<script>x</script>_y_.ipynb is empty."]), "ada", LESSON, totals)
    assert "&lt;script&gt;x&lt;/script&gt;_y_.ipynb is empty." in page
