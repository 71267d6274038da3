"""Which Python saved a notebook: where it is another than the grader's, its author and the instructor should know."""

from __future__ import annotations

import re

# The note about the language is short, and JSON may hold it before or after the cells.
_NOTE_BYTES = 2_000
_VERSION = re.compile(rb'"version"\s*:\s*"(3\.\d{1,3}(?:\.\d{1,3})?)"')


def saved_by(content: bytes) -> str:
    """The version of Python that the notebook names; empty if it names none.

    Examples
    --------
    >>> saved_by(b'{"metadata": {"language_info": {"name": "python", "version": "3.12.1"}}}')
    '3.12.1'
    """
    place = content.rfind(b'"language_info"')
    found = _VERSION.search(content[place : place + _NOTE_BYTES]) if place >= 0 else None
    return found[1].decode() if found else ""
