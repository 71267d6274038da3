"""How much a JSON file asks of its reader, and how to ask less: a notebook is read without what its cells left."""

from __future__ import annotations

import re

# The notebooks of a course have a few thousand values and are ten deep; interactive figures have more.
MAX_VALUES = 300_000
MAX_LEVELS = 100
# Beyond this nobody searches for the end of an output.
MAX_BRACKETS = 5_000_000

# A text, an unfinished one included, or one of the other signs that begin, part or end values. Possessive: there is
# nothing to try again.
_SIGN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_OPEN, _CLOSE = frozenset(b"[{"), frozenset(b"]}")
# Inside of a text a quotation mark has a backslash before it, so this is a key.
_LEFT = re.compile(rb'"outputs"\s*+:\s*+\[|"widgets"\s*+:\s*+\{')
_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def too_heavy(content: bytes) -> str:
    """Why JSON should not be read; empty if it can be. It takes no memory beside the bytes.

    Examples
    --------
    >>> too_heavy(b'{"cells": ["[[[[" ]}')
    ''
    >>> too_heavy(b"[" * 1000)
    'its JSON is nested too deeply'
    """
    signs = depth = 0
    for match in _SIGN.finditer(content):
        sign = content[match.start()]
        if sign in _CLOSE:
            depth -= 1
            continue
        signs += 1
        if sign in _OPEN:
            depth += 1
            if depth > MAX_LEVELS:
                return "its JSON is nested too deeply"
        # A text or a bracket, and the comma after it.
        if signs > 2 * MAX_VALUES:
            return f"its JSON holds more than {MAX_VALUES} values"
    return ""


def without_outputs(content: bytes) -> bytes:
    """The bytes of a notebook without the outputs of its cells and the state of its widgets, unread.

    Examples
    --------
    >>> without_outputs(b'{"cells": [{"outputs": [{"data": "]"}, [1]], "source": "1"}]}')
    b'{"cells": [{"outputs": [], "source": "1"}]}'
    """
    kept: list[bytes] = []
    brackets = done = 0
    while (left := _LEFT.search(content, done)) is not None:
        depth, end = 1, 0
        for match in _BRACKET.finditer(content, left.end()):
            sign = content[match.start()]
            depth += (sign in _OPEN) - (sign in _CLOSE)
            brackets += sign in _OPEN
            if depth == 0 or brackets > MAX_BRACKETS:
                end = match.start()
                break
        if depth:
            break
        kept.append(content[done : left.end()])
        done = end
    return b"".join([*kept, content[done:]]) if kept else content
