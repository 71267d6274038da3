"""Lesson 05: one model, and positives that become rarer. Which of the two curves moves?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.lesson.explorable import About, Explorable, Predict, Slider, live
from autograder.lesson.explorables.drawing import LEFT, Plot, State, mark, picture, places, plain, table
from evalkit import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

ONE_IN = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
RECALL = 0.9  # at which the dots stand
MOST = 120  # points of a curve: the page holds one for each place
TITLE = "One model, and rarer and rarer fraud"


def build(y_true: Any, scores: Any) -> Explorable:
    """Both curves of the same scores, with the negatives weighted so that positives are one in 2 to one in 1,000.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels 0 and 1.
    scores : array-like of shape (n,)
        The higher, the more positive.
    """
    positive, values = np.asarray(y_true) == 1, np.asarray(scores, dtype=np.float64)
    roc, pr = Plot((0, 1), (0, 1), LEFT, 188, 24, 176), Plot((0, 1), (0, 1), 240, 392, 24, 176)
    states = [_state(pr, roc, positive, values, one_in) for one_in in ONE_IN]
    first = states[0]
    numbers = [{key: float(state["texts"][key]) for key in ("area", "average", "precision")} for state in states]
    fpr, tpr, _ = roc_curve(positive, values)
    ends = {0: "0", 1: "1"}
    why = (
        f"From 1 in {ONE_IN[0]} to 1 in {ONE_IN[-1]:,} the ROC area stays {first['texts']['area']}, and average "
        f"precision falls from {first['texts']['average']} to {states[-1]['texts']['average']}. Both rates of the ROC "
        "curve stay within a class; precision mixes the classes."
    )
    return Explorable(
        title=TITLE,
        about=About("05_ranking_and_probability", "curves", ["RP.3"]),
        predict=Predict(
            "Fraud becomes rarer, and the model stays the same. Which curve moves?",
            dict.fromkeys(["The ROC curve", "The precision–recall curve", "Both"], why),
            right="The precision–recall curve",
        ),
        sliders=[Slider("Share of fraud", len(ONE_IN) - 1, 0, shown="share")],
        goals=places(
            {
                f"At recall {RECALL:g}, fewer than one alarm in ten is right.": [
                    each["precision"] < 0.1 for each in numbers
                ],
                f"At recall {RECALL:g}, about every second alarm is right.": [
                    0.4 <= each["precision"] <= 0.6 for each in numbers
                ],
            }
        ),
        picture=picture(
            f"ROC curve and precision–recall curve; the dots stand at recall {RECALL:g}",
            first,
            220,
            f'<text class="ek-corner" x="{roc.left}" y="14">ROC</text>',
            roc.frame("false positive rate", "recall", ends, ends),
            f'<path class="ek-chance" d="{roc.path([0, 1], [0, 1])}"/>',
            f'<path class="ek-curve" d="{roc.path(*_few(fpr, tpr))}"/>',
            mark(first, "roc", "circle", class_="ek-dot", r=6),
            f'<text x="{pr.right}" y="14" text-anchor="end"><tspan class="ek-corner">Precision–recall</tspan>'
            f" (thin: 1 in {ONE_IN[-1]:,})</text>",
            pr.frame("recall", "precision", ends, ends),
            f'<path class="ek-frame" d="{states[-1]["marks"]["pr"]["d"]}"/>',
            mark(first, "chance", "path", class_="ek-chance"),
            mark(first, "pr", "path", class_="ek-curve"),
            mark(first, "dot", "circle", class_="ek-dot", r=6),
        ),
        below=table(
            ["", "this share"],
            [
                ["ROC area", live("area", first["texts"])],
                ["average precision", f"<b>{live('average', first['texts'])}</b>"],
                [f"precision at recall {RECALL:g}", live("precision", first["texts"])],
            ],
        ),
        texts=first["texts"],
        data={"states": states},
        plain=plain(TITLE, states, len(states)),
    )


def _state(pr: Plot, roc: Plot, positive: NDArray[np.bool_], values: NDArray[np.float64], one_in: int) -> State:
    # So many negatives for each positive.
    weights = np.where(positive, 1.0, (one_in - 1) * positive.sum() / (~positive).sum())
    precision, recall, _ = precision_recall_curve(positive, values, sample_weight=weights)
    fpr, tpr, _ = roc_curve(positive, values, sample_weight=weights)
    first, best = int(np.argmax(tpr >= RECALL)), int(np.flatnonzero(recall >= RECALL)[-1])
    # Steps: between two points precision is not linear in recall.
    x, y = _few(recall, precision)
    x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    area = roc_auc_score(positive, values, sample_weight=weights)
    average = average_precision_score(positive, values, sample_weight=weights)
    share = f"1 in {one_in:,}"
    texts = {
        "share": share,
        "area": f"{area:.3f}",
        "average": f"{average:.3f}",
        "precision": f"{precision[best]:.3f}",
        "value": f"{share}, ROC area {area:.3f}, average precision {average:.3f}",
        "sentence": (
            f"With fraud {share}, the ROC area is {area:.3f} and average precision {average:.3f}. At recall "
            f"{recall[best]:.2f} the false positive rate is {fpr[first]:.3f}, and {100 * precision[best]:.1f} % of the "
            "alarms are right."
        ),
    }
    marks = {
        "roc": {"cx": roc.across(fpr[first]), "cy": roc.down(tpr[first])},
        "pr": {"d": pr.path(x, y)},
        "dot": {"cx": pr.across(recall[best]), "cy": pr.down(precision[best])},
        "chance": {"d": pr.path([0, 1], [1 / one_in, 1 / one_in])},
    }
    return {"texts": texts, "marks": marks}


def _few(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points of a curve at equal steps along it."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    keep = np.unique(np.append(np.searchsorted(along, np.linspace(0, along[-1], MOST)), len(x) - 1))
    return x[keep], y[keep]
