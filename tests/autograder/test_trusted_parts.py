"""The parts of trusted judging: answers that are checked, slices, the patch of a notebook, seeds."""

from __future__ import annotations

import ast
import dataclasses
import json
import stat
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, RIGHT_PRECISION, answered, named
from nbformat.v4 import new_output
from nbgrader.utils import determine_grade
from trusted_samples import SEED, observer

from autograder import check
from autograder.checking.exercise import Exercise
from autograder.checking.observe import observe
from autograder.exercises import get
from autograder.grading.judging import verdicts as judging
from autograder.grading.judging.answer import MAX_ANSWER_BYTES, ObserverError, parse_answer, read_answer
from autograder.grading.judging.parsing import parse
from autograder.grading.judging.patch import patch_notebook
from autograder.grading.judging.secret import case_seed, course_secret
from autograder.grading.judging.slice import slice_cells
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.grading.running.job import grade_cell

pytestmark = pytest.mark.slow

REQUEST = {"nonce": "n", "tasks": [{"exercise": "precision", "after": 2, "inputs": [[1], [2]]}]}


def answer_with(*observations: Any, **more: Any) -> dict[str, Any]:
    return {"nonce": "n", "faults": [], "tasks": [{"exercise": "precision", "observations": [*observations], **more}]}


def returned(value: Any) -> dict[str, Any]:
    return {"status": "returned", "value": value}


GOOD = returned(0.5)


@pytest.mark.parametrize(
    "value",
    [None, True, -3, 0.5, "text", [1, [2]], {"tuple": [1, {"float": "nan"}]}, {"dict": [["a", 1]]}],
)
def test_plain_data_passes(value: Any) -> None:
    found = read_answer(answer_with(returned(value), GOOD), REQUEST)["precision"]
    assert found.observations[0] == returned(value)


def test_what_is_not_asked_for_is_dropped() -> None:
    seen = {**GOOD, "points": 3.0, "expected": 0.5, "printed": 7}
    assert read_answer(answer_with(seen, GOOD), REQUEST)["precision"].observations[0] == GOOD


DEEP: Any = 1
for _ in range(30):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "value",
    [
        DEEP,
        [0] * 200_001,
        2**1001,
        float("nan"),
        float("inf"),
        "x" * 100_001,
        {},
        {"float": "1.5"},
        {"float": 1.5},
        {"float": "nan", "tuple": []},
        {"tuple": 3},
        {"dict": [[1]]},
        {"dict": {"a": 1}},
        {"array": [1]},
        {"array": [1], "dtype": 7},
        {"array": [1], "index": ["a"]},
        {"array": [1], "dtype": "int64", "index": "a"},
        {"array": [1], "dtype": "int64", "index": ["a", "b"]},
        {"set": [1]},
    ],
)
def test_other_data_is_refused(value: Any) -> None:
    with pytest.raises(ObserverError):
        read_answer(answer_with(returned(value), GOOD), REQUEST)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        answer_with(GOOD),
        answer_with(GOOD, GOOD, GOOD),
        answer_with(GOOD, None),
        answer_with(GOOD, {"status": "right"}),
        answer_with(GOOD, {"status": ["returned"]}),
        answer_with(GOOD, {"status": "returned"}),
        answer_with(GOOD, {"status": "raised", "error": "Error"}),
        answer_with(GOOD, {**GOOD, "changed": [-1]}),
        answer_with(GOOD, {**GOOD, "changed": [True]}),
        answer_with(GOOD, {**GOOD, "warning": 3}),
        answer_with(GOOD, GOOD, problem=3),
        answer_with(GOOD, GOOD, exercise="recall"),
        answer_with(GOOD, GOOD, exercise=["precision"]),
        {**answer_with(GOOD, GOOD), "nonce": "another"},
        {**answer_with(GOOD, GOOD), "faults": [{}]},
        {**answer_with(GOOD, GOOD), "tasks": []},
        {**answer_with(GOOD, GOOD), "tasks": [None]},
    ],
)
def test_other_forms_are_refused(answer: Any) -> None:
    with pytest.raises(ObserverError):
        read_answer(answer, REQUEST)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b" \n", "ended before"),
        (b"{} {}", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"9" * 10_000, "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"3.0", "no JSON object"),
        (b" " * (MAX_ANSWER_BYTES + 1), "more than"),
    ],
)
def test_answers_that_cannot_be_read(data: bytes, why: str) -> None:
    with pytest.raises(ObserverError, match=why):
        parse_answer(data)


def test_text_of_the_submission_can_be_written_anywhere() -> None:
    error = {"type": "E\x00", "message": json.loads('"\\ud800"'), "line": -1}
    seen = read_answer(answer_with({"status": "raised", "error": error}, returned("a\x1bb")), REQUEST)["precision"]
    assert seen.observations[0]["error"] == {"type": "E�", "message": "�", "line": None}
    assert seen.observations[1]["value"] == "a�b"


def test_slice_follows_names_and_keeps_lines() -> None:
    cells = [
        "import numpy as np\nimport pandas as pd\nLIMIT = np.sqrt(4)",
        "data = pd.read_csv('data.csv')\nmodel = fit(data)\n\ndef helper(x):\n    limit = x\n    return limit * LIMIT",
        "@cache\ndef f(x):\n    return helper(x)",
    ]
    part = slice_cells(cells, ["f"])
    assert part.cells == [
        "import numpy as np\n\nLIMIT = np.sqrt(4)",
        "\n\n\ndef helper(x):\n    limit = x\n    return limit * LIMIT",
        cells[2],
    ]
    assert part.closed == {"f"}


@pytest.mark.parametrize(
    "experiment",
    [
        "T.append(1)",
        "T[0] = 1",
        "T.x = 1",
        "del T[0]",
        "fill(T)",
        "other = T",
        "exec('T = 1')",
        "np.seterr(all='raise')",
    ],
)
def test_slice_is_open_where_something_may_change_a_value(experiment: str) -> None:
    cells = ["import numpy as np\nT = [1]", "unused = [2]\nunused.append(3)", "def f(x):\n    return np.dot(T, x)"]
    assert slice_cells(cells, ["f"]).closed == {"f"}
    assert slice_cells([*cells, experiment], ["f"]).closed == frozenset()


def test_patch_replaces_forged_results_and_keeps_what_was_printed() -> None:
    notebook = answered(precision=ACCURACY_INSTEAD)
    verdicts = trusted_verdicts(notebook, LESSON, SEED, observer())
    forged = check("precision", get("precision").reference)
    cell = named(notebook, "check_precision")
    cell.outputs = [
        new_output("stream", name="stdout", text="my own print"),
        new_output("execute_result", forged._repr_mimebundle_()),
        new_output("display_data", {"text/html": "<h1>3 of 3</h1>"}),
        new_output("error", ename="E", evalue="", traceback=[]),
        new_output("execute_result", {"text/plain": "3.0"}),
    ]
    named(notebook, "check_double").outputs = [new_output("execute_result", {"text/plain": "2.0"})]
    assert patch_notebook(notebook, verdicts) == ["check_precision"]
    nbformat.validate(notebook)
    assert [output.output_type for output in cell.outputs] == ["stream", "execute_result"]
    points = float(verdicts["precision"])
    assert points < 3
    assert determine_grade(cell)[0] == points
    result = grade_cell(cell)
    assert (result.points, result.error) == (points, None)
    assert result.verdict is not None
    assert result.verdict["misconceptions"] == ["accuracy"]
    assert named(notebook, "check_double").outputs[0].data["text/plain"] == "2.0"


def test_failure_of_the_grader_is_not_taken_for_the_submissions() -> None:
    def broken(_: dict[str, Any]) -> dict[str, Any]:
        raise OSError("no sandbox")

    with pytest.raises(OSError, match="no sandbox"):
        trusted_verdicts(answered(), LESSON, SEED, broken)


def test_slow_notebook_does_not_take_the_points_of_a_function_that_needs_none_of_it() -> None:
    calls = []
    real = observer()

    def slow_in_whole(request: dict[str, Any]) -> dict[str, Any]:
        calls.append(request)
        if len(calls) > 1:
            raise ObserverError("did not answer")
        return real(request)

    notebook = answered(precision=f"{RIGHT_PRECISION}\nglobals()")
    assert trusted_verdicts(notebook, LESSON, SEED, slow_in_whole)["precision"] == 3
    assert len(calls) == 2


def test_no_answer_of_the_course_enters_the_submissions_process() -> None:
    requests = []
    real = observer()

    def listening(request: dict[str, Any]) -> dict[str, Any]:
        requests.append(request)
        return real(request)

    trusted_verdicts(answered(precision=ACCURACY_INSTEAD), LESSON, SEED, listening)
    # Once for the grade, and once for what is shown, in a process of its own.
    assert [[case["args"] for case in get("precision").answer_key(seed)["cases"]] for seed in (SEED, 0)] == [
        request["tasks"][0]["inputs"] for request in requests
    ]
    for request in requests:
        assert set(request) == {"nonce", "lesson", "seconds", "blocked", "cells", "tasks"}
        (task,) = request["tasks"]
        assert set(task) == {"exercise", "after", "function", "inputs", "seconds", "probe"}
        text = json.dumps(request)
        assert str(SEED) not in text
        assert "HIDDEN" not in text
        assert "seed=7" not in text
        assert "check(" not in text


PROBE = """
from autograder.checking.observe import observe as calls

def observe(function, inputs, *, seconds):
    return calls(function().score, inputs, seconds=seconds)
"""


def test_exercise_whose_answer_is_more_than_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    class Scored(Exercise):
        def observe(self, answer: Any, inputs: Any) -> Any:
            return observe(answer().score if isinstance(answer, type) else answer, inputs)

    known = get("precision")
    exercise = Scored(**{field.name: getattr(known, field.name) for field in dataclasses.fields(known)})
    with_probe = dataclasses.replace(exercise, probe="probe")

    def there_is(only: Exercise) -> None:
        for module in ("cells", "verdicts"):
            monkeypatch.setattr(f"autograder.grading.judging.{module}.get", lambda _: only)

    there_is(exercise)
    body = RIGHT_PRECISION.partition("\n")[2]
    notebook = answered(precision=f"class precision:\n    def score(self, y_true, y_pred):\n    {body}")
    judging._key.cache_clear()
    assert trusted_verdicts(notebook, LESSON, SEED, observer()).unjudged == ["check_precision", "check_double"]
    monkeypatch.setitem(sys.modules, "probe", types.ModuleType("probe"))
    there_is(with_probe)
    monkeypatch.setattr(judging, "_probe", lambda _: PROBE)
    assert trusted_verdicts(notebook, LESSON, SEED, observer())["precision"] == 3
    judging._key.cache_clear()


def test_secret_is_made_once_and_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "private" / "secret"
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(course_secret, [path] * 16))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]
    assert course_secret(tmp_path / "another") != course_secret(path)


def test_damaged_secret_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("abcd")
    with pytest.raises(ValueError, match="does not hold a secret"):
        course_secret(path)
    assert path.read_text() == "abcd"


def test_seed_depends_on_everything_it_is_made_of() -> None:
    seeds = {case_seed(key, *parts) for key in (b"a", b"b") for parts in (("x",), ("y",), ("x", "y"), ("xy",))}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_source_is_read_although_the_garbage_collector_parses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    read = ast.parse
    confused = iter([True, False])

    def sometimes(source: str) -> ast.Module:
        if next(confused):
            raise SystemError("AST constructor recursion depth mismatch (before=45, after=94)")
        return read(source)

    monkeypatch.setattr(ast, "parse", sometimes)
    tree = parse("x = 1")
    assert tree is not None
    assert len(tree.body) == 1
