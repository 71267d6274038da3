"""Run each lesson once, with the solutions in it, and keep what came out until something it depends on changes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.build import write_lesson
from autograder.authoring.prose import execute
from autograder.authoring.source import source_notebook
from autograder.grading.keeping.files import write_whole

REPOSITORY = Path(__file__).parents[3]
# What a lesson loads, and whose version may change a number or a figure.
LOADED = (
    "evalkit",
    "autograder/lesson",
    "autograder/checking",
    "autograder/exercises",
    "autograder/static",
    "exercises",
)
# But not what beside them serves pages alone.
FOR_PAGES = ("autograder/checking/page.py", "autograder/static/practice", "autograder/static/progress")
LIBRARIES = ("numpy", "matplotlib", "pandas", "pyarrow", "scikit-learn", "torch", "torchvision", "ipykernel")
CELL_SECONDS = 300


def executed_lessons(sources: list[Path], cache: Path) -> dict[str, NotebookNode]:
    """The lessons by name, each as its author wrote it and with outputs; those that changed are run, all cores at once.

    Parameters
    ----------
    sources : list of Path
        Their ``topic.py``.
    cache : Path
        A folder that keeps what came out.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    cache.mkdir(parents=True, exist_ok=True)
    common = _common_digest()
    kept = {source: cache / f"{source.parent.name}-{_digest(source, common)}.ipynb" for source in sources}
    missing = [source for source in sources if not kept[source].is_file()]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for source, text in zip(missing, pool.map(_run, missing), strict=True):
            for older in cache.glob(f"{source.parent.name}-*.ipynb"):
                older.unlink()
            write_whole(kept[source], text)
    return {source.parent.name: nbformat.read(path, as_version=4) for source, path in kept.items()}


def _run(source: Path) -> str:
    notebook = without_hidden_tests(source_notebook(source))
    # One thread a kernel: as many kernels as cores run, and sums come in one order.
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / source.parent.name
        write_lesson(source, folder)
        return str(nbformat.writes(execute(notebook, folder, timeout=CELL_SECONDS)))


def without_hidden_tests(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what grades draw on: its checks show what they show to whoever reads."""
    from nbgrader.preprocessors import ClearHiddenTests

    return ClearHiddenTests().preprocess(notebook, {})[0]


def _digest(source: Path, common: str) -> str:
    found = hashlib.sha256(common.encode())
    for path in sorted(source.parent.rglob("*")):
        if path.is_file() and path.suffix != ".ipynb":
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _common_digest() -> str:
    found = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        found.update(f"{library} {importlib.metadata.version(library)}\n".encode())
    for folder in LOADED:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            name = path.relative_to(REPOSITORY).as_posix()
            if path.suffix in (".py", ".js", ".css") and not name.startswith(FOR_PAGES):
                found.update(name.encode() + path.read_bytes())
    return found.hexdigest()
