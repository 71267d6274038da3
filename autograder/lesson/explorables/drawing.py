"""Pictures of explorables: a frame with axes, and what is drawn in it, as SVG."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The sides of the plot are to the width as in the threshold explorer, so that the slider stands below it.
WIDTH, LEFT, RIGHT = 400, 40, 390
State = dict[str, dict[str, Any]]
Ticks = Mapping[float, str] | Mapping[int, str]


@dataclass(frozen=True)
class Plot:
    """Where numbers of two ranges lie in a frame, in units of the picture."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: float = LEFT
    right: float = RIGHT
    top: float = 12
    bottom: float = 190

    def across(self, value: float) -> float:
        """Where a number of the first range lies."""
        return round(self.left + (self.right - self.left) * (value - self.x[0]) / (self.x[1] - self.x[0]), 1)

    def down(self, value: float) -> float:
        """Where a number of the second range lies; larger ones are higher."""
        return round(self.bottom - (self.bottom - self.top) * (value - self.y[0]) / (self.y[1] - self.y[0]), 1)

    def path(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Return the path through points, without points that fall on the one before."""
        points = list[str]()
        for x, y in zip(xs, ys, strict=True):
            point = f"{self.across(x):g} {self.down(y):g}"
            if not points or points[-1] != point:
                points.append(point)
        return "M" + "L".join(points)

    def frame(self, across: str, up: str, x_ticks: Ticks, y_ticks: Ticks) -> str:
        """Return the axes, with numbers along them and their names."""
        middle = (self.left + self.right) / 2
        xs = "".join(
            # The last number ends where the picture does.
            f'<text x="{min(self.across(at), WIDTH - 4.5 * len(text)):g}" y="{self.bottom + 17:g}"'
            f' text-anchor="middle">{text}</text>'
            for at, text in x_ticks.items()
        )
        ys = "".join(
            f'<text x="{self.left - 5:g}" y="{self.down(at) + 4:g}" text-anchor="end">{text}</text>'
            for at, text in y_ticks.items()
        )
        return (
            f'<path class="ek-frame" d="M{self.left:g} {self.top:g}V{self.bottom:g}H{self.right:g}"/>{xs}{ys}'
            f'<text x="{middle:g}" y="{self.bottom + 36:g}" text-anchor="middle">{across}</text>'
            f'<text transform="translate({self.left - 30:g} {(self.top + self.bottom) / 2:g}) rotate(-90)"'
            f' text-anchor="middle">{up}</text>'
        )


def mark(state: State, name: str, tag: str, **attributes: Any) -> str:
    """Return an element that the slider moves: with fixed attributes, and those that it has in the first state."""
    held = {**{key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}, **state["marks"][name]}
    return (
        f'<{tag} data-ek-mark="{name}" {" ".join(f"{key}={chr(34)}{value}{chr(34)}" for key, value in held.items())}/>'
    )


def picture(name: str, state: State, height: float, *parts: str) -> str:
    """Return the picture with its name, and with words that follow the slider."""
    sentence = html.escape(state["texts"]["sentence"])
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img">\n<title>{html.escape(name)}</title>\n'
        f'<desc data-ek="sentence">{sentence}</desc>\n{"".join(parts)}\n</svg>'
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of numbers whose first column says what they are; cells may hold markup."""
    heads = "".join(f'<th scope="col">{each}</th>' for each in head[1:])
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    return f'<table class="ek-numbers"><thead><tr><td>{head[0]}</td>{heads}</tr></thead>\n<tbody>{body}</tbody></table>'


def plain(title: str, states: Sequence[State], most: int = 6) -> str:
    """Return the title and the sentences of some states, for a terminal."""
    last = len(states) - 1
    places = sorted({round(i * last / (most - 1)) for i in range(most)})
    return "\n".join([title, *(str(states[place]["texts"]["sentence"]) for place in places)])


def places(goals: Mapping[str, Sequence[bool]]) -> dict[str, list[int]]:
    """Return where each goal is reached, of whether it is at each place.

    Raises
    ------
    ValueError
        If one is reached nowhere.
    """
    found = {text: [place for place, held in enumerate(reached) if held] for text, reached in goals.items()}
    for text, where in found.items():
        if not where:
            raise ValueError(f"no place of the slider reaches the goal {text!r}.")
    return found
