"""Hostile submissions of one exercise: whatever they try, a wrong answer earns nothing."""

from __future__ import annotations

import pytest
from grading_samples import LESSON, RIGHT_PRECISION, answered, change, insert
from trusted_samples import ROOT, SEED, observer, sandbox

from autograder.grading.trusted import judging, patch_notebook, process, trusted_verdicts
from autograder.grading.trusted.answer import MAX_ANSWER_BYTES
from autograder.verdict import Verdict

WRONG = "def precision(y_true, y_pred):\n    return 0.5\n"

# Each stands in the answer cell, after the wrong answer.
TAMPERING = {
    "patched isclose": "import math, numpy\nmath.isclose = numpy.isclose = numpy.allclose = lambda *a, **k: True",
    "patched builtins": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.all = builtins.bool = lambda *a: True",
    "patched sum and round": "import builtins\nbuiltins.sum = lambda *a: 3.0\nbuiltins.round = lambda *a: 3.0",
    "own check": "def check(*args, **kwargs):\n    return 3.0",
    "patched check": "import autograder\nautograder.check = autograder._check.check = lambda *a, **k: 3.0",
    "patched judge": "from autograder import judge\njudge.same = judge.same_outcome = lambda *a: True",
    "patched compare by name": "import sys\nsys.modules['autograder.compare'] = sys.modules['autograder.judge'] = None",
    "patched verdict": "from autograder.verdict import Verdict\nVerdict.__new__ = lambda *a, **k: 3.0",
    "display hook": "import sys\nsys.displayhook(3.0)\nsys.displayhook = lambda *_: print(3.0)",
    "transformers": "get_ipython().ast_transformers.append(None)\nget_ipython().input_transformers_post.append(None)",
    "patched json": "import json\njson.dumps = lambda *a, **k: '{\"points\": 3.0}'",
    "patched observe": "import sys\nfor m in list(sys.modules.values()):\n    if hasattr(m, 'observe'):\n        "
    "m.observe = lambda f, inputs, **k: [{'status': 'returned', 'value': 1.0, 'points': 3.0} for _ in inputs]",
    "patched plain": "import gc\nfor o in gc.get_objects():\n    if getattr(o, '__name__', '') == 'to_plain':\n        "
    "o.__code__ = (lambda value: {'float': 'nan', 'tuple': [1]}).__code__",
    "edited frames": "import sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_locals.update(points=3.0, passed=True)\n"
    "    frame = frame.f_back",
    "prints a result": "print('{\"nonce\": 0, \"points\": 3.0}')\nprint(3.0)",
    "writes to every file": "import os\nfor fd in range(64):\n    try:\n        os.write(fd, b'3.0')\n    except OSError:\n"
    "        pass",
    "exit handler": "import atexit, os\natexit.register(lambda: [os.write(fd, b'3.0') for fd in range(20)])",
    "thread": "import os, threading, time\ndef spam():\n    while True:\n        for fd in range(3, 20):\n            try:\n"
    "                os.write(fd, b'}')\n            except OSError:\n                pass\n        time.sleep(0.001)\n"
    "threading.Thread(target=spam, daemon=True).start()",
    "fork": "import os\nif os.fork() == 0:\n    import time\n    time.sleep(0.05)",
    "leaves at once": "import os\nos._exit(0)",
    "kills": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "bytes of small integers": "import ctypes\nctypes.memmove(id(1) + 24, id(0) + 24, 4)",
    "endless import": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "main": "import __main__\n__main__.main = __main__.respond = lambda *a: None\n__main__.__name__ = 'autograder'",
    "exception hooks": "import sys\nsys.excepthook = sys.unraisablehook = lambda *a: None\nsys.settrace(lambda *a: None)",
    "swapped stdout": "import io, sys\nsys.stdout = sys.stderr = io.StringIO()\nsys.stdout.write = lambda t: 3.0",
    "no numbers left": "import numpy as np\nnp.array = lambda *a, **k: np.zeros(1)\nnp.ndarray = int",
    "lookalike name": "def рrecision(y_true, y_pred):\n    return 1.0",
    "import hook": "import sys\nsys.meta_path.clear()\nsys.path.insert(0, '.')",
    "assertions off": "import ast\nast.Assert = ast.Pass\n__debug__1 = False",
    "points in metadata": "precision.points = precision.max_points = precision.passed = 3.0",
}  # fmt: skip

# Each is an answer cell as a whole.
ANSWERS = {
    "equal to everything": "class Same(float):\n    def __eq__(self, other): return True\n    __hash__ = None\n"
    "    __ne__ = __lt__ = __gt__ = lambda *_: False\n    def __sub__(self, other): return 0.0\n    __rsub__ = __sub__\n"
    "    def __abs__(self): return 0.0\ndef precision(y_true, y_pred): return Same()",
    "converts to anything": "class Any:\n    def __float__(self): return 1.0\n    def __eq__(self, other): return True\n"
    "    def __index__(self): return 1\ndef precision(y_true, y_pred): return Any()",
    "lying list": "class Lie(list):\n    def __len__(self): return 1\n    def __getitem__(self, i): return 1\n"
    "def precision(y_true, y_pred): return Lie()",
    "lying array": "import numpy as np\nclass Lie(np.ndarray):\n    def __eq__(self, other): return True\n"
    "    def tolist(self): return 0.5\ndef precision(y_true, y_pred): return np.zeros(3).view(Lie)",
    "says that it is a float": "class Lie:\n    @property\n    def __class__(self): return float\n"
    "def precision(y_true, y_pred): return Lie()",
    "plain data by hand": "def precision(y_true, y_pred): return {'status': 'returned', 'expected': True}",
    "nan": "def precision(y_true, y_pred): return float('nan')",
    "infinity": "def precision(y_true, y_pred): return float('inf')",
    "huge integer": "def precision(y_true, y_pred): return 10 ** 100_000",
    "huge list": "def precision(y_true, y_pred): return [0.1] * 10_000_000",
    "many values": "def precision(y_true, y_pred): return [0.123456789] * 150_000",
    "huge text": "def precision(y_true, y_pred): return 'x' * 10_000_000",
    "deep list": "def precision(y_true, y_pred):\n    deep = []\n    for _ in range(100_000):\n        deep = [deep]\n"
    "    return deep",
    "list of itself": "def precision(y_true, y_pred):\n    loop = []\n    loop.append(loop)\n    return loop",
    "half a character": "def precision(y_true, y_pred): return '\\ud800\\x00'",
    "half a character in an error": "def precision(y_true, y_pred): raise ValueError('\\udfff\\x00<script>')",
    "error with an endless message": "class Bad(Exception):\n    def __str__(self):\n        while True: pass\n"
    "def precision(y_true, y_pred): raise Bad",
    "result of check": "from autograder import check\ndef precision(y_true, y_pred): return check('precision', precision)",
    "expected value in the frames": "import sys\ndef precision(y_true, y_pred):\n    frame = sys._getframe()\n"
    "    while frame:\n        for values in (frame.f_locals, frame.f_globals):\n"
    "            for key in ('expected', 'key', 'reference', 'answer_key'):\n                if key in values:\n"
    "                    return values[key]\n        frame = frame.f_back\n    return 0.5",
    "expected value in memory": "import gc\ndef precision(y_true, y_pred):\n    for o in gc.get_objects():\n"
    "        if isinstance(o, dict) and 'expected' in o and 'points' in o:\n            return o['expected']['value']\n"
    "        if getattr(o, '__name__', '') in ('reference', 'precision_score', 'variant_loop'):\n"
    "            return o(y_true, y_pred)\n    return 0.5",
    "history": "def precision(y_true, y_pred):\n    return eval(In[-1].split(',')[-1]) if 'In' in globals() else Out[1]",
    "library": "from sklearn.metrics import precision_score\n"
    "def precision(y_true, y_pred): return precision_score(y_true, y_pred, zero_division=0.0)",
    "library under another name": "import evalkit as np\nprecision = np.precision_score",
    "library inside": "def precision(y_true, y_pred):\n    from sklearn import metrics\n"
    "    return metrics.precision_score(y_true, y_pred, zero_division=0.0)",
    "library in a helper": "from evalkit import ConfusionMatrix\ndef helper(t, p): return ConfusionMatrix.from_labels(t, p)\n"
    "def precision(y_true, y_pred): return helper(y_true, y_pred).one_vs_rest(1).precision",
    "takes turns": "turn = iter([1.0, 0.5, 0.0, 1.0] * 99)\ndef precision(y_true, y_pred): return [next(turn)]",
    "never returns": "def precision(y_true, y_pred):\n    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
    "generator": "def precision(y_true, y_pred):\n    while True: yield 0.5",
    "floods": "def precision(y_true, y_pred):\n    for _ in range(10**6): print('3.0' * 100)\n    return 0.5",
    "module as answer": "import math as precision",
    "number as answer": "precision = 3.0",
    "verdict as answer": "from autograder.verdict import Verdict\nprecision = Verdict('precision', 3.0, [])",
    "deleted": f"{WRONG}del precision",
}  # fmt: skip

# These need the files of the course or of a library out of sight: a job for the sandbox.
READING = {
    "hidden import": "import importlib, sys\nsys.meta_path[:] = [f for f in sys.meta_path if 'locker' not in repr(f)]\n"
    "def precision(y_true, y_pred):\n    m = importlib.import_module('sk' + 'learn.metrics')\n"
    "    return m.precision_score(y_true, y_pred, zero_division=0.0)",
    "another process": "import subprocess, sys\ndef precision(y_true, y_pred):\n"
    "    code = f'from sklearn.metrics import *; print(precision_score({list(y_true)}, {list(y_pred)}, zero_division=0))'\n"
    "    return float(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)",
    "source of the exercise": f"import pathlib\ntext = pathlib.Path({str(ROOT)!r}, 'autograder/exercises/precision.py')"
    ".read_text()\nexec(text[text.index('def variant_loop'):text.index('def variant_mean')])\nprecision = variant_loop",
    "source of the lesson": f"import pathlib\ntext = pathlib.Path({str(ROOT)!r}, 'solutions/03_precision_recall/"
    "precision_recall.py').read_text()\nexec(text[text.index('def precision'):text.index('check(\"precision')])",
    "a package beside it": f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nsys.meta_path.pop(0)\n"
    "import importlib\nprecision = importlib.import_module('evalkit').precision_score",
}  # fmt: skip


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SLICE_SECONDS", 2.0)
    monkeypatch.setattr(judging, "NOTEBOOK_SECONDS", 2.0)
    monkeypatch.setattr(process, "GRACE_SECONDS", 4.0)


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
    assert trusted_verdicts(notebook, LESSON, SEED, process.process_observer())["precision"] == 3


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
