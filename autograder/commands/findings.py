"""What a check of the set-up found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A sentence that says what is wrong and what to do. A problem keeps the course from working; a note does not."""

    sentence: str
    problem: bool = True


Check = Callable[[], Iterator[Finding]]
