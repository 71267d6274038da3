"""Tables that a spreadsheet may open: a text of somebody else's is never taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A spreadsheet takes a text that begins so for a formula, in some languages with wide signs as well. Where the comma is
# part of a number, it cuts lines at semicolons, whatever quotation marks say.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?= *[=+\-@\t\r\n＝＋－＠])")


def harmless(value: str) -> str:
    """The text, with a mark in front where a spreadsheet would calculate with it.

    Examples
    --------
    >>> harmless("=1+1"), harmless("Zoë"), harmless("a; =1+1")
    ("'=1+1", 'Zoë', "a;' =1+1")
    """
    return _FORMULA.sub(r"\1'", value)


def csv_text(lines: Iterable[Sequence[object]]) -> str:
    """The lines as CSV, as they are."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue()
