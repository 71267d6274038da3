"""Write the page of feedback of one submission. In a worker: what is drawn there is a student's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.grading.course import fingerprint
from autograder.grading.keeping.bounds import bounded
from autograder.grading.keeping.exchange import write_exchange_files
from autograder.grading.keeping.feedback import FeedbackPages, refusal
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.page_notes import note_cells
from autograder.grading.orders import Answer, Task
from autograder.grading.reporting.prints import path_of, take_prints, write_prints


def write_page(task: Task, data: Mapping[str, Any], own: Collection[str]) -> Answer:
    """Write the page, unless it is there as it would be written now.

    Parameters
    ----------
    task : Task
    data : mapping
        ``refused``, why there is nothing to grade, or ``notes``, scores and comments by cell; ``totals``, what stands
        on top; ``plain``, whether nothing is to be drawn.
    own : collection of str
        The sources of the lesson's own cells.

    Returns
    -------
    dict
        ``remarks`` about the page; or ``trouble``.
    """
    if "refused" in data:
        notebook = refusal(data["refused"])
    else:
        try:
            notebook = nbformat.read(Path(task.autograded, f"{task.topic}.ipynb"), as_version=4)
        except ValueError as error:
            return {"trouble": f"the executed notebook is damaged ({error})"}
        _take_prints(task, notebook, own, again=data["write"])
        note_cells(notebook, data["notes"])
    made_by = pages()
    # People grade and comment between two runs; a page is made again only where that changed it.
    mark = f"<!-- {fingerprint({'notebook': notebook, 'totals': data['totals'], 'pages': made_by.version})} -->\n"
    path = Path(task.page)
    if not data["write"] and path.is_file() and path.read_bytes().endswith(mark.encode()):
        _ready_for_the_exchange(task, refused="refused" in data)
        return {"remarks": []}
    remarks = [] if "refused" in data else bounded(notebook, own, plain=data["plain"])
    html = made_by.page(notebook, task.student, task.lesson, data["totals"])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, html + mark)
    _ready_for_the_exchange(task, refused="refused" in data)
    return {"remarks": remarks}


def _ready_for_the_exchange(task: Task, *, refused: bool) -> None:
    submitted, autograded, feedback = Path(task.submitted), Path(task.autograded), Path(task.page).parent
    if refused:
        write_exchange_files(submitted, feedback)
        return
    # nbgrader's own `generate_feedback` makes the folder anew, from this one.
    write_exchange_files(submitted, autograded)
    write_exchange_files(autograded, feedback)


def _take_prints(task: Task, notebook: NotebookNode, own: Collection[str], *, again: bool) -> None:
    """Note what the report compares of the student's code."""
    path = path_of(Path(task.hidden), task.student, task.lesson)
    if again or not path.exists():
        write_prints(path, take_prints(notebook.cells, own))


@cache
def pages() -> FeedbackPages:
    """Who makes pages; it remembers what it made of a lesson's own cells."""
    return FeedbackPages()
