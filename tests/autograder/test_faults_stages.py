"""One fault at a named place, and then a run without it: the grades are those of a class that nothing happened to."""

from __future__ import annotations

import ast
import os
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from faulty_worker import STAGES, jumping_clock, program
from grading_samples import ACCURACY_INSTEAD, LESSON, TOPIC, answered, change, delete, hand_in, make_course, scores
from warm_kernels import need_bubblewrap

import autograder
from autograder.grading import GradeReport, GradingError, grade_course
from autograder.grading.judging.secret import course_secret
from autograder.grading.running import pool

WORK = [
    answered(),
    answered(precision=ACCURACY_INSTEAD),
    answered(delete("check_double")),
    answered(double="def double(x):\n    return 2"),
]
FEW = ["answer", "judging"]
SETTABLE = {"time", "time_ns", "localtime", "gmtime"}


class Calm(NamedTuple):
    """A class that nothing happened to."""

    root: Path
    report: dict[str, Any]
    scores: dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    need_bubblewrap()
    root = make_course(tmp_path_factory.mktemp("calm") / "course")
    course_secret(root / ".grading" / "secret")
    for number, student in enumerate(STAGES):
        hand_in(root, student, WORK[number % len(WORK)])
    untouched = root.with_name("untouched")
    shutil.copytree(root, untouched)
    report = grade_course(root)
    return Calm(untouched, report.to_dict(), scores(f"sqlite:///{root}/gradebook.db"))


@pytest.fixture
def course(calm: Calm, tmp_path: Path) -> Path:
    """The same class, not graded yet."""
    return Path(shutil.copytree(calm.root, tmp_path / "course"))


def reasons(report: GradeReport) -> dict[str, str]:
    return {one.student: " ".join(one.reasons) for one in report.submissions if one.status == "failed"}


def same(calm: Calm, report: GradeReport, root: Path, students: list[str]) -> bool:
    """Whether these students have what they have in the calm class, in the report and in the gradebook."""
    expected = [one for one in calm.report["submissions"] if one["student"] in students]
    found = [one.to_dict() for one in report.submissions if one.student in students]
    book = {key: score for key, score in scores(f"sqlite:///{root}/gradebook.db").items() if key[0] in students}
    return found == expected and book == {key: one for key, one in calm.scores.items() if key[0] in students}


@pytest.mark.slow
def test_a_worker_that_is_killed_once_at_each_stage_costs_nothing_and_twice_is_told(
    calm: Calm, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = tmp_path / "faults"
    faults.mkdir()
    for number, stage in enumerate(STAGES):
        # Every other one is killed twice, which is as often as anybody tries.
        (faults / stage).write_text(str(1 + number % 2))
    with monkeypatch.context() as patch:
        patch.setattr(pool, "sys", SimpleNamespace(executable=program(tmp_path, faults)))
        struck = grade_course(course)
    assert {stage: (faults / stage).read_text() for stage in STAGES} == dict.fromkeys(STAGES, "0")
    twice = [stage for number, stage in enumerate(STAGES) if number % 2]
    assert reasons(struck) == dict.fromkeys(
        twice, "The process that grades died twice on this notebook; look at its code before a rerun."
    )
    assert same(calm, struck, course, [stage for stage in STAGES if stage not in twice])
    assert same(calm, grade_course(course), course, list(STAGES))


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """A disk on which no file can grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
def test_files_that_cannot_grow_are_told_and_lose_nothing(calm: Calm, course: Path) -> None:
    """Where no small disk can be mounted this is the nearest thing to a full one."""
    said = []
    for size in (0, 3_000, 60_000):
        with files_end_at(size):
            try:
                report = grade_course(course, students=FEW)
                said.append(" ".join(reasons(report).values()))
            except GradingError as error:
                said.append(str(error))
    assert all("File too large" in one or "disk I/O error" in one or "is full" in one for one in said), said
    assert same(calm, grade_course(course, students=FEW), course, FEW)


@pytest.mark.slow
def test_gradebook_that_can_only_be_read(calm: Calm, course: Path, ran: list[str]) -> None:
    grade_course(course, students=FEW[:1])
    read_only = f"sqlite:///file:{course}/gradebook.db?mode=ro&uri=true"
    report = grade_course(course, students=FEW, db=read_only)
    assert [one.status for one in report.submissions] == ["graded", "failed"]
    assert reasons(report) == {
        FEW[1]: "The gradebook did not take the result (attempt to write a readonly database). It is kept, and entered "
        "when you grade again."
    }
    ran.clear()
    assert same(calm, grade_course(course, students=FEW), course, FEW)
    assert ran == []


@pytest.mark.slow
def test_a_clock_that_is_set_again_and_again_changes_nothing(
    calm: Calm, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "clock").touch()
    hand_in(course, FEW[1], answered(double="def double(x):\n    return x"))
    grade_course(course, students=FEW)
    # What was handed in last is from 1970, what was graded before is from the future.
    path = hand_in(course, FEW[1], (calm.root / "submitted" / FEW[1] / LESSON / f"{TOPIC}.ipynb").read_bytes())
    os.utime(path, (0, 0))
    for record in (course / ".grading").rglob("*.json*"):
        os.utime(record, (4e9, 4e9))
    with monkeypatch.context() as patch:
        patch.setattr(pool, "sys", SimpleNamespace(executable=program(tmp_path, faults)))
        patch.setattr(time, "time", jumping_clock(1))
        report = grade_course(course, students=FEW)
    assert same(calm, report, course, FEW)


@pytest.mark.slow
def test_no_limit_looks_at_a_clock_that_can_be_set() -> None:
    # A date is for a stamp; seconds are for a limit.
    package = Path(str(autograder.__file__)).parent
    found = [
        f"{path.name}, line {node.lineno}"
        for folder in ("grading", "checking")
        for path in sorted((package / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "time" and node.attr in SETTABLE)
        or (isinstance(node, ast.ImportFrom) and node.module == "time" and SETTABLE & {one.name for one in node.names})
    ]
    assert found == []


# Thirty-one and the kernel are all the processes that a submission may have; one more is one too many.
SPIN = """
import os, time
end = time.monotonic() + 6
for _ in range({}):
    pid = os.fork()
    if pid == 0:
        while time.monotonic() < end: pass
        os._exit(0)
while time.monotonic() < end: time.sleep(0.1)
"""
TERMINALS = "import os\nwhile True: os.openpty()"


@pytest.mark.slow
def test_those_who_take_all_processors_and_terminals_are_told_and_the_others_notice_nothing(
    calm: Calm, course: Path
) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout = 3", "timeout = 30"))
    others = {
        "spins": (answered(change("tail", SPIN.format(12))), ""),
        "spins-too-much": (answered(change("tail", SPIN.format(40))), "started more than"),
        "takes-terminals": (answered(change("tail", TERMINALS)), "stopped with OSError"),
        "uses-a-terminal": (answered(change("tail", "!echo in a terminal")), ""),
    }
    for student, (notebook, _) in others.items():
        hand_in(course, student, notebook)
    students = [*others, *FEW]
    report = grade_course(course, students=students)
    for one in report.submissions:
        if one.student in others:
            assert (one.status, one.points) == ("graded", 5), one
            assert others[one.student][1] in " ".join(one.reasons)
    assert same(calm, report, course, FEW)
    assert grade_course(course, students=students).to_dict() == report.to_dict()
    page = course / "autograded" / "uses-a-terminal" / LESSON / f"{TOPIC}.ipynb"
    assert "in a terminal\\r\\n" in page.read_text() or "in a terminal\\n" in page.read_text()
