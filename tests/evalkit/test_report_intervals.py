"""How sure the numbers of `evalkit report` are: intervals by chance, and bounds where scores share a bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as oracle
from report_samples import both, run, written

from evalkit.report import _tally, build_report
from evalkit.report._intervals import area_interval, average_precision_interval, f1_interval
from evalkit.report._score_counts import ScoreCounts


def test_few_scores_are_exact_and_many_have_bounds(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 20_000)
    p = np.round(np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1), 1)
    path, _ = both(pd.DataFrame({"y": y, "p": p}), tmp_path)
    report = build_report(path, truth="y", score="p")
    area = next(value for value in report.values if value.name == "ROC AUC")
    assert area.value == pytest.approx(oracle.roc_auc_score(y, p), rel=1e-12)
    assert area.low < area.value < area.high
    assert "Exact value in" not in run(path, "--truth", "y", "--score", "p").output
    monkeypatch.setattr(_tally, "MOST_SCORES", 100)
    p = p + rng.uniform(0, 1e-5, len(p))
    pd.DataFrame({"y": y, "p": p / 1.1}).to_parquet(path)
    report = build_report(path, truth="y", score="p")
    area = next(value for value in report.values if value.name == "ROC AUC")
    assert area.least < oracle.roc_auc_score(y, p) < area.most
    assert "Exact value in" in run(path, "--truth", "y", "--score", "p").output


@pytest.mark.slow
def test_intervals_have_the_size_that_many_samples_show(tmp_path):
    """The 95 % intervals of the area, the average precision and F1, against 150 fresh samples of 300 rows."""
    rng = np.random.default_rng(2)

    def sample(n):
        y = rng.random(n) < 0.3
        return y, np.round(rng.normal(1.2 * y, 1), 2)

    y, p = sample(400_000)
    truth = oracle.roc_auc_score(y, p), oracle.average_precision_score(y, p), oracle.f1_score(y, p > 0.6)
    caught = np.zeros(3)
    for _ in range(150):
        y, p = sample(300)
        scores, place = np.unique(p, return_inverse=True)
        negative, positive = (np.bincount(place[y == k], minlength=len(scores))[::-1] for k in (0, 1))
        counts = ScoreCounts(scores[::-1], negative, positive, exact=True)
        table = oracle.confusion_matrix(y, p > 0.6)
        found = area_interval(counts), average_precision_interval(counts), f1_interval(table, 1)
        caught += [low <= right <= high for (low, high), right in zip(found, truth, strict=True)]
    assert (caught / 150 > 0.9).all(), caught / 150
    assert (caught / 150 < 0.995).all(), caught / 150


def test_a_perfect_ranking_has_no_interval(tmp_path):
    report = build_report(written(tmp_path, "y,p\n0,0.1\n1,0.9\n0,0.2\n1,0.8\n"), truth="y", score="p")
    area = next(value for value in report.values if value.name == "ROC AUC")
    assert (area.value, area.low, area.high) == (1, None, None)
    f1 = next(value for value in report.values if value.name == "F1")
    assert (f1.value, f1.low, f1.high) == (1, None, None)
