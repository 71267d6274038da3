"""Pieces of web pages that need no other file: the style, and tables that can be read with a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1a1a; --soft: #444; --line: #d5d5d5; --strong: #777;
  --accent: #0072b2; --link: #005a8f; --focus: #d55e00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16191d; --ink: #e8e8e8; --soft: #b9bec4; --line: #3a4048; --strong: #8a9099;
    --accent: #56b4e9; --link: #7cc4f0; --focus: #e69f00; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 2px solid var(--accent); font-size: 1.3rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .25rem .5rem; background: var(--paper); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
caption { padding-bottom: .35rem; color: var(--soft); text-align: left; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
thead th { border-bottom: 2px solid var(--strong); vertical-align: bottom; }
th:first-child, td.text, th.text { text-align: left; }
tbody th { font-weight: 600; min-width: 6.5rem; }
.range, td.text { color: var(--soft); }
td.text { min-width: 12rem; }
.range { white-space: nowrap; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
.figures > * { min-width: 0; }
figure { margin: .5rem 0; }
img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
.note { color: var(--soft); max-width: 46rem; }
.origin { font-size: .85rem; overflow-wrap: anywhere; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --line: #bbb; --strong: #555; --accent: #0072b2; --link: #000; }
  @page { margin: 1.5cm; }
  body { font-size: 9pt; }
  header, main { max-width: none; padding: 0; }
  nav, .skip { display: none; }
  .scroll { overflow: visible; }
  tbody th { min-width: 0; }
  th, td { padding: .15rem .3rem; overflow-wrap: break-word; font-size: 8pt; }
  .range { white-space: normal; }
  thead { display: table-header-group; }
  tr, figure, h2, h3 { break-inside: avoid; break-after: auto; }
  h2, h3 { break-after: avoid; }
  img { max-height: 9cm; width: auto; }
}
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
    head = "".join(f'<th scope="col"{looks.get(i, "")}>{_breakable(name)}</th>' for i, name in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{_breakable(str(first))}</th>'
        + "".join(f"<td{looks.get(i, '')}>{_breakable(str(cell))}</td>" for i, cell in enumerate(cells, 1))
        + "</tr>"
        for first, *cells in rows
    )
    drawn = f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return scroll(drawn, caption)


def _breakable(text: str) -> str:
    """Return text in which long names, as of files and columns, may go on in the next line."""
    return re.sub(r"(\w{3}[_/.\\])(?=\w{3})", r"\1<wbr>", escape(text))


def scroll(content: str, name: str) -> str:
    """Let a wide table scroll by itself, also with the keyboard."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">{content}</div>'
