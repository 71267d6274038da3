"""What hostile students write. Each section is a piece of an answer cell, under its name."""

from __future__ import annotations

from trusted_samples import ROOT, sections

WRONG = "def precision(y_true, y_pred):\n    return 0.5\n"

# Each stands after the wrong answer.
TAMPERING = sections(r"""
## patched isclose
import math, numpy
math.isclose = numpy.isclose = numpy.allclose = lambda *a, **k: True

## patched builtins
import builtins
builtins.abs = lambda x: 0
builtins.all = builtins.bool = lambda *a: True

## patched sum and round
import builtins
builtins.sum = lambda *a: 3.0
builtins.round = lambda *a: 3.0

## own check
def check(*args, **kwargs):
    return 3.0

## patched check
import autograder
autograder.check = autograder.lesson.check.check = lambda *a, **k: 3.0

## patched judge
from autograder.checking import judge
judge.same = judge.same_outcome = lambda *a: True

## patched compare by name
import sys
sys.modules['autograder.checking.compare'] = sys.modules['autograder.checking.judge'] = None

## patched verdict
from autograder.checking.verdict import Verdict
Verdict.__new__ = lambda *a, **k: 3.0

## display hook
import sys
sys.displayhook(3.0)
sys.displayhook = lambda *_: print(3.0)

## transformers
get_ipython().ast_transformers.append(None)
get_ipython().input_transformers_post.append(None)

## patched json
import json
json.dumps = lambda *a, **k: '{"points": 3.0}'

## patched observe
import sys
for m in list(sys.modules.values()):
    if hasattr(m, 'observe'):
        m.observe = lambda f, inputs, **k: [{'status': 'returned', 'value': 1.0, 'points': 3.0} for _ in inputs]

## patched plain
import gc
for o in gc.get_objects():
    if getattr(o, '__name__', '') == 'to_plain':
        o.__code__ = (lambda value: {'float': 'nan', 'tuple': [1]}).__code__

## edited frames
import sys
frame = sys._getframe()
while frame:
    frame.f_locals.update(points=3.0, passed=True)
    frame = frame.f_back

## prints a result
print('{"nonce": 0, "points": 3.0}')
print(3.0)

## writes to every file
import os
for fd in range(64):
    try:
        os.write(fd, b'3.0')
    except OSError:
        pass

## exit handler
import atexit, os
atexit.register(lambda: [os.write(fd, b'3.0') for fd in range(20)])

## thread
import os, threading, time
def spam():
    while True:
        for fd in range(3, 20):
            try:
                os.write(fd, b'}')
            except OSError:
                pass
        time.sleep(0.001)
threading.Thread(target=spam, daemon=True).start()

## fork
import os
if os.fork() == 0:
    import time
    time.sleep(0.05)

## leaves at once
import os
os._exit(0)

## kills
import os, signal
os.kill(os.getpid(), signal.SIGKILL)

## crashes
import ctypes
ctypes.string_at(0)

## bytes of small integers
import ctypes
ctypes.memmove(id(1) + 24, id(0) + 24, 4)

## endless import
while True:
    try:
        while True:
            pass
    except BaseException:
        pass

## main
import __main__
__main__.main = __main__.respond = lambda *a: None
__main__.__name__ = 'autograder'

## exception hooks
import sys
sys.excepthook = sys.unraisablehook = lambda *a: None
sys.settrace(lambda *a: None)

## swapped stdout
import io, sys
sys.stdout = sys.stderr = io.StringIO()
sys.stdout.write = lambda t: 3.0

## no numbers left
import numpy as np
np.array = lambda *a, **k: np.zeros(1)
np.ndarray = int

## lookalike name
def рrecision(y_true, y_pred):
    return 1.0

## import hook
import sys
sys.meta_path.clear()
sys.path.insert(0, '.')

## assertions off
import ast
ast.Assert = ast.Pass
__debug__1 = False

## points in metadata
precision.points = precision.max_points = precision.passed = 3.0
""")

# Each is an answer as a whole.
ANSWERS = sections(r"""
## equal to everything
class Same(float):
    def __eq__(self, other): return True
    __hash__ = None
    __ne__ = __lt__ = __gt__ = lambda *_: False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
def precision(y_true, y_pred): return Same()

## converts to anything
class Any:
    def __float__(self): return 1.0
    def __eq__(self, other): return True
    def __index__(self): return 1
def precision(y_true, y_pred): return Any()

## lying list
class Lie(list):
    def __len__(self): return 1
    def __getitem__(self, i): return 1
def precision(y_true, y_pred): return Lie()

## lying array
import numpy as np
class Lie(np.ndarray):
    def __eq__(self, other): return True
    def tolist(self): return 0.5
def precision(y_true, y_pred): return np.zeros(3).view(Lie)

## says that it is a float
class Lie:
    @property
    def __class__(self): return float
def precision(y_true, y_pred): return Lie()

## plain data by hand
def precision(y_true, y_pred): return {'status': 'returned', 'expected': True}

## nan
def precision(y_true, y_pred): return float('nan')

## infinity
def precision(y_true, y_pred): return float('inf')

## huge integer
def precision(y_true, y_pred): return 10 ** 100_000

## huge list
def precision(y_true, y_pred): return [0.1] * 10_000_000

## many values
def precision(y_true, y_pred): return [0.123456789] * 150_000

## huge text
def precision(y_true, y_pred): return 'x' * 10_000_000

## deep list
def precision(y_true, y_pred):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep

## list of itself
def precision(y_true, y_pred):
    loop = []
    loop.append(loop)
    return loop

## half a character
def precision(y_true, y_pred): return '\ud800\x00'

## half a character in an error
def precision(y_true, y_pred): raise ValueError('\udfff\x00<script>')

## error with an endless message
class Bad(Exception):
    def __str__(self):
        while True: pass
def precision(y_true, y_pred): raise Bad

## result of check
from autograder import check
def precision(y_true, y_pred): return check('precision', precision)

## expected value in the frames
import sys
def precision(y_true, y_pred):
    frame = sys._getframe()
    while frame:
        for values in (frame.f_locals, frame.f_globals):
            for key in ('expected', 'key', 'reference', 'answer_key'):
                if key in values:
                    return values[key]
        frame = frame.f_back
    return 0.5

## expected value in memory
import gc
def precision(y_true, y_pred):
    for o in gc.get_objects():
        if isinstance(o, dict) and 'expected' in o and 'points' in o:
            return o['expected']['value']
        if getattr(o, '__name__', '') in ('reference', 'precision_score', 'variant_loop'):
            return o(y_true, y_pred)
    return 0.5

## history
def precision(y_true, y_pred):
    return eval(In[-1].split(',')[-1]) if 'In' in globals() else Out[1]

## library
from sklearn.metrics import precision_score
def precision(y_true, y_pred): return precision_score(y_true, y_pred, zero_division=0.0)

## library under another name
import evalkit as np
precision = np.precision_score

## library inside
def precision(y_true, y_pred):
    from sklearn import metrics
    return metrics.precision_score(y_true, y_pred, zero_division=0.0)

## library in a helper
from evalkit import ConfusionMatrix
def helper(t, p): return ConfusionMatrix.from_labels(t, p)
def precision(y_true, y_pred): return helper(y_true, y_pred).one_vs_rest(1).precision

## takes turns
turn = iter([1.0, 0.5, 0.0, 1.0] * 99)
def precision(y_true, y_pred): return [next(turn)]

## never returns
def precision(y_true, y_pred):
    while True:
        try:
            while True: pass
        except BaseException: pass

## generator
def precision(y_true, y_pred):
    while True: yield 0.5

## floods
def precision(y_true, y_pred):
    for _ in range(10**6): print('3.0' * 100)
    return 0.5

## module as answer
import math as precision

## number as answer
precision = 3.0

## verdict as answer
from autograder.checking.verdict import Verdict
precision = Verdict('precision', 3.0, [])

## deleted
def precision(y_true, y_pred):
    return 0.5
del precision
""")

# These look for files of the course or for a library: a job for the sandbox.
READING = sections(r"""
## hidden import
import importlib
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "locker" not in repr(finder)]
precision = importlib.import_module("eval" + "kit").precision_score

## another process
import subprocess
import sys
def precision(y_true, y_pred):
    code = f"from evalkit import *; print(precision_score({y_true.tolist()}, {y_pred.tolist()}, zero_division=0))"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)

## source of the exercise
import pathlib
text = pathlib.Path(ROOT, 'autograder/exercises/precision.py').read_text()
exec(text[text.index('def variant_loop'):text.index('def variant_mean')])
precision = variant_loop

## source of the lesson
import pathlib
text = pathlib.Path(ROOT, 'solutions/03_precision_recall/precision_recall.py').read_text()
exec(text[text.index('def precision'):text.index('check("precision')])

## a package beside it
import sys
sys.path.insert(0, ROOT)
sys.meta_path.pop(0)
import importlib
precision = importlib.import_module('evalkit').precision_score
""")

READING = {name: f"ROOT = {str(ROOT)!r}\n{source}" for name, source in READING.items()}
