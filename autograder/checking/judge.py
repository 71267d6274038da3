"""Judge: compare what a submission did with what the oracle did, and say what to do about it.

This half never runs a learner's code. It reads plain data only, and needs the standard library only: a static web
page that holds a recorded answer key can judge with nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checking.compare import as_number, is_number, items, kind, same_outcome, shape
from autograder.checking.observe import Observation
from autograder.checking.plain import Plain
from autograder.checking.verdict import CaseResult, Verdict

_SHOWN_VALUES = 12


def judge(
    key: Mapping[str, Any], observations: Sequence[Observation], wrong_answers: Mapping[str, Any] | None = None
) -> Verdict:
    """Award points case by case, and recognise misconceptions.

    Parameters
    ----------
    key : mapping
        An answer key, from `Exercise.answer_key`.
    observations : sequence of dict
        What the submission did on the key's cases, from `observe`.
    wrong_answers : mapping, optional
        What each misconception does on them, from `Exercise.wrong_answers`.

    Returns
    -------
    Verdict
        No message in it states an expected value.
    """
    cases = key["cases"]
    if len(observations) != len(cases):
        raise ValueError(f"{len(cases)} cases but {len(observations)} observations")
    right = [
        same_outcome(case["expected"], seen, key["tolerance"]) for case, seen in zip(cases, observations, strict=True)
    ]
    constant = _is_constant(key, observations)
    results = [
        CaseResult(
            name=case["name"],
            points=case["points"] if ok and not constant else 0.0,
            max_points=case["points"],
            message="right" if ok else _message(key, case, seen),
        )
        for case, seen, ok in zip(cases, observations, right, strict=True)
    ]
    recognised = [] if all(right) else recognise(key, observations, wrong_answers or {})
    hints = [str((wrong_answers or {})[name]["hint"]) for name in recognised]
    if not hints and not all(right):
        hints += _general_hints(key, observations, right, constant)
    if any(seen.get("changed") for seen in observations):
        hints.append(_changed_hint(key, observations))
    return Verdict(key["exercise"], key["points"], results, hints, recognised)


def recognise(
    key: Mapping[str, Any], observations: Sequence[Observation], wrong_answers: Mapping[str, Any]
) -> list[str]:
    """The misconceptions that explain a submission.

    First choice: those that answer every case as the submission does. Otherwise the one that explains most of the
    wrong cases, if it explains at least half of them: a learner can make two mistakes at once.
    """
    tolerance = key["tolerance"]
    expected = [case["expected"] for case in key["cases"]]
    wrong = [
        i for i, seen in enumerate(observations) if seen["status"] != "not-run" and not _same(expected[i], seen, key)
    ]
    full, partial = [], []
    for name, recorded in wrong_answers.items():
        outcomes = recorded["outcomes"]
        if all(same_outcome(o, seen, tolerance) for o, seen in zip(outcomes, observations, strict=True)):
            full.append(name)
        explained = sum(_same(outcomes[i], observations[i], key) for i in wrong)
        if explained and 2 * explained >= len(wrong):
            partial.append((explained, name))
    if full:
        return full
    most = max((explained for explained, _ in partial), default=0)
    best = [name for explained, name in partial if explained == most]
    # Two that explain equally much explain nothing: a wrong hint is worse than none.
    return best if len(best) == 1 else []


def _same(one: Observation, other: Observation, key: Mapping[str, Any]) -> bool:
    return same_outcome(one, other, key["tolerance"])


def _is_constant(key: Mapping[str, Any], observations: Sequence[Observation]) -> bool:
    """Whether the submission gives one answer to all of several questions that have several answers."""
    if len(observations) < 3 or any(seen["status"] != "returned" for seen in observations):
        return False
    expected = [case["expected"] for case in key["cases"]]
    return all(_same(observations[0], seen, key) for seen in observations) and not all(
        _same(expected[0], outcome, key) for outcome in expected
    )


def _message(key: Mapping[str, Any], case: Mapping[str, Any], seen: Observation) -> str:
    call = show_call(key["function"], key["arguments"], case["args"])
    status = seen["status"]
    if status == "returned":
        what = f"returned {show(seen['value'])}, which is not right"
        expected = case["expected"].get("value")
        if kind(seen["value"]) != kind(expected) and not (is_number(seen["value"]) and is_number(expected)):
            what = f"returned {kind(seen['value'])} where {kind(expected)} was asked for: {show(seen['value'])}"
        if seen.get("warning"):
            what += f" (Python warned: {seen['warning']})"
    elif status == "raised":
        error = seen["error"]
        where = f" in line {error['line']} of your cell" if error.get("line") else ""
        what = f"stopped with {error['type']}{where}" + (f": {error['message']}" if error["message"] else "")
    elif status == "timeout":
        what = f"took longer than {key['seconds']:g} seconds and was stopped"
    elif status == "not-run":
        return "not run, because the cases before it used up the time"
    else:
        what = f"returned {seen['what']}, which cannot be graded"
    return f"{call} {what}."


def show_call(function: str, names: Sequence[str], args: Sequence[Plain]) -> str:
    """The call as a learner would type it, long arrays shortened."""
    return f"{function}({', '.join(f'{n}={show(a)}' for n, a in zip(names, args, strict=False))})"


def show(plain: Plain) -> str:
    """A plain value as short text.

    Examples
    --------
    >>> show({"array": list(range(100)), "dtype": "int64"})
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 100 in all]'
    """
    if is_number(plain):
        return f"{as_number(plain):.6g}" if isinstance(as_number(plain), float) else str(plain)[:60]
    inner = items(plain)
    if inner is not None:
        parts = [show(item) for item in inner[:_SHOWN_VALUES]]
        if len(inner) > _SHOWN_VALUES:
            parts.append(f"… {len(inner)} in all")
        brackets = "()" if isinstance(plain, dict) and "tuple" in plain else "[]"
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"
    if isinstance(plain, dict) and "dict" in plain:
        shown = [f"{show(k)}: {show(v)}" for k, v in plain["dict"][:_SHOWN_VALUES]]
        return "{" + ", ".join(shown) + (", …" if len(plain["dict"]) > _SHOWN_VALUES else "") + "}"
    return repr(plain)[:120]


def _general_hints(
    key: Mapping[str, Any], observations: Sequence[Observation], right: Sequence[bool], constant: bool
) -> list[str]:
    """Hints for slips that are the same in every exercise. The first that fits is enough."""
    function, arguments = key["function"], ", ".join(key["arguments"])
    for case, seen, ok in zip(key["cases"], observations, right, strict=True):
        if ok or seen["status"] == "not-run":
            continue
        if seen["status"] == "raised":
            return [_raised_hint(seen["error"], function, arguments)]
        if seen["status"] == "timeout":
            return ["Your function did not come to an end. Look for a loop whose condition never becomes false."]
        if seen["status"] == "not-plain":
            return ["Return plain values: numbers, lists, tuples, dicts or NumPy arrays."]
        value, expected = seen["value"], case["expected"].get("value")
        if value is None:
            if seen.get("printed"):
                return ["Your function prints its answer. Return it instead: a caller cannot use what is only printed."]
            return ["Your function returned None. Is a return missing, or indented so that it is never reached?"]
        if isinstance(value, bool) and is_number(expected):
            return ["You returned True or False where a number is asked for."]
        if shape(value) != shape(expected):
            return [f"The answer has another form: the text of the exercise says what {function} returns. "
                    f"You returned {kind(value)}; {kind(expected)} was asked for."]  # fmt: skip
        if is_number(value) and is_number(expected) and as_number(value) != as_number(value):
            return ["NaN usually comes from 0/0. Decide what your function returns when a denominator is zero."]
    if constant:
        return ["Your function gives the same answer whatever its input. Compute the answer from the arguments."]
    passed, failed = sum(right), len(right) - sum(right)
    if passed and failed:
        names = ", ".join(f"“{c['name']}”" for c, ok in zip(key["cases"], right, strict=True) if not ok)
        return [f"{passed} cases are right already. Work through {names} by hand: what is special about it?"]
    return ["Take the first case above, work it out by hand with pencil and paper, and compare step by step."]


def _raised_hint(error: Mapping[str, Any], function: str, arguments: str) -> str:
    name, message = error["type"], error["message"]
    if name == "NotImplementedError":
        return "You have not written this function yet: replace the line that raises NotImplementedError."
    if name == "ZeroDivisionError":
        return "You divided by zero. Check the denominator first, and return what the exercise asks for in that case."
    if name == "TypeError" and "argument" in message and function in message:
        return f"Your function must accept these arguments, in this order: ({arguments})."
    if name == "NameError":
        return f"{message}. Is it spelled differently above, or defined in a cell that you have not run?"
    if name == "ValueError" and "truth value of an array" in message:
        return "An `if` or `and` was given a whole array. Compare single elements, or use & and | on arrays."
    if name == "SystemExit":
        return "Your function called exit(). Return the answer instead; leaving Python ends the whole notebook."
    if name == "RecursionError":
        return "Your function calls itself without end. It needs a case in which it returns without calling itself."
    if name == "IndexError":
        return "An index ran past the end of a list or an array. Positions run from 0 to length minus 1."
    return f"Read the error from its last line: {name} says what went wrong, and the line number says where."


def _changed_hint(key: Mapping[str, Any], observations: Sequence[Observation]) -> str:
    positions = sorted({position for seen in observations for position in seen.get("changed", [])})
    names = " and ".join(key["arguments"][p] for p in positions if p < len(key["arguments"]))
    return (
        f"Your function changes its argument {names} in place. "
        "Whoever calls it finds their data altered: work on a copy."
    )


def verdict_for_error(key: Mapping[str, Any], message: str, hint: str) -> Verdict:
    """A verdict of zero points for a submission that could not be run at all."""
    results = [CaseResult(case["name"], 0.0, case["points"], message) for case in key["cases"]]
    return Verdict(key["exercise"], key["points"], results, [hint])
