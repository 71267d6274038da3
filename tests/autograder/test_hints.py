"""General hints are honest: they say what can be seen in an answer, and claim nothing that was only guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import check
from autograder.checking.errors_explained import explained
from autograder.checking.judge import judge
from autograder.checking.patterns import pattern_hint
from autograder.checking.plain import to_plain
from autograder.exercises import get, ids


def hint_on(exercise_id: str, answer: Callable[..., Any]) -> str:
    """The first hint for an answer in which no misconception is looked for."""
    exercise = get(exercise_id)
    key = exercise.answer_key(0)
    observations = exercise.observe(answer, [case["args"] for case in key["cases"]])
    verdict = judge(key, observations)
    assert verdict < verdict.max_points
    return verdict.hints[0]


def unwritten(*_: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("exercise_id", [i for i in ids() if not get(i).probe] + ["saliency", "kfold_indices"])
def test_an_unwritten_exercise_prints_one_line(exercise_id: str) -> None:
    verdict = check(exercise_id, unwritten)
    assert str(verdict) == (
        f"{exercise_id}: 0 of {verdict.max_points:g} points. You have not written this function yet: replace the line "
        "that raises NotImplementedError."
    )
    page = verdict._repr_html_()
    assert "<li" not in page
    assert page.count("<p>") == 1
    assert "not written this function yet" in page
    assert {case.message for case in verdict.cases} == {"not written yet"}


def test_one_wrong_case_is_open_and_the_others_are_folded() -> None:
    verdict = check("precision", lambda y_true, y_pred: 0.123)
    wrong = [case.message for case in verdict.cases if not case.passed]
    page = verdict._repr_html_()
    assert len(wrong) > 2
    assert page.count("<details>") == len(wrong) - 1
    assert page.index("0.123") < page.index("<details>")  # what was asked, and what came back
    assert all(case.name in page for case in verdict.cases)
    assert "<details>" not in str(verdict)
    assert (
        "<details>"
        not in check("precision", lambda *both: (both[0] * both[1]).sum() / max(1, both[1].sum()))._repr_html_()
    )


def test_the_same_message_in_all_cases_is_printed_once() -> None:
    text = str(check("precision", 0.5))
    assert text.count("is not a function but a value of type float") == 1
    assert f"all {len(get('precision').draw(0))} cases" in text


@pytest.mark.slow
def test_a_missing_forward_is_not_an_unwritten_function() -> None:
    from torch import nn

    class Block(nn.Module):
        def __init__(self, *_: Any) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

            def forward(x: Any) -> Any:
                return x

    hint = hint_on("ResidualBlock", Block)
    assert "no method forward" in hint
    assert "not written" not in hint


@pytest.mark.slow
def test_init_without_super_is_told_so() -> None:
    from torch import nn

    class Block(nn.Module):
        def __init__(self, *_: Any) -> None:
            self.conv = nn.Conv2d(1, 1, 3)

    assert "super().__init__()" in hint_on("ResidualBlock", Block)


def test_missing_parentheses_are_told_beside_and_and_if() -> None:
    hint = hint_on("precision", lambda y_true, y_pred: np.sum(y_true == 1 & y_pred == 1))
    assert "(a == 1) & (b == 1)" in hint
    assert "`if`, `and` or `or`" in hint


@pytest.mark.parametrize(
    ("error", "said", "not_said"),
    [
        ("name 'np' is not defined", "import numpy as np", "spell"),
        ("name 'F' is not defined", "import torch.nn.functional as F", "spell"),
        ("name 'helper' is not defined", "a cell above that has not run or has stopped with an error", "Is it"),
        ("name 'conv1' is not defined", "self.conv1", "Is it"),
    ],
)
def test_an_unknown_name_may_be_a_missing_import_or_a_cell_that_failed(error: str, said: str, not_said: str) -> None:
    hint = explained({"type": "NameError", "message": error}, "f", "x") or ""
    assert said in hint
    assert not_said not in hint


def test_a_slow_answer_is_not_told_to_look_for_a_loop() -> None:
    key = get("accuracy").answer_key(0)
    hint = judge(key, [{"status": "timeout"}] * len(key["cases"])).hints[0]
    assert "Look for a loop" not in hint
    assert "more steps than it needs" in hint


def test_pencil_and_paper_only_where_the_input_is_shown_whole() -> None:
    # 27 samples are cut in the message; seven logits are not.
    assert "by hand" not in hint_on("accuracy", lambda y_true, y_pred: 0.1 * len(set(y_pred)) + 0.01 * len(y_true))
    assert "by hand" in hint_on("caught", lambda recall, positives: recall + positives)


@pytest.mark.slow
def test_nobody_is_sent_to_do_a_convolution_by_hand() -> None:
    from torch import nn

    class Block(nn.Module):
        def __init__(self, c_in: int, c_out: int, stride: int = 1) -> None:
            super().__init__()
            self.conv = nn.Conv2d(c_in, c_out, 5, stride, 2)

        def forward(self, x: Any) -> Any:
            return self.conv(x)

    verdict = check("ResidualBlock", Block)
    assert not any("by hand" in hint for hint in verdict.hints)
    # Tensors by their shapes, and the call as it is.
    assert "given a tensor of shape (2, " in verdict.cases[0].message


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", [i for i in ids() if get(i).probe and i not in ("diagnose", "kfold_indices")])
def test_networks_and_tensors_are_named_in_the_message(exercise_id: str) -> None:
    verdict = check(exercise_id, lambda *_: 0.5)
    for case in verdict.cases:
        if not case.passed:
            assert "{'" not in case.message.partition("returned")[0], case.message
            assert len(case.message) < 500


@pytest.mark.parametrize(
    ("exercise_id", "answer", "said"),
    [
        ("threshold_labels", lambda s, t: ["yes" if x >= t else "no" for x in s], "text where a number"),
        ("accuracy", lambda t, p: f"{np.mean(t == p):.2%}", "text where a number"),
        ("mse", lambda t, p: np.mean((t - p) ^ 2), "two stars"),
        ("diagnose", lambda t, v: get("diagnose").reference(t, v).capitalize(), "capitals"),
        ("diagnose", lambda t, v: "overfit" if v[-1] > v[0] else "fine", "none of the answers that the exercise names"),
        ("precision", lambda t, p: (yield), "Make a list of it"),
        ("accuracy", lambda t, p: round(float(np.mean(t == p)), 3), "rounded"),
        ("mae", lambda t, p: 2 * float(np.mean(np.abs(t - p))), "twice"),
        ("find_leaks", lambda a, b: list(get("find_leaks").reference(a, b))[::-1], "in another order"),
        ("class_weights", lambda y: {str(k): v for k, v in get("class_weights").reference(y).items()}, "two keys"),
        ("precision_recall_at", lambda *a: get("precision_recall_at").reference(*a).T, "rows and columns"),
        ("precision_recall_at", lambda *a: get("precision_recall_at").reference(*a)[None], "an axis of length 1"),
    ],
)  # fmt: skip
def test_what_can_be_seen_of_a_slip_is_said(exercise_id: str, answer: Callable[..., Any], said: str) -> None:
    assert said in hint_on(exercise_id, answer)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([(0.25, 25), (0.5, 50)], "percentage"),
        ([(0.25, -0.25)], "wrong sign"),
        ([(0.2, 0.8), (0.7, 0.3)], "add up to 1"),
        ([(0.2, 5.0), (0.5, 2.0)], "on its head"),
        ([(3, 4), (7, 8)], "one too large"),
        ([(3, 2), (7, 6)], "one too small"),
        ([(0.123456, 0.123)], "rounded"),
        ([(0.3333, 0.3)], None),
        ([(0.0, 1.0)], None),  # the others, one too large, rounded up: no reason to say any of it
        ([(1, 2)], None),
        ([(0.5, 0.25)], None),
        ([(0.2, 0.8), (0.7, 0.4)], None),
        ([(1.5, float("inf"))], "infinite"),
        ([(1.5, float("nan"))], "0/0"),
        ([([1, 2, 3], [3, 2, 1])], "another order"),
        ([(0.3, 3.0), (0.7, 7.0)], "did not divide"),
        ([(0.3, "0.3")], None),
    ],
)
def test_a_relation_is_named_where_it_holds_everywhere_and_not_by_chance(answers: Any, said: str | None) -> None:
    hint = pattern_hint([(to_plain(expected), to_plain(got)) for expected, got in answers], [10] * len(answers))
    assert hint is None if said is None else said in (hint or "")
