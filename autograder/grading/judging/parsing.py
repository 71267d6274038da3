"""Read Python that a student has written."""

from __future__ import annotations

import ast
from collections.abc import Iterable

# What is longer is run, but not read: to follow names takes time with the square of it. The longest cell of a lesson
# has a fourth of these characters, and a twentieth of these statements; all cells together have a third.
MAX_CHARACTERS = 10_000
MAX_STATEMENTS = 500
MAX_CHARACTERS_IN_ALL = 60_000
MAX_STATEMENTS_IN_ALL = 2_000


def parse(source: str) -> ast.Module | None:
    """The tree of a source; None if it is no Python, or too deep or too long for a tree.

    Examples
    --------
    >>> parse("1 +") is None
    True
    """
    if len(source) > MAX_CHARACTERS:
        return None
    for _ in range(3):
        try:
            tree = ast.parse(source)
            return tree if len(tree.body) <= MAX_STATEMENTS else None
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        except SystemError:
            # Before Python 3.11.8 and 3.12.2, a garbage collection in the middle of this can confuse its count of
            # levels, where the collected objects have something parsed themselves (CPython's issue 106905).
            continue
    return None


def readable(sources: Iterable[str]) -> list[bool]:
    """For each cell whether it is short enough to be read, alone and after those before it.

    Examples
    --------
    >>> readable(["x = 1", "x" * 20_000, "y = 2"])
    [True, False, True]
    """
    found = []
    characters, statements = MAX_CHARACTERS_IN_ALL, MAX_STATEMENTS_IN_ALL
    for source in sources:
        # A statement that is not the first one begins after one of these.
        most = min(len(source), 1 + source.count("\n") + source.count(";"))
        short = len(source) <= min(MAX_CHARACTERS, characters)
        if short and most > MAX_STATEMENTS:
            tree = parse(source)
            most = MAX_STATEMENTS + 1 if tree is None else len(tree.body)
        found.append(short and most <= min(MAX_STATEMENTS, statements))
        if found[-1]:
            characters -= len(source)
            statements -= most
    return found
