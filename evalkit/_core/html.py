"""Values as HTML, for notebooks: a table with a caption and headers that screen readers can announce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def value_table(caption: str, values: Mapping[str, Any]) -> str:
    """Return a table of one value per row, each with its name."""
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th>{_cell(value)}</tr>' for name, value in values.items())
    return f"<table><caption>{escape(caption)}</caption><tbody>{rows}</tbody></table>"


def columns_table(caption: str, columns: Mapping[str, Sequence[Any]]) -> str:
    """Return a table of columns of the same length, each with its name; the first names the rows."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(_text(first))}</th>{"".join(map(_cell, others))}</tr>'
        for first, *others in zip(*columns.values(), strict=True)
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: Any) -> str:
    return f'<td style="text-align:right">{escape(_text(value))}</td>'


def _text(value: Any) -> str:
    """Write numbers with four significant digits, counts as such, and what has several values one after the other."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items()) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, str | int):
        return str(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{int(number)}" if number.is_integer() and abs(number) >= 10 else f"{number:.4g}"
