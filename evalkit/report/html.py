"""Pieces of web pages that need no other file: the style, and tables that can be read with a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1a1a1a; font: 1rem/1.5 system-ui, sans-serif; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; }
h2 { margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 2px solid #0072b2; font-size: 1.3rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
a { color: #005a8f; }
a:focus-visible, .scroll:focus-visible { outline: 3px solid #d55e00; outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .25rem .5rem; background: #fff; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
caption { padding-bottom: .35rem; color: #444; text-align: left; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #d5d5d5; text-align: right; }
thead th { border-bottom: 2px solid #777; vertical-align: bottom; }
th:first-child, td.text, th.text { text-align: left; }
tbody th { font-weight: 600; }
.range, td.text { color: #444; }
.range { white-space: nowrap; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
.figures > * { min-width: 0; }
figure { margin: .5rem 0; }
img { display: block; max-width: 100%; height: auto; }
.note { color: #444; max-width: 46rem; }
"""


def grid(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    ranges: Sequence[int] = (),
    text: Sequence[int] = (),
) -> str:
    """Return a table whose first column heads the rows. `ranges` and `text` are columns with a look of their own."""
    looks = {**dict.fromkeys(ranges, ' class="range"'), **dict.fromkeys(text, ' class="text"')}
    head = "".join(f'<th scope="col"{looks.get(i, "")}>{escape(name)}</th>' for i, name in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td{looks.get(i, '')}>{escape(str(cell))}</td>" for i, cell in enumerate(cells, 1))
        + "</tr>"
        for first, *cells in rows
    )
    drawn = f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return scroll(drawn, caption)


def scroll(content: str, name: str) -> str:
    """Let a wide table scroll by itself, also with the keyboard."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">{content}</div>'
