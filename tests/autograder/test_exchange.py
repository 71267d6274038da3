"""A lesson goes out, comes back and is answered through nbgrader's exchange, with nbgrader's own commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from grading_samples import ACCURACY_INSTEAD, CONFIG, LESSON, TOPIC, answered, hand_in, make_course
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.grading import grade_course
from autograder.grading.hub import uid_of
from autograder.grading.intake import exchange
from autograder.grading.keeping.exchange import write_exchange_files

COURSE = "evaluation"


def nbgrader(folder: Path, *words: str, **environment: str) -> str:
    """Run one of nbgrader's commands in a folder, as its user would; return what it said."""
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(folder / ".jupyter"), **environment}
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_student_fetches_our_page(tmp_path: Path) -> None:
    place = f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\nc.CourseDirectory.course_id = {COURSE!r}\n"
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    course = make_course(tmp_path / "course", CONFIG + place)
    student = tmp_path / "student"
    student.mkdir()
    # On a hub, where the system's user is the same for all students.
    (student / "nbgrader_config.py").write_text(f"{CONFIG}{place}")
    me, hub = "sam", {"JUPYTERHUB_USER": "sam"}

    nbgrader(course, "generate_assignment", LESSON)
    nbgrader(course, "release_assignment", LESSON)
    nbgrader(student, "fetch_assignment", LESSON)
    work = student / LESSON / f"{TOPIC}.ipynb"
    assert "HIDDEN" not in work.read_text()
    nbformat.write(answered(precision=ACCURACY_INSTEAD), work)
    (student / LESSON / "my_metrics.py").write_text("MINE = 1\n")
    nbgrader(student, "submit", LESSON, **hub)
    inbound = tmp_path / "exchange" / COURSE / "inbound"
    ending = f"+{LESSON}+2026-01-01 00:00:00.000000 UTC+abcdefghijkl"
    # Whoever collects may read what students may not.
    (inbound / f"eve{ending}").symlink_to(course / "source" / LESSON)
    mallory = inbound / f"mallory{ending}"
    mallory.mkdir()
    (mallory / "timestamp.txt").write_text("2026-01-01 00:00:00.000000 UTC")
    (mallory / "data.csv").symlink_to(course / "source" / LESSON / f"{TOPIC}.ipynb")
    (mallory / "folder").symlink_to(course / "source")
    os.mkfifo(mallory / "pipe")
    said = nbgrader(course, "collect", LESSON)
    assert "eve" in said
    assert "was left out, because it cannot be copied: it is no folder" in said
    collected = {path.relative_to(course / "submitted").as_posix() for path in course.glob("submitted/*/*/*")}
    assert {name for name in collected if "mallory" in name} == {f"mallory/{LESSON}/timestamp.txt"}
    assert f"sam/{LESSON}/my_metrics.py" in collected
    shutil.rmtree(course / "submitted" / "mallory")
    # Another student's notebook came by mail.
    hand_in(course, "bob", answered())
    report = grade_course(course)
    assert {result.student: result.status for result in report.submissions} == {me: "graded", "bob": "graded"}
    ours = (course / "feedback" / me / LESSON / f"{TOPIC}.html").read_text()
    nbgrader(course, "release_feedback", LESSON)
    nbgrader(student, "fetch_feedback", LESSON, **hub)
    (fetched,) = student.glob(f"{LESSON}/feedback/*/{TOPIC}.html")
    assert fetched.read_text() == ours

    # Whatever command makes the pages, no hidden test is in them.
    nbgrader(course, "generate_feedback", LESSON, "--force")
    for page in course.glob(f"feedback/*/*/{TOPIC}.html"):
        text = page.read_text()
        assert "Graded cells" in text
        assert "HIDDEN" not in text
        assert "seed=7" not in text
        assert "21" not in text
    # They are the same pages, but for the mark by which ours are known to be up to date.
    assert (course / "feedback" / me / LESSON / f"{TOPIC}.html").read_text() == ours.rpartition("<!--")[0]
    nbgrader(course, "release_feedback", LESSON)


def test_the_files_of_the_exchange_are_read_within_bounds(tmp_path: Path) -> None:
    submitted, feedback = tmp_path / "submitted", tmp_path / "feedback"
    submitted.mkdir()
    feedback.mkdir()
    (submitted / "timestamp.txt").write_text("9" * 2_000_000)
    (submitted / "submission_secret.txt").symlink_to("/etc/hostname")
    write_exchange_files(submitted, feedback)
    made = {path.name: path.read_text() for path in feedback.iterdir()}
    assert made["timestamp.txt"].endswith(" UTC")
    assert len(made["submission_secret.txt"]) == 32
    # Made once; and what comes later by the exchange counts.
    write_exchange_files(submitted, feedback)
    assert {path.name: path.read_text() for path in feedback.iterdir()} == made
    (submitted / "submission_secret.txt").unlink()
    (submitted / "submission_secret.txt").write_text("abc")
    write_exchange_files(submitted, feedback)
    assert (feedback / "submission_secret.txt").read_text() == "abc"


@pytest.mark.slow
def test_nobody_hands_in_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config()
    config.Exchange.root = str(tmp_path / "exchange")
    config.CourseDirectory.root = str(tmp_path / "course")
    config.CourseDirectory.course_id = COURSE
    config.CourseDirectory.assignment_id = LESSON
    config.Collect.one_user_each = True
    config.ExchangeCollect.check_owner = False
    inbound = tmp_path / "exchange" / COURSE / "inbound"
    handed_in = {
        name: inbound / f"{name}+{LESSON}+2026-01-0{day} 00:00:00 UTC+x" for name, day in (("sam", 1), ("eve", 2))
    }
    for folder in handed_in.values():
        folder.mkdir(parents=True)
        (folder / f"{TOPIC}.ipynb").write_text(folder.name)
    # Into another folder, only who may write into it can move it.
    handed_in["eve"].chmod(0o555)
    (tmp_path / "course").mkdir()
    # This process may be sam's server, and not eve's.
    monkeypatch.setattr(exchange, "uid_of", lambda name: os.getuid() if name == "sam" else uid_of(name))
    coursedir = CourseDirectory(config=config)
    exchange.Collect(coursedir=coursedir, authenticator=Authenticator(config=config), config=config).start()
    assert [path.name for path in (tmp_path / "course" / "submitted").iterdir()] == ["sam"]
    # Nothing is lost: it lies beside the others, where nbgrader does not look.
    (aside,) = inbound.glob(".false-name-*")
    assert (aside / f"{TOPIC}.ipynb").read_text() == handed_in["eve"].name
    assert len({uid_of(f"student-{number}") for number in range(1000)}) == 1000
