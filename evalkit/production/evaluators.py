"""What a good answer is: evaluators, which look at one output and say how good it is, and why.

>>> one = GroundTruthMatch().evaluate(output="Cat ", expected="cat")
>>> one.score, one.reason
(1.0, 'equal after trimming and lower case')

A failure is a status and never a score: an output that could not be judged is not a wrong one. The status is "ok",
"undecided" (the evaluator cannot tell), "error" (something broke) or "skipped" (there is nothing to judge by).
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import CodeType
from typing import Any, Literal

from evalkit.tables.canonical import plain

Status = Literal["ok", "undecided", "error", "skipped"]
ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
LONGEST_REASON = 300


@dataclass(frozen=True)
class Evaluation:
    """What an evaluator says of one output.

    Attributes
    ----------
    score : float or None
        From 0 to 1; None unless the status is "ok".
    passed : bool or None
        Whether the output is good enough; None unless the status is "ok".
    status : str
        "ok", "undecided", "error" or "skipped".
    reason : str
    """

    score: float | None
    passed: bool | None
    status: Status
    reason: str


def without_score(status: Status, reason: str) -> Evaluation:
    """Return an evaluation that has no score."""
    return Evaluation(None, None, status, reason)


def words_of(error: BaseException) -> str:
    """Return an exception in one line that is the same every time: no addresses, no line breaks."""
    text = ADDRESS.sub("0x…", " ".join(f"{type(error).__name__}: {error}".split()))
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


class Evaluator:
    """One way to judge outputs. A subclass says how to judge one (`judge`), and what its settings are (`settings`).

    Attributes
    ----------
    name : str
        The column of the results.
    version : str
        Runs that were evaluated by different versions are not compared.
    threshold : float
        Scores at or above it have passed.
    looks_at_rows : bool
        Whether it asks for more than output and expected value. Making a dict of each row takes time.
    """

    name = "evaluation"
    version = "1"
    threshold = 1.0
    looks_at_rows = True

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        """Judge one output; an exception becomes the status "error"."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Return what the scores depend on, as JSON can hold it."""
        return {}

    def evaluate(self, *, output: Any = None, expected: Any = None, **given: Any) -> Evaluation:
        """Judge one output.

        Parameters
        ----------
        output, expected
            What the pipeline returned, and what it should have; `generated_value` and `expected_value` mean the same.
        **given
            Whatever else the evaluator looks at, such as `instruction`.
        """
        output = given.pop("generated_value", output)
        expected = given.pop("expected_value", expected)
        return self._safely(output, expected, given)

    def evaluate_batch(self, outputs: Sequence[Any], expected: Sequence[Any], rows: Any = ()) -> list[Evaluation]:
        """Judge many outputs. `rows` holds what else is known of each, a mapping a row."""
        known: Iterable[Mapping[str, Any]] = rows if len(rows) else ({} for _ in outputs)
        return [self._safely(o, e, row) for o, e, row in zip(outputs, expected, known, strict=True)]

    def identity(self) -> dict[str, Any]:
        """Return name, version and settings: what must be the same in two runs that are compared."""
        return {"name": self.name, "version": self.version, "threshold": self.threshold, **self.settings()}

    def _safely(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        try:
            return self.judge(output, expected, row)
        except Exception as error:
            return without_score("error", words_of(error))

    def scored(self, score: float, reason: str) -> Evaluation:
        """Return an evaluation with a score."""
        if not 0 <= score <= 1:
            return without_score("error", f"the score is {score}, which is not between 0 and 1")
        return Evaluation(score, score >= self.threshold, "ok", reason)


class GroundTruthMatch(Evaluator):
    """Is the output the expected one? Texts are compared without outer spaces and in lower case.

    Parameters
    ----------
    exact : bool
        Compare texts letter by letter.
    name : str
    """

    RIGHT = Evaluation(1.0, True, "ok", "equal")
    SAME_TEXT = Evaluation(1.0, True, "ok", "equal after trimming and lower case")
    NO_TRUTH = without_score("skipped", "nothing is expected of this row")
    MOST_REMEMBERED = 10_000
    looks_at_rows = False

    def __init__(self, *, exact: bool = False, name: str = "ground_truth_match") -> None:
        self.name, self.exact = name, exact
        self._known: dict[Any, Evaluation] = {}

    def settings(self) -> dict[str, Any]:
        return {"exact": self.exact}

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        if expected is None:
            return self.NO_TRUTH
        if any(isinstance(value, list) and value and isinstance(value[0], dict) for value in (output, expected)):
            raise TypeError("lists of objects are matched first, then scored: use DetectionMatch")
        output, expected = plain(output), plain(expected)
        if output == expected and isinstance(output, str) == isinstance(expected, str):
            return self.RIGHT
        texts = isinstance(output, str) and isinstance(expected, str)
        if texts and not self.exact and output.strip().lower() == expected.strip().lower():
            return self.SAME_TEXT
        if isinstance(output, str) != isinstance(expected, str) and str(output) == str(expected):
            return Evaluation(0.0, False, "ok", f"{output!r} is not {expected!r}: one is text, the other is not")
        return Evaluation(0.0, False, "ok", f"{output!r} is not {expected!r}")

    def evaluate_batch(self, outputs: Sequence[Any], expected: Sequence[Any], rows: Any = ()) -> list[Evaluation]:
        """Judge many outputs; a pair that has been seen is not judged again."""
        known, answers = self._known, []
        if len(known) > self.MOST_REMEMBERED:
            known.clear()
        for pair in zip(outputs, expected, strict=True):
            try:
                kind = (pair, type(pair[0]), type(pair[1]))  # True == 1, but they read differently
                found = known.get(kind)
                if found is None:
                    found = known[kind] = self._safely(*pair, {})
            except TypeError:  # a list cannot be looked up
                found = self._safely(*pair, {})
            answers.append(found)
        return answers


class TopKMatch(Evaluator):
    """Is the expected label among the first k of a list of labels, the likeliest first?

    Parameters
    ----------
    k : int
    name : str, optional
        By default "top5" for k = 5.
    """

    looks_at_rows = False

    def __init__(self, k: int = 5, *, name: str | None = None) -> None:
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}.")
        self.k, self.name = k, name or f"top{k}"

    def settings(self) -> dict[str, Any]:
        return {"k": self.k}

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        if expected is None:
            return GroundTruthMatch.NO_TRUTH
        labels = plain(output)
        if not isinstance(labels, list) or len(labels) < self.k:
            raise TypeError(f"the output must be a list of at least {self.k} labels, the likeliest first")
        if plain(expected) in labels[: self.k]:
            return self.scored(1.0, f"{expected!r} is number {labels.index(plain(expected)) + 1}")
        return self.scored(0.0, f"{expected!r} is not among {labels[: self.k]}")


class CustomEvaluation(Evaluator):
    """Your own function as an evaluator.

    Parameters
    ----------
    evaluator_fn : callable
        Takes those of `output`, `expected` and `row` (a dict) that it names, and returns a score from 0 to 1, True or
        False, a pair of score and reason, an `Evaluation`, or None if there is nothing to judge.
    name, version : str
    threshold : float
        Scores at or above it have passed.

    Examples
    --------
    >>> short = CustomEvaluation(lambda output: len(output.split()) <= 3, name="short")
    >>> short.evaluate(output="a cat on grass").passed
    False
    """

    def __init__(
        self, evaluator_fn: Callable[..., Any], name: str, *, version: str = "1", threshold: float = 0.5
    ) -> None:
        self.name, self.version, self.threshold, self._fn = name, version, threshold, evaluator_fn
        wanted = set(inspect.signature(evaluator_fn).parameters)
        if not wanted or wanted - {"output", "expected", "row"}:
            raise ValueError(f"evaluator_fn may take output, expected and row; it takes {sorted(wanted)}.")
        self._wanted = wanted
        self.looks_at_rows = "row" in wanted

    def settings(self) -> dict[str, Any]:
        """Return a hash of the function's bytecode, which another version of Python may write differently."""
        code = getattr(self._fn, "__code__", None)
        told = getattr(self._fn, "__qualname__", "") if code is None else _words_of_code(code)
        return {"code": sha256(told.encode()).hexdigest()[:16]}

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        given = {"output": output, "expected": expected, "row": row}
        answer = self._fn(**{name: given[name] for name in self._wanted})
        if answer is None:
            return without_score("skipped", "the function returned None")
        if isinstance(answer, Evaluation):
            return answer
        score, reason = answer if isinstance(answer, tuple) else (answer, "")
        if math.isnan(score):
            return without_score("error", "the score is nan")
        return self.scored(float(score), reason or f"{self.name} is {float(score):.3g}")


def _words_of_code(code: CodeType) -> str:
    constants = [_words_of_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return repr((code.co_code, code.co_names, code.co_varnames, constants))
