"""A lesson of one exercise, for the tests of the build."""

from pathlib import Path

LESSON = "03_precision_recall"
NAME = f"{LESSON}/precision_recall"

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""
INTRO = """\
# %% [markdown]
# # 03 · Precision
#
# Precision is **0.75**<!-- = three / 4 -->, or 3/4<!-- = 0.75 -->.

# %% tags=["hide-input"]
import numpy as np

from autograder import check, show_quiz

three = 3

"""
EXERCISE = '''\
# %% exercise="precision"
def precision(y_true, y_pred):
    """Return TP / (TP + FP), a float."""
    ### BEGIN SOLUTION
    called = np.sum(y_pred == 1)
    return float(np.sum((y_true == 1) & (y_pred == 1)) / called) if called else 0.0
    ### END SOLUTION

'''
CHECK = """\
# %% check="precision"
check("precision", precision)
### BEGIN HIDDEN TESTS
check("precision", precision, seed=7)
### END HIDDEN TESTS

"""
MANUAL = """\
# %% [markdown] manual="fraud_costs" points=4
# Compare the costs. This is the model answer.

"""
QUIZ = f"""\
# %% quiz="{LESSON}"
show_quiz("{LESSON}")
"""
SAMPLE = HEADER + INTRO + EXERCISE + CHECK + MANUAL + QUIZ

BANK = f"""\
lesson: {LESSON}
questions:
  - id: PR-q1
    objective: PR.1
    type: numeric
    question: How many?
    answer: 0.75
    tolerance: 0.005
    feedback: {{correct: "Yes.", wrong: "No."}}
"""


def write_sample(root: Path, text: str = SAMPLE, bank: str | None = BANK) -> Path:
    """Write the lesson under `root/solutions`; return its source."""
    source = root / "solutions" / f"{NAME}.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    if bank is not None:
        source.with_name("quiz.yml").write_text(bank, encoding="utf-8")
    return source
