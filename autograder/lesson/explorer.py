"""Show what a threshold does: scores by class, confusion matrix, rates, cost, and the point on three curves.

The output is one piece of HTML that needs no network and no kernel. Python counts at every threshold offered and draws
the picture for one of them; without scripts that picture stays. Where scripts run, `static/explorer.js` adds a slider,
looks the counts of its place up, and moves the marks. A curve is drawn through at most 1,000 points.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from autograder.lesson.sweep import Place, Sweep, checked, sample, sweep

Goals = Mapping[str, Callable[[Place], bool]]


def show_explorer(
    y_true: Any,
    scores: Any,
    *,
    cost_fp: float = 1,
    cost_fn: float = 1,
    title: str = "Threshold explorer",
    predict: str = "",
    goals: Goals | None = None,
    curves: bool = True,
) -> None:
    """Display the threshold explorer below the cell; outside a notebook print a table instead.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels 0 and 1, both of which occur. The positive class is 1.
    scores : array-like of shape (n,)
        The higher, the more positive; any scale. A score at or above the threshold is positive.
    cost_fp, cost_fn : float
        What a false positive and a false negative cost, in any unit.
    title : str
        What the scores are, in a few words.
    predict : str
        What to predict before the slider is moved.
    goals : mapping from text to function, optional
        What to find with the slider. Each function takes the counts at a threshold (`sweep.Place`) and says whether the
        goal is reached there; the page says so at once.
    curves : bool, default True
        Without them the page shows the scores and the four counts only.

    Raises
    ------
    ValueError
        If lengths differ, a label is neither 0 nor 1 or one of them is missing, a score is NaN or infinite, or a cost
        is negative, or if a goal cannot be reached at any threshold.

    Examples
    --------
    >>> show_explorer([1, 0, 0, 1], [0.9, 0.2, 0.6, 0.7], title="Four samples")  # doctest: +ELLIPSIS
    Four samples: 2 positives, 2 negatives
    threshold       TP       FP       FN       TN  precision   recall       F1         cost
         0.00        2        2        0        0      0.500    1.000    0.667            2
         ...
    """
    text = _as_text(sweep(y_true, scores, cost_fp, cost_fn), title)
    # A running notebook has imported IPython already; a plain script need not import it to learn that it is none.
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    page = render_explorer(
        y_true, scores, cost_fp=cost_fp, cost_fn=cost_fn, title=title, predict=predict, goals=goals, curves=curves
    )
    ipython.display.display({"text/html": page, "text/plain": text}, raw=True)


def render_explorer(
    y_true: Any,
    scores: Any,
    *,
    cost_fp: float = 1,
    cost_fn: float = 1,
    title: str = "Threshold explorer",
    predict: str = "",
    goals: Goals | None = None,
    curves: bool = True,
) -> str:
    """Return the threshold explorer as one self-contained piece of HTML.

    Parameters and errors are those of `show_explorer`. The text depends on them alone, and several explorers may stand
    on one page.

    Examples
    --------
    >>> page = render_explorer([1, 0, 0, 1], [0.9, 0.2, 0.6, 0.7], title="R&D")
    >>> "R&amp;D" in page and "http" not in page
    True
    """
    from autograder.lesson import explorer_page

    counted = sweep(y_true, scores, cost_fp, cost_fn)
    static = files("autograder").joinpath("static")
    reached = _reached(counted, goals or {})
    page = explorer_page.Page(title, predict, list(goals or {}), curves)
    body, geometry = explorer_page.body(counted, *checked(y_true, scores), page)
    data = {
        "labels": counted.labels,
        "tp": counted.tp,
        "fp": counted.fp,
        "positives": counted.positives,
        "negatives": counted.negatives,
        "costFp": counted.cost_fp,
        "costFn": counted.cost_fn,
        "start": counted.start,
        "goals": reached,
        **geometry,
    }
    # Keys pressed on the slider are not notebook commands, and currency signs are not formulas (mathjax_ignore).
    return (
        f'<section class="ek-explorer mathjax_ignore tex2jax_ignore" aria-label="{html.escape(title)}"'
        ' data-lm-suppress-shortcuts="true" data-jp-suppress-context-menu="true">\n'
        f"<style>\n{static.joinpath('explorer.css').read_text(encoding='utf-8')}</style>\n"
        f"{body}\n"
        f'<script type="application/json" class="ek-data">{json.dumps(data, separators=(",", ":"))}</script>\n'
        f"<script>\n{static.joinpath('explorer.js').read_text(encoding='utf-8')}</script>\n"
        "</section>"
    )


def _reached(counted: Sweep, goals: Goals) -> list[list[int]]:
    """Return for each goal the places of the slider at which it is reached."""
    places = counted.places()
    reached = [[i for i, place in enumerate(places) if goal(place)] for goal in goals.values()]
    for text, found in zip(goals, reached, strict=True):
        if not found:
            raise ValueError(f"no threshold reaches the goal {text!r}.")
    return reached


def _as_text(counted: Sweep, title: str) -> str:
    """Return a table for a terminal."""
    names = ("tp", "fp", "fn", "tn")
    heads = "".join(f"{name.upper():>9}" for name in names)
    lines = [
        f"{title}: {counted.positives:,} positives, {counted.negatives:,} negatives",
        f"{'threshold':>9}{heads}{'precision':>11}{'recall':>9}{'F1':>9}{'cost':>13}",
    ]
    for place in sample(counted):
        row = counted.at(place)
        counts = "".join(f"{row[name]:>9}" for name in names)
        rates = f"{row['precision']:>11}{row['recall']:>9}{row['f1']:>9}{row['cost']:>13}"
        lines.append(f"{row['threshold']:>9}{counts}{rates}")
    return "\n".join(lines)
