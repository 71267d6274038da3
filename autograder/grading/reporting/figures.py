"""Figures of the report, as SVG inside the page: no script, no file. Words and shapes say all that colours say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from markupsafe import Markup

from autograder.grading.reporting.statistics import Distribution, ItemStatistics
from evalkit.uncertainty import Interval

# In these units; the page makes a figure as wide as a phone, or as this.
WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 12, 12, 42
_ROW = 22
_LETTERS = 15


def distribution_figure(found: Distribution, name: str) -> Markup:
    """A histogram of the shares of points in a lesson."""
    height, highest = 200, max(found.counts)
    wide, high = WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    bin_width = wide / len(found.counts)
    parts = [_line(_LEFT, _TOP + high, WIDTH - _RIGHT, _TOP + high)]
    for number, count in enumerate(found.counts):
        x, bar = _LEFT + number * bin_width, high * count / highest
        if count:
            parts.append(
                f'<rect class="bar" x="{x + 1:.1f}" y="{_TOP + high - bar:.1f}" width="{bin_width - 2:.1f}" '
                f'height="{bar:.1f}"/>'
            )
            parts.append(_text(x + bin_width / 2, max(_TOP + high - bar - 3, 10), str(count), "middle"))
    for percent in range(0, 101, 20):
        parts.append(_text(_LEFT + wide * percent / 100, _TOP + high + 14, str(percent), "middle"))
    parts.append(_text(_LEFT + wide / 2, height - 8, "share of the points (%)", "middle"))
    parts.append(
        f'<text transform="translate(12 {_TOP + high / 2:.0f}) rotate(-90)" text-anchor="middle">students</text>'
    )
    bins = ", ".join(
        f"{count} from {10 * number} to {10 * (number + 1)} %" for number, count in enumerate(found.counts) if count
    )
    return _figure(height, f"Histogram of the points in {name}: how many students have which share. {bins}.", parts)


def items_figure(items: Sequence[ItemStatistics], name: str) -> Markup | None:
    """Difficulty and discrimination of each exercise with their intervals; None if there are none."""
    panels: list[tuple[str, float, Callable[[ItemStatistics], Interval | str]]] = [
        ("difficulty: mean share of the points", 0.0, lambda item: item.difficulty),
        ("discrimination: item-rest correlation", -1.0, lambda item: item.discrimination),
    ]
    parts: list[str] = []
    said: list[str] = []
    y = _TOP
    for title, low, read in panels:
        shown = [(item.name, value) for item in items if not isinstance(value := read(item), str)]
        if not shown:
            continue
        parts.append(_text(4, y + 10, title, "start", "title"))
        y += 18
        left = 128
        wide = WIDTH - left - _RIGHT

        def at(value: float, low: float = low, wide: float = wide, left: float = left) -> float:
            return left + wide * (value - low) / (1.0 - low)

        for number in (low, (low + 1) / 2, 1.0):
            parts.append(_line(at(number), y, at(number), y + _ROW * len(shown), "grid"))
            parts.append(_text(at(number), y + _ROW * len(shown) + 12, f"{number:g}", "middle"))
        for label, value in shown:
            middle = y + _ROW / 2
            parts.append(
                _text(4, middle + 4, label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…", "start")
            )
            parts.append(_line(at(value.low), middle, at(value.high), middle, "whisker"))
            parts.append(f'<circle class="dot" cx="{at(value.estimate):.1f}" cy="{middle:.1f}" r="4.5"/>')
            said.append(f"{label}, {title.split(':')[0]} {value.estimate:.2f}, {value.low:.2f} to {value.high:.2f}")
            y += _ROW
        y += 30
    if not said:
        return None
    return _figure(y, f"The exercises of {name}, each number with its 95 % interval: {'; '.join(said)}.", parts)


def _figure(height: float, words: str, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
