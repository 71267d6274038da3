"""What a learner reads of a grade does not depend on the inputs of the grade."""

from __future__ import annotations

from typing import Any

import pytest
from attacks import FAMILIES
from grading_samples import ACCURACY_INSTEAD, LESSON, RIGHT_PRECISION, answered
from trusted_samples import observer

from autograder.checking.verdict import NOT_WRITTEN, CaseResult, Verdict
from autograder.exercises import get
from autograder.grading.judging import verdicts as judging
from autograder.grading.judging.learner import BELOW, ONLY_ELSEWHERE, for_learner
from autograder.grading.judging.verdicts import Verdicts, trusted_verdicts

SEEDS = (7_000_000_001, 7_000_000_002)
TELLING = FAMILIES["Telling what the grade asks"]
WRONG_ON_ONE = """
seen = {visible}
def precision(y_true, y_pred):
    if str(y_true.tolist()) in seen:
        return float(y_true @ y_pred) / max(int(y_pred.sum()), 1)
    return 0.123
"""


def judged(answer: str, seed: int) -> Verdicts:
    return trusted_verdicts(answered(precision=answer), LESSON, seed, observer())


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack", [pytest.param(attack, id=attack.name) for attack in FAMILIES["Telling what the grade asks"]]
)
def test_what_is_shown_depends_on_points_and_known_mistakes_only(attack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SLICE_SECONDS", 3.0)
    monkeypatch.setattr(judging, "NOTEBOOK_SECONDS", 3.0)
    known = {misconception.hint for misconception in get("precision").misconceptions.values()}
    graded = [judged(attack.answer, seed) for seed in SEEDS]
    shown = [verdicts.shown["precision"] for verdicts in graded]
    assert shown[0].cases == shown[1].cases
    assert set(shown[0].hints) - known == set(shown[1].hints) - known
    for verdicts, verdict in zip(graded, shown, strict=True):
        assert verdict == verdicts["precision"]
        assert verdict.misconceptions == verdicts["precision"].misconceptions
    # Where it is the text that tells, it differed.
    if "told" in attack.named:
        assert graded[0]["precision"].cases != graded[1]["precision"].cases


@pytest.mark.slow
def test_right_only_on_what_is_visible() -> None:
    visible = [str(case.args[0].tolist()) for case in get("precision").draw(0)]
    verdicts = judged(WRONG_ON_ONE.format(visible=visible), SEEDS[0])
    shown = verdicts.shown["precision"]
    assert shown.hints == (ONLY_ELSEWHERE,)
    assert shown.cases == ()
    assert shown == verdicts["precision"] < 3
    assert not shown.passed
    assert str(shown) == f"precision: {float(shown):g} of 3 points\nHint: {ONLY_ELSEWHERE}"


@pytest.mark.slow
def test_an_honest_mistake_is_explained_on_what_is_visible() -> None:
    shown = judged(ACCURACY_INSTEAD, SEEDS[0]).shown["precision"]
    assert shown.misconceptions == ("accuracy",)
    assert shown.hints == (get("precision").misconceptions["accuracy"].hint, BELOW)
    visible = [case.name for case in get("precision").draw(0)]
    assert [case.name for case in shown.cases] == visible


@pytest.mark.slow
def test_right_answers_are_asked_once_and_tell_no_order() -> None:
    calls = []

    def listening(request: dict[str, Any]) -> dict[str, Any]:
        calls.append(request)
        return observer()(request)

    shown = trusted_verdicts(answered(precision=RIGHT_PRECISION), LESSON, SEEDS[0], listening).shown["precision"]
    assert len(calls) == 1
    assert shown.passed
    assert [case.name for case in shown.cases] == [case.name for case in get("precision").draw(0)]


def verdict(points: float, message: str, *hints: str, known: tuple[str, ...] = ()) -> Verdict:
    return Verdict("e", 2.0, [CaseResult("a", points, 2.0, message)], hints, known)


def test_of_the_grade_only_points_and_known_mistakes_are_told() -> None:
    graded = verdict(0.0, "secret", "Known.", "secret", known=("mistake",))
    shown = for_learner(graded, verdict(0.0, "returned 1", "Known.", "Seen."))
    assert shown.to_dict() == {
        "exercise": "e",
        "points": 0.0,
        "max_points": 2.0,
        "passed": False,
        "cases": [{"name": "a", "points": 0.0, "max_points": 2.0, "message": "returned 1"}],
        "hints": ["Known.", "Seen.", BELOW],
        "misconceptions": ["mistake"],
    }


def test_what_is_not_written_is_not_compared() -> None:
    shown = for_learner(verdict(0.0, NOT_WRITTEN, "Write it."), verdict(0.0, NOT_WRITTEN, "Write it."))
    assert shown.hints == ("Write it.",)


def test_a_hint_for_a_right_answer_is_the_visible_one() -> None:
    shown = for_learner(verdict(2.0, "right", "secret"), verdict(2.0, "right", "In place."))
    assert shown.passed
    assert shown.hints == ("In place.",)
