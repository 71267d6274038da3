"""Judge: compare what a submission did with what the oracle did, and say what to do about it.

This half never runs a learner's code. It reads plain data only, and needs the standard library only: a static web
page that holds a recorded answer key can judge with nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checking.compare import is_number, kind, pairs, same_outcome, wrong_parts
from autograder.checking.hints import hint_for, is_unwritten
from autograder.checking.observe import Observation
from autograder.checking.shown import asked_for, call_of, show
from autograder.checking.verdict import NOT_WRITTEN, CaseResult, Verdict

_SHOWN_PARTS = 3


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
        hints.append(hint_for(key, observations, right, constant))
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
    expected = [case["expected"] for case in key["cases"]]
    wrong = [
        i for i, seen in enumerate(observations) if seen["status"] != "not-run" and not _same(expected[i], seen, key)
    ]
    # The wrong ones first: they tell most misconceptions apart, and those behind are then not worked out.
    cases = [*wrong, *(i for i in range(len(observations)) if i not in wrong)]
    outcomes = {name: recorded["outcomes"] for name, recorded in wrong_answers.items()}
    full = [name for name, of in outcomes.items() if all(_same(of[i], observations[i], key) for i in cases)]
    if full:
        return full
    explained = {name: _explained(of, observations, wrong, key) for name, of in outcomes.items()}
    most = max(explained.values(), default=0)
    best = [name for name, count in explained.items() if count == most > 0]
    # Two that explain equally much explain nothing: a wrong hint is worse than none.
    return best if len(best) == 1 else []


def _explained(
    outcomes: Sequence[Observation], observations: Sequence[Observation], wrong: Sequence[int], key: Mapping[str, Any]
) -> int:
    """How many of the wrong cases a misconception explains; 0 if fewer than half, as soon as that is certain."""
    found, open_yet = 0, len(wrong)
    for i in wrong:
        found += _same(outcomes[i], observations[i], key)
        open_yet -= 1
        if 2 * (found + open_yet) < len(wrong):
            return 0
    return found


def _same(one: Observation, other: Observation, key: Mapping[str, Any]) -> bool:
    return same_outcome(one, other, key["tolerance"])


def _is_constant(key: Mapping[str, Any], observations: Sequence[Observation]) -> bool:
    """Whether the submission gives one answer to all of several questions that have several answers."""
    if len(observations) < 3 or any(seen["status"] != "returned" for seen in observations):
        return False
    answers = [answer for seen in observations for answer in _answers(seen)]
    expected = [answer for case in key["cases"] for answer in _answers(case["expected"])]
    return all(_same(answers[0], answer, key) for answer in answers) and not all(
        _same(expected[0], answer, key) for answer in expected
    )


def _answers(outcome: Observation) -> list[Observation]:
    """What was answered: one value, or, where a probe asked several questions, each by its name."""
    named = pairs(outcome["value"]) if outcome["status"] == "returned" else None
    return [{"status": "returned", "value": value} for _, value in named] if named else [outcome]


def _message(key: Mapping[str, Any], case: Mapping[str, Any], seen: Observation) -> str:
    if is_unwritten(seen):
        return NOT_WRITTEN
    call = call_of(key, case)
    status = seen["status"]
    if status == "returned":
        what = f"returned {show(seen['value'])}, which is not right"
        expected = case["expected"].get("value")
        if kind(seen["value"]) != kind(expected) and not (is_number(seen["value"]) and is_number(expected)):
            what = f"returned {kind(seen['value'])} where {asked_for(kind(expected))}: {show(seen['value'])}"
        elif "call" in case and (parts := wrong_parts(expected, seen["value"], key["tolerance"])):
            # What a probe measured. Its wrong parts say more than all of them.
            shown = "; ".join(f"{name}: {show(value)}" for name, value in parts[:_SHOWN_PARTS])
            what = f"gave {shown}{'; …' if len(parts) > _SHOWN_PARTS else ''}, which is not right"
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
