"""Curves over all thresholds: ROC, precision-recall and detection error trade-off.

The arguments are what `roc_curve`, `precision_recall_curve` and `det_curve` return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit.plots.style import GREY, PALETTE, columns, finished, kept, new_axes, rate, rates_axes, thinned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[float, float]


def plot_roc_curve(
    fpr: Any, tpr: Any, *, auc: float | None = None, point: Point | None = None, positive: Any = None
) -> Figure:
    """Draw the receiver operating characteristic: true positives found against false alarms, over all thresholds.

    Parameters
    ----------
    fpr, tpr : array-like of shape (T,)
        False and true positive rates, fpr in increasing order, from (0, 0) to (1, 1).
    auc : float, optional
        The area under the curve for the legend; by default that of the trapezoids drawn.
    point : (fpr, tpr), optional
        Where the model works with its present threshold.
    positive : label, optional
        The name of the positive class, for the axis labels.

    Returns
    -------
    matplotlib Figure
        The dotted diagonal is a score that tells nothing.

    Raises
    ------
    ValueError
        If the arrays differ in length, are empty, or hold NaN or infinity.

    References
    ----------
    T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> fig = plot_roc_curve([0, 0, 0.5, 1], [0, 0.5, 1, 1])
    >>> alt_text(fig)
    'ROC curve with area 0.875. The true positive rate is 0.600 at a false positive rate of 0.1, and 1.000 at 0.5.'
    """
    x, y = columns(fpr=fpr, tpr=tpr)
    area = float(np.trapezoid(y, x)) if auc is None else auc
    fig, ax = new_axes(5.2, 4.8)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="Chance (area 0.5)")
    ax.plot(*thinned(x, y), color=PALETTE[0], linewidth=2, label=f"Model (area {rate(area)})")
    words = (
        f"ROC curve{_of(positive)} with area {rate(area)}. The true positive rate is {rate(_at(0.1, x, y))} "
        f"at a false positive rate of 0.1, and {rate(_at(0.5, x, y))} at 0.5."
    )
    words += _mark(ax, point, "false positive rate", "true positive rate")
    rates_axes(ax)
    ax.legend(loc="lower right")
    across, up = f"False positive rate{_share(positive, 'negatives')}", f"True positive rate{_share(positive, 'found')}"
    return finished(fig, ax, f"ROC curve{_of(positive)}", across, up, words)


def plot_precision_recall_curve(
    precision: Any,
    recall: Any,
    *,
    average_precision: float | None = None,
    prevalence: float | None = None,
    point: Point | None = None,
    positive: Any = None,
) -> Figure:
    """Draw precision against recall over all thresholds: what is to be paid for finding more.

    Parameters
    ----------
    precision, recall : array-like of shape (T,)
        In the order of `precision_recall_curve`: recall falls to 0.
    average_precision : float, optional
        For the legend; by default the sum of precision times gain in recall over the points given.
    prevalence : float, optional
        The share of positives: the precision of a score that tells nothing, drawn as a dotted line.
    point : (recall, precision), optional
        Where the model works with its present threshold.
    positive : label, optional
        The name of the positive class.

    Raises
    ------
    ValueError
        If the arrays differ in length, are empty, or hold NaN or infinity.

    References
    ----------
    J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006. Between two points
    the curve is drawn as a step, because precision is not linear in recall.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> fig = plot_precision_recall_curve([0.5, 0.75, 1, 1], [1, 0.75, 0.5, 0], prevalence=0.5)
    >>> print(alt_text(fig))
    Precision–recall curve with average precision 0.812. The best precision is 1.000 at a recall of at least 0.5, and \
0.500 at a recall of at least 0.9. The prevalence is 0.500.
    """
    y, x = columns(precision=precision, recall=recall)
    if average_precision is None:
        average_precision = float(-np.sum(np.diff(x) * y[:-1]))
    fig, ax = new_axes(5.2, 4.8)
    if prevalence is not None:
        ax.axhline(prevalence, color=GREY, linestyle=":", label=f"Chance (precision {rate(prevalence)})")
    label = f"Model (average precision {rate(average_precision)})"
    ax.plot(*thinned(x, y), color=PALETTE[0], linewidth=2, drawstyle="steps-post", label=label)
    words = (
        f"Precision–recall curve{_of(positive)} with average precision {rate(average_precision)}. "
        f"The best precision is {rate(_best(y, x, 0.5))} at a recall of at least 0.5, "
        f"and {rate(_best(y, x, 0.9))} at a recall of at least 0.9."
    )
    words += _mark(ax, point, "recall", "precision")
    if prevalence is not None:
        words += f" The prevalence is {rate(prevalence)}."
    rates_axes(ax)
    ax.legend(loc="best")
    title = f"Precision–recall curve{_of(positive)}"
    called = "" if positive is None else f" (share of those called {positive})"
    return finished(fig, ax, title, f"Recall{_share(positive, 'found')}", f"Precision{called}", words)


def plot_det_curve(fpr: Any, fnr: Any, *, positive: Any = None) -> Figure:
    """Draw the detection error trade-off: misses against false alarms, on axes stretched like a normal distribution.

    Parameters
    ----------
    fpr, fnr : array-like of shape (T,)
        False positive and false negative rates. Rates of exactly 0 or 1 lie infinitely far out and are not drawn.
    positive : label, optional
        The name of the positive class.

    Returns
    -------
    matplotlib Figure
        Two normally distributed classes give a straight line; lower left is better.

    Raises
    ------
    ValueError
        If the arrays differ in length, are empty, or hold NaN or infinity.

    References
    ----------
    A. Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> alt_text(plot_det_curve([0.5, 0.2, 0.1], [0.1, 0.2, 0.5]))
    'Detection error trade-off: misses equal false alarms at about 0.200.'
    """
    x, y = columns(fpr=fpr, fnr=fnr)
    nearest = int(np.argmin(np.abs(x - y)))
    equal = float(x[nearest] + y[nearest]) / 2
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
    fig, ax = new_axes(5.2, 4.8)
    ticks = np.array([0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99])
    names = ["0.01 %", "0.1 %", "1 %", "5 %", "20 %", "50 %", "80 %", "95 %", "99 %"]
    ends = _probit(np.array([0.00005, 0.995]))
    x, y = x[inside], y[inside]
    keep = kept(_logit(x), _logit(y))  # the logit has nearly the shape of the normal scale and is quickly computed
    marker = "" if len(keep) > 30 else "o"
    ax.plot(_probit(x[keep]), _probit(y[keep]), color=PALETTE[0], linewidth=2, marker=marker, label="Model")
    ax.plot(ends, ends, color=GREY, linestyle=":", label=f"Equal error rates (about {rate(equal)})")
    for axis in ("x", "y"):
        getattr(ax, f"set_{axis}ticks")(_probit(ticks), names)
        getattr(ax, f"set_{axis}lim")(ends)
    ax.tick_params(axis="x", labelrotation=45)
    ax.grid(alpha=0.3)
    ax.legend(loc="upper right")
    words = f"Detection error trade-off{_of(positive)}: misses equal false alarms at about {rate(equal)}."
    title = f"Detection error trade-off{_of(positive)}"
    return finished(fig, ax, title, "False positive rate (normal scale)", "False negative rate (normal scale)", words)


# ------------------------------------------------------------------------------------------------------------- helpers
def _of(positive: Any) -> str:
    return "" if positive is None else f" of class {positive}"


def _share(positive: Any, what: str) -> str:
    if positive is None:
        return ""
    return f" (share of class {positive} found)" if what == "found" else f" (share of the others called {positive})"


def _mark(ax: Any, point: Point | None, x_name: str, y_name: str) -> str:
    """Draw the point where the model works and say where it is."""
    if point is None:
        return ""
    ax.plot(*point, color=PALETTE[1], marker="D", markersize=9, linestyle="", label="Predicted labels")
    return f" The predicted labels lie at {x_name} {rate(point[0])}, {y_name} {rate(point[1])}."


def _at(where: float, x: Array, y: Array) -> float:
    """Return the height of a curve; where it is vertical, its top."""
    right = int(np.searchsorted(x, where, side="right"))
    if right == len(x):
        return float(y[-1])
    return float(np.interp(where, x[right - 1 : right + 1], y[right - 1 : right + 1]))


def _best(y: Array, x: Array, least: float) -> float:
    enough = x >= least
    return float(y[enough].max()) if enough.any() else float("nan")


def _logit(p: Array) -> Array:
    odds: Array = np.log(p / (1 - p))
    return odds


def _probit(p: Array) -> Array:
    """Return the quantiles of the normal distribution."""
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(value)) for value in p])
