"""Points, recognised misconceptions and hints, from plain data alone: no answer runs here."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checking.judge import judge, recognise, verdict_for_error
from autograder.checking.plain import Plain
from autograder.checking.shown import show, show_call

NOT_RUN, TIMEOUT = {"status": "not-run"}, {"status": "timeout"}


def returned(value: Plain, **more: Any) -> dict[str, Any]:
    return {"status": "returned", "value": value, **more}


def raised(name: str, message: str = "", line: int | None = None) -> dict[str, Any]:
    return {"status": "raised", "error": {"type": name, "message": message, "line": line}}


def all_returned(*values: Plain) -> list[dict[str, Any]]:
    return [returned(value) for value in values]


def key_of(*expected: Plain, points: float = 1.0) -> dict[str, Any]:
    cases = [
        {"name": f"case {i}", "points": points, "args": [i, [i]], "expected": returned(value)}
        for i, value in enumerate(expected, start=1)
    ]
    return {
        "exercise": "half",
        "function": "half",
        "arguments": ["x", "y"],
        "points": points * len(cases),
        "tolerance": 1e-6,
        "seconds": 2.0,
        "cases": cases,
    }


def wrong(**values: list[Plain]) -> dict[str, Any]:
    return {name: {"hint": f"Hint {name}.", "outcomes": all_returned(*answers)} for name, answers in values.items()}


def test_points_are_earned_case_by_case() -> None:
    verdict = judge(key_of(1, 2, 3, points=0.5), all_returned(1, 0, 3))
    assert verdict == 1.0
    assert verdict.max_points == 1.5
    assert [case.points for case in verdict.cases] == [0.5, 0.0, 0.5]
    assert [case.max_points for case in verdict.cases] == [0.5, 0.5, 0.5]
    assert [case.passed for case in verdict.cases] == [True, False, True]
    assert [case.message == "right" for case in verdict.cases] == [True, False, True]
    assert not verdict.passed


def test_the_tolerance_is_the_exercises() -> None:
    key = key_of(1.0, 2.0) | {"tolerance": 0.25}
    assert judge(key, all_returned(1.25, 1.5)) == 2.0
    assert judge(key, all_returned(1.4, 1.5)) == 1.0


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_observations_than_of_cases_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match=f"2 cases but {count} observations"):
        judge(key_of(1, 2), [returned(1)] * count)


# recognise: first choice, those that answer every case as the submission does.


def test_a_misconception_that_gives_the_same_answers_is_recognised() -> None:
    known = wrong(first=[1, 9, 9], second=[1, 9, 8])
    assert recognise(key_of(1, 2, 3), all_returned(1, 9, 8), known) == ["second"]
    verdict = judge(key_of(1, 2, 3), all_returned(1, 9, 8), known)
    assert verdict.misconceptions == ("second",)
    assert verdict.hints == ("Hint second.",)


def test_all_that_give_the_same_answers_are_named() -> None:
    known = wrong(first=[9, 9], second=[9, 8], third=[9, 9])
    assert recognise(key_of(1, 2), all_returned(9, 9), known) == ["first", "third"]


def test_one_that_explains_everything_wins_over_one_that_explains_as_much_of_what_is_wrong() -> None:
    known = wrong(also_spoils_the_first=[7, 9, 9], exactly=[1, 9, 9])
    assert recognise(key_of(1, 2, 3), all_returned(1, 9, 9), known) == ["exactly"]


# Second choice: the one that explains most of the wrong cases, if it explains at least half of them.


@pytest.mark.parametrize(
    ("answers", "recognised"),
    [
        ([9, 9, 9, 6], ["known"]),  # three of four
        ([9, 9, 6, 6], ["known"]),  # half is enough
        ([9, 6, 6, 6], []),
        ([6, 6, 6, 6], []),
        ([9, 6, 3, 4], ["known"]),  # one of two: what is right need not be explained
        ([9, 6, 6, 4], []),  # one of three
        ([9, 6, 6, NOT_RUN], []),
        ([9, 6, NOT_RUN, NOT_RUN], ["known"]),  # what did not run is not wrong
        ([9, TIMEOUT, 3, 4], ["known"]),  # what did not come to an end is
        ([9, TIMEOUT, TIMEOUT, 4], []),
    ],
)
def test_at_least_half_of_the_wrong_cases_must_be_explained(answers: list[Any], recognised: list[str]) -> None:
    seen = [answer if isinstance(answer, dict) else returned(answer) for answer in answers]
    assert recognise(key_of(1, 2, 3, 4), seen, wrong(known=[9, 9, 9, 9])) == recognised


def test_the_one_that_explains_most_is_named_and_of_two_that_explain_equally_much_none() -> None:
    seen = all_returned(9, 9, 8, 7)
    two, one = [9, 9, 0, 0], [0, 0, 8, 7]
    three = [9, 9, 8, 0]
    assert recognise(key_of(1, 2, 3, 4), seen, wrong(two=two, three=three)) == ["three"]
    assert recognise(key_of(1, 2, 3, 4), seen, wrong(two=two, other=one)) == []
    assert recognise(key_of(1, 2, 3, 4), seen, wrong(two=two, other=one, three=three)) == ["three"]


def test_where_nothing_is_wrong_nothing_is_explained() -> None:
    # Right as far as it ran: no misconception is the reason that the rest did not run.
    assert recognise(key_of(1, 2), [returned(1), NOT_RUN], wrong(known=[1, 9])) == []
    assert recognise(key_of(1, 2), all_returned(9, 9), {}) == []


class Noted(list[Any]):
    """Outcomes that write down for which cases they are asked."""

    def __init__(self, outcomes: list[Any]) -> None:
        super().__init__(outcomes)
        self.asked: set[int] = set()

    def __getitem__(self, place: Any) -> Any:
        self.asked.add(place)
        return super().__getitem__(place)


@pytest.mark.parametrize(
    ("answers", "outcomes", "places"),
    [
        ([1, 9, 3, 4], [1, 8, 3, 4], {1}),  # the wrong case comes first, and is not this misconception's
        ([9, 9, 9, 9], [1, 2, 3, 4], {0, 1, 2}),  # with the third, half of the wrong ones are out of reach
        ([1, 9, 3, 4], [1, 9, 3, 4], {0, 1, 2, 3}),
    ],
)
def test_a_misconception_is_asked_no_more_than_it_takes(
    answers: list[int], outcomes: list[int], places: set[int]
) -> None:
    known = Noted(all_returned(*outcomes))
    recognise(key_of(1, 2, 3, 4), all_returned(*answers), {"known": {"hint": "", "outcomes": known}})
    assert known.asked == places


def test_a_right_answer_is_no_misconception_even_if_one_gives_it_too() -> None:
    verdict = judge(key_of(1, 2), all_returned(1, 2), wrong(by_chance=[1, 2]))
    assert verdict.passed
    assert verdict.misconceptions == ()
    assert verdict.hints == ()


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6), st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_what_recognise_promises(answers: list[int], known: list[int]) -> None:
    """Against the definition in words: all cases explained, or at least half of the wrong ones and not none."""
    known = known[: len(answers)]
    mistakes = [i for i, answer in enumerate(answers) if answer != 0]
    explained = [i for i in mistakes if answers[i] == known[i]]
    promised = answers == known or (len(explained) > 0 and len(explained) / len(mistakes) >= 0.5)
    found = recognise(key_of(*[0] * len(answers)), all_returned(*answers), wrong(known=list(known)))
    assert found == (["known"] if promised else [])


# One answer to every question.


def test_a_constant_earns_nothing_from_three_cases_on() -> None:
    verdict = judge(key_of(1, 2, 3), all_returned(1, 1, 1))
    assert verdict == 0
    assert "whatever its input" in verdict.hints[0]
    assert judge(key_of(1, 2), all_returned(1, 1)) == 1
    assert judge(key_of(1, 1, 2), all_returned(1, 1, 1)) == 0


def test_one_answer_is_right_where_there_is_only_one() -> None:
    verdict = judge(key_of(1, 1, 1), all_returned(1, 1, 1))
    assert verdict == 3
    assert verdict.passed


def test_answers_that_differ_or_are_missing_are_no_constant() -> None:
    assert judge(key_of(1, 2, 3), all_returned(1, 1, 0)) == 1
    assert judge(key_of(1, 2, 3), [returned(1), returned(1), TIMEOUT]) == 1


# Messages.


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (returned(0.5), "half(x=1, y=[1]) returned 0.5, which is not right."),
        (returned(0.5, warning="divide by zero"), "returned 0.5, which is not right (Python warned: divide by zero)."),
        (returned("a"), "returned text where a number was asked for: 'a'."),
        (returned({"float": "nan"}), "returned nan, which is not right."),
        (returned([1, 2]), "returned 2 values where a number was asked for: [1, 2]."),
        (raised("KeyError", "'x'", 3), "stopped with KeyError in line 3 of your cell: 'x'."),
        (raised("KeyError"), "half(x=1, y=[1]) stopped with KeyError."),
        (TIMEOUT, "took longer than 2 seconds and was stopped."),
        ({"status": "not-plain", "what": "a value of type set"}, "returned a value of type set, which cannot be grad"),
        (NOT_RUN, "not run, because the cases before it used up the time"),
    ],
)
def test_the_message_says_what_was_called_and_what_came_of_it(seen: dict[str, Any], message: str) -> None:
    verdict = judge(key_of(7), [seen])
    assert message in verdict.cases[0].message
    assert "7" not in verdict.cases[0].message
    assert verdict == 0


def test_a_call_reads_as_it_would_be_typed() -> None:
    assert show_call("f", ["x", "y"], [1, "a"]) == "f(x=1, y='a')"
    assert show_call("f", [], []) == "f()"


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        (1, "1"),
        (1 / 3, "0.333333"),
        ({"float": "-inf"}, "-inf"),
        (True, "True"),
        (None, "None"),
        ("a\n", "'a\\n'"),
        ([1, [2]], "[1, [2]]"),
        ({"tuple": [1, 2]}, "(1, 2)"),
        ({"array": [1, 2], "dtype": "int64"}, "[1, 2]"),
        ({"dict": [["a", 1], [2, []]]}, "{'a': 1, 2: []}"),
        (list(range(12)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"),
        (list(range(13)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 13 in all]"),
        ({"dict": [[i, i] for i in range(12)]}, "{" + ", ".join(f"{i}: {i}" for i in range(12)) + "}"),
        ({"dict": [[i, i] for i in range(13)]}, "{" + ", ".join(f"{i}: {i}" for i in range(12)) + ", …}"),
        (10**100, "1" + "0" * 59),
        ("a" * 200, "'" + "a" * 119),
    ],
)
def test_values_are_shown_as_short_text(plain: Plain, text: str) -> None:
    assert show(plain) == text


# Hints for slips that are the same in every exercise.


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        (raised("NotImplementedError"), "You have not written this function yet"),
        (raised("ZeroDivisionError"), "You divided by zero."),
        (raised("TypeError", "half() takes 1 positional argument"), "accept these arguments, in this order: (x, y)"),
        (raised("TypeError", "argument of type 'int' is not iterable"), "Read the error from its last line: TypeErr"),
        (raised("TypeError", "half of it is missing"), "Read the error from its last line: TypeError"),
        (raised("NameError", "name 'n' is not defined"), "name 'n' is not defined. There are three usual reasons"),
        (raised("ValueError", "The truth value of an array is"), "has no parentheses around it"),
        (raised("ValueError", "too many values"), "Read the error from its last line: ValueError"),
        (raised("SystemExit", "0"), "Your function called exit()."),
        (raised("RecursionError"), "Your function calls itself without end."),
        (raised("IndexError"), "An index ran past the end"),
        (raised("BufferError"), "Read the error from its last line: BufferError"),
        (raised("KeyError", "'x'"), "the key 'x', which it does not have"),
        (TIMEOUT, "stopped before it had an answer"),
        ({"status": "not-plain", "what": "a value of type Mine"}, "Return plain values"),
        (returned(None), "Your function returned None."),
        (returned(None, printed=True), "Your function prints its answer."),
        (returned(True), "You returned True or False where a number is asked for."),
        (returned([1, 2]), "has another form"),
        (returned({"float": "nan"}), "NaN usually comes from 0/0."),
        (returned(0.5), "work it out by hand"),
    ],
)
def test_the_hint_fits_the_slip(seen: dict[str, Any], hint: str) -> None:
    (said,) = judge(key_of(7, 8), [seen, NOT_RUN]).hints
    assert hint in said


def test_the_first_wrong_case_decides_the_hint() -> None:
    seen = [returned(7), NOT_RUN, raised("IndexError"), TIMEOUT]
    (hint,) = judge(key_of(7, 8, 9, 10), seen).hints
    assert "An index ran past" in hint


def test_a_partly_right_answer_is_told_which_cases_are_not() -> None:
    (hint,) = judge(key_of(1, 2, 3), all_returned(1, 0, 5)).hints
    assert hint.startswith("1 case is right already. What is special about “case 2”, “case 3”?")
    (hint,) = judge(key_of(1, 2, 3), all_returned(1, 2, 5)).hints
    assert hint.startswith("2 cases are right already. What is special about “case 3”?")


def test_a_truth_value_where_one_is_asked_for_is_no_slip_of_kind() -> None:
    assert "True or False where" not in judge(key_of(False, False), all_returned(True, False)).hints[0]


def test_a_hint_of_a_misconception_replaces_the_general_ones() -> None:
    verdict = judge(key_of(1, 2), [returned(1), raised("IndexError")], {
        "known": {"hint": "Hint known.", "outcomes": [returned(1), raised("IndexError")]}
    })  # fmt: skip
    assert verdict.hints == ("Hint known.",)


def test_changed_arguments_are_mentioned_whatever_else_is_said() -> None:
    spoiled = returned(1, changed=[1])
    assert judge(key_of(1), [spoiled]) == 1
    (hint,) = judge(key_of(1), [spoiled]).hints
    assert hint.startswith("Your function changes its argument y in place.")
    both = judge(key_of(1, 2), [returned(1, changed=[1]), returned(0, changed=[0, 7])]).hints
    assert len(both) == 2
    assert both[1].startswith("Your function changes its argument x and y in place.")


def test_a_submission_that_could_not_run_gets_no_points_and_one_reason() -> None:
    verdict = verdict_for_error(key_of(1, 2), "Your cell stopped with SyntaxError.", "Mend it.")
    assert verdict == 0
    assert verdict.max_points == 2
    assert [(case.name, case.points, case.max_points) for case in verdict.cases] == [("case 1", 0, 1), ("case 2", 0, 1)]
    assert {case.message for case in verdict.cases} == {"Your cell stopped with SyntaxError."}
    assert verdict.hints == ("Mend it.",)
    assert not verdict.passed
