"""Stock nbgrader, with the settings that we write for a course, gives the same scores and the same feedback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, TOPIC, answered, delete, hand_in, make_course
from nbgrader.api import Gradebook

from autograder.grading import grade_course, write_config

WARNS = "import warnings\ndef double(x):\n    warnings.warn('old-fashioned')\n    return 2 * x"


def nbgrader(course: Path, *words: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *words]
    subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True, timeout=300)


def scores(course: Path) -> dict[tuple[str, str], tuple[float | None, bool]]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        return {
            (student, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for student in ("ada", "accuracy", "warns", "untouched")
            for grade in gradebook.find_submission_notebook(TOPIC, LESSON, student).grades
        }


@pytest.mark.slow
def test_same_scores_and_feedback_as_stock_nbgrader(tmp_path: Path) -> None:
    ours = make_course(tmp_path / "ours")
    (ours / "nbgrader_config.py").unlink()
    write_config(ours)
    hand_in(ours, "ada", answered())
    hand_in(ours, "accuracy", answered(delete("check_double"), precision=ACCURACY_INSTEAD))
    hand_in(ours, "warns", answered(double=WARNS))
    stock = tmp_path / "stock"
    shutil.copytree(ours, stock)
    grade_course(ours)
    # Who hands in the lesson as it was released has answered nothing.
    hand_in(ours, "untouched", (ours / "release" / LESSON / f"{TOPIC}.ipynb").read_text())
    shutil.copytree(ours / "submitted" / "untouched", stock / "submitted" / "untouched")
    grade_course(ours)
    nbgrader(stock, "generate_assignment", LESSON)
    nbgrader(stock, "autograde", LESSON)
    assert scores(ours) == scores(stock)
    assert scores(ours)["accuracy", "check_double"] == (2, False)
    assert scores(ours)["untouched", "why"] == (0, False)
    nbgrader(stock, "generate_feedback", LESSON)
    page = (stock / "feedback" / "accuracy" / LESSON / f"{TOPIC}.html").read_text()
    assert "seed=7" not in page
    assert "You counted every correct prediction" in page
    # And stock nbgrader can go on where we stopped.
    nbgrader(ours, "generate_feedback", LESSON, "--force")
    nbgrader(ours, "autograde", LESSON, "--force")
    assert scores(ours) == scores(stock)
