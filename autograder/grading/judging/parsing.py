"""Read Python that a student has written."""

from __future__ import annotations

import ast


def parse(source: str) -> ast.Module | None:
    """The tree of a source; None if it is no Python, or too deep for a tree.

    Examples
    --------
    >>> parse("1 +") is None
    True
    """
    for _ in range(3):
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        except SystemError:
            # Before Python 3.11.8 and 3.12.2, a garbage collection in the middle of this can confuse its count of
            # levels, where the collected objects have something parsed themselves (CPython's issue 106905).
            continue
    return None
