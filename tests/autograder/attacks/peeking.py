"""Look for the answer: in memory, in other modules, in files, in the place of others."""

from nbformat.v4 import new_code_cell

from attacks.attack import Attack

NOT_THERE = "Expected values, the oracle and the solutions are not in that process, and not in its file system."
LIBRARY = "The folders of metric libraries are empty there; imports give a stand-in that says so."

FIND = """
import os
def find(*names):
    found = []
    for place, folders, files in os.walk("/"):
        if "-packages/" in place or place.startswith(("/sys", "/dev", "/usr/share", "/usr/include", "/usr/lib/")):
            folders.clear()
        found += [path for path in (f"{place}/{name}" for name in files + folders) if path.endswith(names)]
    return found
"""

ATTACKS = [
    Attack(
        name="history",
        tries="Reads the test's source from the history (`In[-1]`), and earlier results from `Out`.",
        stops="The cases are drawn from a seed that stands in no cell; the history holds inputs of the practice check.",
        named="uses globals",
        answer="""
def precision(y_true, y_pred):
    names = globals()
    text = names["In"][-1]
    print("last input:", text[:10])
    return max(names["Out"].values(), default=0.123)
""",
        cell='check("precision", precision)',
        shows="last input: check(",
    ),
    Attack(
        name="frames-of-the-judge",
        tries="Searches the frames of its callers for `expected`, `key` and `reference` (`sys._getframe`).",
        stops=NOT_THERE,
        named="uses _getframe",
        answer="""
import sys
def precision(y_true, y_pred):
    frame = sys._getframe()
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in ("expected", "key", "reference", "exercise"):
                value = names.get(name)
                if callable(getattr(value, "reference", value)):
                    return getattr(value, "reference", value)(y_true, y_pred)
                if isinstance(value, float):
                    return value
        frame = frame.f_back
    return 0.123
""",
    ),
    Attack(
        name="inspect-stack",
        tries="Takes the exercise from `inspect.stack()` and asks it for its reference solution.",
        stops=NOT_THERE,
        named="uses inspect",
        answer="""
import inspect
def precision(y_true, y_pred):
    for info in inspect.stack():
        for value in info.frame.f_locals.values():
            if hasattr(value, "reference"):
                return value.reference(y_true, y_pred)
    return 0.123
""",
    ),
    Attack(
        name="memory-search",
        tries="Searches all objects (`gc.get_objects`) for answer keys, oracles and right functions.",
        stops=NOT_THERE,
        named="uses gc",
        answer="""
import gc
def precision(y_true, y_pred):
    for thing in gc.get_objects():
        if getattr(thing, "__name__", "") in ("reference", "precision_score", "variant_loop"):
            return thing(y_true, y_pred)
        if isinstance(thing, dict) and "expected" in thing and "points" in thing:
            return thing["expected"].get("value", 0.123)
    return 0.123
""",
    ),
    Attack(
        name="in-kernel-oracle",
        tries="Imports the exercise itself and calls its reference solution.",
        stops=LIBRARY,
        named=r"uses autograder\.exercises",
        answer="""
from autograder.exercises import get
def precision(y_true, y_pred):
    return get("precision").reference(y_true, y_pred)
""",
    ),
    Attack(
        name="course-library",
        tries="Calls evalkit's `precision_score` in place of an own computation.",
        stops=LIBRARY,
        named=r"uses evalkit\.precision_score",
        answer="""
from evalkit import precision_score
def precision(y_true, y_pred):
    return precision_score(y_true, y_pred, zero_division=0.0)
""",
    ),
    Attack(
        name="scikit-learn",
        tries="Binds scikit-learn's function to the name of the answer, behind a helper.",
        stops=LIBRARY,
        named=r"uses sklearn\.metrics",
        answer="""
from sklearn import metrics as tools
def helper(*args):
    return tools.precision_score(*args, zero_division=0.0)
precision = helper
""",
    ),
    Attack(
        name="hidden-import",
        tries="Imports a metric library by `importlib` and a name in two parts, past the finders of the course.",
        stops=LIBRARY,
        named="uses (sys|importlib)",
        answer="""
import importlib, sys
def precision(y_true, y_pred):
    sys.meta_path[:] = [finder for finder in sys.meta_path if "locker" not in type(finder).__name__]
    importlib.invalidate_caches()
    for name in ("eval" + "kit", "sk" + "learn.metrics", "torchmetrics.functional"):
        sys.modules.pop(name.split(".")[0], None)
        try: return importlib.import_module(name).precision_score(y_true, y_pred, zero_division=0.0)
        except Exception: pass
    return 0.123
""",
    ),
    Attack(
        name="encoded-code",
        tries="Runs a text in base64 that imports the metric.",
        stops=LIBRARY,
        named="uses exec",
        answer="""
import base64
# from sklearn.metrics import precision_score as precision
exec(base64.b64decode("ZnJvbSBza2xlYXJuLm1ldHJpY3MgaW1wb3J0IHByZWNpc2lvbl9zY29yZSBhcyBwcmVjaXNpb24="))
""",
    ),
    Attack(
        name="another-process",
        tries="Starts a fresh Python that computes the metric with a library.",
        stops=LIBRARY,
        named="uses subprocess",
        answer="""
import subprocess, sys
def precision(y_true, y_pred):
    code = "from sklearn.metrics import precision_score as p; " * 1
    for package in ("sklearn.metrics", "evalkit", "autograder.exercises.precision"):
        code = f"import {package} as m; print(getattr(m, 'precision_score', m.__dict__.get('variant_loop'))"
        code += f"({y_true.tolist()}, {y_pred.tolist()}))"
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
        if done.stdout.strip(): return float(done.stdout)
    return 0.123
""",
    ),
    Attack(
        name="library-elsewhere",
        tries="Searches the whole file system for a copy of a metric library, packed ones included.",
        stops=LIBRARY,
        named="uses os",
        answer=FIND
        + """
import importlib, sys
def precision(y_true, y_pred):
    sys.meta_path[:] = [finder for finder in sys.meta_path if "locker" not in type(finder).__name__]
    for path in find("/sklearn", "/evalkit", "/torchmetrics", "/torcheval", ".whl", ".egg"):
        sys.path.insert(0, path if path.endswith((".whl", ".egg")) else os.path.dirname(path))
        for name in ("sklearn.metrics", "evalkit"):
            sys.modules.pop(name, None)
            sys.modules.pop(name.partition(".")[0], None)
            try: return importlib.import_module(name).precision_score(y_true, y_pred, zero_division=0.0)
            except Exception: pass
    return 0.123
""",
    ),
    Attack(
        name="library-for-another-purpose",
        tries="Asks a library for texts (NLTK) how many of one set are in another, which is precision.",
        stops=LIBRARY,
        named="uses (sys|importlib)",
        answer="""
import importlib, sys
def precision(y_true, y_pred):
    sys.meta_path[:] = [finder for finder in sys.meta_path if "locker" not in type(finder).__name__]
    sys.modules.pop("nltk", None)
    scores = importlib.import_module("nltk.metrics.scores")
    return scores.precision(set(np.flatnonzero(y_true)), set(np.flatnonzero(y_pred))) or 0.0
""",
    ),
    Attack(
        name="source-of-the-exercise",
        tries="Reads the file of the exercise, with the reference and right variants, from the installed package.",
        stops=NOT_THERE,
        named="uses (open|pathlib|os)",
        answer="""
import os
def precision(y_true, y_pred):
    import autograder.checking.observe
    folder = os.path.dirname(os.path.abspath(autograder.checking.observe.__file__))
    text = open(os.path.join(folder, "exercises", "precision.py")).read()
    names = {"np": np}
    exec(text[text.index("def variant_loop"):text.index("def variant_mean")], names)
    return names["variant_loop"](y_true, y_pred)
""",
    ),
    Attack(
        name="solutions-on-disk",
        tries="Looks for `source/`, `solutions/`, `release/` and runs what it finds.",
        stops="The working folder is private and holds the lesson's data only; the course is not mounted.",
        named="uses os|uses exec",
        cell=FIND
        + """
paths = find("precision_recall.py", "precision_recall.ipynb", "/solutions", "/submitted", "/release")
print("solutions found:", paths)
""",
        shows="solutions found: []",
    ),
    Attack(
        name="hidden-tests-on-disk",
        tries="Reads its own notebook in the working folder, where nbgrader puts the hidden tests.",
        stops="No notebook lies in the working folder, and the seeds of the hidden tests are not those of the grading.",
        named="uses pathlib",
        cell="""
import pathlib
# Where the course itself lies in /tmp, the examples of installed packages are there, too.
found = [str(path) for path in pathlib.Path("/tmp").rglob("*.ipynb") if "site-packages" not in path.parts]
print("notebooks here:", found)
""",
        shows="notebooks here: []",
    ),
    Attack(
        name="hidden-tests-in-source",
        tries="Prints every cell that runs, to learn the hidden tests and their seeds from the feedback.",
        stops="Test cells are not run in the notebook. The cases are drawn from a secret of the course.",
        named="uses get_ipython",
        cell="""
def tell(info): print("about to run:", info.raw_cell)
get_ipython().events.register("pre_run_cell", tell)
""",
        edit=lambda notebook: notebook.cells.append(new_code_cell("'the last cell'", id="last")),
        shows="about to run: 'the last cell'",
        hides="seed=4711",
    ),
    Attack(
        name="gradebook",
        tries="Looks for `gradebook.db` and every other database, to give itself a `manual_score`.",
        stops="The gradebook is not mounted; one process outside writes it.",
        named="uses os",
        cell=FIND
        + """
import sqlite3
paths = [path for path in find(".db", ".sqlite") if "site-packages" not in path]
for path in paths:
    with sqlite3.connect(path) as db: db.execute("update grade set manual_score = 3")
print("databases found:", paths)
""",
        shows="databases found: []",
    ),
    Attack(
        name="other-submissions",
        tries="Lists the processes, and the folders of `/proc`, `/tmp` and `/sockets`, for other people's work.",
        stops="Each kernel has its own processes, `/tmp` and `/dev/shm`; `/proc` shows three harmless files.",
        named="uses os",
        cell="""
import os
print("seen:", sorted(os.listdir("/proc")), os.listdir("/sockets"), os.listdir("/tmp/work"), os.getpid())
""",
        shows="seen: ['cpuinfo', 'meminfo', 'stat'] [] [] 1",
    ),
    Attack(
        name="environment-of-the-grader",
        tries="Reads keys and paths from the environment, from `/proc/1` and `/proc/self`, and from `/etc`.",
        stops="The environment is cleared; of `/etc` only what programs need is there.",
        named="uses os",
        cell="""
import os
seen = [name for name in ("/etc/passwd", "/etc/shadow", "/proc/1/environ", "/proc/self/mem", "/root", "/home", "/run")
        if os.path.exists(name)]
print("readable:", [name for name in seen if os.access(name, os.R_OK) and not os.path.isdir(name)])
print("secrets:", [name for name in os.environ if "SECRET" in name or "TOKEN" in name or "KEY" in name])
""",
        shows="readable: []\nsecrets: []",
    ),
    Attack(
        name="note-to-oneself",
        tries="Computes right answers with a library in the notebook and leaves them in files for the judged process.",
        stops="Notebook and judged process share no folder, no network, no shared memory and no abstract socket.",
        named="uses (open|os)",
        answer="""
import os
PLACES = ("/tmp/work/note.py", "/tmp/home/note.py", "/dev/shm/note.py", "/tmp/note.py", "note.py")
def precision(y_true, y_pred):
    for path in PLACES:
        if os.path.exists(path):
            names = {}
            exec(open(path).read(), names)
            return names["answer"](y_true, y_pred)
    return 0.123
""",
        cell="""
written = 0
for path in PLACES:
    try:
        with open(path, "w") as file:
            file.write("from sklearn.metrics import precision_score as answer")
        written += 1
    except OSError: pass
print("notes written:", written)
""",
        shows="notes written: 5",
    ),
]
