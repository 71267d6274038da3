"""The forest plot: one line per cohort, from the lowest to the highest likely difference, and the margin drawn in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evalkit.production.words import ends, points

BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#6b6b6b"
LEFT, WIDTH, RIGHT, STEP, TOP = 250, 460, 190, 26, 34  # pixels


@dataclass(frozen=True)
class Line:
    """A line of the plot. `margin` is what the gate allows it to drop, if there is a gate."""

    name: str
    rows: int
    low: float
    estimate: float
    high: float
    margin: float | None
    bad: bool


def forest(lines: Sequence[Line]) -> str:
    """Return the plot as SVG, with its numbers as text beside it."""
    finite = [v for line in lines for v in (line.low, line.high, -(line.margin or 0)) if math.isfinite(v)]
    low, high = min([*finite, -0.01]), max([*finite, 0.01])
    low, high = low - 0.04 * (high - low), high + 0.04 * (high - low)

    def x(value: float) -> float:
        return round(LEFT + WIDTH * (min(max(value, low), high) - low) / (high - low), 1)

    height = TOP + STEP * len(lines) + 40
    bottom = TOP + STEP * len(lines)
    parts = [
        f'<line x1="{x(0)}" y1="{TOP - 6}" x2="{x(0)}" y2="{bottom}" stroke="{GREY}" stroke-width="1.5"/>',
        f'<text x="{x(0) - 6}" y="16" text-anchor="end" fill="{VERMILLION}">← candidate worse</text>',
        f'<text x="{x(0) + 6}" y="16" fill="{BLUE}">better →</text>',
    ]
    for tick in _ticks(low, high):
        parts.append(f'<line x1="{x(tick)}" y1="{bottom}" x2="{x(tick)}" y2="{bottom + 5}" stroke="{GREY}"/>')
        parts.append(f'<text x="{x(tick)}" y="{bottom + 20}" text-anchor="middle">{points(tick)}</text>')
    parts.append(
        f'<text x="{LEFT + WIDTH / 2}" y="{bottom + 37}" text-anchor="middle">difference in percentage points</text>'
    )
    for place, line in enumerate(lines):
        y, colour = TOP + STEP * place + STEP / 2, VERMILLION if line.bad else BLUE
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(_short(line.name))}</text>')
        parts.append(
            f'<line x1="{x(line.low)}" y1="{y}" x2="{x(line.high)}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        )
        shape = (
            f'<rect x="{x(line.estimate) - 5}" y="{y - 5}" width="10" height="10" fill="{colour}"/>'
            if line.bad
            else f'<circle cx="{x(line.estimate)}" cy="{y}" r="5" fill="{colour}"/>'
        )
        parts.append(shape if math.isfinite(line.estimate) else "")
        if line.margin is not None:
            at = x(-line.margin)
            parts.append(
                f'<line x1="{at}" y1="{y - 11}" x2="{at}" y2="{y + 11}" stroke="#000" stroke-width="2" '
                'stroke-dasharray="4 2"/>'
            )
        told = f"{points(line.estimate)} ({ends(line.low, line.high)})"
        parts.append(f'<text x="{LEFT + WIDTH + 12}" y="{y + 4}">{told}</text>')
    alt = "; ".join(
        f"{line.name}: {points(line.estimate)} points, {ends(line.low, line.high)}, {line.rows:,} rows"
        for line in lines
    )
    width = LEFT + WIDTH + RIGHT
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-size="13" '
        f'font-family="system-ui, sans-serif" aria-label="{escape(alt)}">{"".join(parts)}</svg>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two."""
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
    first = math.ceil(low / step)
    return [round(step * number, 10) for number in range(first, math.floor(high / step) + 1)]
