"""`evalkit report` with more than one column of truth, scores or predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as oracle
from report_samples import both, run, values

from evalkit.report import ReportError, build_report
from evalkit.report.page import html_page


@pytest.fixture(scope="module")
def classes():
    rng = np.random.default_rng(3)
    names = np.array(["cat", "dog", "owl"])
    y = rng.integers(0, 3, 500)
    logits = rng.normal(size=(500, 3)) + 1.5 * np.eye(3)[y]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    frame = pd.DataFrame({"y": names[y], **{f"p_{name}": p[:, k] for k, name in enumerate(names)}})
    return frame.assign(cohort=rng.choice(["a", "b"], 500)), p


@pytest.mark.slow
def test_probabilities_of_several_classes(classes, tmp_path):
    frame, p = classes
    names = np.array(["cat", "dog", "owl"])
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", score="p_*", by=["cohort"])
        found = values(report)
        assert report.task == "multiclass"
        assert found["Accuracy"] == oracle.accuracy_score(frame["y"], names[p.argmax(axis=1)])
        assert found["Log-loss"] == pytest.approx(oracle.log_loss(frame["y"], p), rel=1e-9)
        assert found["ROC AUC"] == pytest.approx(oracle.roc_auc_score(frame["y"], p, multi_class="ovr"), rel=1e-9)
        assert found["Brier score"] == pytest.approx(
            np.mean(((p - np.eye(3)[np.searchsorted(names, frame["y"])]) ** 2).sum(1))
        )
        for row in report.labels.classes:
            assert row.auc == pytest.approx(oracle.roc_auc_score(frame["y"] == row.name, frame[f"p_{row.name}"]))
        wrong = (names[p.argmax(axis=1)] != frame["y"]).to_numpy()
        surest = np.flatnonzero(wrong)[np.argsort(-p.max(axis=1)[wrong], kind="stable")][:10]
        assert [mistake.row for mistake in report.mistakes] == surest.tolist()
        assert "ROC AUC" in html_page(report)
    same = build_report(path, truth="y", score=["cat=p_cat", "dog=p_dog", "owl=p_owl"])
    assert values(same)["Log-loss"] == found["Log-loss"]


def test_a_class_without_a_column_of_scores_is_named(classes, tmp_path):
    path, _ = both(classes[0], tmp_path)
    with pytest.raises(ReportError, match="There is no column of scores for the class 'owl'"):
        build_report(path, truth="y", score=["cat=p_cat", "dog=p_dog"])
    with pytest.raises(ReportError, match="write CLASS=COLUMN"):
        build_report(path, truth="y", score=["p_cat", "p_dog"])
    with pytest.raises(ReportError, match=r"--score 'q_\*' fits no column of t\.parquet"):
        build_report(path, truth="y", score="q_*")


@pytest.mark.slow
def test_rows_with_several_labels(tmp_path):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, (300, 3))
    p = np.clip(rng.normal(0.3 + 0.4 * y, 0.25), 0, 1)
    names = ["sun", "sea", "sand"]
    frame = pd.DataFrame(
        {f"y_{n}": y[:, k] for k, n in enumerate(names)} | {f"p_{n}": p[:, k] for k, n in enumerate(names)}
    )
    frame["site"] = rng.choice(["north", "south"], 300)
    called = (p >= 0.5).astype(int)
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y_*", score="p_*", by=["site"])
        found = values(report)
        assert (report.task, report.kind) == ("multilabel", "multilabel")
        assert found["All labels right"] == oracle.accuracy_score(y, called)
        assert found["Hamming loss"] == pytest.approx(oracle.hamming_loss(y, called))
        assert found["Micro F1"] == pytest.approx(oracle.f1_score(y, called, average="micro"))
        assert found["Macro F1"] == pytest.approx(oracle.f1_score(y, called, average="macro"))
        assert found["Macro ROC AUC"] == pytest.approx(oracle.roc_auc_score(y, p))
        assert found["Macro average precision"] == pytest.approx(oracle.average_precision_score(y, p))
        assert [row.support for row in report.each_label] == y.sum(axis=0).tolist()
        assert report.mistakes[0].row == int(np.argmax((y != called).sum(axis=1)))
        assert "sand" in html_page(report)
        result = run(path, "--truth", "y_*", "--score", "p_*", "--by", "site")
        assert result.exit_code == 0, result.output
        assert "All labels right" in result.output
    with pytest.raises(ReportError, match="must be about the same labels"):
        build_report(path, truth="y_*", score="sun=p_sun")
    frame.assign(y_sun=2).to_csv(path, index=False)
    with pytest.raises(ReportError, match=r"'y_sun' holds 2; where rows have several labels"):
        build_report(path, truth="y_*", score="p_*")


@pytest.mark.slow
def test_two_models(tmp_path):
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 400)
    a, b = (np.where(rng.random(400) < right, y, 1 - y) for right in (0.8, 0.9))
    for path in both(pd.DataFrame({"y": y, "a": a, "b": b}), tmp_path):
        report = build_report(path, truth="y", pred=["a", "b"])
        (difference,) = report.differences
        assert values(report)["Accuracy"] == (a == y).mean()
        assert values(report.other)["Accuracy"] == (b == y).mean()
        assert difference.value == pytest.approx((b == y).mean() - (a == y).mean())
        assert difference.low < difference.value < difference.high
        page = html_page(report)
        assert (
            page.index("b minus a, on the same 400 rows")
            < page.index(">a: metrics</h2>")
            < page.index(">b: metrics</h2>")
        )
        assert "b minus a" in run(path, "--truth", "y", "--pred", "a", "--pred", "b").output
    truth = rng.normal(size=400)
    frame = pd.DataFrame({"y": truth, "a": truth + rng.normal(size=400), "b": truth + rng.normal(size=400) / 2})
    for path in both(frame, tmp_path):
        (difference,) = build_report(path, truth="y", pred=["a", "b"]).differences
        errors = (frame["b"] - truth).abs() - (frame["a"] - truth).abs()
        half = 1.959964 * errors.std(ddof=0) / 20
        assert (difference.low, difference.high) == pytest.approx((errors.mean() - half, errors.mean() + half))
