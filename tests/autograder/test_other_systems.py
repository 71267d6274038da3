"""What runs on macOS and on Windows, as far as a Linux can imitate them: it lacks the names that they lack.

The programs run in processes of their own, which `other_systems/sitecustomize.py` robs of these names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, answered, hand_in, insert, make_course

HERE = Path(__file__).parent / "other_systems"
ROOT = Path(__file__).parents[2]
# What answers in the place of the worker, if the kernel has the worker's standard output.
FORGED = 'import os\nfor number in (1, 2):\n    os.write(number, b\'{"trouble": "forged"}\\n\')'


def autograder(system: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command on a system that is imitated."""
    environment = {**os.environ, "PRETEND_SYSTEM": system, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "autograder.cli", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = make_course(tmp_path / "course")
    hand_in(root, "ada", answered(insert("tail", FORGED), precision=ACCURACY_INSTEAD))
    return root


@pytest.mark.slow
def test_macos_grades_without_a_sandbox_after_a_warning(course: Path) -> None:
    done = autograder("Darwin", "grade", course, "--sandbox", "none", "--jobs", 1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning: no sandbox. Every submission runs with all your rights" in done.stderr
    (found,) = json.loads((course / "report.json").read_text())["submissions"]
    assert (found["status"], found["sandbox"]) == ("graded", "none")
    assert {cell["grade_id"]: cell["points"] for cell in found["cells"]}["check_double"] == 2.0
    assert found["cells"][0]["verdict"]["misconceptions"] == ["accuracy"]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["grade", "doctor", "demo", "audit"])
def test_macos_says_what_to_do_where_a_sandbox_is_asked_for(
    course: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT if command in ("demo", "audit") else course)
    done = autograder("Darwin", command)
    assert done.returncode == (1 if command == "doctor" else 2)
    said = done.stdout + done.stderr
    assert "Submissions run in a sandbox, which needs Linux, and this is macOS. Or grade in a container" in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_the_names_are_really_gone(system: str) -> None:
    program = (
        "import os, platform, socket, sys\n"
        "print(platform.system(), hasattr(os, 'pidfd_open'), hasattr(socket, 'SOCK_SEQPACKET'))\n"
        "import fcntl"
    )
    environment = {**os.environ, "PRETEND_SYSTEM": system, "PYTHONPATH": str(HERE)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [system, "False", "False"]
    assert ("import of fcntl halted" in done.stderr) == (system == "Windows")


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--sandbox", "none"]])
def test_windows_says_what_to_do_about_grading(course: Path, options: list[str]) -> None:
    done = autograder("Windows", "grade", course, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Submissions cannot run on Windows itself. Grade in a container, with Docker or Podman" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_windows_does_what_runs_no_submission(course: Path) -> None:
    """The gradebook, which has a lock, and what is written from it."""
    done = autograder("Windows", "export", course)
    assert done.returncode in (0, 2), done.stderr
    assert "fcntl" not in done.stderr
    assert "Traceback" not in done.stderr
