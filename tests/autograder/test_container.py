"""`autograder grade --in-container`, with a program in the place of Docker that does what it is told and no more.

That image and container do what their files say, no test here shows: that takes Docker or Podman.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, answered, hand_in, make_course
from typer.testing import CliRunner, Result

from autograder import cli
from autograder.commands import container
from autograder.errors import UserError
from autograder.grading import grade_course

FAKE = Path(__file__).with_name("fake_docker.py")


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for such programs, the only ones on PATH beside the system's own."""
    (tmp_path / "images").mkdir()
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "bwrap").symlink_to(shutil.which("bwrap") or "/nowhere")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("FAKE_IMAGES", str(tmp_path / "images"))
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "calls"))
    return folder


def install(folder: Path, name: str) -> None:
    program = folder / name
    program.write_text(FAKE.read_text().replace("#!/usr/bin/env python3", f"#!{sys.executable}"))
    program.chmod(0o755)


def calls(tmp_path: Path) -> list[list[str]]:
    return [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]


def grade(*words: object) -> Result:
    return CliRunner().invoke(cli.app, ["grade", "--in-container", *map(str, words)])


def after(call: list[str], option: str) -> list[str]:
    return [call[place + 1] for place, word in enumerate(call) if word == option]


@pytest.mark.slow
def test_the_grades_are_those_of_this_machine(runtime: Path, tmp_path: Path) -> None:
    install(runtime, "docker")
    course = make_course(tmp_path / "course, first")
    hand_in(course, "ben", answered(precision=ACCURACY_INSTEAD))
    shutil.copytree(course, tmp_path / "here")
    result = grade(course, "--jobs", 1)
    assert result.exit_code == 0, result.output
    report = json.loads((course / "report.json").read_text())
    # The secret draws the cases: it comes with the folder.
    shutil.copytree(
        course / ".grading", tmp_path / "here" / ".grading", ignore=shutil.ignore_patterns("records", "journal")
    )
    found = {one.student: (one.status, one.points) for one in grade_course(tmp_path / "here").submissions}
    assert {one["student"]: (one["status"], one["points"]) for one in report["submissions"]} == found
    assert {one["sandbox"].split()[0] for one in report["submissions"]} == {"bubblewrap"}


@pytest.mark.slow
def test_what_the_program_is_told(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(runtime, "docker")
    monkeypatch.setenv("FAKE_EXIT", "7")
    course = tmp_path / "course"
    course.mkdir()
    assert grade(course, "--lesson", "a", "--lesson", "b", "--student", "-x", "--jobs", 3, "--json").exit_code == 7
    info, inspect, build, run = calls(tmp_path)
    assert (info[1:], inspect[1:3]) == (["info"], ["image", "inspect"])
    assert build[1:3] == ["build", "--tag"]
    assert after(run, "--network") == ["none"]
    assert after(run, "--user") == [f"{os.getuid()}:{os.getgid()}"]
    assert after(run, "--security-opt") == ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"]
    assert "--tty" not in run
    place = run.index("grade")
    assert run[place - 1] == build[3]
    assert run[place:] == [
        *("grade", str(course), "--lesson=a", "--lesson=b", "--student=-x", "--jobs=3"),
        *("--sandbox=bwrap", "--json"),
    ]
    # The image is there now. A gradebook on a server is reached by the network.
    grade(course, "--db", "postgresql://there/book")
    *_, inspect, run = calls(tmp_path)
    assert inspect[1:3] == ["image", "inspect"]
    assert (run[1], after(run, "--network"), run[-2]) == ("run", [], "--db=postgresql://there/book")


@pytest.mark.slow
def test_podman_in_the_place_of_docker(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(runtime, "podman")
    monkeypatch.setenv("FAKE_EXIT", "0")
    course = tmp_path / "course"
    course.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 1234)
    assert grade(course).exit_code == 0
    run = calls(tmp_path)[-1]
    assert run[:2] == ["podman", "run"]
    assert after(run, "--userns") == ["keep-id"]
    assert "unmask=ALL" in after(run, "--security-opt")
    # "keep-id is only supported in rootless mode", says Podman to root, and runs nothing.
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert grade(course).exit_code == 0
    run = calls(tmp_path)[-1]
    assert after(run, "--userns") == []
    assert after(run, "--user") == [f"0:{os.getgid()}"]


def test_neither_is_there_or_neither_works(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = grade(tmp_path)
    assert result.exit_code == 2
    assert "To grade in a container takes Docker or Podman, and neither is installed here" in result.stderr
    install(runtime, "docker")
    monkeypatch.setenv("FAKE_DOWN", "yes")
    result = grade(tmp_path)
    assert result.exit_code == 2
    assert "docker does not work here (Cannot connect to the daemon. Is it running?): start it" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cluster", "tcp://here:1"], "one of --cluster and --in-container"),
        (["--db", "sqlite:////elsewhere.db"], "A container sees the course folder and nothing else"),
    ],
)
def test_what_does_not_go_together(runtime: Path, tmp_path: Path, words: list[str], said: str) -> None:
    install(runtime, "docker")
    result = grade(tmp_path, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "calls").exists()


def test_a_course_that_is_not_there(runtime: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no folder"):
        container.grade_in_container(tmp_path / "nowhere", [], network=False, terminal=False)


def test_the_image_has_the_versions_of_this_machine() -> None:
    found = dict(line.split("==") for line in container.requirements())
    assert found["nbgrader"] == metadata.version("nbgrader")
    assert {"numpy", "ipykernel", "scikit-learn", "pandas"} <= set(found)
    assert "ruff" not in found
    assert not any("+" in version for version in found.values())
