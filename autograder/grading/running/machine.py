"""Is the machine at fault? A cell that the lesson brings along and that needs no answer runs wherever the course works.

Points do not depend on such a cell, because functions are judged outside; but nobody's notebook shows what it should,
and the page of a student would show an error that is not theirs. Where one fails in a submission, it is run once more
with nothing of any student's: what students wrote, or laid beside their notebook, may have broken it.
"""

from __future__ import annotations

import ast
import builtins
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.judging.names import statements_of
from autograder.grading.judging.parsing import parse
from autograder.grading.judging.request import write_files
from autograder.grading.sentences import shown

# What every notebook has beside Python's own names.
_OF_THE_KERNEL = frozenset({"display", "get_ipython", "__name__"})
# What says that a cell did not come to its end, and nothing about why.
_UNCERTAIN = frozenset({"CellTimeoutError", "KernelStopped", "NotRun"})
_MESSAGE_CHARACTERS = 300
_DEFINES = (ast.FunctionDef, ast.ClassDef)

Execute = Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, Any]]

# What was found out in this process: by the cells that were run, the sentence, or "" where all is well.
_known: dict[str, str] = {}


def independent(own: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lesson's own cells that need no answer, in order.

    Parameters
    ----------
    own : sequence of mapping
        The code cells of the lesson as students get them, but for the tests: ``source``, and ``answer``, whether
        students write into it.

    Examples
    --------
    >>> cells = ["import numpy as np", "def half(x): ...", "np.pi", "half(1)"]
    >>> independent([{"source": source, "answer": source.startswith("def")} for source in cells])
    ['import numpy as np', 'np.pi']
    """
    known = {*vars(builtins), *_OF_THE_KERNEL}
    modules = {*known}
    answered: set[str] = set()
    found = []
    for cell in own:
        statements = statements_of(0, cell["source"])
        binds = {name for s in statements for name in (*s.binds, *s.declared)}
        if cell["answer"]:
            # An answer that is no function may change what it reads.
            answered |= binds | {
                name for s in statements if not isinstance(s.node, _DEFINES) for name in s.loads - modules
            }
            continue
        # What a magic or a mistake in it needs, nobody knows.
        certain = parse(cell["source"]) is not None and not any(s.star for s in statements)
        needs = {name for s in statements for name in s.loads} - binds
        if certain and needs <= known and not (needs | binds) & answered:
            known |= binds
            modules |= {name for s in statements for name in s.imports}
            found.append(cell["source"])
    return found


def machine_fault(
    own: Sequence[Mapping[str, Any]], files: Mapping[str, bytes], executed: NotebookNode, execute: Execute
) -> str:
    """What is wrong with this machine, as a sentence; empty if an executed submission gives no reason to think so.

    Parameters
    ----------
    own : sequence of mapping
        As in `independent`.
    files : mapping of str to bytes
        What the lesson brings along beside its notebook.
    executed : NotebookNode
        The submission, executed.
    execute : callable
        Executes a notebook as submissions are executed.
    """
    failed = {cell.source for cell in executed.cells if cell.cell_type == "code" and _error(cell) is not None}
    if not failed & {cell["source"] for cell in own if not cell["answer"]}:
        return ""
    cells = independent(own)
    last = max((place for place, source in enumerate(cells) if source in failed), default=-1)
    key = json.dumps(cells[: last + 1])
    if last >= 0 and key not in _known:
        _known[key] = _run(cells[: last + 1], files, execute)
    return _known.get(key, "")


def _run(cells: list[str], files: Mapping[str, bytes], execute: Execute) -> str:
    """Run cells with nothing of any student's, and say what fails."""
    with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch:
        write_files(scratch, files)
        alone, _ = execute(new_notebook(cells=list(map(new_code_cell, cells))), {"metadata": {"path": scratch}})
    for cell in alone.cells:
        error = _error(cell)
        if error is not None:
            head = shown(cell.source.strip().split("\n")[0][:80])
            said = shown(str(error.evalue).strip().split("\n")[0][:_MESSAGE_CHARACTERS]).rstrip(".")
            return (
                f"A cell of the lesson itself, which begins with `{head}`, stops on this machine with {error.ename}: "
                f"{said}. That is no fault of a submission, so grading stops here. Run autograder doctor, which says "
                "what does not fit, then grade again; what was graded before is kept. (A cell that is meant to fail "
                "needs the tag raises-exception.)"
            )
    return ""


def _error(cell: NotebookNode) -> NotebookNode | None:
    """The error that a cell ended with."""
    found = (output for output in cell.get("outputs", []) if output.output_type == "error")
    return next((output for output in found if output.ename not in _UNCERTAIN), None)
