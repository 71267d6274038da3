"""Whether a JSON file is so full or so deep that reading it would cost far more memory than its bytes."""

from __future__ import annotations

import re

# The notebooks of a course have a few thousand values and are ten deep; interactive figures have more.
MAX_VALUES = 300_000
MAX_LEVELS = 100

# A text, an unfinished one included, or one of the other signs that begin, part or end values. Possessive: there is
# nothing to try again.
_SIGN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_OPEN, _CLOSE = frozenset(b"[{"), frozenset(b"]}")


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
