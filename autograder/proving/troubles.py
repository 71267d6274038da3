"""The ways in which the example class breaks notebooks, and what each costs."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from nbformat import NotebookNode

from autograder.checking.exercise import Exercise
from autograder.proving.answers import file_bytes, find_cell


@dataclass(frozen=True)
class Trouble:
    """A way to break a notebook, what it costs, how the grader must file it, and why.

    `spoil` gets the notebook and the exercise at which the trouble lies, and returns the bytes to hand in, or None
    for no file at all.
    """

    spoil: Callable[[NotebookNode, Exercise], bytes | None]
    loses: Literal["nothing", "the exercise", "everything"]
    status: str
    why: str

    def lost(self, tasks: Sequence[Exercise], place: int) -> Sequence[Exercise]:
        """The exercises of a lesson that earn nothing when the trouble lies at one of them."""
        return {
            "nothing": tasks[:0],
            "the exercise": tasks[place : place + 1],
            "everything": tasks,
        }[self.loses]


def _not_json(notebook: NotebookNode, exercise: Exercise) -> bytes:
    whole = file_bytes(notebook)
    return whole[: len(whole) // 2]


def _empty(notebook: NotebookNode, exercise: Exercise) -> bytes:
    return b""


def _no_notebook(notebook: NotebookNode, exercise: Exercise) -> None:
    return None


def _deleted_test(notebook: NotebookNode, exercise: Exercise) -> bytes:
    notebook.cells.remove(find_cell(notebook, f"check_{exercise.id}"))
    return file_bytes(notebook)


def _duplicated_test(notebook: NotebookNode, exercise: Exercise) -> bytes:
    test = find_cell(notebook, f"check_{exercise.id}")
    twin = copy.deepcopy(test)
    twin["id"] = f"{test['id']}-copy"
    notebook.cells.insert(notebook.cells.index(test) + 1, twin)
    return file_bytes(notebook)


def _edited_test(notebook: NotebookNode, exercise: Exercise) -> bytes:
    find_cell(notebook, f"check_{exercise.id}").source = f"{exercise.points}"
    return file_bytes(notebook)


def _syntax_error(notebook: NotebookNode, exercise: Exercise) -> bytes:
    cell = find_cell(notebook, exercise.id)
    cell.source = re.sub(r"\):", ")", cell.source, count=1)
    return file_bytes(notebook)


def _endless_loop(notebook: NotebookNode, exercise: Exercise) -> bytes:
    find_cell(notebook, exercise.id).source = f"def {exercise.signature}:\n    while True:\n        pass"
    return file_bytes(notebook)


def _killed_kernel(notebook: NotebookNode, exercise: Exercise) -> bytes:
    find_cell(notebook, exercise.id).source = "import os\n\nos._exit(1)"
    return file_bytes(notebook)


def _system_exit(notebook: NotebookNode, exercise: Exercise) -> bytes:
    find_cell(notebook, exercise.id).source = f"def {exercise.signature}:\n    raise SystemExit"
    return file_bytes(notebook)


def _around(before: str, after: str = "") -> Callable[[NotebookNode, Exercise], bytes]:
    """Lines that run before and after the student's answer, whenever it is called."""

    def spoil(notebook: NotebookNode, exercise: Exercise) -> bytes:
        cell = find_cell(notebook, exercise.id)
        answer = re.sub(rf"\bdef {exercise.function_name}\b", "def my_answer", cell.source)
        cell.source = (
            "import sys\nimport warnings\n\n\n"
            f"{answer}\n\ndef {exercise.function_name}(*inputs):\n"
            f"    {before}\n    answer = my_answer(*inputs)\n    {after or 'pass'}\n    return answer"
        )
        return file_bytes(notebook)

    return spoil


def _flood(notebook: NotebookNode, exercise: Exercise) -> bytes:
    _around("print('still here ' * 200_000)")(notebook, exercise)
    find_cell(notebook, exercise.id).source += "\n\nfor line in range(20_000):\n    print(line)"
    return file_bytes(notebook)


TROUBLES = {
    "not JSON": Trouble(_not_json, "everything", "quarantined", "half a file cannot be read"),
    "empty file": Trouble(_empty, "everything", "quarantined", "there is nothing to read"),
    "no notebook": Trouble(_no_notebook, "everything", "quarantined", "there is nothing to grade"),
    "deleted test cell": Trouble(_deleted_test, "nothing", "repaired", "the test comes from the lesson's source"),
    "duplicated test cell": Trouble(_duplicated_test, "nothing", "repaired", "one of the two is enough"),
    "edited test cell": Trouble(_edited_test, "nothing", "repaired", "the test comes from the lesson's source"),
    "syntax error": Trouble(_syntax_error, "the exercise", "graded", "the function does not exist"),
    "endless loop": Trouble(_endless_loop, "the exercise", "graded", "every call is stopped"),
    "killed kernel": Trouble(_killed_kernel, "the exercise", "graded", "the other functions are judged on their own"),
    "warning on stderr": Trouble(
        _around("warnings.warn('only noise')", "print('only noise', file=sys.stderr)"),
        "nothing",
        "graded",
        "a warning costs no points",
    ),
    "flood of output": Trouble(_flood, "nothing", "graded", "what is printed costs no points"),
    "changed inputs": Trouble(
        _around("pass", "inputs[0][:] = inputs[0][::-1].copy()"),
        "nothing",
        "graded",
        "every call gets its own copy; the student gets a hint",
    ),
    "SystemExit": Trouble(_system_exit, "the exercise", "graded", "leaving Python is no answer"),
}
