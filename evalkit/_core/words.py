"""Numbers and tables as text."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float) -> str:
    """Write a count: whole numbers as such, weights with up to four significant digits."""
    return f"{int(value)}" if float(value).is_integer() else f"{value:.4g}"


def aligned(rows: Sequence[Sequence[str]], left: int) -> str:
    """Write rows of cells as columns of equal width, the first `left` ones flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
