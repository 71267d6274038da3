"""A full disk and a damaged gradebook: a clear message, and after it the same grades as without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, answered, hand_in, make_course
from nbgrader.api import Gradebook

from autograder.grading import GradingError, grade_course

pytestmark = pytest.mark.slow

# Runs in a mount namespace of its own, so that the small disk is seen by nobody else and goes with it.
ON_A_SMALL_DISK = """
import json, os, subprocess, sys
from pathlib import Path
from grading_samples import ACCURACY_INSTEAD, answered, hand_in, make_course
from autograder.grading import GradingError, grade_course

disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
root = make_course(disk / "course")
hand_in(root, "ada", answered())
hand_in(root, "ben", answered(precision=ACCURACY_INSTEAD))


def grade():
    try:
        return {r.student: [r.status, r.points, r.reasons] for r in grade_course(root).submissions}
    except GradingError as error:
        return str(error)


filler = disk / "filler"
said = []
for room in (0, 20_000, 60_000, 150_000, 300_000):
    left = os.statvfs(disk)
    filler.write_bytes(bytes(max(0, left.f_bavail * left.f_frsize - room)))
    said.append(grade())
    filler.unlink()
said.append(grade())
print(json.dumps(said))
"""


def namespace() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


def can_mount(folder: Path) -> bool:
    command = [*namespace(), "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    return bool(shutil.which("unshare")) and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_full_disk(tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("this machine does not let us mount a small disk")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "PYTHONWARNINGS": "default"}
    command = [*namespace(), sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    *troubled, last = json.loads(done.stdout)
    messages = [part if isinstance(part, str) else str(part["ada"]) for part in troubled]
    # With no room at all, grading says so at once or for each submission; nothing else goes wrong.
    for message in messages:
        assert "No space left on device" in message or "full" in message or "'graded', 5" in message, message
    assert "'graded', 5" not in messages[0]
    assert last == {"ada": ["graded", 5, []], "ben": ["graded", 2.25, []]}


@pytest.mark.parametrize("damage", ["overwritten", "cut"])
def test_damaged_gradebook(tmp_path: Path, ran: list[str], damage: str) -> None:
    root = make_course(tmp_path / "course")
    hand_in(root, "ada", answered())
    hand_in(root, "ben", answered(precision=ACCURACY_INSTEAD))
    grade_course(root)
    book = root / "gradebook.db"
    whole = book.read_bytes()
    half = len(whole) // 2
    book.write_bytes(whole[:4096] + b"\xff" * half + whole[4096 + half :] if damage == "overwritten" else whole[:half])
    with pytest.raises(GradingError, match=r"gradebook\.db cannot be used: .*move it away; then grade again") as caught:
        grade_course(root)
    assert "What was graded is kept and need not be run again." in str(caught.value)
    book.rename(root / "damaged.db")
    ran.clear()
    assert [(r.student, r.points) for r in grade_course(root).submissions] == [("ada", 5), ("ben", 2.25)]
    assert ran == []
    with Gradebook(f"sqlite:///{book}", "evalkit") as gradebook:
        assert {s.student.id: s.score for s in gradebook.assignment_submissions(LESSON)} == {"ada": 5, "ben": 2.25}
