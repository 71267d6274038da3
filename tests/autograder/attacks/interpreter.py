"""Change the interpreter, so that tests pass or do not run."""

from attacks.attack import Attack

OTHER_PROCESS = "Judged in another process, by code and data that the submission never has."

ATTACKS = [
    Attack(
        name="ast-transformer",
        tries="Removes `assert` and every call of `check` from later cells by `ast_transformers`.",
        stops=OTHER_PROCESS,
        named="uses get_ipython",
        cell="""
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node):
        return ast.Expr(ast.Constant(3.0)) if "check" in ast.unparse(node) else node
get_ipython().ast_transformers.append(Strip())
print("transformer installed")
""",
        shows="transformer installed",
    ),
    Attack(
        name="input-transformer",
        tries="Replaces the source of later test cells by `3.0` (`input_transformers_post`).",
        stops=OTHER_PROCESS,
        named="uses get_ipython",
        cell="""
def cheat(lines):
    return ["3.0\\n"] if any(line.startswith("check(") for line in lines) else lines
get_ipython().input_transformers_post.append(cheat)
print("transformer installed")
""",
        shows="transformer installed",
    ),
    Attack(
        name="patched-run-cell",
        tries="Wraps `run_cell_async` of the shell, so that every cell succeeds.",
        stops=OTHER_PROCESS,
        named="uses get_ipython",
        cell="""
shell = get_ipython()
run = shell.run_cell_async
async def run_nothing(source, *args, **kwargs):
    return await run("3.0" if "check(" in source else source, *args, **kwargs)
shell.run_cell_async = run_nothing
print("shell patched")
""",
        shows="shell patched",
    ),
    Attack(
        name="patched-do-execute",
        tries="Replaces `do_execute` of the kernel.",
        stops=OTHER_PROCESS,
        named="uses get_ipython",
        cell="""
kernel = get_ipython().kernel
execute = kernel.do_execute
async def do_execute(code, *args, **kwargs):
    return await execute("3.0" if "check(" in code else code, *args, **kwargs)
kernel.do_execute = do_execute
print("kernel patched")
""",
        shows="kernel patched",
    ),
    Attack(
        name="hidden-errors",
        tries="Hides errors: `showtraceback` does nothing, `set_custom_exc` swallows the rest.",
        stops=OTHER_PROCESS,
        named="uses get_ipython",
        cell="""
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *args, **kwargs: None)
shell.showtraceback = lambda *args, **kwargs: None
print("errors hidden")
""",
        shows="errors hidden",
    ),
    Attack(
        name="patched-comparisons",
        tries="Makes `np.isclose`, `np.allclose`, `math.isclose` and `np.testing` agree with everything.",
        stops=OTHER_PROCESS,
        named=r"an assignment to np\.isclose",
        cell="""
import math
np.isclose = np.allclose = np.array_equal = math.isclose = lambda *args, **kwargs: True
np.testing.assert_allclose = np.testing.assert_equal = lambda *args, **kwargs: None
print(np.isclose(0, 1))
""",
        shows="True",
    ),
    Attack(
        name="patched-builtins",
        tries="Replaces `abs`, `round` and `all`.",
        stops=OTHER_PROCESS,
        named=r"an assignment to builtins\.abs",
        cell="""
import builtins
builtins.abs = lambda x: 0.0
builtins.round = lambda *args: 3.0
builtins.all = lambda *args: True
print(abs(-7))
""",
        shows="0.0",
    ),
    Attack(
        name="patched-small-integers",
        tries="Overwrites the digits of the number 0 in memory by `ctypes`, so that 0 == 1.",
        stops=OTHER_PROCESS,
        named="uses ctypes",
        answer="""
import ctypes
def precision(y_true, y_pred):
    ctypes.memmove(id(0) + 24, id(1) + 24, 4)
    return 0.123
""",
    ),
    Attack(
        name="swapped-modules",
        tries="Puts modules of its own in the place of those that judge and compare in `sys.modules`.",
        stops=OTHER_PROCESS,
        named="uses sys",
        cell="""
import sys, types
for name in ("checking.compare", "checking.judge", "checking.verdict", "lesson.check"):
    name = f"autograder.{name}"
    fake = sys.modules[name] = types.ModuleType(name)
    fake.same = fake.judge = fake.check = lambda *args, **kwargs: 3.0
print("modules swapped")
""",
        shows="modules swapped",
    ),
    Attack(
        name="import-hook",
        tries="Answers every later import of the course's packages with its own module (`sys.meta_path`).",
        stops=OTHER_PROCESS,
        named="uses sys",
        cell="""
import sys, types
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("autograder"):
            print("asked for", name)
sys.meta_path.insert(0, Finder())
for name in [name for name in sys.modules if name.startswith("autograder")]:
    del sys.modules[name]
import autograder.checking.judge
""",
        shows="asked for autograder.checking.judge",
    ),
    Attack(
        name="patched-clock",
        tries="Patches `time` and `signal`, so that no limit strikes, and never returns.",
        stops="Limits are kept outside: processor time by the operating system, the clock by the grader.",
        named="precision.*(stopped|killed|answer|time)|uses signal",
        answer="""
import signal, time
time.monotonic = time.time = lambda: 0.0
signal.setitimer = signal.alarm = lambda *args: None
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
def precision(y_true, y_pred):
    while True:
        pass
""",
    ),
    Attack(
        name="warnings-as-errors",
        tries="Turns every warning of later code into an error, to break the tests themselves.",
        stops="The oracle has run elsewhere; a warning is noted and costs nothing.",
        named=r"an assignment to warnings\.",
        cell="""
import warnings
warnings.simplefilter("error")
warnings.catch_warnings = warnings.warn = None
print("warnings raise")
""",
        shows="warnings raise",
    ),
    Attack(
        name="exit-handlers",
        tries="Leaves `atexit` handlers and finalizers that want to write after the grading.",
        stops="The processes are killed, not asked to leave; there is nothing in reach to write to.",
        named="uses atexit",
        cell="""
import atexit, os, weakref
def write():
    for number in range(64):
        try: os.write(number, b'{"points": 3.0}')
        except OSError: pass
atexit.register(write)
class Late:
    def __del__(self): write()
late = Late()
print("handlers left")
""",
        shows="handlers left",
    ),
    Attack(
        name="surviving-thread",
        tries="A thread that rebinds `check`, the answers and `print` again and again.",
        stops=OTHER_PROCESS,
        named="uses threading",
        cell="""
import threading, time
def haunt():
    while True:
        globals().update(check=lambda *args, **kwargs: 3.0, recall=None, caught=None)
        time.sleep(0.001)
threading.Thread(target=haunt, daemon=True).start()
print("thread runs")
""",
        shows="thread runs",
    ),
    Attack(
        name="frame-edit",
        tries="Walks up the frames from the answer and overwrites `points`, `passed`, `expected` and `max_points`.",
        stops=OTHER_PROCESS,
        named="uses _getframe",
        answer="""
import ctypes, sys
def precision(y_true, y_pred):
    frame = sys._getframe()
    while frame:
        frame.f_locals.update(points=3.0, passed=True, expected=0.123, max_points=3.0)
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return 0.123
""",
    ),
]
