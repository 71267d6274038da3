"""Show what a threshold does: scores by class, confusion matrix, rates, cost, and the point on three curves.

Python counts at every threshold offered and draws the picture for one of them; the script looks the counts of the
others up. A curve is drawn through at most 1,000 points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.lesson.explorable import About, Explorable, Predict, Slider, render, show
from autograder.lesson.sweep import Place, Sweep, checked, sample, sweep


@dataclass(frozen=True)
class Best:
    """A goal: of the thresholds at which something holds, those at which something else is largest.

    Attributes
    ----------
    among : function of Place
        Whether a threshold is allowed.
    by : function of Place
        What shall be as large as possible.
    """

    among: Callable[[Place], bool]
    by: Callable[[Place], float]


Goals = Mapping[str, Callable[[Place], bool] | Best]


def show_explorer(
    y_true: Any,
    scores: Any,
    *,
    cost_fp: float = 1,
    cost_fn: float = 1,
    title: str = "Threshold explorer",
    predict: Predict | str = "",
    goals: Goals | None = None,
    curves: bool = True,
    about: About | None = None,
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
    predict : Predict or str
        What to answer before the slider moves; a text alone is shown and asks nothing.
    goals : mapping from text to function or Best, optional
        What to find with the slider. Each function takes the counts at a threshold (`sweep.Place`) and says whether the
        goal is reached there; the page says so at once.
    curves : bool, default True
        Without them the page shows the scores and the four counts only.
    about : About, optional
        Under which names an answer and a reached goal are reported to the page.

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
    show(threshold_explorer(y_true, scores, cost_fp, cost_fn, title, predict, goals, curves, about))


def render_explorer(
    y_true: Any,
    scores: Any,
    *,
    cost_fp: float = 1,
    cost_fn: float = 1,
    title: str = "Threshold explorer",
    predict: Predict | str = "",
    goals: Goals | None = None,
    curves: bool = True,
    about: About | None = None,
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
    return render(threshold_explorer(y_true, scores, cost_fp, cost_fn, title, predict, goals, curves, about))


def threshold_explorer(
    y_true: Any,
    scores: Any,
    cost_fp: float,
    cost_fn: float,
    title: str,
    predict: Predict | str,
    goals: Goals | None,
    curves: bool,
    about: About | None,
) -> Explorable:
    """Return the explorer before it is shown; parameters and errors are those of `show_explorer`."""
    # Drawing loads matplotlib's neighbours, which a terminal does not need.
    from autograder.lesson import explorer_page

    counted = sweep(y_true, scores, cost_fp, cost_fn)
    picture, below, geometry = explorer_page.draw(counted, *checked(y_true, scores), curves)
    return Explorable(
        title=title,
        about=about,
        predict=predict,
        sliders=[
            Slider(
                "Threshold",
                len(counted.labels) - 1,
                counted.start,
                shown="threshold",
                note=": a score at or above it is positive.",
            )
        ],
        goals=_reached(counted, goals or {}),
        picture=picture,
        below=below,
        texts=counted.at(counted.start),
        model="threshold",
        data={
            "labels": counted.labels,
            "tp": counted.tp,
            "fp": counted.fp,
            "positives": counted.positives,
            "negatives": counted.negatives,
            "costFp": counted.cost_fp,
            "costFn": counted.cost_fn,
            **geometry,
        },
        plain=_as_text(counted, title),
    )


def _reached(counted: Sweep, goals: Goals) -> dict[str, list[int]]:
    """Return for each goal the places of the slider at which it is reached."""
    places = counted.places()
    reached = {}
    for text, goal in goals.items():
        if isinstance(goal, Best):
            allowed = [goal.by(place) for place in places if goal.among(place)]
            found = [i for i, place in enumerate(places) if goal.among(place) and goal.by(place) == max(allowed)]
        else:
            found = [i for i, place in enumerate(places) if goal(place)]
        if not found:
            raise ValueError(f"no threshold reaches the goal {text!r}.")
        reached[text] = found
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
