"""A mistake, written as what it changes in a right answer."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Mapping
from functools import cache

from autograder.checking.exercise import Answer, Misconception

_source = cache(inspect.getsource)


def mistake(right: Answer, edits: Mapping[str, str], hint: str) -> Misconception:
    """A misconception whose answer is a right one, `edited`.

    Parameters
    ----------
    right : callable
        A right answer: a function in the module of an exercise, written down with ``def``.
    edits : mapping of str to str
        What stands in the right answer, and what stands there instead.
    hint : str
        What takes a learner from the mistake to the right answer.

    Raises
    ------
    ValueError
        As `edited`.
    """
    return Misconception(edited(right, edits), hint)


def edited(right: Answer, edits: Mapping[str, str]) -> Answer:
    """A right answer with a mistake in it.

    The text of the mistake is kept where Python looks for source, so `inspect.getsource` finds it and a traceback
    shows its lines.

    Parameters
    ----------
    right : callable
        A right answer: a function in the module of an exercise, written down with ``def``.
    edits : mapping of str to str
        What stands in the right answer, and what stands there instead; made one after the other. To take a line out,
        write all of it, from its indentation to its line break, and put nothing in its place.

    Returns
    -------
    callable
        The function with the mistake, by the name of the right answer. It sees the names of the same module.

    Raises
    ------
    ValueError
        If an old text does not occur exactly once. An edit must say where it is made.
    """
    source = _source(right)
    name = f"{right.__module__}.{right.__name__}"
    for old, new in edits.items():
        times = source.count(old)
        if times != 1:
            raise ValueError(f"{old!r} must occur once in {name}, but occurs {times} times")
        source = source.replace(old, new)
    file = f"<{name}, edited: {dict(edits)}>"
    # An entry without a time is never compared with a file.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    made: dict[str, Answer] = {}
    exec(compile(source, file, "exec", dont_inherit=True), sys.modules[right.__module__].__dict__, made)
    return made[right.__name__]
