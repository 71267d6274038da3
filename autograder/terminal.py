"""A terminal that shows what it is given, and obeys none of it: names of files and messages may be a student's."""

from __future__ import annotations

import unicodedata
from typing import Any

from rich.console import Console
from rich.text import Text

# Controls, what changes the direction of writing or is not seen, halves of characters, and line ends of another kind.
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def harmless(text: str) -> str:
    """The text with nothing in it that moves the cursor, changes colours or hides.

    Examples
    --------
    >>> print(harmless("a" + chr(27) + "[31mb" + chr(13) + chr(10) + "c" + chr(0x202E)))
    a\\x1b[31mb
    c\\u202e
    """
    if text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _OBEYED and c not in "\n\t" else c
        for c in text.replace("\r\n", "\n")
    )


class SafeConsole(Console):
    """A console whose texts are harmless, also those in tables. A `Text` is shown as it is."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Make what is shown of a string."""
        return super().render_str(harmless(text), **options)
