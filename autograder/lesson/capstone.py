"""The mini capstone of lesson 04: a learner's own functions, collected into a file of their own, loaded and timed.

Standard library only. What goes wrong is told to the learner in one printed line, and the notebook goes on.
"""

from __future__ import annotations

import inspect
import json
import runpy
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.checking.timelimit import TimeLimit, time_limit

#: The first line of a file that `collect` may write anew. A learner who deletes it keeps the file as it is.
MARK = "# Collected by lesson 04. Delete this line, and the file is never overwritten."


def collect(
    names: Iterable[str],
    file: str | Path = "my_metrics.py",
    *,
    lessons: str | Path = "..",
    namespace: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write the functions that a learner has finished to a file, each with the cell in which it is defined.

    A function of the running notebook comes first; the others come from the notebooks of lessons 01 to 03. A file that
    does not begin with `MARK` is somebody's work and stays as it is.

    Parameters
    ----------
    names : iterable of str
        The functions wanted.
    file : str or Path
        Where to write them.
    lessons : str or Path
        The folder that holds the lessons' folders.
    namespace : mapping, optional
        Where the running notebook's functions are. Default: ``__main__``.

    Returns
    -------
    list of str
        The functions written; empty if none is finished or the file was left alone.
    """
    file = Path(file)
    if file.exists() and not file.read_text(encoding="utf-8").startswith(MARK):
        print(f"{file.name} is your own work: left as it is.")
        return []
    here = vars(sys.modules["__main__"]) if namespace is None else namespace
    elsewhere = _answers_of_other_lessons(Path(lessons))
    cells = {name: _cell_of(here.get(name)) or elsewhere.get(name, "") for name in names}
    finished = {
        name: text for name, text in cells.items() if "def " in text and "raise NotImplementedError" not in text
    }
    if not finished:
        print(f"{file.name} is not written yet: solve some exercises first, then run this cell again.")
        return []
    # Two functions of one cell bring the cell once.
    parts = dict.fromkeys(_without_markers(text) for text in finished.values())
    file.write_text("\n\n\n".join([f"{MARK}\nimport numpy as np", *parts]) + "\n", encoding="utf-8")
    print(f"{file.name} holds {', '.join(finished)}.")
    return list(finished)


def load(file: str | Path = "my_metrics.py") -> dict[str, Any]:
    """Run a learner's file, anew in every call, and return what it defines; nothing if it is missing or stops.

    Parameters
    ----------
    file : str or Path
        A Python file.
    """
    file = Path(file)
    if not file.exists():
        print(f"There is no {file.name} yet, so the libraries race alone.")
        return {}
    try:
        return runpy.run_path(str(file))
    except Exception as error:
        print(f"{file.name} stops with {type(error).__name__}: {error}. Repair it, then run this cell again.")
        return {}


def timed(function: Callable[..., Any], *arguments: Any, seconds: float = 3.0) -> tuple[Any, float, str]:
    """Call a function, and stop it when it takes too long.

    Parameters
    ----------
    function : callable
    *arguments
        What to call it with.
    seconds : float
        The limit.

    Returns
    -------
    tuple
        Its value, the seconds it took, and what went wrong in words. If something did, the value is None and the time
        is nan; otherwise the words are empty.

    Examples
    --------
    >>> timed(lambda a, b: a / b, 1, 0)
    (None, nan, 'ZeroDivisionError: division by zero')
    """
    start = time.perf_counter()
    try:
        with time_limit(seconds):
            value = function(*arguments)
    except TimeLimit:
        return None, float("nan"), f"stopped after {seconds:g} seconds"
    except Exception as error:
        return None, float("nan"), f"{type(error).__name__}: {error}"
    return value, time.perf_counter() - start, ""


def _cell_of(function: Any) -> str:
    """The whole cell in which a function is defined, with the helpers beside it."""
    if not inspect.isfunction(function):
        return ""
    try:
        return "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""


def _answers_of_other_lessons(folder: Path) -> dict[str, str]:
    """Exercise -> the text of the cell that answers it, from the notebooks of lessons 01 to 03."""
    answers = {}
    for path in sorted(folder.glob("0[123]_*/*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            for cell in cells:
                grader = cell["metadata"].get("nbgrader", {})
                if cell["cell_type"] == "code" and grader.get("solution"):
                    answers[grader["grade_id"]] = "".join(cell["source"])
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            print(f"{path.name} cannot be read: left out.")
    return answers


def _without_markers(text: str) -> str:
    """The text of a cell without nbgrader's lines, which only the source notebook has."""
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("### ")).strip()
