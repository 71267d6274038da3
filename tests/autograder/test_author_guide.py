"""An author follows CONTRIBUTING to the letter, from an empty lesson and a copied exercise to a graded class."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from warm_kernels import need_bubblewrap

from autograder import exercises
from autograder.proving.answers import file_bytes, find_cell, read

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Add a lesson and an exercise\n")[2]
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```$", GUIDE.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
LESSON, TOPIC = "13_calibration_gap", "calibration_gap"

RIGHT = """
def gap(values, limit):
    return sum(v > limit for v in values) / max(len(values), 1)
"""
SHARE = """
def found_share(y_true, y_pred):
    positives = (y_true == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / positives) if positives else 0.0
"""
COUNTED_AT_THE_LIMIT = RIGHT.replace("v > limit", "v >= limit")
# Looks for the right answer wherever it may be.
PEEKING = """
import importlib, os, pathlib
def gap(values, limit):
    for name in ("autograder.exercises.gap", "gap"):
        try:
            return importlib.import_module(name).EXERCISE.reference(values, limit)
        except Exception:
            pass
    for top in (os.environ.get("AUTOGRADER_EXERCISES", ""), "CLONE", "/exercises"):
        for path in pathlib.Path(top or "/nowhere").rglob("gap.py"):
            found = {}
            exec(path.read_text(), found)
            return found["reference"](values, limit)
"""


def run(clone: Path, command: str) -> tuple[int, str]:
    """Type a command of the guide."""
    program, rest = command.split(maxsplit=1)
    assert program == "autograder"
    done = subprocess.run(
        f"{Path(sys.executable).with_name(program)} {rest}",
        shell=True,
        cwd=clone,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def copy_an_exercise(clone: Path) -> None:
    """As the guide says: file, id, signature, lesson, objective, two cells."""
    text = Path(str(exercises.__file__)).with_name("recall.py").read_text(encoding="utf-8")
    for old, new in (
        ('id="recall"', 'id="found_share"'),
        ('signature="recall(', 'signature="found_share('),
        ('lesson="03_precision_recall"', f'lesson="{LESSON}"'),
        ('objective="PR.2"', 'objective="CG.2"'),
    ):
        assert old in text
        text = text.replace(old, new)
    (clone / "exercises" / "found_share.py").write_text(text, encoding="utf-8")
    source = clone / "solutions" / LESSON / f"{TOPIC}.py"
    lesson = source.read_text(encoding="utf-8")
    begin = lesson.index("# %% [markdown]\n# ### Exercise: gap")
    end = lesson.index("# %% [markdown]\n# ## Written answer")
    cells = lesson[begin:end].replace("(values, limit)", "(y_true, y_pred)")
    cells = re.sub(r"\bgap\b", "found_share", cells).replace("seed=1301", "seed=1302")
    body = SHARE.strip().partition("\n")[2]
    cells = re.sub(r"    return float\(np.*\n", lambda _: f"{body}\n", cells)
    source.write_text(lesson[:end] + cells + lesson[end:], encoding="utf-8")


def fill_in_todos(clone: Path) -> None:
    for path in [*clone.glob("solutions/*/*"), *clone.glob("exercises/*.py")]:
        if path.suffix in (".py", ".yml"):
            text = re.sub(r"TODO: ?", "", path.read_text(encoding="utf-8"))
            path.write_text(text.replace("TODO", "Something"), encoding="utf-8")


def hand_in(clone: Path, student: str, **answers: str) -> None:
    folder = clone / "submitted" / student / LESSON
    shutil.copytree(clone / "lessons" / LESSON, folder)
    notebook = read(folder / f"{TOPIC}.ipynb")
    for name, answer in answers.items():
        find_cell(notebook, name).source = answer.strip().replace("CLONE", str(clone))
    (folder / f"{TOPIC}.ipynb").write_bytes(file_bytes(notebook))


@pytest.mark.slow
def test_from_an_empty_lesson_and_a_copied_exercise_to_a_graded_class(tmp_path: Path) -> None:
    need_bubblewrap()
    clone = tmp_path
    (clone / "solutions").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", clone)
    lesson, exercise, check, build, grade = COMMANDS

    assert run(clone, lesson)[0] == 0
    assert run(clone, exercise)[0] == 0
    copy_an_exercise(clone)
    code, said = run(clone, check)
    # The copied exercise takes its time, and the rest is the author's.
    stated = re.search(r"the first page must say \| (\*\*Minutes\*\* \| .*?) \|", said)
    assert code == 1
    assert all(re.search(r"\.(py|yml):\d+: TODO|must say \|", line) for line in said.splitlines() if line.strip())
    fill_in_todos(clone)
    source = clone / "solutions" / LESSON / f"{TOPIC}.py"
    stated = re.search(r"the first page must say \| (\*\*Minutes\*\* \| .*?) \|", run(clone, check)[1]) or stated
    assert stated is not None
    source.write_text(re.sub(r"\*\*Minutes\*\* \| .*? (?=\|)", f"{stated[1]} ", source.read_text("utf-8")), "utf-8")
    assert run(clone, check) == (0, "The lesson has all that it needs. Next: autograder build.\n")

    assert run(clone, build)[0] == 0
    hand_in(clone, "ada", gap=RIGHT, found_share=SHARE)
    hand_in(clone, "ben", gap=COUNTED_AT_THE_LIMIT, found_share=SHARE)
    hand_in(clone, "eve", gap=PEEKING)
    code, said = run(clone, grade)
    assert code == 0, said
    report = json.loads((clone / "report.json").read_text(encoding="utf-8"))
    cells = {one["student"]: {cell["grade_id"]: cell for cell in one["cells"]} for one in report["submissions"]}
    points = {
        student: [found[f"check_{name}"]["points"] for name in ("gap", "found_share")]
        for student, found in cells.items()
    }
    assert points["ada"] == [3, 3]
    assert 0 < points["ben"][0] < 3
    assert cells["ben"]["check_gap"]["verdict"]["misconceptions"] == ["at-the-limit"]
    assert points["eve"] == [0, 0]
    assert "the values that lie at the limit" in (clone / "report.html").read_text(encoding="utf-8")
    assert (clone / "feedback" / "ada" / LESSON / f"{TOPIC}.html").is_file()
