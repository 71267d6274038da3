"""Predicted numbers: where the predictions lie, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.words import number
from evalkit.plots.style import GREY, PALETTE, columns, finished, new_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 5000  # drawn as points; more would be a blot


def plot_predicted_vs_true(y_true: Any, y_pred: Any, *, unit: str = "") -> Figure:
    """Draw predictions against true values; a perfect model lies on the diagonal.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers. Of more than 5,000 rows an even sample is drawn.
    unit : str
        The unit of both, for the axis labels.

    Raises
    ------
    ValueError
        If the lengths differ, the input is empty, or a value is NaN or infinite.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> print(alt_text(plot_predicted_vs_true([1, 2, 3], [1, 2, 4], unit="km")))
    Predicted against true values of 3 rows. True values go from 1 to 3 km, predictions from 1 to 4 km. \
The correlation is 0.982.
    """
    true, pred = columns(y_true=y_true, y_pred=y_pred)
    fig, ax = new_axes(5.2, 4.8)
    ends = [min(true.min(), pred.min()), max(true.max(), pred.max())]
    ax.plot(ends, ends, color=GREY, linestyle=":", label="Perfect prediction")
    _draw_rows(ax, true, pred)
    spread = true.std() * pred.std()
    correlation = float(np.mean((true - true.mean()) * (pred - pred.mean())) / spread) if spread else float("nan")
    alt = (
        f"Predicted against true values of {number(len(true))} rows. "
        f"True values go from {_range(true, unit)}, predictions from {_range(pred, unit)}. "
        + (f"The correlation is {correlation:.3f}." if spread else "One of the two is constant.")
    )
    return finished(
        fig, ax, "Predicted and true values", _axis("True value", unit), _axis("Predicted value", unit), alt
    )


def plot_residuals(y_true: Any, y_pred: Any, *, unit: str = "") -> Figure:
    """Draw the residuals y_true − y_pred against the predictions.

    A good model leaves an even band around zero. A slope or a bow is bias; a funnel is an error that grows with the
    prediction (heteroscedasticity).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers. Of more than 5,000 rows an even sample is drawn.
    unit : str
        The unit of both, for the axis labels.

    Raises
    ------
    ValueError
        If the lengths differ, the input is empty, or a value is NaN or infinite.

    References
    ----------
    F. J. Anscombe and J. W. Tukey, "The examination and analysis of residuals", Technometrics 5 (1963).

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> print(alt_text(plot_residuals([1, 2, 3, 4], [1, 1, 4, 4])))
    Residuals of 4 rows against the prediction. Their mean is 0 and their standard deviation 0.707; they go from -1 \
to 1. The spread is 0.5 in the lower half of the predictions and 0.5 in the upper.
    """
    true, pred = columns(y_true=y_true, y_pred=y_pred)
    residual = true - pred
    fig, ax = new_axes()
    ax.axhline(0, color=GREY, linestyle=":", label="No error")
    _draw_rows(ax, pred, residual)
    order = np.argsort(pred, kind="stable")
    lower, upper = residual[order[: len(order) // 2]], residual[order[len(order) // 2 :]]
    alt = (
        f"Residuals of {number(len(true))} rows against the prediction. Their mean is {residual.mean():.3g} "
        f"and their standard deviation {residual.std():.3g}; they go from {_range(residual, unit)}."
    )
    if len(lower):
        alt += (
            f" The spread is {lower.std():.3g} in the lower half of the predictions and {upper.std():.3g} in the upper."
        )
    across, up = _axis("Predicted value", unit), _axis("Residual: true − predicted", unit)
    return finished(fig, ax, "Residuals", across, up, alt)


def _draw_rows(ax: Any, across: Any, up: Any) -> None:
    """Draw a point for each row, or for an even sample of very many."""
    n_rows = len(across)
    rows = np.unique(np.linspace(0, n_rows - 1, min(n_rows, MOST_ROWS)).astype(np.int64))
    size, alpha = (6, 0.8) if len(rows) <= 100 else (3, 0.35)
    label = f"{n_rows} rows" if len(rows) == n_rows else f"{len(rows)} of {n_rows} rows"
    ax.plot(
        across[rows], up[rows], linestyle="", marker="o", markersize=size, alpha=alpha, color=PALETTE[0], label=label
    )
    ax.grid(alpha=0.3)
    ax.legend(loc="best")


def _axis(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _range(values: Any, unit: str) -> str:
    return f"{values.min():.3g} to {values.max():.3g}" + (f" {unit}" if unit else "")
