"""Difficulty, discrimination and distribution, against SciPy's and evalkit's own functions."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from class_samples import LESSON, WORTH, submission
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from autograder.grading.reporting.lessons import LessonReport
from autograder.grading.reporting.statistics import TOO_FEW, distribution, item_statistics
from autograder.grading.reporting.table import report_table
from evalkit import wilson_interval
from evalkit.uncertainty import Interval

RNG = np.random.default_rng(5)
CLASS = RNG.choice([0.0, 0.75, 1.5, 3.0], size=(40, 4))


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    items = item_statistics([submission(f"s{i}", row.tolist()) for i, row in enumerate(CLASS)])
    assert [item.name for item in items] == ["precision", "recall", "caught", "precision_recall_at"]
    for place, item in enumerate(items):
        scipy = pearsonr(CLASS[:, place], np.delete(CLASS, place, axis=1).sum(axis=1))
        low, high = scipy.confidence_interval(0.95)
        assert isinstance(item.discrimination, Interval)
        assert item.discrimination.estimate == pytest.approx(scipy.statistic)
        assert tuple(item.discrimination) == pytest.approx((low, high))
        assert item.solved == np.sum(CLASS[:, place] == WORTH)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=10, max_size=60))
def test_difficulty_of_all_or_nothing_is_wilsons_share(right: list[bool]) -> None:
    (item,) = item_statistics([submission(f"s{i}", [WORTH * one]) for i, one in enumerate(right)])
    expected = wilson_interval(sum(right), len(right))
    assert isinstance(item.difficulty, Interval)
    assert tuple(item.difficulty) == pytest.approx(tuple(expected))
    assert item.difficulty.estimate == pytest.approx(sum(right) / len(right))
    assert item.discrimination == "there is no other exercise to compare with"


def test_interval_of_partial_credit_covers_at_least_as_often_as_it_says() -> None:
    truth = CLASS[:, 0].mean() / WORTH
    draws = RNG.choice(CLASS[:, 0], size=(2000, 30))
    covered = 0
    for draw in draws[:400]:
        (item,) = item_statistics([submission(f"s{i}", [points]) for i, points in enumerate(draw.tolist())])
        assert isinstance(item.difficulty, Interval)
        covered += item.difficulty.low <= truth <= item.difficulty.high
    assert covered / 400 >= 0.95


def test_small_classes_get_words_in_the_place_of_numbers() -> None:
    items = item_statistics([submission(f"s{i}", row.tolist()) for i, row in enumerate(CLASS[:9])])
    assert {item.difficulty for item in items} == {item.discrimination for item in items} == {TOO_FEW}
    assert distribution([]) is None


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(3.0, 0.0), (3.0, 3.0)] * 6, "all students have the same points"),
        ([(3.0, 1.5), (0.0, 1.5)] * 6, "all have the same points in the rest"),
        ([(3.0, 3.0), (0.0, 0.0)] * 6, "1: the exercise and the rest put all students in one order"),
    ],
)
def test_where_there_is_no_correlation_it_says_why(rows: list[tuple[float, float]], why: str) -> None:
    item = item_statistics([submission(f"s{i}", row) for i, row in enumerate(rows)])[0]
    assert isinstance(item.discrimination, str)
    assert item.discrimination.startswith(why)


def test_an_answer_that_waits_counts_in_no_number() -> None:
    rows = [(*row[:3], None if i < 5 else row[3]) for i, row in enumerate(CLASS.tolist())]
    items = item_statistics([submission(f"s{i}", row) for i, row in enumerate(rows)])
    assert (items[3].students, items[3].waiting) == (35, 5)
    # Nor in anybody's rest: it would be another rest for each student.
    scipy = pearsonr(CLASS[:, 0], CLASS[:, 1:3].sum(axis=1))
    assert isinstance(items[0].discrimination, Interval)
    assert items[0].discrimination.estimate == pytest.approx(scipy.statistic)


def test_distribution_counts_everybody_once() -> None:
    found = distribution([submission(f"s{i}", row.tolist()) for i, row in enumerate(CLASS)])
    assert found is not None
    shares = CLASS.sum(axis=1) / (4 * WORTH)
    assert found.students == 40
    assert found.counts == tuple(np.histogram(shares, bins=10, range=(0, 1))[0])
    assert found.quartiles == pytest.approx(tuple(np.quantile(shares, (0.25, 0.5, 0.75))))


def test_points_below_none_and_above_all_are_counted_at_the_ends() -> None:
    found = distribution([submission("ada", [-1.0, 0.0]), submission("ben", [WORTH, WORTH + 1])])
    assert found is not None
    assert (found.counts[0], found.counts[-1], found.quartiles[1]) == (1, 1, 0.5)


def test_a_class_of_thousands_is_told_apart_at_once() -> None:
    results = [submission(f"s{i}", [0.0], status="graded" if i % 2 else "quarantined") for i in range(4000)]
    graded = [result for result in results if result.is_graded]
    whole = LessonReport(LESSON, results, graded, None, [], [], [], [], [], 0, None)
    began = process_time()
    assert len(whole.set_aside) == 2000
    report_table([whole])
    assert process_time() - began < 1
