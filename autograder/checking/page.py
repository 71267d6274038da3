"""Check an answer in a web page: the code of a box, against the key of its exercise, by Python inside the browser.

It runs in a worker of the page (`static/practice_worker.js`), with NumPy and the other modules of this folder. The page
gives text and takes text: JavaScript would turn 3.0 into 3.
"""

from __future__ import annotations

import contextlib
import functools
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from autograder.checking.errors_explained import explained
from autograder.checking.judge import judge, verdict_for_error
from autograder.checking.observe import MAX_PRINTED_CHARACTERS, Observation, _Bounded, observe
from autograder.checking.timelimit import TimeLimit, time_limit
from autograder.checking.verdict import Verdict

# What tracebacks call the code of a box. `observe` finds the line of an error by its first character.
_FILE = "<your code>"
# The functions of NumPy that take positions or counts: which argument these are, by place and by name.
_TAKE_INDICES = {"bincount": (0, "x"), "repeat": (1, "repeats"), "take": (1, "indices")}


class Page:
    """The names that the boxes of a page share, as the cells of a notebook share theirs."""

    def __init__(self) -> None:
        accept_wide_indices(import_module("numpy"))
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def check(self, code: str, task: str) -> str:
        """Run the code of a box, and judge the function that it defines.

        Parameters
        ----------
        code : str
            What the learner wrote.
        task : str
            JSON: the exercise's ``key``, its ``wrong`` answers, its ``probe``, and the ``imports`` of its lesson.

        Returns
        -------
        str
            JSON: the ``verdict`` as plain data, its ``html``, its gist in words that can be ``spoken``, and what was
            ``printed``.
        """
        asked = json.loads(task)
        printed = _Bounded(MAX_PRINTED_CHARACTERS)
        with contextlib.redirect_stdout(printed):
            verdict = self._verdict(code, asked)
        return json.dumps(
            {
                "verdict": verdict.to_dict(),
                "html": verdict._repr_html_(),
                "spoken": spoken(verdict),
                "printed": printed.getvalue(),
            }
        )

    def _verdict(self, code: str, asked: Mapping[str, Any]) -> Verdict:
        key, name = asked["key"], asked["key"]["function"]
        # A function that was there from an earlier check is no answer to this one.
        self.names.pop(name, None)
        try:
            with time_limit(key["seconds"]):
                exec(asked["imports"], self.names)
                exec(compile(code, _FILE, "exec"), self.names)
        except TimeLimit:
            return stopped(asked)
        except BaseException as error:
            return _of_an_error(key, error)
        function = self.names.get(name)
        if not callable(function):
            hint = f"Define {name}({', '.join(key['arguments'])}), with that name."
            return verdict_for_error(key, f"Your code defines no function {name}.", hint)
        inputs = [case["args"] for case in key["cases"]]
        look = import_module(asked["probe"]).observe if asked["probe"] else observe
        try:
            seen = look(function, inputs, seconds=key["seconds"])
        except KeyboardInterrupt as error:
            # `observe` lets it pass, for a learner who presses stop. In a page nobody can: the code raised it.
            return _of_an_error(key, error)
        return judge(key, seen, asked["wrong"])


def spoken(verdict: Verdict) -> str:
    """The gist of a verdict, for who hears the page."""
    return " ".join([f"{verdict._headline()}.", *(f"Hint: {hint}" for hint in verdict.hints)])


def stopped(asked: Mapping[str, Any]) -> Verdict:
    """The verdict on code that had to be stopped.

    Examples
    --------
    >>> case = {"name": "a pair", "points": 1, "args": [2], "expected": {"status": "returned", "value": 4}}
    >>> key = {"exercise": "square", "function": "square", "arguments": ["x"], "points": 1, "tolerance": 0}
    >>> verdict = stopped({"key": {**key, "seconds": 2, "cases": [case]}, "wrong": {}})
    >>> print(verdict.cases[0].message)
    square(x=2) took longer than 2 seconds and was stopped.
    """
    first: Observation = {"status": "timeout"}
    return judge(asked["key"], [first, *({"status": "not-run"} for _ in asked["key"]["cases"][1:])], asked["wrong"])


def ended(asked: Mapping[str, Any]) -> Verdict:
    """The verdict on code after which there is no Python any more.

    Examples
    --------
    >>> case = {"name": "a pair", "points": 1, "args": [2], "expected": {"status": "returned", "value": 4}}
    >>> key = {"exercise": "square", "function": "square", "arguments": ["x"], "points": 1, "cases": [case]}
    >>> print(ended({"key": key}).cases[0].message)
    Your code ended Python, so there is no answer to judge.
    """
    return verdict_for_error(
        asked["key"],
        "Your code ended Python, so there is no answer to judge.",
        "os._exit() ends Python at once; a function that calls itself without end may, or one that fills the memory. "
        "Return the answer instead. With the next check Python starts anew.",
    )


def _of_an_error(key: Mapping[str, Any], error: BaseException) -> Verdict:
    """The verdict on code that stops before there is a function."""
    kind = type(error).__name__
    if isinstance(error, SyntaxError):
        line, message = error.lineno, error.msg
    else:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
        line, message = lines[-1] if lines else None, str(error)[:300]
    where = f" in line {line}" if line else ""
    told = f"Your code stopped with {kind}{where}{f': {message}' if message else ''}."
    hint = explained({"type": kind, "message": message}, key["function"], ", ".join(key["arguments"]))
    return verdict_for_error(key, told, hint or f"Look at the code{where or ' above'}, and correct that first.")


def accept_wide_indices(numpy: Any) -> None:
    """Make NumPy count and take by int64 where `numpy.intp` has 32 bits, as in a page: elsewhere it does.

    Otherwise ``np.bincount(labels)``, right in every notebook, would be wrong here.
    """
    if numpy.dtype(numpy.intp).itemsize < 8:
        for name, (place, keyword) in _TAKE_INDICES.items():
            setattr(numpy, name, _narrowing(getattr(numpy, name), place, keyword, numpy))


def _narrowing(function: Callable[..., Any], place: int, keyword: str, numpy: Any) -> Callable[..., Any]:
    def narrow(value: Any) -> Any:
        array = numpy.asarray(value)
        return array.astype(numpy.intp) if array.dtype.kind in "iu" else value

    @functools.wraps(function)
    def narrowed(*args: Any, **named: Any) -> Any:
        given: Sequence[Any] = [narrow(a) if i == place else a for i, a in enumerate(args)]
        return function(*given, **{name: narrow(v) if name == keyword else v for name, v in named.items()})

    return narrowed
