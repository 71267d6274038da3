"""Observe: run a submission on the inputs of the cases and write down, as plain data, what happened.

This half runs where the learner's code runs. It knows no right answers. It needs the standard library only.

An observation is a dict: ``{"status": "returned", "value": plain}``, or ``{"status": "raised", "error": {"type",
"message", "line"}}``, or ``{"status": "timeout"}``, ``{"status": "not-run"}`` or ``{"status": "not-plain", "what":
"a value of type Foo"}``; beside these, where they apply, ``"changed": [argument positions]``, ``"printed": True`` and
``"warning": text``.
"""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.plain import NotPlainError, Plain, from_plain, to_plain
from autograder.checking.timelimit import TimeLimit, time_limit

Observation = dict[str, Any]

MAX_PRINTED_CHARACTERS = 2_000


def observe(function: Callable[..., Any], inputs: Sequence[list[Plain]], *, seconds: float = 2.0) -> list[Observation]:
    """Call `function` once for each list of plain arguments.

    Each call gets fresh copies of its arguments, so that a function which changes them spoils nothing. Whatever it
    raises, `SystemExit` included, is written down; only a `KeyboardInterrupt` passes through, because that is the
    learner pressing stop.

    Parameters
    ----------
    function : callable
        The submission.
    inputs : sequence of list
        One list of plain arguments for each case.
    seconds : float
        Limit for one call, of processor time (see `time_limit`). All calls together get three times as much; what is
        then left over is not run. A call that was stopped is tried once more at the end, if there is time left: what
        made it slow may have been its being the first.

    Returns
    -------
    list of dict
        One observation for each case, in order.

    Examples
    --------
    >>> observe(lambda a, b: a / b, [[1, 2], [1, 0]])[0]
    {'status': 'returned', 'value': 0.5}
    """
    left = 3 * seconds
    printed = _Bounded(MAX_PRINTED_CHARACTERS)
    observations: list[Observation] = [{"status": "not-run"} for _ in inputs]
    for tried in ("not-run", "timeout"):
        for i, arguments in enumerate(inputs):
            if observations[i]["status"] == tried and left > 0:
                observations[i], used = _observe_one(function, arguments, min(seconds, left), printed)
                left -= used
    # What the function printed is the learner's own debugging: show it, once.
    sys.stdout.write(printed.getvalue())
    return observations


def _observe_one(
    function: Callable[..., Any], arguments: list[Plain], seconds: float, printed: _Bounded
) -> tuple[Observation, float]:
    """What happened, and how much of the time was used."""
    values = [from_plain(argument) for argument in arguments]
    before = printed.written
    limit = time_limit(seconds)
    observation: Observation
    # A warning is information, not an error: it is recorded rather than printed to stderr.
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            with limit:
                answer = function(*values)
                # Inside the limit, too: an answer can be lazy, or slow to read.
                observation = {"status": "returned", "value": to_plain(answer)}
        except TimeLimit:
            observation = {"status": "timeout"}
        except NotPlainError as error:
            observation = {"status": "not-plain", "what": str(error)}
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            observation = {"status": "raised", "error": _describe(error)}
    changed = [i for i, (plain, value) in enumerate(zip(arguments, values, strict=True)) if _changed(plain, value)]
    if changed:
        observation["changed"] = changed
    if printed.written > before:
        observation["printed"] = True
    if caught:
        observation["warning"] = str(caught[0].message)[:300]
    return observation, limit.used()


def _changed(plain: Plain, value: Any) -> bool:
    try:
        return bool(to_plain(value) != plain)
    except NotPlainError:
        return True


def _describe(error: BaseException) -> dict[str, Any]:
    try:
        # The text is the learner's code, too: it may fail, or not come to an end.
        with time_limit(0.5):
            message = str(error)[:300]
    except (Exception, TimeLimit):
        message = ""
    # The line in the learner's own code, counted from the top of its cell: the innermost frame that is in a cell.
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if "ipykernel" in frame.filename or frame.filename.startswith("<"):
            line = frame.lineno
    return {"type": type(error).__name__, "message": message, "line": line}


class _Bounded(io.StringIO):
    """A text buffer that keeps only the first characters written to it, so that a flood costs no memory."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.written = 0

    def write(self, text: str, /) -> int:
        room = self.limit - self.written
        if room > 0:
            super().write(text[:room])
        self.written += len(text)
        return len(text)
