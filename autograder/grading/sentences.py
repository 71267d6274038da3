"""What stages of grading say to an instructor, whatever a student hands in."""

from __future__ import annotations

from collections.abc import Callable


def shown(name: str) -> str:
    """A name as a report can show it, whatever is in it.

    Examples
    --------
    >>> print(shown("ada"), shown("a" + chr(0x202E) + "da"), shown("a" + chr(10) + "da"))
    ada a\\u202eda a\\nda
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def few(sentences: list[str], most: int, rest: Callable[[int], str]) -> list[str]:
    """The first of many sentences, and one that says how many more there are.

    Examples
    --------
    >>> few(["a", "b", "c"], 1, lambda more: f"And {more} more.")
    ['a', 'And 2 more.']
    """
    if len(sentences) <= most:
        return sentences
    return [*sentences[:most], rest(len(sentences) - most)]
