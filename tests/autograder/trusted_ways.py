"""Ways to write a right answer: what stands in a cell before it, and the answer cell."""

from __future__ import annotations

from trusted_samples import sections

WAYS = {
    name: (before.strip(), answer.strip())
    for name, (before, _, answer) in (
        (name, text.partition("#--"))
        for name, text in sections(r"""
## helper in another cell
def ratio(a, b):
    return a / b if b else 0.0
#--
def precision(y_true, y_pred):
    return float(ratio(y_true @ y_pred, y_pred.sum()))

## helper after an experiment
values = np.arange(3)
print(values / 2)
def ratio(a, b):
    return a / b if b else 0.0
#--
def precision(y_true, y_pred):
    return float(ratio(y_true @ y_pred, y_pred.sum()))

## another exercise's function
def recall(y_true, y_pred):
    return float(y_true @ y_pred) / max(int(y_true.sum()), 1)
#--
def precision(y_true, y_pred):
    return recall(y_pred, y_true)

## import in its own cell
import numpy as numbers
#--
def precision(t, p):
    return numbers.dot(t, p) / max(p.sum(), 1)

## constant from an expression
POSITIVE = int(np.sqrt(4)) - 1
NOTHING = 0.0 if POSITIVE else None
#--
def precision(t, p):
    called = (p == POSITIVE).sum()
    return float((t[p == POSITIVE] == POSITIVE).mean()) if called else NOTHING

## constant from a loop
total = 0
for i in range(2):
    total += i
#--
def precision(t, p):
    return float(t[p == total].mean()) if (p == total).any() else 0.0

## table that is filled later
LIMITS = {}
LIMITS['yes'] = 1
LIMITS.update(empty=0.0)
#--
def precision(t, p):
    chosen = t[p == LIMITS['yes']]
    return float(chosen.mean()) if chosen.size else LIMITS['empty']

## table that another function fills
LIMITS = []
def prepare(x):
    LIMITS.append(x)
prepare(1)
#--
def precision(t, p):
    return float(t[p == LIMITS[0]].mean()) if (p == LIMITS[0]).any() else 0.0

## table under a second name
LIMITS = []
alias = LIMITS
alias.append(1)
#--
def precision(t, p):
    return float(t[p == LIMITS[0]].mean()) if (p == LIMITS[0]).any() else 0.0

## star imports
from math import *
from numpy import *
#--
def precision(t, p):
    return float(dot(t, p)) / fmax(p.sum(), 1) + floor(0.5)

## global counter
calls = 0
#--
def precision(t, p):
    global calls
    calls += 1
    return float(t @ p) / max(p.sum(), 1)

## counter that an experiment moves
calls = 0
def count():
    global calls
    calls += 1
count()
#--
def precision(t, p):
    return float(t @ p) / max(p.sum(), calls)

## lambda
pass
#--
precision = lambda t, p: float(t @ p) / max(p.sum(), 1)

## partial
from functools import partial
def share(t, p, least):
    return float(t @ p) / max(p.sum(), least)
#--
precision = partial(share, least=1)

## object that can be called
class Metric:
    def __init__(self, empty): self.empty = empty
    def __call__(self, t, p): return float(t[p == 1].mean()) if p.any() else self.empty
#--
precision = Metric(empty=0.0)

## decorator
import functools
def logged(f):
    @functools.wraps(f)
    def inner(*args):
        print(f.__name__)
        return f(*args)
    return inner
#--
@logged
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## cache
memory = {}
#--
def precision(t, p):
    key = (t.tobytes(), p.tobytes())
    if key not in memory:
        memory[key] = float(t @ p) / max(p.sum(), 1)
    return memory[key]

## data class
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Counts:
    tp: int
    yes: Missing
#--
def precision(t, p):
    c = Counts(int(t @ p), int(p.sum()))
    return c.tp / c.yes if c.yes else 0.0

## annotated with a library's class
from evalkit import ConfusionMatrix
#--
def show(cm: ConfusionMatrix | None) -> ConfusionMatrix: ...
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## import that may fail
try:
    from nowhere import ratio
except ImportError:
    def ratio(a, b): return a / b if b else 0.0
#--
def precision(t, p): return float(ratio(t @ p, p.sum()))

## own function with a library's name
from sklearn.metrics import precision_score
def precision_score(t, p):
    return float(t @ p) / max(p.sum(), 1)
#--
def precision(t, p):
    return precision_score(t, p)

## variable with a library's name
from evalkit import precision_score
#--
def precision(t, p):
    precision_score = float(t @ p) / max(p.sum(), 1)
    return precision_score

## compared with the library
from sklearn.metrics import precision_score
#--
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

print(precision_score([1, 0], [1, 1]), precision(np.array([1, 0]), np.array([1, 1])))

## checked by the learner
first = 1
#--
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

result = check('precision', precision)
print(result.hints)

## magics
%matplotlib inline
!ls
np.mean?
#--
%%time
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## timed line
%time half = 1 / 2
#--
def precision(t, p): return float(t @ p) / max(p.sum(), 2 * half)

## several on a line
one = 1; two = 2; print(one)
#--
def precision(t, p): return float(t @ p) / max(p.sum(), one)

## defined twice
def precision(t, p):
    return 0.5
#--
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## kept under a condition
fast = True
#--
if fast:
    def precision(y_true, y_pred):
        called = (y_pred == 1).sum()
        return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## walrus
print(least := 1)
#--
def precision(t, p): return float(t @ p) / max(p.sum(), least)

## made from text
exec('least = 1')
#--
def precision(t, p): return float(t @ p) / max(p.sum(), least)

## patched module
np.least = 1
#--
def precision(t, p): return float(t @ p) / max(p.sum(), np.least)

## NumPy that raises
np.seterr(all='raise')
#--
def precision(t, p):
    try:
        return float(np.sum(t[p == 1]) / np.sum(p == 1, dtype=float))
    except FloatingPointError:
        return 0.0

## warnings
import warnings
warnings.simplefilter('error')
#--
def precision(y_true, y_pred):
    warnings.warn('careful')
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## slow experiment
import time
time.sleep(3600)
#--
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0

## experiment that leaves
import sys
sys.exit()
#--
def precision(y_true, y_pred):
    called = (y_pred == 1).sum()
    return float(((y_true == 1) & (y_pred == 1)).sum() / called) if called else 0.0
""").items()
    )
}
