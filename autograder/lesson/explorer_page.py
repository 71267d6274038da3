"""The threshold explorer's page: pictures and tables for one threshold, with marks that a script can move.

Every text that depends on the threshold stands in an element with `data-ek`, named as in `Sweep.at`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.lesson.explorable import live
from autograder.lesson.sweep import BIN, Sweep, round_step, sample
from evalkit import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from evalkit.plots.style import thinned

Floats = NDArray[np.float64]

# The histogram: width, the sides of the plot, and the line from which positives go up and negatives down.
WIDTH, LEFT, RIGHT, MIDDLE, REACH = 640, 64, 624, 106, 80
# The counts stand above and below the longest bars.
ROOM = 20
# The small plots: a square of SIDE at (INSET, TOP).
SIDE, INSET, TOP = 180, 48, 12
# The width of a digit in the letters of the small plots.
DIGIT = 9


def draw(counted: Sweep, positive: NDArray[np.bool_], scores: Floats, curves: bool) -> tuple[str, str, dict[str, Any]]:
    """Return the picture, what stands below its slider, and what the script must know to move the marks.

    The curves stand next to the slider, so that both are seen while it is dragged; the tables come after them.
    """
    costs = [counted.cost(place) for place in range(len(counted.labels))]
    top = max(costs) or 1.0
    texts = counted.at(counted.start)
    last = f"{top:,.0f}" if top >= 10 else f"{top:.3g}"
    # A long number on the left needs more room, or the notebook cuts its first digits off.
    aside = max(0, DIGIT * len(last) - (INSET - 6))
    below = f'<div class="ek-panels">\n{_matrix(texts)}\n{_rates(texts) if curves else ""}\n</div>'
    if curves:
        figures = [
            _roc(counted, positive, scores, aside),
            _precision_recall(counted, positive, scores, aside),
            _cost(counted, top, last, aside),
        ]
        below = f'<div class="ek-panels ek-curves">\n{"".join(figures)}\n</div>\n{below}\n{_table(counted)}'
    geometry = {"left": LEFT, "right": RIGHT, "side": SIDE, "inset": INSET, "top": TOP, "costTop": top}
    return _histogram(counted, positive, scores), below, geometry


# ------------------------------------------------------------------------------------------------------------ histogram
def _histogram(counted: Sweep, positive: NDArray[np.bool_], scores: Floats) -> str:
    texts = counted.at(counted.start)
    thresholds = np.array([float(label) for label in counted.labels])
    steps = len(thresholds) - 1

    def across(place: int) -> float:
        return LEFT + (RIGHT - LEFT) * place / steps

    shares = [np.histogram(scores[rows], thresholds[::BIN])[0] / rows.sum() for rows in (positive, ~positive)]
    highest = max(share.max() for share in shares)
    bars = ""
    for name, share in (("ek-positive", shares[0]), ("ek-negative", shares[1])):
        for i in np.flatnonzero(share).tolist():
            size = share[i] / highest * REACH
            y = MIDDLE - size if name == "ek-positive" else MIDDLE
            x, width = across(BIN * i) + 0.75, across(BIN) - across(0) - 1.5
            bars += f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{size:.1f}"/>'
    cut, upper, lower, tall = across(counted.start), MIDDLE - REACH - ROOM, MIDDLE + REACH + ROOM, 2 * (REACH + ROOM)
    step = float(round_step(Fraction(thresholds[-1] - thresholds[0]) * Fraction(1, 6)))
    ticks = "".join(
        f'<text x="{across(place):.1f}" y="{lower + 22}" text-anchor="middle">{counted.labels[place]}</text>'
        for place in np.flatnonzero(np.abs(thresholds / step - np.round(thresholds / step)) < 1e-6).tolist()
    )
    share_ticks = "".join(
        f'<text class="ek-share" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>'
        for y, text in ((MIDDLE - REACH, _percent(highest)), (MIDDLE, "0"), (MIDDLE + REACH, _percent(highest)))
    )
    corners = "".join(
        f'<text class="ek-corner" x="{x}" y="{y}" text-anchor="{anchor}">{name.upper()} {live(name, texts, "tspan")}'
        "</text>"
        for name, x, y, anchor in (
            ("fn", LEFT + 4, upper + 15, "start"),
            ("tp", RIGHT - 4, upper + 15, "end"),
            ("tn", LEFT + 4, lower - 5, "start"),
            ("fp", RIGHT - 4, lower - 5, "end"),
        )
    )
    return f"""<svg viewBox="0 0 {WIDTH} {lower + 54}" role="img">
<title>Scores by class: {counted.positives:,} positives above the line, {counted.negatives:,} negatives below it</title>
<desc data-ek="sentence">{texts["sentence"]}</desc>
<rect class="ek-yes" data-ek-mark="yes" x="{cut:.1f}" y="{upper}" width="{RIGHT - cut:.1f}" height="{tall}"/>
{bars}
<line class="ek-axis" x1="{LEFT}" y1="{MIDDLE}" x2="{RIGHT}" y2="{MIDDLE}"/>
<line class="ek-cut" data-ek-mark="cut" x1="{cut:.1f}" y1="{upper}" x2="{cut:.1f}" y2="{lower}"/>
{corners}{ticks}{share_ticks}
<text transform="translate(14 {MIDDLE - REACH * 0.6}) rotate(-90)" text-anchor="middle">positives</text>
<text transform="translate(14 {MIDDLE + REACH * 0.6}) rotate(-90)" text-anchor="middle">negatives</text>
<text x="{(LEFT + RIGHT) / 2}" y="{lower + 48}" text-anchor="middle">Score (bars: share of the class)</text>
</svg>"""


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.095 else f"{share * 100:.1f} %"


# --------------------------------------------------------------------------------------------------------------- curves
def _roc(counted: Sweep, positive: NDArray[np.bool_], scores: Floats, aside: int) -> str:
    fpr, tpr, _ = roc_curve(positive, scores)
    area = roc_auc_score(positive, scores)
    texts = counted.at(counted.start)
    chance = f'<path class="ek-chance" d="{_path([0, 1], [0, 1])}"/>'
    point = (counted.fp[counted.start] / counted.negatives, counted.tp[counted.start] / counted.positives)
    words = f"False positive rate {live('fpr', texts)}, recall {live('recall', texts)}."
    return _plot(
        f"ROC curve, area {area:.3f}", words, "roc", chance, _path(*thinned(fpr, tpr)), point,
        "False positive rate", "Recall (true positive rate)", aside,
    )  # fmt: skip


def _precision_recall(counted: Sweep, positive: NDArray[np.bool_], scores: Floats, aside: int) -> str:
    precision, recall, _ = precision_recall_curve(positive, scores)
    mean = average_precision_score(positive, scores)
    texts = counted.at(counted.start)
    share = counted.positives / (counted.positives + counted.negatives)
    chance = f'<path class="ek-chance" d="{_path([0, 1], [share, share])}"/>'
    x, y = thinned(recall, precision)
    # Steps: between two points precision is not linear in recall.
    x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    tp, fp = counted.tp[counted.start], counted.fp[counted.start]
    point = (tp / counted.positives, tp / (tp + fp)) if tp + fp else None
    words = f"Recall {live('recall', texts)}, precision {live('precision', texts)}."
    return _plot(
        f"Precision–recall curve, average precision {mean:.3f}", words, "pr", chance, _path(x, y), point,
        "Recall", "Precision", aside,
    )  # fmt: skip


def _cost(counted: Sweep, top: float, last: str, aside: int) -> str:
    texts = counted.at(counted.start)
    steps = len(counted.labels) - 1
    heights = [counted.cost(place) / top for place in range(steps + 1)]
    places = [place / steps for place in range(steps + 1)]
    words = f"Cost {live('cost-of', texts)} = {live('cost', texts)}."
    point = (places[counted.start], heights[counted.start])
    return _plot(
        "Total cost by threshold", words, "cost", "", _path(places, heights), point, "Threshold", "Cost", aside,
        x_ends=(counted.labels[0], counted.labels[-1]), y_ends=("0", last),
    )  # fmt: skip


def _path(x: Any, y: Any) -> str:
    """Return the path through points of the unit square, without points that fall on the one before."""
    points = list[str]()
    for across, up in zip(np.asarray(x, dtype=float).tolist(), np.asarray(y, dtype=float).tolist(), strict=True):
        point = f"{INSET + SIDE * across:.1f} {TOP + SIDE * (1 - up):.1f}"
        if not points or points[-1] != point:
            points.append(point)
    return "M" + "L".join(points)


def _plot(
    title: str, words: str, name: str, below: str, path: str, point: tuple[float, float] | None,
    across: str, up: str, aside: int, x_ends: Sequence[str] = ("0", "1"), y_ends: Sequence[str] = ("0", "1"),
) -> str:  # fmt: skip
    """Return a square plot with a curve and the point of the threshold on it, its numbers in words below."""
    x, y = point or (0.0, 0.0)
    hidden = "" if point else ' visibility="hidden"'
    bottom, right = TOP + SIDE, INSET + SIDE
    return f"""<figure>
<figcaption>{title}</figcaption>
<svg viewBox="{-aside} 0 {right + 14 + aside} {bottom + 42}" role="img">
<title>{title}; the dot marks the threshold</title>
<path class="ek-frame" d="M{INSET} {TOP}V{bottom}H{right}"/>
{below}<path class="ek-curve" d="{path}"/>
<circle class="ek-dot" data-ek-mark="{name}" cx="{INSET + SIDE * x:.1f}" cy="{bottom - SIDE * y:.1f}" r="7"{hidden}/>
<text x="{INSET}" y="{bottom + 16}" text-anchor="middle">{x_ends[0]}</text>
<text x="{right}" y="{bottom + 16}" text-anchor="middle">{x_ends[1]}</text>
<text x="{INSET - 6}" y="{bottom + 4}" text-anchor="end">{y_ends[0]}</text>
<text x="{INSET - 6}" y="{TOP + 6}" text-anchor="end">{y_ends[1]}</text>
<text x="{INSET + SIDE / 2}" y="{bottom + 34}" text-anchor="middle">{across}</text>
<text transform="translate({INSET - 24} {TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">{up}</text>
</svg>
<p>{words}</p>
</figure>"""


# --------------------------------------------------------------------------------------------------------------- tables
def _matrix(texts: dict[str, str]) -> str:
    def cell(name: str, right: bool) -> str:
        kind = "ek-right" if right else "ek-wrong"
        return f'<td class="{kind}"><abbr>{name.upper()}</abbr> <b>{live(name, texts)}</b></td>'

    return f"""<table class="ek-matrix">
<caption>Rows are the truth, columns the prediction</caption>
<thead><tr><td></td><th scope="col">Predicted 0</th><th scope="col">Predicted 1</th></tr></thead>
<tbody>
<tr><th scope="row">True label 0</th>{cell("tn", True)}{cell("fp", False)}</tr>
<tr><th scope="row">True label 1</th>{cell("fn", False)}{cell("tp", True)}</tr>
</tbody>
</table>"""


def _rates(texts: dict[str, str]) -> str:
    names = {
        "precision": ("Precision", "TP / (TP + FP)"),
        "recall": ("Recall", "TP / (TP + FN)"),
        "fpr": ("False positive rate", "FP / (FP + TN)"),
        "f1": ("F1", "2 TP / (2 TP + FP + FN)"),
        "cost": ("Cost", "FP and FN × their costs"),
    }
    rows = "\n".join(
        f'<tr><th scope="row">{name}</th><td>{formula}</td><td>{live(key + "-of", texts)}</td>'
        f"<td><b>{live(key, texts)}</b></td></tr>"
        for key, (name, formula) in names.items()
    )
    return f"""<table class="ek-rates">
<caption>What follows from it</caption>
<tbody>
{rows}
</tbody>
</table>"""


def _table(counted: Sweep) -> str:
    """Return some thresholds as a table: for readers without scripts, and for those who prefer numbers."""
    keys = ("tp", "fp", "fn", "tn", "precision", "recall", "fpr", "f1", "cost")
    heads = ("TP", "FP", "FN", "TN", "Precision", "Recall", "False positive rate", "F1", "Cost")
    rows = []
    for place in sample(counted):
        texts = counted.at(place)
        cells = "".join(f"<td>{texts[key]}</td>" for key in keys)
        rows.append(f'<tr><th scope="row">{texts["threshold"]}</th>{cells}</tr>')
    columns = "".join(f'<th scope="col">{head}</th>' for head in ("Threshold", *heads))
    return f"""<details><summary>The same as a table, at {len(rows)} thresholds</summary>
<div class="ek-scroll"><table class="ek-numbers">
<thead><tr>{columns}</tr></thead>
<tbody>
{"".join(rows)}
</tbody>
</table></div></details>"""
