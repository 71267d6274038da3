"""`check` survives whatever a learner hands it, explains, and never gives the answer away."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from autograder import check
from autograder.checking.observe import observe
from autograder.checking.verdict import MIME_TYPE
from autograder.exercises import get

precision = get("precision").variants["loop"]


def test_right_answer_earns_everything():
    verdict = check("precision", precision)
    assert float(verdict) == verdict.max_points == 3.0
    assert repr(verdict) == "3.0"
    assert verdict.passed
    assert verdict.hints == ()
    assert verdict.misconceptions == ()


def test_unknown_exercise_is_a_key_error_that_lists_what_there_is():
    with pytest.raises(KeyError, match="precision_recall_at"):
        check("precission", precision)


def stub(y_true, y_pred):
    raise NotImplementedError


def leaves(y_true, y_pred):
    sys.exit(0)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        *((value, "without calling it") for value in (0.5, None, "precision", [1])),
        (stub, "not written"),
        (leaves, "exit()"),
        (lambda y_true, y_pred: 0.0, "whatever its input"),
    ],
)
def test_what_answers_nothing_earns_nothing_and_is_told_why(answer, hint):
    verdict = check("precision", answer)
    assert verdict == 0
    assert hint in verdict.hints[0]


@pytest.mark.slow
def test_endless_loop_stops_and_keeps_the_cases_that_passed():
    def hangs_on_one_case(y_true, y_pred):
        if not y_pred.any():
            while True:
                pass
        return precision(y_true, y_pred)

    start = time.process_time()
    verdict = check("precision", hangs_on_one_case)
    assert time.process_time() - start < 6
    (stopped,) = [case for case in verdict.cases if case.points == 0]
    assert verdict == verdict.max_points - stopped.max_points
    assert "longer than 2 seconds" in stopped.message
    assert "stopped before it had an answer" in verdict.hints[0]


@pytest.mark.slow
@pytest.mark.timeout(120)  # It would go on for ever.
def test_endless_loop_that_swallows_exceptions_stops():
    def stubborn(y_true, y_pred):
        while True:
            try:  # noqa: SIM105
                time.sleep(0.001)
            except:  # noqa: E722
                pass

    verdict = check("precision", stubborn)
    assert verdict == 0
    assert {case.message.rpartition(") ")[2] for case in verdict.cases} <= {
        "took longer than 2 seconds and was stopped.",
        "not run, because the cases before it used up the time",
    }


@pytest.mark.slow
def test_endless_loop_off_the_main_thread_stops():
    def endless(y_true, y_pred):
        while True:
            pass

    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(check("precision", endless)))
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
    assert verdicts[0] == 0


def test_keyboard_interrupt_passes_through():
    def interrupted(y_true, y_pred):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("precision", interrupted)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (None, "returned None"),
        (float("nan"), "0/0"),
        ([0.5, 0.5], "another form"),
        ("0.5", "text where a number is asked for"),
        (0.5, "gives the same answer"),
        (object(), "plain values"),
        ({0.5}, "has no order"),
        (ValueError("no"), "not returned but raised"),
        (True, "True or False"),
    ],
)
def test_wrong_kinds_of_answer(value, hint):
    verdict = check("precision", lambda y_true, y_pred: value)
    assert verdict == 0
    assert any(hint in h for h in verdict.hints), verdict.hints


def test_printing_instead_of_returning(capsys):
    def prints(y_true, y_pred):
        print(precision(y_true, y_pred))

    assert "prints its answer" in check("precision", prints).hints[0]
    assert capsys.readouterr().out  # the learner still sees what was printed


def test_print_flood_is_bounded(capsys):
    def floods(y_true, y_pred):
        for _ in range(1000):
            print("x" * 1000)
        return precision(y_true, y_pred)

    assert check("precision", floods).passed
    assert len(capsys.readouterr().out) <= 2_000


def test_changed_inputs_cost_no_points_but_are_mentioned():
    def spoils(y_true, y_pred):
        answer = precision(y_true, y_pred)
        y_true[:] = 0
        y_pred.sort()
        return answer

    verdict = check("precision", spoils)
    assert verdict.passed
    assert "y_true and y_pred in place" in verdict.hints[0]


def test_message_names_the_case_and_its_input_but_not_the_answer():
    recall = get("precision").misconceptions["recall"].answer
    verdict = check("precision", recall)
    key = get("precision").answer_key(0)
    for case, recorded in zip(verdict.cases, key["cases"], strict=True):
        if case.passed:
            continue
        assert "precision(y_true=[" in case.message
        expected = recorded["expected"]["value"]
        if expected:
            assert f"{expected:.4g}" not in str(verdict)


def test_error_names_type_and_message():
    def broken(y_true, y_pred):
        return y_true[1000]

    verdict = check("precision", broken)
    assert "IndexError" in verdict.cases[0].message
    assert "past the end" in verdict.hints[0]


def test_wrong_number_of_arguments():
    verdict = check("precision", lambda y_true: 0.5)
    assert verdict == 0
    assert "TypeError" in verdict.cases[0].message


def test_warning_costs_nothing_and_prints_nothing(capsys):
    def warns(y_true, y_pred):
        np.float64(1.0) / np.float64(0.0)
        return precision(y_true, y_pred)

    assert check("precision", warns).passed
    assert capsys.readouterr().err == ""


def test_two_mistakes_at_once_still_get_a_hint():
    def recall_that_divides_by_zero(y_true, y_pred):
        tp = ((y_true == 1) & (y_pred == 1)).sum()
        return int(tp) / int((y_true == 1).sum())

    assert check("precision", recall_that_divides_by_zero).misconceptions == ("recall",)


def test_other_seed_other_inputs():
    first, second = get("precision").draw(0), get("precision").draw(1)
    assert {c.name for c in first} == {c.name for c in second}
    assert any(not np.array_equal(a.args[0], b.args[0]) for a, b in zip(first, second, strict=True))


def test_answers_learned_by_heart_fail_on_another_seed():
    key = get("precision").answer_key(0)
    table = {json.dumps(case["args"][0]): case["expected"]["value"] for case in key["cases"]}

    def by_heart(y_true, y_pred):
        return table.get(json.dumps({"array": y_true.tolist(), "dtype": "int64"}), 0.0)

    assert check("precision", by_heart).passed
    assert check("precision", by_heart, seed=99) <= 1.0


def test_objects_that_claim_to_equal_everything_earn_nothing():
    class Chameleon(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    assert check("precision", lambda y_true, y_pred: Chameleon(0.5)) == 0


def test_verdict_is_accessible_html_and_plain_data():
    verdict = check("precision", lambda y_true, y_pred: "<script>alert(1)</script>")
    bundle = verdict._repr_mimebundle_()
    assert bundle["text/plain"] == "0.0"
    assert "<script>" not in bundle["text/html"]
    assert "aria-label" in bundle["text/html"]
    assert json.loads(json.dumps(bundle[MIME_TYPE], allow_nan=False))["points"] == 0.0
    again = pickle.loads(pickle.dumps(verdict))
    assert again.to_dict() == verdict.to_dict()


def test_import_is_light():
    code = (
        "import sys, autograder; print([m for m in ('numpy', 'nbgrader', 'pydantic', 'IPython') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_observe_and_judge_need_only_the_standard_library():
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from autograder.checking.observe import observe; from autograder.checking.judge import judge\n"
        "key = {'exercise': 'half', 'function': 'half', 'arguments': ['x'], 'points': 1, 'tolerance': 1e-6,"
        " 'seconds': 1, 'cases': [{'name': 'a', 'points': 1, 'args': [4],"
        " 'expected': {'status': 'returned', 'value': 2}}]}\n"
        "print(judge(key, observe(lambda x: x / 2, [[4]])), judge(key, observe(lambda x: x, [[4]])).passed)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("half: 1 of 1 points")
    assert out.strip().endswith("False")


def test_observations_are_strict_json():
    values = [(1, 2), {1: float("nan")}, np.arange(3), np.float32(0.5), np.bool_(True), float("inf"), np.array(["a"])]
    for observation in observe(lambda i: values[i], [[i] for i in range(len(values))]):
        assert observation["status"] == "returned"
        json.dumps(observation, allow_nan=False)


@pytest.mark.slow
def test_an_error_whose_text_never_ends_is_survived():
    class EndlessError(Exception):
        def __str__(self):
            while True:
                pass

    def raises(y_true, y_pred):
        raise EndlessError

    verdict = check("precision", raises)
    assert verdict == 0
    assert "EndlessError" in verdict.cases[0].message


@pytest.mark.slow
def test_what_misconceptions_print_is_no_output_of_the_learner(capsys: pytest.CaptureFixture[str]) -> None:
    check("best_epoch", lambda val_loss: print("mine") or 0)
    check("make_network", lambda *_: None)
    assert set(capsys.readouterr().out.split()) == {"mine"}


def test_the_same_answer_to_every_pair_of_curves_is_seen() -> None:
    assert "whatever its input" in str(check("diagnose", lambda train_loss, val_loss: "good"))


def test_nbgraders_validate_is_told_the_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check("precision", stub)
    assert capsys.readouterr().err == ""
    # nbgrader says so to the kernel in which it validates; it shows what a failed test writes to stderr.
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check("precision", precision)
    assert capsys.readouterr().err == ""
    check("precision", lambda y_true, y_pred: float(np.mean(np.asarray(y_true) == np.asarray(y_pred))))
    said = capsys.readouterr().err
    assert said.startswith("precision: ")
    assert "Hint: " in said
    # The terminal cuts its lines at 90 characters.
    assert max(map(len, said.splitlines())) <= 80
