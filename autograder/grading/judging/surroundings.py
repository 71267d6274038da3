"""What is otherwise where answers are graded: another Python, a module that is not there. Its author must read that."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Any

from autograder.grading.judging.answer import Fault, TaskAnswer

_MODULE = re.compile(r"No module named '([\w.]{1,100})'")
# By these an answer shows that something before it did not come to be.
_LACKING = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError")


def is_newer(written: str, here: str) -> bool:
    """Whether the first version of Python has syntax that the second one may lack.

    Examples
    --------
    >>> is_newer("3.14.1", "3.11.7"), is_newer("3.11.9", "3.11.7"), is_newer("", "3.11.7")
    (True, False, False)
    """
    found = re.match(r"3\.(\d{1,3})(?:\.|$)", written)
    return found is not None and int(found[1]) > int(here.split(".")[1])


def written_with(notebook: Mapping[str, Any]) -> str:
    """The version of Python that saved a notebook, as it says; empty if it does not."""
    about = notebook["metadata"].get("language_info", {})
    version = about.get("version") if isinstance(about, Mapping) else None
    return version if isinstance(version, str) and re.fullmatch(r"3\.\d{1,3}(\.\d{1,3})?", version) else ""


def what_is_otherwise(answer: TaskAnswer, written: str) -> list[str]:
    """Sentences for the author of an answer that lost points, about what it met where it was graded.

    Parameters
    ----------
    answer : TaskAnswer
        What the answer did.
    written : str
        The version of Python that saved the notebook.
    """
    raised = [seen["error"] for seen in answer.observations if seen["status"] == "raised"]
    lacking = bool(answer.problem) or any(error["type"] in _LACKING for error in raised)
    said = []
    here = platform.python_version()
    if lacking and is_newer(written, here) and any(_is_syntax(fault) for fault in answer.faults):
        said.append(
            f"A cell of yours cannot be read by Python {here}, which grades; you wrote it with Python {written}. "
            "Write it without syntax that is newer."
        )
    messages = [fault.message for fault in answer.faults] if lacking else []
    for message in [*messages, *(str(error["message"]) for error in raised)]:
        if found := _MODULE.search(message):
            said.append(
                f"There is no module {found[1]} where your work is graded. If it is a file of yours, hand it in beside "
                "the notebook. If it is a package, the grader does not have it: write your answer without it."
            )
            break
    return said


def unreadable_cells(answer: TaskAnswer, written: str) -> list[str]:
    """The same about newer syntax, for an instructor."""
    here = platform.python_version()
    if not is_newer(written, here):
        return []
    cells = sorted({fault.cell for fault in answer.faults if _is_syntax(fault)})
    which = ", ".join(map(str, cells[:5]))
    return (
        [f"Code cell {which} cannot be read by Python {here}; it was written with Python {written}."] if cells else []
    )


def _is_syntax(fault: Fault) -> bool:
    return fault.type in ("SyntaxError", "IndentationError")
