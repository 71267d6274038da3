"""What a function does with its inputs becomes plain data, within its time; no right answer is known here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograder.checking import observe as observe_module
from autograder.checking.observe import MAX_PRINTED_CHARACTERS, observe
from autograder.checking.timelimit import TimeLimit


class Clock:
    """Stands in for the time limit: time passes only when a function says that it works."""

    def __init__(self) -> None:
        self.now = self.began = 1000.0
        self.limits: list[float] = []
        self.ends = float("inf")

    def used(self) -> float:
        return self.now - self.began

    def time_limit(self, seconds: float) -> Clock:
        self.limits.append(seconds)
        self.began, self.ends = self.now, self.now + seconds
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.ends = float("inf")

    def work(self, seconds: float) -> float:
        """Let time pass; past the limit, be stopped as `time_limit` stops."""
        if self.now + seconds > self.ends:
            self.now = self.ends
            raise TimeLimit
        self.now += seconds
        return seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(observe_module, "time_limit", clock.time_limit)
    return clock


def statuses(observations: Sequence[dict[str, Any]]) -> list[str]:
    return [seen["status"] for seen in observations]


def test_all_calls_together_get_three_times_the_limit_of_one(clock: Clock) -> None:
    seen = observe(clock.work, [[2.0]] * 5, seconds=2.0)
    assert statuses(seen) == ["returned"] * 3 + ["not-run"] * 2
    assert clock.now == 1006.0
    assert clock.limits == [2.0, 2.0, 2.0]


def test_the_last_call_gets_what_is_left(clock: Clock) -> None:
    seen = observe(clock.work, [[1.5], [1.5], [1.5], [1.0], [2.0], [0.1]], seconds=2.0)
    assert statuses(seen) == ["returned"] * 4 + ["timeout", "not-run"]
    assert clock.limits == [2.0, 2.0, 2.0, 1.5, 0.5]


def test_a_call_past_its_limit_is_stopped_and_the_next_ones_run(clock: Clock) -> None:
    seen = observe(clock.work, [[5.0], [0.5], [2.5], [1.0]], seconds=2.0)
    assert statuses(seen) == ["timeout", "returned", "timeout", "returned"]


def test_a_call_that_was_stopped_is_tried_once_more(clock: Clock) -> None:
    slow = [5.0]

    def slow_at_first() -> str:
        clock.work(slow.pop() if slow else 0.1)
        return "done"

    assert statuses(observe(slow_at_first, [[], []], seconds=2.0)) == ["returned", "returned"]
    assert clock.now == pytest.approx(1002.2)
    # Once, and only while there is time left for all together.
    assert statuses(observe(clock.work, [[0.1], [5.0]], seconds=2.0)) == ["returned", "timeout"]
    assert clock.now == pytest.approx(1006.3)


def test_a_lazy_answer_is_read_within_the_limit(clock: Clock) -> None:
    # A list can be cheap to make and slow to read: what reading does counts, too.
    clock_at_reading: list[float] = []

    def to_plain(value: Any) -> Any:
        if value == "slow":
            clock_at_reading.append(clock.ends)
        return value

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observe_module, "to_plain", to_plain)
        observe(lambda: "slow", [[]], seconds=2.0)
    assert clock_at_reading == [1002.0]


@pytest.mark.slow
def test_the_real_clock_stops_an_endless_call_and_leaves_the_others_what_they_need() -> None:
    def endless_on_one(number: int) -> int:
        while number == 1:
            pass
        return number

    assert statuses(observe(endless_on_one, [[0], [1], [2]], seconds=1.0)) == ["returned", "timeout", "returned"]


def test_the_default_limit_is_two_seconds_a_call(clock: Clock) -> None:
    observe(clock.work, [[0.0]])
    assert clock.limits == [2.0]


def test_what_was_returned_is_plain() -> None:
    assert observe(lambda a, b: (a, b), [[1, [2]]]) == [{"status": "returned", "value": {"tuple": [1, [2]]}}]
    assert observe(lambda: None, []) == []


def test_what_has_no_plain_form_is_named_by_its_type() -> None:
    assert observe(lambda: {1, 2}, [[]]) == [{"status": "not-plain", "what": "a value of type set"}]


def test_whatever_is_raised_is_written_down_with_type_and_message() -> None:
    def fails(number: int) -> float:
        if number == 0:
            raise SystemExit(3)
        if number == 1:
            raise GeneratorExit
        return [][number]

    assert observe(fails, [[0], [1], [2]]) == [
        {"status": "raised", "error": {"type": "SystemExit", "message": "3", "line": None}},
        {"status": "raised", "error": {"type": "GeneratorExit", "message": "", "line": None}},
        {"status": "raised", "error": {"type": "IndexError", "message": "list index out of range", "line": None}},
    ]


def test_stop_at_the_keyboard_passes_through() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(interrupted, [[]])


def defined_in(file: str, source: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    function: Callable[..., Any] = names["f"]
    return function


@pytest.mark.parametrize(
    ("file", "line"),
    [("<ipython-input-3>", 5), ("<string>", 5), ("/tmp/ipykernel_12/34.py", 5), ("/lib/python/somewhere.py", None)],
)
def test_the_line_is_that_of_the_learners_cell(file: str, line: int | None) -> None:
    source = "def f(x):\n    return g(x)\n\ndef g(x):\n    return [x][1]\n"
    (seen,) = observe(defined_in(file, source), [[0]])
    assert seen["error"]["line"] == line


def test_the_line_is_the_innermost_one_in_a_cell_even_if_a_library_raised() -> None:
    function = defined_in("<cell>", "import json\n\ndef f(text):\n    return json.loads(text)\n")
    (seen,) = observe(function, [["{"]])
    assert seen["error"]["type"] == "JSONDecodeError"
    assert seen["error"]["line"] == 4


def test_messages_and_warnings_are_cut() -> None:
    import warnings

    def long(kind: str) -> None:
        if kind == "error":
            raise ValueError("x" * 1000)
        warnings.warn("y" * 1000, stacklevel=1)

    error, warned = observe(long, [["error"], ["warning"]])
    assert error["error"]["message"] == "x" * 300
    assert warned["warning"] == "y" * 300


def test_the_first_warning_is_kept_even_if_it_was_given_before(capsys: pytest.CaptureFixture[str]) -> None:
    import warnings

    def warns(number: int) -> int:
        warnings.warn("first", stacklevel=1)
        warnings.warn("second", stacklevel=1)
        return number

    seen = observe(warns, [[1], [2]])
    assert [one["warning"] for one in seen] == ["first", "first"]
    assert capsys.readouterr() == ("", "")


def test_each_call_gets_fresh_arguments_and_changed_ones_are_named() -> None:
    def spoils(numbers: list[int], untouched: list[int], table: dict[str, int]) -> int:
        numbers.append(1)
        table["a"] = 2
        return len(numbers) + table["a"]

    arguments = [[1, 2], [3], {"dict": [["a", 1]]}]
    before = json.dumps(arguments)
    assert observe(spoils, [arguments, arguments]) == [{"status": "returned", "value": 5, "changed": [0, 2]}] * 2
    assert json.dumps(arguments) == before


def test_an_argument_that_became_something_without_a_plain_form_has_changed() -> None:
    def spoils(numbers: list[Any]) -> int:
        numbers[0] = object()
        return 1

    assert observe(spoils, [[[1]]]) == [{"status": "returned", "value": 1, "changed": [0]}]


def test_arguments_that_a_failing_call_changed_are_named_too() -> None:
    def spoils(numbers: list[int]) -> None:
        numbers.clear()
        raise ValueError

    (seen,) = observe(spoils, [[[1]]])
    assert seen["status"] == "raised"
    assert seen["changed"] == [0]


def test_what_was_printed_is_shown_once_and_noted_where_it_was_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def prints(number: int) -> None:
        if number == 2:
            print("two")

    assert [seen.get("printed") for seen in observe(prints, [[1], [2], [3]])] == [None, True, None]
    assert capsys.readouterr().out == "two\n"


def test_a_flood_is_kept_to_its_first_characters_and_still_noted(capsys: pytest.CaptureFixture[str]) -> None:
    def floods(number: int) -> None:
        print("x" * (MAX_PRINTED_CHARACTERS - 10), end="")
        print("y" * 20, end="")

    assert [seen["printed"] for seen in observe(floods, [[1], [2]])] == [True, True]
    assert capsys.readouterr().out == "x" * (MAX_PRINTED_CHARACTERS - 10) + "y" * 10


def test_printing_says_how_much_was_written() -> None:
    import sys

    assert observe(lambda: sys.stdout.write("abc"), [[]])[0]["value"] == 3


@pytest.mark.slow
def test_an_error_whose_text_fails_or_never_ends_is_named_all_the_same() -> None:
    class FailingError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    class EndlessError(Exception):
        def __str__(self) -> str:
            while True:
                pass

    def raises(number: int) -> None:
        raise FailingError if number else EndlessError

    endless, failing = observe(raises, [[0], [1]])
    assert endless["error"] == {"type": "EndlessError", "message": "", "line": None}
    assert failing["error"] == {"type": "FailingError", "message": "", "line": None}
