"""Scores and thresholds: how the scores lie, whether they are honest probabilities, and what a threshold does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.inputs import to_array
from evalkit._core.words import number
from evalkit.plots.style import (
    DASHES,
    GREY,
    HATCHES,
    PALETTE,
    columns,
    finished,
    new_axes,
    rate,
    rates_axes,
    thinned,
    with_alt,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_reliability(
    prob_true: Any, prob_pred: Any, counts: Any = None, *, error: float | None = None, positive: Any = None
) -> Figure:
    """Draw a reliability diagram: how often the event happened, against how probable it was said to be.

    Parameters
    ----------
    prob_true, prob_pred : array-like of shape (B,)
        Per bin, the share of positives and the mean predicted probability, as `calibration_curve` returns them.
    counts : array-like of shape (B,), optional
        Rows per bin, drawn as bars below: a point far from the diagonal means little where there are few rows.
    error : float, optional
        The expected calibration error, for the title.
    positive : label, optional
        The name of the positive class.

    Raises
    ------
    ValueError
        If the arrays differ in length, are empty, or hold NaN or infinity.

    References
    ----------
    A. Niculescu-Mizil and R. Caruana, "Predicting good probabilities with supervised learning", ICML 2005.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> print(alt_text(plot_reliability([0.0, 0.5, 0.9], [0.1, 0.5, 0.8], [40, 20, 40])))
    Reliability diagram with 3 bins. Said 0.100, happened 0.000 (40 rows); said 0.500, happened 0.500 (20 rows); \
said 0.800, happened 0.900 (40 rows).
    """
    said, happened = columns(prob_pred=prob_pred, prob_true=prob_true)
    rows = None if counts is None else columns(prob_true=prob_true, counts=counts)[1]
    if rows is None:
        fig, ax = new_axes(5.2, 4.8)
    else:
        fig, (ax, below) = new_axes(5.2, 6, nrows=2, sharex=True, height_ratios=[3, 1])
        below.bar(said, rows, width=0.03, color=PALETTE[5], edgecolor="black")
        below.set_ylabel("Rows")
        below.set_yscale("log")
        below.minorticks_off()  # powers of ten are enough; drawing the others takes longer than all the rest
        below.grid(alpha=0.3)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="Perfectly calibrated")
    ax.plot(said, happened, color=PALETTE[0], marker="o", linewidth=2, label="Model")
    rates_axes(ax, square=rows is None)
    ax.legend(loc="upper left")
    (ax if rows is None else below).set_xlabel("Mean predicted probability")
    ax.set_ylabel("Share of positives" if positive is None else f"Share of class {positive}")
    named = "" if error is None else f" (calibration error {rate(error)})"
    ax.set_title("Reliability diagram" + named)
    listed = "; ".join(
        f"said {rate(s)}, happened {rate(h)}" + ("" if rows is None else f" ({number(rows[i])} rows)")
        for i, (s, h) in enumerate(zip(said, happened, strict=True))
    )
    return with_alt(fig, f"Reliability diagram{named} with {len(said)} bins. {listed[0].upper()}{listed[1:]}.")


def plot_threshold_sweep(thresholds: Any, metrics: Mapping[str, Any], *, threshold: float | None = None) -> Figure:
    """Draw metrics against the threshold from which on a score is called positive.

    Parameters
    ----------
    thresholds : array-like of shape (T,)
    metrics : mapping from name to array-like of shape (T,)
        For example `{"Precision": …, "Recall": …, "F1": …}`; at most four lines.
    threshold : float, optional
        The threshold in use, drawn as a vertical line.

    Raises
    ------
    ValueError
        If there is no metric or more than four, or the arrays differ in length, are empty, or hold NaN or infinity.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> fig = plot_threshold_sweep([0.2, 0.5, 0.8], {"Precision": [0.5, 0.8, 1.0], "Recall": [1.0, 0.8, 0.2]})
    >>> print(alt_text(fig))
    Metrics at thresholds from 0.2 to 0.8. Precision goes from 0.500 to 1.000, highest 1.000 at threshold 0.8. \
Recall goes from 1.000 to 0.200, highest 1.000 at threshold 0.2.
    """
    if not 1 <= len(metrics) <= len(DASHES):
        raise ValueError(f"metrics must hold one to four arrays, got {len(metrics)}.")
    fig, ax = new_axes()
    sentences = []
    for i, (name, values) in enumerate(metrics.items()):
        x, y = columns(thresholds=thresholds, **{name: values})
        ax.plot(*thinned(x, y), color=PALETTE[i], linestyle=DASHES[i], linewidth=2, label=name)
        best = int(np.argmax(y))
        highest = f"highest {rate(y[best])} at threshold {x[best]:.3g}"
        sentences.append(f"{name} goes from {rate(y[0])} to {rate(y[-1])}, {highest}.")
    alt = f"Metrics at thresholds from {x[0]:.3g} to {x[-1]:.3g}. {' '.join(sentences)}"
    if threshold is not None:
        ax.axvline(threshold, color="black", linewidth=1, label=f"Threshold {threshold:.3g}")
        alt += f" The threshold in use is {threshold:.3g}."
    ax.set_ylim(-0.02, 1.02)
    ax.grid(alpha=0.3)
    ax.legend(loc="best")
    return finished(fig, ax, "Metrics by threshold", "Threshold (scores at or above it are positive)", "Metric", alt)


def plot_score_histogram(
    y_true: Any, y_score: Any, *, bins: int = 30, threshold: float | None = None, positive: Any = 1
) -> Figure:
    """Draw how the scores of each class are distributed.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_score : array-like of shape (n,)
        The score of each row.
    bins : int
    threshold : float, optional
        The threshold in use, drawn as a vertical line.
    positive : label, default 1
        The positive class; all other labels together are the negatives.

    Raises
    ------
    ValueError
        If the lengths differ, the input is empty, a score is NaN or infinite, or no row is `positive`.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> print(alt_text(plot_score_histogram([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.9], bins=2)))
    Histogram of scores from 0.1 to 0.9 by true label. not 1: 2 rows, most often from 0.1 to 0.5. \
1: 2 rows, most often from 0.5 to 0.9.
    """
    is_positive = to_array(y_true, "y_true") == positive
    scores = columns(y_true=is_positive, y_score=y_score)[1]
    if not is_positive.any():
        raise ValueError(f"y_true holds no {positive!r}, the positive class.")
    edges = np.histogram_bin_edges(scores, bins)
    counts = {name: np.histogram(scores[rows], edges)[0] for name, rows in _classes(is_positive, positive).items()}
    return plot_score_counts(edges, counts, threshold=threshold)


def _classes(is_positive: Any, positive: Any) -> dict[str, Any]:
    return {f"not {positive}": ~is_positive, str(positive): is_positive}


def plot_score_counts(edges: Any, counts: Mapping[str, Any], *, threshold: float | None = None) -> Figure:
    """Draw a histogram of scores by true label from counts, for data too large to hold.

    Parameters
    ----------
    edges : array-like of shape (B + 1,)
        The borders of the bins.
    counts : mapping from label to array-like of shape (B,)
        Rows per bin; at most four labels.
    threshold : float, optional
        The threshold in use, drawn as a vertical line.

    Returns
    -------
    matplotlib Figure
        Each class adds up to 1, so that a rare class can be seen beside a common one.

    Raises
    ------
    ValueError
        If there is no label or more than four, or there is not one count per bin.
    """
    if not 1 <= len(counts) <= len(HATCHES):
        raise ValueError(f"counts must hold one to four labels, got {len(counts)}.")
    (borders,) = columns(edges=edges)
    fig, ax = new_axes()
    sentences = []
    for i, (name, values) in enumerate(counts.items()):
        rows = columns(**{"the left edges": borders[:-1], f"counts of {name}": values})[1]
        total = rows.sum()
        share = rows / max(total, 1)
        style = {"edgecolor": PALETTE[i], "linestyle": DASHES[i], "linewidth": 1.8, "hatch": HATCHES[i]}
        # Fill and outline apart: the outlines of both classes stay visible where they overlap.
        ax.stairs(share, borders, fill=True, facecolor=PALETTE[i], alpha=0.25)
        ax.stairs(share, borders, fill=True, facecolor="none", label=f"{name} ({number(total)} rows)", **style)
        top = int(np.argmax(rows))
        most = f", most often from {borders[top]:.3g} to {borders[top + 1]:.3g}" if total else ""
        sentences.append(f"{name}: {number(total)} rows{most}.")
    alt = f"Histogram of scores from {borders[0]:.3g} to {borders[-1]:.3g} by true label. {' '.join(sentences)}"
    if threshold is not None:
        ax.axvline(threshold, color="black", linewidth=1, label=f"Threshold {threshold:.3g}")
        alt += f" The threshold in use is {threshold:.3g}."
    ax.legend(loc="best", title="True label")
    return finished(fig, ax, "Scores by true label", "Score", "Share of the class", alt)
