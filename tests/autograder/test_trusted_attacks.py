"""Hostile submissions of one exercise: whatever they try, a wrong answer earns nothing."""

from __future__ import annotations

import pytest
from grading_samples import LESSON, RIGHT_PRECISION, answered, change, insert
from trusted_attacks import ANSWERS, READING, TAMPERING, WRONG
from trusted_samples import SEED, observer, sandbox

from autograder.checking.verdict import Verdict
from autograder.grading.judging import verdicts as judging
from autograder.grading.judging.answer import MAX_ANSWER_BYTES
from autograder.grading.judging.patch import patch_notebook
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.grading.sandbox import observing

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SLICE_SECONDS", 3.0)
    monkeypatch.setattr(judging, "NOTEBOOK_SECONDS", 2.0)
    monkeypatch.setattr(observing, "GRACE_SECONDS", 4.0)


def verdict_on(source: str) -> Verdict:
    notebook = answered(precision=source)
    verdicts = trusted_verdicts(notebook, LESSON, SEED, observer())
    # What is written into the gradebook and on the pages can be written at all.
    patch_notebook(notebook, verdicts)
    str(notebook).encode()
    assert all(len(case.message) < 3_000 for case in verdicts["precision"].cases)
    return verdicts["precision"]


@pytest.mark.parametrize("attack", TAMPERING)
def test_tampering_makes_no_wrong_answer_right(attack: str) -> None:
    # The mention of globals() has the whole cell run, beyond what the function needs.
    assert verdict_on(f"{WRONG}\nglobals()\n{TAMPERING[attack]}\n") == 0


@pytest.mark.parametrize("attack", ANSWERS)
def test_answer_that_is_no_computation_earns_nothing(attack: str) -> None:
    assert verdict_on(ANSWERS[attack]) == 0


@pytest.mark.parametrize("attack", READING)
def test_nothing_to_copy_from_is_in_sight(attack: str) -> None:
    if not sandbox():
        pytest.skip("bubblewrap cannot be used on this machine")
    assert verdict_on(READING[attack]) == 0


@pytest.mark.parametrize("attack", READING)
def test_outside_the_sandbox_there_would_be_something_to_copy(attack: str) -> None:
    """Otherwise the test above shows nothing."""
    notebook = answered(precision=READING[attack])
    assert trusted_verdicts(notebook, LESSON, SEED, observing.process_observer())["precision"] == 3


def test_a_right_answer_that_is_put_in_after_the_check_comes_too_late() -> None:
    notebook = answered(insert("tail", RIGHT_PRECISION), precision=WRONG)
    assert trusted_verdicts(notebook, LESSON, SEED, observer())["precision"] == 0


def test_a_right_answer_that_is_replaced_before_the_check_is_gone() -> None:
    notebook = answered(insert("check_precision", WRONG), precision=RIGHT_PRECISION)
    assert trusted_verdicts(notebook, LESSON, SEED, observer())["precision"] == 0


def test_one_function_that_ends_the_process_costs_the_others_nothing() -> None:
    notebook = answered(
        change("double", "import os\ndef recall(y_true, y_pred):\n    os._exit(0)"),
        change("check_double", 'check("recall", recall)'),
    )
    verdicts = trusted_verdicts(notebook, LESSON, SEED, observer())
    assert (verdicts["precision"], verdicts["recall"]) == (3, 0)
    assert "ended before it had answered" in verdicts["recall"].cases[0].message
    assert any("check_double earned nothing" in remark for remark in verdicts.remarks)


def test_flood_instead_of_an_answer_is_cut_off() -> None:
    flood = (
        "import os\ndef precision(y_true, y_pred):\n    for fd in range(3, 20):\n        try:\n"
        "            while True: os.write(fd, b' ' * 1_000_000)\n        except OSError: pass"
    )
    verdict = verdict_on(flood)
    assert verdict == 0
    assert f"{MAX_ANSWER_BYTES:,} bytes" in verdict.cases[0].message


def test_odd_things_are_named() -> None:
    notebook = answered(precision=f"{RIGHT_PRECISION}\nimport sys\nsys._getframe()\nopen('x')")
    verdicts = trusted_verdicts(notebook, LESSON, SEED, observer())
    assert verdicts["precision"] == 3
    text = " ".join(verdicts.remarks)
    assert "Cell precision uses sys (line 3)." in text
    assert "Cell precision uses _getframe (line 4)." in text
    assert "Cell precision uses open (line 5)." in text
