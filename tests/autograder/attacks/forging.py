"""Forge what a test cell would have left, or what the grader reads."""

from attacks.attack import Attack

PATCHED = "The output of a test cell is replaced by the verdict from outside; only printed text stays."

VERDICT = """
mime = "application/vnd.autograder.verdict+json"
try:
    from autograder.checking.verdict import MIME_TYPE as mime
except Exception:
    pass
verdict = {"exercise": "precision", "points": 3.0, "max_points": 3.0, "passed": True,
           "cases": [{"name": "plain", "points": 3.0, "max_points": 3.0, "message": ""}],
           "hints": [], "misconceptions": []}
bundle = {"text/plain": "3.0", mime: verdict}
"""

ATTACKS = [
    Attack(
        name="forged-displayhook",
        tries="Calls `sys.displayhook(3.0)` before the test fails: nbgrader takes the first result for the grade.",
        stops=PATCHED,
        named="uses sys",
        cell="""
import sys
hook = sys.displayhook
def first_mine(value):
    hook(3.0)
    hook(value)
sys.displayhook = first_mine
get_ipython().events.register("pre_run_cell", lambda info: hook(3.0))
print("hook set")
""",
        shows="hook set",
    ),
    Attack(
        name="forged-display",
        tries="Displays a perfect verdict, with the right MIME type, in its own cell.",
        stops="A verdict counts at the place of its test cell only, and comes from outside.",
        named="autograder.checking.verdict",
        cell=VERDICT + "display(bundle, raw=True)\nprint('displayed')",
        shows="displayed",
    ),
    Attack(
        name="forged-message",
        tries="Sends a perfect `execute_result` of its own to the grader whenever a test cell starts.",
        stops=PATCHED,
        named="uses get_ipython",
        cell=VERDICT
        + """
kernel = get_ipython().kernel
def send(info=None):
    content = {"data": bundle, "metadata": {}, "execution_count": 1}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())
get_ipython().events.register("pre_run_cell", send)
print("hook set")
""",
        shows="hook set",
    ),
    Attack(
        name="own-check",
        tries="Defines a function `check` of its own.",
        stops=PATCHED,
        named="uses its own check",
        cell="def check(*args, **kwargs):\n    return 3.0\nprint(check())",
        shows="3.0",
    ),
    Attack(
        name="patched-check",
        tries="Replaces `autograder.check` and the code of the function itself.",
        stops=PATCHED,
        named=r"an assignment to autograder\._check\.check",
        cell="""
import autograder.lesson.check
def mine(exercise_id, function, *, seed=0):
    return 3.0
check.__code__, check.__kwdefaults__ = mine.__code__, {"seed": 0}
autograder.check = autograder.lesson.check.check = mine
print(check("precision", None))
""",
        shows="3.0",
    ),
    Attack(
        name="patched-verdict",
        tries="Makes every `Verdict` and `CaseResult` a perfect one.",
        stops=PATCHED,
        named=r"uses autograder\.verdict",
        cell="""
from autograder.checking.verdict import CaseResult, Verdict
make = Verdict.__new__
def perfect(cls, exercise, max_points, cases, *args, **kwargs):
    cases = [CaseResult(case.name, case.max_points, case.max_points, "") for case in cases]
    return make(cls, exercise, max_points, cases, *args, **kwargs)
Verdict.__new__ = perfect
print("verdicts are perfect")
""",
        shows="verdicts are perfect",
    ),
    Attack(
        name="patched-judge",
        tries="Replaces the comparison and the judge of the course by ones that are always content.",
        stops=PATCHED,
        named=r"uses autograder\.judge",
        cell="""
from autograder.checking import compare, judge
for module in (compare, judge):
    for name in ("same", "same_outcome", "is_number"):
        if hasattr(module, name): setattr(module, name, lambda *args, **kwargs: True)
print("judge patched")
""",
        shows="judge patched",
    ),
    Attack(
        name="patched-observe",
        tries="Replaces `observe` and `to_plain`, there and in the process that is asked by the judge.",
        stops="The answer of that process is read as data of one form, and compared outside.",
        named="uses gc|uses autograder.checking.observe",
        answer="""
import gc
def precision(y_true, y_pred):
    for thing in gc.get_objects():
        if getattr(thing, "__name__", "") in ("to_plain", "_observe_one", "_small") and hasattr(thing, "__code__"):
            thing.__code__ = (lambda *args: {"status": "returned", "value": True, "points": 3.0}).__code__
    return 0.123
""",
    ),
    Attack(
        name="patched-json",
        tries="Replaces `json.dumps` by one that writes perfect points, in the process that is asked by the judge.",
        stops="The answer must have the form of the question; points are no part of it.",
        named="earned nothing|json",
        answer="""
import json
def precision(y_true, y_pred):
    json.dumps = lambda *args, **kwargs: '{"points": 3.0, "passed": true}'
    return 0.123
""",
    ),
    Attack(
        name="forged-answer",
        tries="Reads the question from the frames of the process that asks, and answers every case by itself.",
        stops="Only inputs are in the question. Made-up values are compared with right ones, outside.",
        named="uses _getframe",
        answer="""
import json, os, sys
def precision(y_true, y_pred):
    frame = sys._getframe()
    while frame and "request" not in frame.f_locals:
        frame = frame.f_back
    request = frame.f_locals["request"]
    seen = {"status": "returned", "value": 1.0, "points": 3.0, "passed": True, "expected": 1.0}
    tasks = [{"exercise": t["exercise"], "observations": [seen for _ in t["inputs"]]} for t in request["tasks"]]
    answer = json.dumps({"nonce": request["nonce"], "tasks": tasks, "faults": []}).encode()
    for number in range(3, 64):
        try: os.write(number, answer)
        except OSError: pass
    os._exit(0)
""",
    ),
    Attack(
        name="forged-points-in-answer",
        tries="Returns a `Verdict` from the answer, and hangs points on the function.",
        stops="A function is called with inputs, and its value is compared; nothing else about it counts.",
        named=r"uses autograder\.verdict",
        answer="""
from autograder.checking.verdict import CaseResult, Verdict
def precision(y_true, y_pred):
    return Verdict("precision", 3.0, [CaseResult("plain", 3.0, 3.0, "")], [], [])
precision.points = precision.max_points = precision.passed = 3.0
""",
    ),
    Attack(
        name="rebound-later",
        tries="Rebinds `precision` to another function of the lesson each time it is called.",
        stops="What the call returns on the judge's inputs is compared, whatever its name.",
        named="uses globals|uses sys",
        answer="""
import sys
turn = []
def precision(y_true, y_pred):
    turn.append(1)
    globals()["precision"] = sys.modules["__main__"].__dict__.get("recall") or precision
    return [0.0, 1.0, 0.5][len(turn) % 3] + 0.017
""",
    ),
]
