"""The mini capstone of lesson 04: collecting a learner's functions, loading them and timing them."""

import importlib.util
import json
import math
import time

import pytest

from autograder.capstone import MARK, collect, load, timed


def notebook(*answers):
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {"solution": True, "grade_id": name}}, "source": text}
        for name, text in answers
    ]
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": "text"}, *cells]})


@pytest.fixture
def lessons(tmp_path):
    """Two earlier lessons, one of them with an exercise left open, and the folder of lesson 04."""
    for name in ("02_accuracy", "03_precision", "04_here"):
        (tmp_path / name).mkdir()
    (tmp_path / "02_accuracy" / "a.ipynb").write_text(
        notebook(
            ("accuracy", "### BEGIN SOLUTION\ndef accuracy(t, p):\n    return np.mean(t == p)\n### END SOLUTION"),
            ("balanced_accuracy", "def balanced_accuracy(t, p):\n    raise NotImplementedError()"),
        )
    )
    (tmp_path / "03_precision" / "b.ipynb").write_text(
        notebook(("precision", ["def precision(t, p):\n", "    return 1.0"]))
    )
    return tmp_path


@pytest.fixture
def here(tmp_path):
    """Functions as a notebook's cell defines them: with source, and a helper beside them."""
    cell = tmp_path / "cell.py"
    cell.write_text(
        "def helper():\n    return 2\n\n\ndef f1(t, p):\n    return helper()\n\n\ndef fbeta(t, p):\n    return 3\n"
    )
    spec = importlib.util.spec_from_file_location("cell", cell)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


NAMES = ["accuracy", "balanced_accuracy", "precision", "f1", "fbeta"]


def test_finished_functions_are_collected_from_here_and_from_other_lessons(lessons, here, capsys):
    file = lessons / "04_here" / "my_metrics.py"
    assert collect(NAMES, file, lessons=lessons, namespace=here) == ["accuracy", "precision", "f1", "fbeta"]
    assert "holds accuracy, precision, f1, fbeta." in capsys.readouterr().out
    text = file.read_text()
    assert text.startswith(MARK)
    assert "SOLUTION" not in text
    assert text.count("def f1") == text.count("def helper") == 1
    mine = load(file)
    assert mine["accuracy"](1, 1) == 1.0
    assert mine["f1"](0, 0) == 2


def test_a_function_of_the_running_notebook_comes_first(lessons, here):
    file = lessons / "04_here" / "my_metrics.py"
    collect(["accuracy"], file, lessons=lessons, namespace={"accuracy": here["f1"]})
    assert "def f1" in file.read_text()


def test_what_is_there_is_renewed_but_own_work_is_left_alone(lessons, here, capsys):
    file = lessons / "04_here" / "my_metrics.py"
    collect(["f1"], file, lessons=lessons, namespace=here)
    assert collect(["precision"], file, lessons=lessons, namespace={}) == ["precision"]
    file.write_text("mine = 1\n")
    assert collect(NAMES, file, lessons=lessons, namespace=here) == []
    assert file.read_text() == "mine = 1\n"
    assert "your own work" in capsys.readouterr().out


def test_nothing_finished_writes_nothing(lessons, capsys):
    file = lessons / "04_here" / "my_metrics.py"
    assert collect(["balanced_accuracy", "f1"], file, lessons=lessons, namespace={"f1": 3}) == []
    assert not file.exists()
    assert "not written yet" in capsys.readouterr().out
    assert load(file) == {}
    assert "no my_metrics.py yet" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"cells": [{}]}', '{"cells": [{"metadata": [], "source": ""}]}'])
def test_a_broken_notebook_next_door_is_left_out(lessons, text, capsys):
    (lessons / "02_accuracy" / "a.ipynb").write_text(text)
    assert collect(NAMES, lessons / "my_metrics.py", lessons=lessons, namespace={}) == ["precision"]
    assert "a.ipynb cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "error"), [("def f(:", "SyntaxError"), ("1 / 0", "ZeroDivisionError")])
def test_a_file_that_stops_is_reported_and_the_notebook_goes_on(tmp_path, text, error, capsys):
    (tmp_path / "my_metrics.py").write_text(text)
    assert load(tmp_path / "my_metrics.py") == {}
    assert error in capsys.readouterr().out


def test_loading_again_sees_a_changed_file(tmp_path):
    file = tmp_path / "my_metrics.py"
    for value in (1, 2):
        file.write_text(f"x = {value}\n")
        assert load(file)["x"] == value


def test_timing():
    start = time.perf_counter()
    value, seconds, trouble = timed(lambda x: 2 * x, 21)
    assert (value, trouble) == (42, "")
    assert 0 <= seconds <= time.perf_counter() - start


def test_a_slow_function_is_stopped_and_a_failing_one_reported():
    start = time.perf_counter()
    value, seconds, trouble = timed(time.sleep, 300, seconds=0.1)
    assert time.perf_counter() - start < 300
    assert value is None
    assert math.isnan(seconds)
    assert trouble == "stopped after 0.1 seconds"
    assert timed(int, "x")[2].startswith("ValueError")
