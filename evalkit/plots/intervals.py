"""How sure are we: slices with their intervals, and what a bootstrap found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.words import number
from evalkit.plots.style import GREY, PALETTE, columns, finished, new_axes, rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPOKEN = 10  # slices named in the text alternative


def plot_slices(
    names: Sequence[Any],
    values: Any,
    low: Any,
    high: Any,
    *,
    counts: Any = None,
    overall: float | None = None,
    metric: str = "Accuracy",
    by: str = "Slice",
) -> Figure:
    """Draw a metric of every slice with its interval, from top to bottom in the order given.

    Parameters
    ----------
    names : sequence of S labels
    values, low, high : array-like of shape (S,)
        The metric and the ends of its interval, for example of `wilson_interval`.
    counts : array-like of shape (S,), optional
        Rows per slice, written after the name.
    overall : float, optional
        The metric on all rows, drawn as a vertical line.
    metric, by : str
        What is measured, and what the slices are slices of.

    Raises
    ------
    ValueError
        If the lengths differ, the input is empty, a number is NaN or infinite, or a value is outside its interval.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> fig = plot_slices(["day", "night"], [0.9, 0.6], [0.8, 0.4], [0.96, 0.78], counts=[60, 20], by="light")
    >>> print(alt_text(fig))
    Accuracy by light with intervals. day: 0.900, 0.800 to 0.960, 60 rows; night: 0.600, 0.400 to 0.780, 20 rows.
    """
    value, below, above = columns(values=values, low=low, high=high)
    if len(names) != len(value):
        raise ValueError(f"names has {len(names)} entries and values has {len(value)}.")
    if (below > value).any() or (above < value).any():
        raise ValueError("low must not be above values, nor high below them.")
    rows = None if counts is None else columns(values=values, counts=counts)[1]
    fig, ax = new_axes(6.4, 1.6 + 0.32 * len(value))
    place = np.arange(len(value))
    if overall is not None:
        ax.axvline(overall, color=GREY, linestyle=":", label=f"All rows ({rate(overall)})")
    error = np.stack([value - below, above - value])
    # Black: colours stand for something else in the figures beside this one.
    ax.errorbar(value, place, xerr=error, fmt="o", color="black", capsize=4, linewidth=2, label="Slice and interval")
    written = [str(name) if rows is None else f"{name} (n = {number(rows[i])})" for i, name in enumerate(names)]
    ax.set_yticks(place, written)
    ax.set_ylim(len(value) - 0.4, -0.6)
    ax.grid(axis="x", alpha=0.3)
    fig.legend(loc="outside lower center", ncols=2)
    spoken = [
        f"{name}: {rate(value[i])}, {rate(below[i])} to {rate(above[i])}"
        + ("" if rows is None else f", {number(rows[i])} rows")
        for i, name in enumerate(names[:SPOKEN])
    ]
    rest = f" The first {SPOKEN} of {len(value)} slices." if len(value) > SPOKEN else ""
    alt = f"{metric} by {by} with intervals.{rest} {'; '.join(spoken)}."
    return finished(fig, ax, f"{metric} by {by}", metric, by, alt)


def plot_bootstrap(
    replicates: Any,
    *,
    estimate: float | None = None,
    interval: tuple[float, float] | None = None,
    level: float = 0.95,
    metric: str = "Statistic",
) -> Figure:
    """Draw the distribution of a statistic over bootstrap resamples.

    Parameters
    ----------
    replicates : array-like of shape (B,)
        The statistic of each resample.
    estimate : float, optional
        The statistic of the data themselves; drawn as a line.
    interval : (low, high), optional
        By default the percentile interval of the replicates.
    level : float
        The confidence level of the interval.
    metric : str
        What the statistic is.

    Raises
    ------
    ValueError
        If there is no replicate, one is NaN or infinite, or `level` is not between 0 and 1.

    References
    ----------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> print(alt_text(plot_bootstrap([0.1, 0.2, 0.3, 0.4], estimate=0.25, interval=(0.1, 0.4), metric="Recall")))
    Recall in 4 bootstrap resamples: mean 0.25, 95 % interval from 0.1 to 0.4. The estimate is 0.25.
    """
    (values,) = columns(replicates=replicates)
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}.")
    if interval is None:
        low, high = (float(end) for end in np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
    else:
        low, high = interval
    fig, ax = new_axes()
    ax.hist(values, bins=min(50, max(5, int(np.sqrt(len(values))))), color=PALETTE[5], edgecolor="black", linewidth=0.5)
    percent = f"{100 * level:.4g} %"
    label = f"{percent} interval: {low:.3g} to {high:.3g}"
    ax.axvline(low, color=PALETTE[1], linestyle="--", linewidth=2, label=label)
    ax.axvline(high, color=PALETTE[1], linestyle="--", linewidth=2)
    alt = (
        f"{metric} in {number(len(values))} bootstrap resamples: mean {values.mean():.3g}, "
        f"{percent} interval from {low:.3g} to {high:.3g}."
    )
    if estimate is not None:
        ax.axvline(estimate, color="black", linewidth=2, label=f"Estimate: {estimate:.3g}")
        alt += f" The estimate is {estimate:.3g}."
    fig.legend(loc="outside lower center", ncols=2)
    return finished(fig, ax, f"Bootstrap distribution of {metric}", metric, "Resamples", alt)
