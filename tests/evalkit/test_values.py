"""Sums and intervals behave as values do: in arrays, in `sum`, in tables of pandas, in notebooks."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

import evalkit
from evalkit import ConfusionMatrix, plots, streaming
from evalkit.metrics.bleu import BleuCounts
from evalkit.metrics.calibration import CalibrationBins

TRUTH, CALLED = ["cat", "cat", "dog", "dog", "dog"], ["cat", "dog", "dog", "dog", "cat"]
CM = ConfusionMatrix.from_labels(TRUTH, CALLED)


def test_a_matrix_is_an_array_of_counts():
    assert np.asarray(CM).tolist() == [[1, 1], [1, 2]]
    assert np.asarray(CM, dtype=float).dtype == np.float64
    changed = np.array(CM)
    changed[0, 0] = 9
    assert CM["cat", "cat"] == 1
    assert sklearn.metrics.ConfusionMatrixDisplay(np.asarray(CM)).confusion_matrix.sum() == 5


def test_a_count_is_asked_for_by_its_labels():
    assert CM["cat", "dog"] == 1
    assert CM["dog", "dog"] == 2
    assert isinstance(CM["dog", "dog"], int)
    assert ConfusionMatrix.from_labels([0, 1], [1, 1], sample_weight=[0.5, 2])[0, 1] == 0.5
    for wrong in ("cat", ("cat", "cow"), (0, 1), ("cat", "dog", "dog")):
        with pytest.raises(KeyError, match="true label, predicted label"):
            CM[wrong]
    with pytest.raises(TypeError):
        list(CM)


def test_sums_of_parts():
    assert sum([CM, CM]) == CM + CM
    edges = np.linspace(0, 1, 6)
    bins = CalibrationBins.empty(edges).update(np.array([0.1, 0.5, 1.0]), np.array([0, 1, 1]))
    assert sum([bins, bins]).weights.tolist() == (bins + bins).weights.tolist()
    counts = BleuCounts((2, 1), (3, 2), 3, 4)
    assert sum([counts, counts]) == counts + counts
    for value in (CM, bins, counts):
        with pytest.raises(TypeError):
            sum([value], start=1)


def test_tables_of_pandas():
    expected = pd.crosstab(pd.Series(TRUTH, name="True label"), pd.Series(CALLED, name="Predicted label"))
    pd.testing.assert_frame_equal(CM.to_frame(), expected, check_index_type=False, check_column_type=False)
    bins = CalibrationBins.empty(np.linspace(0, 1, 6)).update(np.array([0.1, 0.5, 1.0]), np.array([0, 1, 1]))
    assert bins.to_frame()["rows"].tolist() == [1, 1, 1]
    groups = evalkit.by_group(evalkit.accuracy_score, TRUTH, CALLED, by=list("aabbb"), interval="wilson")
    assert groups.to_frame().loc["b", "n"] == 3


class Outline(HTMLParser):
    """The tags of a page, each of which must be closed, and its text."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def shown():
    rng = np.random.default_rng(0)
    truth, proba = rng.integers(0, 2, 50), rng.random(50)
    table = streaming.PairedCounts().update(truth, rng.integers(0, 2, 50)).compute()
    boxes = (
        [{"boxes": [[0, 0, 9, 9]], "labels": ["<b>"]}],
        [{"boxes": [[0, 0, 9, 8]], "labels": ["<b>"], "scores": [1]}],
    )
    bleu = evalkit.bleu_score(["a b c d"], [["a b c d e"]])
    return {
        "matrix": (CM, "Confusion matrix"),
        "interval": (evalkit.wilson_interval(45, 48), "0.9375, 95 % interval 0.8316 to 0.9785"),
        "test": (evalkit.mcnemar(1, 9), "0.01172"),
        "area": (streaming.BinnedAUC().update(truth, proba).compute(), "off"),
        "curve": (streaming.Calibration().update(truth, proba).compute(), "share of hits"),
        "bins": (CalibrationBins.empty(np.linspace(0, 1, 6)).update(proba, truth), "expected error"),
        "errors": (streaming.Regression().update(truth, proba).compute(), "r2_score"),
        "pairs": (table, "no answer"),
        "groups": (evalkit.by_group(evalkit.accuracy_score, TRUTH, CALLED, by=list("aabbb")), "all"),
        "bleu": (bleu, "tok:13a"),
        "bleu counts": (bleu.counts, "matches"),
        "detections": (evalkit.mean_average_precision(*boxes), "map_50"),
    }


def test_every_sum_and_interval_is_shown_in_notebooks():
    for name, (value, words) in shown().items():
        outline = Outline()
        outline.feed(value._repr_html_())
        assert not outline.open, name
        assert words in outline.text, name
        assert ("b", {}) not in outline.seen  # labels are text
        tags = {tag for tag, _ in outline.seen}
        assert tags == {"span"} or {"caption", "th"} <= tags, name
        assert all(attrs.get("scope") in ("row", "col") for tag, attrs in outline.seen if tag == "th"), name


DISPLAYS = {
    "ConfusionMatrixDisplay": ([0, 1, 1, 0, 1], [0, 1, 0, 0, 1], {}),
    "RocCurveDisplay": ([0, 1, 1, 0, 1], [0.1, 0.9, 0.35, 0.4, 0.8], {}),
    "PrecisionRecallDisplay": ([0, 1, 1, 0, 1], [0.1, 0.9, 0.35, 0.4, 0.8], {}),
    "DetCurveDisplay": ([0, 1, 1, 0, 1], [0.1, 0.9, 0.35, 0.4, 0.8], {}),
    "CalibrationDisplay": ([0, 1, 1, 0, 1], [0.1, 0.9, 0.35, 0.4, 0.8], {"n_bins": 3}),
    "PredictionErrorDisplay": ([1.0, 2.0, 3.0], [1.1, 1.9, 3.3], {"kind": "actual_vs_predicted"}),
}


@pytest.mark.parametrize("name", DISPLAYS)
def test_displays_have_the_names_of_scikit_learn(name):
    truth, other, options = DISPLAYS[name]
    display = getattr(plots, name).from_predictions(truth, other, **options)
    assert display.ax_ in display.figure_.axes
    assert display.alt_text == plots.alt_text(display.figure_)
    png, metadata = display._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert metadata == {"alt": display.alt_text}
    module = sklearn.calibration if name == "CalibrationDisplay" else sklearn.metrics
    assert hasattr(getattr(module, name), "from_predictions")


def test_displays_know_the_positive_class():
    truth, score = ["no", "yes", "yes", "no"], [0.1, 0.9, 0.35, 0.4]
    roc = plots.RocCurveDisplay.from_predictions(truth, score, pos_label="yes")
    assert "area 0.750" in roc.alt_text
    drawn = plots.PrecisionRecallDisplay.from_predictions(truth, score, pos_label="yes")
    assert "0.833" in drawn.alt_text
