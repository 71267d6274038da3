"""Whose mix? Two models, two kinds of rows, and a slider for how many rows of the second kind production has.

Python works out the texts and marks of every place of the slider; `static/states.js` shows those of one of them.
Without scripts the first picture stays. The look is the threshold explorer's.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from autograder.lesson.explorer_page import LEFT, RIGHT, WIDTH

TOP, BOTTOM = 16, 236  # of the plot
MOST, STEP = 20.0, 0.5  # per cent
START = 4.0

Counts = tuple[int, int]  # right, of so many


@dataclass(frozen=True)
class Mix:
    """What both models get right of either kind of rows.

    Attributes
    ----------
    names : pair of str
        The common kind of rows, and the one whose share the slider moves.
    before, after : pair of (right, rows)
        Of the model in production and of the candidate, for both kinds.
    """

    names: tuple[str, str]
    before: tuple[Counts, Counts]
    after: tuple[Counts, Counts]

    def accuracy(self, share: float) -> tuple[float, float]:
        """Return the accuracy of both models if that share of all rows is of the second kind."""
        first, second = (
            (1 - share) * usual[0] / usual[1] + share * rare[0] / rare[1] for usual, rare in (self.before, self.after)
        )
        return first, second

    def delta(self, share: float) -> float:
        """Return the candidate's accuracy minus that of the model in production."""
        before, after = self.accuracy(share)
        return after - before

    @property
    def crossing(self) -> float:
        """The share at which both models are equally good; outside of 0 to 1 if there is none."""
        usual, rare = self.delta(0), self.delta(1)
        return usual / (usual - rare) if usual != rare else float("inf")


def show_mix(mix: Mix, *, title: str, predict: str = "", start: float = START) -> None:
    """Display the slider below the cell; outside a notebook print a table instead.

    Parameters
    ----------
    mix : Mix
    title : str
    predict : str
        What to predict before the slider is moved.
    start : float
        The share that is shown first, in per cent.
    """
    text = _as_text(mix, title)
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    page = render_mix(mix, title=title, predict=predict, start=start)
    ipython.display.display({"text/html": page, "text/plain": text}, raw=True)


def render_mix(mix: Mix, *, title: str, predict: str = "", start: float = START) -> str:
    """Return the slider as one self-contained piece of HTML. Parameters are those of `show_mix`.

    Raises
    ------
    ValueError
        If `start` is no place of the slider.

    Examples
    --------
    >>> mix = Mix(("day", "dark"), ((906, 958), (39, 42)), ((928, 958), (23, 42)))
    >>> round(mix.crossing, 3)
    0.057
    >>> "Dark rows" in render_mix(mix, title="Dark rows") and "http" not in render_mix(mix, title="Dark rows")
    True
    """
    shares = _shares()
    if start not in shares:
        raise ValueError(f"start must be a multiple of {STEP:g} from 0 to {MOST:g}, got {start!r}.")
    deltas = [mix.delta(share / 100) for share in shares]
    low, high = min(0.0, *deltas), max(0.0, *deltas)
    room = 0.08 * (high - low or 0.01)

    def across(share: float) -> float:
        return LEFT + (RIGHT - LEFT) * share / MOST

    def down(delta: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (delta - low + room) / (high - low + 2 * room)

    states = [
        {
            "texts": _texts(mix, share),
            "marks": {
                "cut": {"x1": round(across(share), 1), "x2": round(across(share), 1)},
                "dot": {"cx": round(across(share), 1), "cy": round(down(delta), 1)},
            },
        }
        for share, delta in zip(shares, deltas, strict=True)
    ]
    place = shares.index(start)
    first = _texts(mix, start)
    picture = _picture(mix, deltas, place, first, across, down)
    static = files("autograder").joinpath("static")
    data = {"states": states, "start": place, "label": f"Share of {mix.names[1]} pictures"}
    # Keys pressed on the slider are not notebook commands, and currency signs are not formulas (mathjax_ignore).
    return (
        f'<section class="ek-explorer ek-states mathjax_ignore tex2jax_ignore" aria-label="{html.escape(title)}"'
        ' data-lm-suppress-shortcuts="true" data-jp-suppress-context-menu="true">\n'
        f"<style>\n{static.joinpath('explorer.css').read_text(encoding='utf-8')}</style>\n"
        f"{_body(mix, title, predict, picture, first)}\n"
        f'<script type="application/json" class="ek-data">{json.dumps(data, separators=(",", ":"))}</script>\n'
        f"<script>\n{static.joinpath('states.js').read_text(encoding='utf-8')}</script>\n"
        "</section>"
    )


def _shares() -> list[float]:
    return [step * STEP for step in range(round(MOST / STEP) + 1)]


def _points(delta: float) -> str:
    """Write a difference in points, with a sign that cannot be overlooked."""
    rounded = round(100 * delta, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def _texts(mix: Mix, share: float) -> dict[str, str]:
    """Return every text that depends on the share."""
    before, after = mix.accuracy(share / 100)
    points = _points(after - before)
    better = (
        "Both are equally good" if points == "0.0" else f"The candidate is {'better' if after > before else 'worse'}"
    )
    return {
        "share": f"{share:g} %",
        "before": f"{before:.3f}",
        "after": f"{after:.3f}",
        "delta": points,
        "value": f"{share:g} % {mix.names[1]}, {points} points",
        "sentence": (
            f"With {share:g} % {mix.names[1]} pictures accuracy goes from {before:.3f} to {after:.3f}: "
            f"{points} points. {better}."
        ),
    }


def _live(name: str, texts: dict[str, str]) -> str:
    return f'<span data-ek="{name}">{html.escape(texts[name])}</span>'


def _body(mix: Mix, title: str, predict: str, picture: str, texts: dict[str, str]) -> str:
    asked = f'<p class="ek-predict"><strong>Predict, then move.</strong> {html.escape(predict)}</p>' if predict else ""
    kinds = "\n".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{_share(before)}</td><td>{_share(after)}</td></tr>'
        for name, before, after in zip(mix.names, mix.before, mix.after, strict=True)
    )
    return f"""<p class="ek-title"><strong>{html.escape(title)}</strong></p>
{asked}
<p class="ek-control">Share of {html.escape(mix.names[1])} pictures {_live("share", texts)}.
<span class="ek-how">The slider that moves it appears where scripts may run.</span></p>
<div class="ek-scores">
{picture}
<div class="ek-track"></div>
</div>
<p class="ek-sentence">{_live("sentence", texts)}</p>
<table class="ek-numbers">
<thead><tr><th scope="col">Pictures</th><th scope="col">production</th><th scope="col">candidate</th></tr></thead>
<tbody>
{kinds}
<tr><th scope="row">this mix</th><td><b>{_live("before", texts)}</b></td><td><b>{_live("after", texts)}</b></td></tr>
</tbody>
</table>
<p class="ek-live" role="status" aria-live="polite"></p>"""


def _share(counts: Counts) -> str:
    return f"{counts[0] / counts[1]:.3f}"


def _picture(
    mix: Mix,
    deltas: Sequence[float],
    place: int,
    texts: dict[str, str],
    across: Callable[[float], float],
    down: Callable[[float], float],
) -> str:
    shares = _shares()
    line = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in ((shares[0], deltas[0]), (shares[-1], deltas[-1])))
    ticks = "".join(
        f'<text x="{across(share):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{share:g} %</text>'
        for share in shares[:: round(5 / STEP)]
    )
    heights = sorted({deltas[0], 0.0, deltas[-1]})
    levels = "".join(
        f'<text x="{LEFT - 8}" y="{down(delta) + 4:.1f}" text-anchor="end">{_points(delta)}</text>' for delta in heights
    )
    x, zero, rare = across(shares[place]), down(0.0), html.escape(mix.names[1])
    return f"""<svg viewBox="0 0 {WIDTH} {BOTTOM + 50}" role="img">
<title>Candidate minus production, in points of accuracy, by the share of {rare} pictures</title>
<desc data-ek="sentence">{html.escape(texts["sentence"])}</desc>
<path class="ek-frame" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>
<line class="ek-chance" x1="{LEFT}" y1="{zero:.1f}" x2="{RIGHT}" y2="{zero:.1f}"/>
<text x="{RIGHT}" y="{zero - 8:.1f}" text-anchor="end">candidate better ↑</text>
<text x="{RIGHT}" y="{zero + 20:.1f}" text-anchor="end">candidate worse ↓</text>
<polyline class="ek-curve" points="{line}"/>
<line class="ek-cut" data-ek-mark="cut" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}"/>
<circle class="ek-dot" data-ek-mark="dot" cx="{x:.1f}" cy="{down(deltas[place]):.1f}" r="8"/>
{ticks}{levels}
<text transform="translate(14 {(TOP + BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle">difference, points</text>
<text x="{(LEFT + RIGHT) / 2:.0f}" y="{BOTTOM + 40}" text-anchor="middle">Share of {rare} pictures</text>
</svg>"""


def _as_text(mix: Mix, title: str) -> str:
    """Return a table for a terminal."""
    lines = [title, f"{mix.names[1]:>8}{'production':>13}{'candidate':>12}{'points':>9}"]
    for share in _shares()[:: round(2 / STEP)]:
        texts = _texts(mix, share)
        lines.append(f"{texts['share']:>8}{texts['before']:>13}{texts['after']:>12}{texts['delta']:>9}")
    return "\n".join(lines)
