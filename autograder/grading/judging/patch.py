"""Write trusted verdicts into an executed notebook, where nbgrader, the feedback and the report read them."""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.checking.verdict import Verdict
from autograder.grading.judging.cells import read_notebook


def patch_notebook(notebook: NotebookNode, verdicts: Mapping[str, Verdict]) -> list[str]:
    """Replace what the test cells of the judged exercises left by the verdicts. The notebook is changed in place.

    Of a cell's own outputs only printed text stays: results, displays and errors could be forged, and nbgrader takes
    the first result for the grade.

    Parameters
    ----------
    notebook : NotebookNode
        The executed notebook, its test cells the lesson's own.
    verdicts : mapping of str to Verdict
        By exercise: what its author may read.

    Returns
    -------
    list of str
        The grade ids of the cells that now hold a trusted verdict.
    """
    patched = []
    for test in read_notebook(notebook).tests:
        verdict = verdicts.get(test.exercise.id)
        if verdict is None:
            continue
        cell = notebook.cells[test.index]
        printed = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stdout"]
        cell.execution_count = cell.execution_count or 1
        result = new_output("execute_result", verdict._repr_mimebundle_(), execution_count=cell.execution_count)
        cell.outputs = [*printed, result]
        patched.append(test.grade_id)
    return patched
