"""Figures of curves, scores, errors and intervals: what is drawn, what is said, what is refused."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from evalkit import plots

TRUTH = ["P", "N", "N", "P", "P", "P", "N"]  # the seven samples of the course
SCORES = [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
FPR = [0, 0, 0, 0, 1 / 3, 2 / 3, 2 / 3, 1]
TPR = [0, 0.25, 0.5, 0.75, 0.75, 0.75, 1, 1]

DRAWN = {
    "roc": lambda: plots.plot_roc_curve(FPR, TPR, point=(1 / 3, 0.75), positive="P"),
    "precision-recall": lambda: plots.plot_precision_recall_curve(
        [4 / 7, 0.75, 1, 1], [1, 0.75, 0.5, 0], prevalence=4 / 7, point=(0.5, 1)
    ),
    "det": lambda: plots.plot_det_curve([0.5, 0.2, 0.1], [0.1, 0.2, 0.5]),
    "reliability": lambda: plots.plot_reliability([0, 0.6, 1], [0.1, 0.5, 0.9], [10, 20, 5], error=0.1),
    "sweep": lambda: plots.plot_threshold_sweep([0.1, 0.5], {"Precision": [0.5, 1], "Recall": [1, 0.5]}, threshold=0.3),
    "histogram": lambda: plots.plot_score_histogram(TRUTH, SCORES, positive="P", bins=4, threshold=0.5),
    "predicted": lambda: plots.plot_predicted_vs_true([1, 2, 3], [1, 2, 4], unit="km"),
    "residuals": lambda: plots.plot_residuals([1, 2, 3], [1, 2, 4], unit="km"),
    "slices": lambda: plots.plot_slices(
        ["day", "night"], [0.9, 0.5], [0.8, 0.3], [1, 0.7], counts=[50, 9], overall=0.8
    ),
    "bootstrap": lambda: plots.plot_bootstrap(np.linspace(0.7, 0.9, 101), estimate=0.8, metric="Recall"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_has_labelled_axes_a_title_and_words(name):
    fig = DRAWN[name]()
    assert isinstance(fig, Figure)
    assert fig.axes[0].get_title()
    assert fig.axes[-1].get_xlabel()
    assert all(ax.get_ylabel() for ax in fig.axes)
    assert len(plots.alt_text(fig)) > 60
    assert any(digit in plots.alt_text(fig) for digit in "0123456789")
    assert plt.get_fignums() == []  # nothing that a notebook would display twice


@pytest.mark.parametrize("name", ["roc", "precision-recall", "det", "reliability", "sweep"])
def test_lines_differ_without_colour(name):
    lines = [line for line in DRAWN[name]().axes[0].lines if not line.get_label().startswith("Threshold")]
    looks = [(line.get_linestyle(), line.get_marker()) for line in lines]
    assert len(set(looks)) == len(looks)


def test_words_come_from_the_values():
    alt = plots.alt_text(DRAWN["roc"]())
    assert alt == (
        "ROC curve of class P with area 0.833. The true positive rate is 0.750 at a false positive rate of 0.1, and "
        "0.750 at 0.5. The predicted labels lie at false positive rate 0.333, true positive rate 0.750."
    )
    assert "day: 0.900, 0.800 to 1.000, 50 rows" in plots.alt_text(DRAWN["slices"]())
    assert "P: 4 rows" in plots.alt_text(DRAWN["histogram"]())
    assert "not P: 3 rows" in plots.alt_text(DRAWN["histogram"]())
    assert "1 to 3 km, predictions from 1 to 4 km" in plots.alt_text(DRAWN["predicted"]())
    assert "from -1 to 0 km" in plots.alt_text(DRAWN["residuals"]())
    assert "95 % interval from 0.705 to 0.895" in plots.alt_text(DRAWN["bootstrap"]())


def test_average_precision_is_the_step_sum():
    from sklearn.metrics import average_precision_score, precision_recall_curve

    truth = [label == "P" for label in TRUTH]
    precision, recall, _ = precision_recall_curve(truth, SCORES)
    alt = plots.alt_text(plots.plot_precision_recall_curve(precision, recall))
    assert f"average precision {average_precision_score(truth, SCORES):.3f}" in alt
    assert "0.917" in alt


def test_a_long_curve_is_thinned_and_keeps_its_ends_and_shape():
    x = np.linspace(0, 1, 200_001)
    line = plots.plot_roc_curve(x, np.sqrt(x)).axes[0].lines[1]
    across, up = line.get_data()
    assert 500 < len(across) <= 1002
    assert (across[0], up[0], across[-1], up[-1]) == (0, 0, 1, 1)
    assert np.abs(np.interp(x, across, up) - np.sqrt(x)).max() < 0.002


def test_reliability_bars_are_the_rows_per_bin():
    above, below = DRAWN["reliability"]().axes
    assert [bar.get_height() for bar in below.patches] == [10, 20, 5]
    assert above.lines[1].get_ydata().tolist() == [0, 0.6, 1]
    assert len(plots.plot_reliability([0.5], [0.5]).axes) == 1


def test_histogram_adds_up_to_one_per_class():
    stairs = DRAWN["histogram"]().axes[0].patches
    for patch in stairs:
        assert patch.get_data().values.sum() == pytest.approx(1)
    outlines = {(patch.get_hatch(), patch.get_linestyle()) for patch in stairs[1::2]}
    assert len(outlines) == 2


def test_slices_keep_their_order_from_top_to_bottom():
    ax = DRAWN["slices"]().axes[0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["day (n = 50)", "night (n = 9)"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_many_rows_are_sampled_for_drawing_only():
    y = np.arange(20_000.0)
    fig = plots.plot_residuals(y + 1, y)
    assert len(fig.axes[0].lines[1].get_xdata()) == 5000
    assert "Residuals of 20000 rows" in plots.alt_text(fig)
    assert "Their mean is 1" in plots.alt_text(fig)


def test_constant_predictions_have_no_correlation():
    assert "constant" in plots.alt_text(plots.plot_predicted_vs_true([1, 2], [3, 3]))


def test_det_leaves_out_what_is_infinitely_far():
    line = plots.plot_det_curve([1, 0.4, 0.1, 0], [0, 0.1, 0.3, 1]).axes[0].lines[0]
    assert len(line.get_xdata()) == 2
    assert len(plots.plot_det_curve([1, 0], [0, 1]).axes[0].lines[0].get_xdata()) == 0


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.plot_roc_curve([0, 1], [0, 0.5, 1]), "fpr, tpr"),
        (lambda: plots.plot_roc_curve([0, np.nan], [0, 1]), "fpr contains NaN"),
        (lambda: plots.plot_roc_curve([], []), "fpr must be a 1-D array"),
        (lambda: plots.plot_threshold_sweep([0.5], {}), "one to four"),
        (lambda: plots.plot_threshold_sweep([0.5], {name: [1] for name in "abcde"}), "one to four"),
        (lambda: plots.plot_score_counts([0, 1], {}), "one to four"),
        (lambda: plots.plot_score_counts([0, 1], {"cat": [1, 2]}), "counts of cat"),
        (lambda: plots.plot_score_histogram([0, 0], [0.1, 0.2]), "holds no 1"),
        (lambda: plots.plot_slices(["a"], [0.5], [0.6], [0.7]), "low must not be above"),
        (lambda: plots.plot_slices(["a", "b"], [0.5], [0.4], [0.7]), "names has 2"),
        (lambda: plots.plot_bootstrap([1.0], level=95), "level"),
        (lambda: plots.alt_text(Figure()), "no text alternative"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
