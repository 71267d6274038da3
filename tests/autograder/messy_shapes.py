"""Notebooks as real people leave them: what stands before an answer, the answer, what else was done, and files."""

from __future__ import annotations

from dataclasses import dataclass, field

from grading_samples import LESSON, RIGHT_PRECISION, Edit, answered, change, copy, delete, insert, named
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

__all__ = ["LESSON", "SHAPES", "Shape"]

RATIO = "def ratio(a, b):\n    return float(a) / b if b else 0.0\n"
BY_RATIO = "def precision(y_true, y_pred):\n    return ratio(y_true @ y_pred, y_pred.sum())"
BY_LEAST = "def precision(y_true, y_pred):\n    return float(y_true @ y_pred) / max(y_pred.sum(), LEAST)"
STUB = "def precision(y_true, y_pred):\n    raise NotImplementedError()"


@dataclass(frozen=True)
class Shape:
    """A messy submission, and whether its answer is right all the same."""

    before: str = ""
    answer: str = RIGHT_PRECISION
    edits: tuple[Edit, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    right: bool = True

    def notebook(self) -> NotebookNode:
        """What is handed in."""
        before = [insert("precision", self.before)] if self.before else []
        return answered(*before, *self.edits, precision=self.answer)


def after(name: str, source: str) -> Edit:
    """Put a code cell behind another."""

    def edit(notebook: NotebookNode) -> None:
        place = notebook.cells.index(named(notebook, name)) + 1
        notebook.cells.insert(place, new_code_cell(source, id=f"after-{name}"))

    return edit


def turned(name: str, kind: str) -> Edit:
    """Turn a cell into one of another kind."""

    def edit(notebook: NotebookNode) -> None:
        cell = named(notebook, name)
        cell.cell_type = kind
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)

    return edit


def tagged(name: str, tag: str) -> Edit:
    """Give a cell a tag."""
    return lambda notebook: named(notebook, name).metadata.update(tags=[tag])


def both(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(notebook: NotebookNode) -> None:
        for each in edits:
            each(notebook)

    return edit


def least(expression: str) -> str:
    """The answer, with a constant that it reads when it is called."""
    return f"def precision(y_true, y_pred):\n    return float(y_true @ y_pred) / max(y_pred.sum(), {expression})"


TRACED = """
import functools
def traced(f):
    @functools.wraps(f)
    def inner(*args, **words):
        return f(*args, **words)
    return inner
"""
METRICS = """
class Metrics:
    least = 1
    @staticmethod
    def of(t, p):
        return float(t @ p) / max(p.sum(), Metrics.least)
"""
INSIDE = """
def precision(t, p):
    from my_utils import ratio
    import math
    return math.fabs(ratio(t @ p, p.sum()))
"""

SHAPES: dict[str, Shape] = {
    "helper in another cell": Shape(RATIO, BY_RATIO),
    "own module": Shape("from my_utils import ratio", BY_RATIO, files={"my_utils.py": RATIO}),
    "own module, all of it": Shape("from my_utils import *", BY_RATIO, files={"my_utils.py": RATIO}),
    "own module under a name": Shape(
        "import my_utils as u",
        "def precision(t, p):\n    return u.ratio(t @ p, p.sum())",
        files={"my_utils.py": RATIO},
    ),
    "own package": Shape(
        "from tools.inner import ratio", BY_RATIO, files={"tools/__init__.py": "", "tools/inner.py": RATIO}
    ),
    "module in a folder on the path": Shape(
        "import sys\nsys.path.append('lib')\nimport tool\nratio = tool.ratio", BY_RATIO, files={"lib/tool.py": RATIO}
    ),
    "module that reads beside itself": Shape(
        "from limits import LEAST",
        BY_LEAST,
        files={
            "limits.py": "from pathlib import Path\nLEAST = int(Path(__file__).with_name('least.txt').read_text())",
            "least.txt": "1",
        },
    ),
    "import inside the answer": Shape(answer=INSIDE, files={"my_utils.py": RATIO}),
    "module that was not handed in": Shape("from my_utils import ratio", BY_RATIO, right=False),
    "written by a magic": Shape("%%writefile helper.py\n" + RATIO, f"from helper import ratio\n{BY_RATIO}"),
    "written by two magics": Shape(
        "%%writefile -a helper.py\n" + RATIO,
        f"from helper import ratio\n{BY_RATIO}",
        (after("imports", "%%writefile helper.py\nONE = 1\n"),),
    ),
    "run": Shape("%run helper.py", BY_RATIO, files={"helper.py": RATIO}),
    "run without its ending": Shape("%run -i helper", BY_RATIO, files={"helper.py": RATIO}),
    "autoreload": Shape(
        "%load_ext autoreload\n%autoreload 2\nimport my_utils\nratio = my_utils.ratio",
        BY_RATIO,
        files={"my_utils.py": RATIO},
    ),
    "pip": Shape("!pip install -q seaborn\n%pip install polars\nimport numpy as np\nLEAST = 1", BY_LEAST),
    "top-level await": Shape(
        "import asyncio\nasync def fetch():\n    await asyncio.sleep(0)\n    return 1\nLEAST = await fetch()", BY_LEAST
    ),
    "top-level async for": Shape(
        "async def numbers():\n    yield 1\nLEAST = 0\nasync for number in numbers():\n    LEAST += number", BY_LEAST
    ),
    "settings read in the answer": Shape(
        "import json", least("json.load(open('config.json'))['least']"), files={"config.json": '{"least": 1}'}
    ),
    "settings read before": Shape(
        "import json\nwith open('config.json') as file:\n    LEAST = json.load(file)['least']",
        BY_LEAST,
        files={"config.json": '{"least": 1}'},
    ),
    "settings that were not handed in": Shape(
        "import json", least("json.load(open('config.json'))['least']"), right=False
    ),
    "data in a folder": Shape(
        "from pathlib import Path\nFOLDER = Path('data') / 'small'",
        least("int((FOLDER / 'least.csv').read_text())"),
        files={"data/small/least.csv": "1\n"},
    ),
    "data of the lesson": Shape("import pandas as pd", least("pd.read_csv('data.csv')['a'][0]")),
    "place of the notebook": Shape(
        "from pathlib import Path\nFOLDER = Path(__file__).parent", least("len(str(FOLDER))"), right=False
    ),
    "file written by a cell": Shape(
        "with open('least', 'w') as file:\n    file.write('1')", least("int(open('least').read())")
    ),
    "file written by the shell": Shape("!echo 1 > least.txt", least("int(open('least.txt').read())")),
    "file written by a shell cell": Shape(
        "%%bash\nmkdir -p here\necho 1 > here/least", least("int(open('here/least').read())")
    ),
    "list of files": Shape("found = !ls *.csv", least("len(found)")),
    "another folder": Shape("%cd data", least("int(open('least').read())"), files={"data/least": "1"}),
    "environment variable": Shape("%env LEAST=1\nimport os", least("int(os.environ['LEAST'])")),
    "changed before the test": Shape("LEAST = 1000", BY_LEAST, (after("precision", "LEAST = 1"),)),
    "changed after the test": Shape("LEAST = 1", BY_LEAST, (after("check_precision", "LEAST = 1000"),)),
    "changed to something wrong": Shape("LEAST = 1", BY_LEAST, (after("precision", "LEAST = 1000"),), right=False),
    "defined twice, right at the end": Shape("def precision(t, p):\n    return 0.123"),
    "defined twice, wrong at the end": Shape(
        edits=(after("precision", "def precision(t, p):\n    return 0.123"),), right=False
    ),
    "answer behind the stub": Shape(answer=STUB, edits=(after("precision", RIGHT_PRECISION),)),
    "answer behind the test": Shape(answer=STUB, edits=(after("check_precision", RIGHT_PRECISION),), right=False),
    "answer in the cell of the imports": Shape(
        answer="", edits=(change("imports", f"import numpy as np\nfrom autograder import check\n{RIGHT_PRECISION}"),)
    ),
    "answer cell deleted": Shape(edits=(both(delete("precision"), insert("check_precision", RIGHT_PRECISION)),)),
    "answer cell split": Shape(
        "def counted(t, p):\n    return t @ p, p.sum()",
        "def precision(t, p):\n    hits, called = counted(t, p)\n    return float(hits) / called if called else 0.0",
    ),
    "answer and test merged": Shape(
        answer=f'{RIGHT_PRECISION}\n\ncheck("precision", precision)', edits=(delete("check_precision"),)
    ),
    "answer turned raw": Shape(edits=(turned("precision", "raw"),)),
    "answer turned into text": Shape(edits=(turned("precision", "markdown"),)),
    "test deleted": Shape(edits=(delete("check_precision"),)),
    "test edited": Shape(edits=(change("check_precision", "precision(np.array([1]), np.array([1]))"),)),
    "test twice": Shape(edits=(copy("check_precision"),)),
    "answer twice": Shape(edits=(copy("precision"),)),
    "imports deleted": Shape(
        edits=(delete("imports"),), answer=RIGHT_PRECISION.replace("float(", "np.float64("), right=False
    ),
    "decorated": Shape(TRACED, f"@traced\n{RIGHT_PRECISION}"),
    "lambda": Shape(answer="precision = lambda t, p: float(t @ p) / max(p.sum(), 1)"),
    "attribute of a class": Shape(METRICS, "precision = Metrics.of"),
    "walrus": Shape("print(LEAST := 1)", BY_LEAST),
    "only when run": Shape("if __name__ == '__main__':\n    LEAST = 1", BY_LEAST),
    "timed cell": Shape(answer=f"%%time\n{RIGHT_PRECISION}"),
    "captured cell": Shape(answer=f"%%capture\n{RIGHT_PRECISION}"),
    "inline figures": Shape("%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\nLEAST = 1", BY_LEAST),
    "help": Shape("np.mean?\nLEAST = 1", BY_LEAST),
    "another language": Shape("%%html\n<b>hello</b>"),
    "package that may be missing": Shape(
        "try:\n    import seaborn\nexcept ImportError:\n    seaborn = None\nLEAST = 1", BY_LEAST
    ),
    "package that is missing": Shape("import no_such_package_at_all as ns", least("ns.one()"), right=False),
    "metric library": Shape(answer="from sklearn.metrics import precision_score as precision", right=False),
    "cell that says it is to be skipped": Shape(RATIO, BY_RATIO, (tagged("before-precision", "skip-execution"),)),
    "future": Shape(
        "from __future__ import annotations",
        "def precision(t: Nothing, p: Nothing) -> Never:\n    return float(t @ p) / max(p.sum(), 1)",
    ),
    "state in a global": Shape(
        "calls = 0", "def precision(t, p):\n    global calls\n    calls += 1\n    return float(t @ p) / max(p.sum(), 1)"
    ),
    "seed and experiment": Shape("np.random.seed(0)\nnoise = np.random.rand(3)\nprint(noise.mean())"),
    "slip in another cell": Shape("print('unfinished'", right=True),
    "error in another cell": Shape("1 / 0"),
    "slip in the answer": Shape(answer="def precision(y_true, y_pred)\n    return 1", right=False),
    "not written": Shape(answer=STUB, right=False),
}
