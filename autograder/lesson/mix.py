"""Whose mix? Two models, two kinds of rows, and a slider for how many rows of the second kind production has.

Python works out the texts and marks of every place of the slider.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.lesson.explorable import About, Explorable, Predict, Slider, live, render, show
from autograder.lesson.explorables.drawing import Plot, State, mark, picture, table

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


def show_mix(
    mix: Mix, *, title: str, predict: Predict | str = "", start: float = START, about: About | None = None
) -> None:
    """Display the slider below the cell; outside a notebook print a table instead.

    Parameters
    ----------
    mix : Mix
    title : str
    predict : Predict or str
        What to answer before the slider moves; a text alone is shown and asks nothing.
    start : float
        The share that is shown first, in per cent.
    about : About, optional
        Under which names an answer and a reached goal are reported to the page.
    """
    show(mix_explorable(mix, title, predict, start, about))


def render_mix(
    mix: Mix, *, title: str, predict: Predict | str = "", start: float = START, about: About | None = None
) -> str:
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
    return render(mix_explorable(mix, title, predict, start, about))


def mix_explorable(mix: Mix, title: str, predict: Predict | str, start: float, about: About | None) -> Explorable:
    """Return the slider before it is shown; parameters are those of `show_mix`, errors those of `render_mix`."""
    shares = _shares()
    if start not in shares:
        raise ValueError(f"start must be a multiple of {STEP:g} from 0 to {MOST:g}, got {start!r}.")
    deltas = [mix.delta(share / 100) for share in shares]
    low, high = min(0.0, *deltas), max(0.0, *deltas)
    room = 0.08 * (high - low or 0.01)
    plot = Plot((0, MOST), (low - room, high + room))
    states: list[State] = [
        {
            "texts": _texts(mix, share),
            "marks": {
                "cut": {"x1": plot.across(share), "x2": plot.across(share)},
                "dot": {"cx": plot.across(share), "cy": plot.down(delta)},
            },
        }
        for share, delta in zip(shares, deltas, strict=True)
    ]
    place = shares.index(start)
    first = states[place]
    return Explorable(
        title=title,
        about=about,
        predict=predict,
        sliders=[Slider(f"Share of {mix.names[1]} pictures", len(shares) - 1, place, shown="share")],
        goals=_goals(mix, deltas),
        picture=_picture(mix, deltas, plot, first),
        below=_table(mix, first["texts"]),
        texts=first["texts"],
        data={"states": states},
        plain=_as_text(mix, title),
    )


def _goals(mix: Mix, deltas: Sequence[float]) -> dict[str, list[int]]:
    """What to find, of that which this pair of models has."""
    rounded = [round(100 * delta, 1) for delta in deltas]
    nearest = min(abs(delta) for delta in deltas)
    goals = {
        "A mix in which the candidate is worse.": [i for i, delta in enumerate(rounded) if delta < 0],
        "The place nearest to where both are equally good.": (
            [i for i, delta in enumerate(deltas) if abs(delta) == nearest] if deltas[0] * deltas[-1] < 0 else []
        ),
    }
    return {text: places for text, places in goals.items() if places}


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


def _table(mix: Mix, texts: dict[str, str]) -> str:
    kinds = [
        [html.escape(name), _share(before), _share(after)]
        for name, before, after in zip(mix.names, mix.before, mix.after, strict=True)
    ]
    both = ["this mix", *(f"<b>{live(name, texts)}</b>" for name in ("before", "after"))]
    return table(["Pictures", "production", "candidate"], [*kinds, both])


def _share(counts: Counts) -> str:
    return f"{counts[0] / counts[1]:.3f}"


def _picture(mix: Mix, deltas: Sequence[float], plot: Plot, first: State) -> str:
    zero, rare = plot.down(0.0), html.escape(mix.names[1])
    x_ticks = {share: f"{share:g} %" for share in _shares()[:: round(5 / STEP)]}
    y_ticks = {delta: _points(delta) for delta in sorted({deltas[0], 0.0, deltas[-1]})}
    return picture(
        f"Candidate minus production, in points of accuracy, by the share of {mix.names[1]} pictures",
        first,
        236,
        plot.frame(f"Share of {rare} pictures", "points", x_ticks, y_ticks),
        f'<line class="ek-chance" x1="{plot.left}" y1="{zero:g}" x2="{plot.right}" y2="{zero:g}"/>',
        f'<text x="{plot.right}" y="{zero - 6:g}" text-anchor="end">candidate better ↑</text>',
        f'<text x="{plot.right}" y="{zero + 16:g}" text-anchor="end">candidate worse ↓</text>',
        f'<path class="ek-curve" d="{plot.path([0, MOST], [deltas[0], deltas[-1]])}"/>',
        mark(first, "cut", "line", class_="ek-cut", y1=plot.top, y2=plot.bottom),
        mark(first, "dot", "circle", class_="ek-dot", r=7),
    )


def _as_text(mix: Mix, title: str) -> str:
    """Return a table for a terminal."""
    lines = [title, f"{mix.names[1]:>8}{'production':>13}{'candidate':>12}{'points':>9}"]
    for share in _shares()[:: round(2 / STEP)]:
        texts = _texts(mix, share)
        lines.append(f"{texts['share']:>8}{texts['before']:>13}{texts['after']:>12}{texts['delta']:>9}")
    return "\n".join(lines)
