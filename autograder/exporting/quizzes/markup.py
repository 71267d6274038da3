"""The markup of a question: `code` and **bold**, all else is text."""

from __future__ import annotations

import re
from html import escape

_PIECE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")

#: Said where a platform reads numbers only, and the notebook takes "42 %" as well.
AS_A_NUMBER = "Answer with a number such as 0.42."


def html(text: str) -> str:
    """The text as HTML, which is XML, too.

    Examples
    --------
    >>> html("Is `a < b` **true**?")
    'Is <code>a &lt; b</code> <strong>true</strong>?'
    """

    def piece(match: re.Match[str]) -> str:
        return f"<code>{match[1]}</code>" if match[1] else f"<strong>{match[2]}</strong>"

    return _PIECE.sub(piece, escape(text, quote=False))


def number(value: float) -> str:
    """A number as every platform reads it: no exponent, no more digits than it has."""
    return f"{value:.10f}".rstrip("0").rstrip(".")
