"""A mistake, written as what it changes in a right answer."""

from __future__ import annotations

import inspect
import linecache
import sys
from functools import cache

from autograder.checking.exercise import Answer

_source = cache(inspect.getsource)


def edited(right: Answer, name: str, *edits: tuple[str, str]) -> Answer:
    """A right answer with a mistake in it.

    The text of the mistake is kept where Python looks for source, so `inspect.getsource` finds it and a traceback
    shows its lines.

    Parameters
    ----------
    right : callable
        A right answer: a function in the module of an exercise, written down with ``def``.
    name : str
        The name of the function with the mistake.
    *edits : tuple of str
        Pairs (old, new), made one after the other. To take a line out, write all of it, from its indentation to its
        line break, and put nothing in its place.

    Returns
    -------
    callable
        The function with the mistake. It sees the names of the module of the right answer.

    Raises
    ------
    ValueError
        If an old text does not occur exactly once. An edit must say where it is made.
    """
    source = _source(right)
    for old, new in [(f"def {right.__name__}(", f"def {name}("), *edits]:
        times = source.count(old)
        if times != 1:
            raise ValueError(f"{name}: {old!r} must occur once in {right.__name__}, but occurs {times} times")
        source = source.replace(old, new)
    file = f"<{right.__module__}.{name}>"
    # An entry without a time is never compared with a file.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    made: dict[str, Answer] = {}
    exec(compile(source, file, "exec", dont_inherit=True), sys.modules[right.__module__].__dict__, made)
    return made[name]
