"""A right answer earns full points in whatever style it is written: pandas, pure Python, scikit-learn, torch …"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from answer_bank import bank
from known_answers import torch_on_one_thread, verdict_on, verdicts_outside  # noqa: F401 - a fixture
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder import exercises

RIGHT = bank("right_answers")


@pytest.mark.parametrize(("exercise_id", "answer"), RIGHT)
def test_a_right_answer_earns_full_points(exercise_id: str, answer: Callable[..., Any]) -> None:
    verdict = verdict_on(exercise_id, answer, 3)
    assert verdict.passed, str(verdict)
    assert verdict == verdict.max_points


def test_the_bank_is_large_and_leaves_no_exercise_out() -> None:
    pytest.importorskip("torch")
    counts = Counter(parameter.values[0] for parameter in RIGHT)
    assert len(RIGHT) >= 150
    assert set(counts) >= {name for name in exercises.ids() if exercises.is_of_the_course(name)}
    assert min(counts.values()) >= 3


OUTSIDE = {
    "confusion_counts": """
from collections import namedtuple
Counts = namedtuple("Counts", "tp fp fn tn")
def confusion_counts(y_true, y_pred, positive):
    t, p = y_true == positive, y_pred == positive
    return Counts((t & p).sum(), (~t & p).sum(), (t & ~p).sum(), (~t & ~p).sum())
""",
    "threshold_labels": """
def threshold_labels(scores, threshold):
    return pd.Series(scores, index=list("abcdefghijklmnopqrstuvwxyz")[:len(scores)]).ge(threshold).astype(int)
""",
    "confusion_table": """
def confusion_table(y_true, y_pred, labels):
    return pd.crosstab(y_true, y_pred).reindex(index=labels, columns=labels, fill_value=0)
""",
    "one_vs_rest": """
from fractions import Fraction
def one_vs_rest(table, k):
    tp, row, column = table[k, k], table[k].sum(), table[:, k].sum()
    return [Fraction(int(n)) for n in (tp, column - tp, row - tp, table.sum() + tp - row - column)]
""",
}


@pytest.mark.slow
@pytest.mark.usefixtures("warm_to_the_end")
def test_a_grader_outside_the_process_accepts_the_same_kinds_of_answer() -> None:
    verdicts = verdicts_outside("import numpy as np\nimport pandas as pd", **OUTSIDE)
    assert {name: str(verdict) for name, verdict in verdicts.items() if not verdict.passed} == {}
    assert set(verdicts) == set(OUTSIDE)
