"""Run one job: execute its notebook in an empty folder, and read the grade of each cell from what it left."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import LimitOutput
from traitlets.config import Config

from autograder.checking.verdict import MIME_TYPE, Verdict
from autograder.grading.jobs import Job, Outcome, plain_notebook
from autograder.grading.judging.patch import patch_notebook
from autograder.grading.judging.request import write_files
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.grading.results import UNCOUNTED, CellResult
from autograder.grading.running.machine import machine_fault
from autograder.grading.running.notebook import GradeExecute
from autograder.grading.sandbox import groups
from autograder.grading.sandbox.observing import process_observer, warm_observer
from autograder.grading.sentences import few

MAX_REMARKS = 3

_NUMBER = (int, float)

_LOG = logging.Logger("nbgrader")
_LOG.addHandler(logging.NullHandler())


def run_job(job: Job) -> Outcome:
    """Grade one notebook. Raises nothing that the submission could cause."""
    notebook = nbformat.from_dict(job.notebook)
    config = Config(job.settings)
    execute = GradeExecute(config=config, log=_LOG, imports=job.imports, figures=job.figures)
    in_sandbox = execute.sandbox != "none"
    observer = (
        warm_observer(job.imports, execute.limits(), job.files) if in_sandbox else process_observer(files=job.files)
    )
    verdicts = trusted_verdicts(job.notebook, job.lesson, job.seed, observer)
    # What is judged outside need not run inside, where it would only show the hidden tests to the submission.
    execute.judged = patch_notebook(notebook, verdicts.shown)
    with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as scratch:
        write_files(scratch, job.files)
        notebook, _ = execute(notebook, {"metadata": {"path": scratch}})
    if fault := machine_fault(job.own, {name: job.files[name] for name in job.own_files}, notebook, _alone(job)):
        return Outcome(None, fault=fault)
    notebook, _ = LimitOutput(config=config, log=_LOG)(notebook, {})
    cells = [grade_cell(cell) for cell in notebook.cells if utils.is_grade(cell) or utils.is_task(cell)]
    cells = [_as_judged(cell, verdicts) if cell.grade_id in execute.judged else cell for cell in cells]
    # One error often causes many; the first ones tell the story.
    remarks = [*few(execute.remarks, MAX_REMARKS, _more), *verdicts.remarks]
    weaker = in_sandbox and groups.find_place() is None
    return Outcome(plain_notebook(notebook), cells, remarks, UNCOUNTED if weaker else execute.sandbox)


def _alone(job: Job) -> Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, Any]]:
    """Executes a notebook as that of the job was executed."""
    execute: Callable[..., tuple[NotebookNode, Any]] = GradeExecute(
        config=Config(job.settings), log=_LOG, imports=job.imports
    )
    return execute


def _as_judged(cell: CellResult, verdicts: Mapping[str, Verdict]) -> CellResult:
    """The result with all that was found. The notebook may come to its author, and holds less."""
    assert cell.verdict is not None
    return replace(cell, verdict=verdicts[cell.verdict["exercise"]].to_dict())


def grade_cell(cell: NotebookNode) -> CellResult:
    """The result of an executed cell. What the cell left is put in order first, so that nbgrader reads the same."""
    meta = cell.metadata.nbgrader
    grade_id, max_points = str(meta.grade_id), float(meta.points)
    if utils.is_task(cell):
        return CellResult(grade_id, None, max_points, needs_manual=True)
    if cell.cell_type != "code" or utils.is_solution(cell):
        points, _ = utils.determine_grade(cell, _LOG)
        return CellResult(grade_id, points, max_points, needs_manual=points is None, empty=points == 0)
    verdict = _only_verdict(cell, max_points)
    points, _ = utils.determine_grade(without_stderr(cell), _LOG)
    error = next((f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"), None)
    return CellResult(grade_id, points, max_points, error=error, verdict=verdict)


def without_stderr(cell: NotebookNode) -> NotebookNode:
    """The cell as nbgrader should see it: a warning is no error."""
    copy = nbformat.from_dict(cell)
    if copy.cell_type == "code":
        copy.outputs = [o for o in copy.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    return copy


def _only_verdict(cell: NotebookNode, max_points: float) -> dict[str, Any] | None:
    """Return the verdict of a test cell; turn what cannot be its result into an error."""
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    verdict = results[-1].data.get(MIME_TYPE) if results else None
    wrong = None
    if any(output.output_type == "error" for output in cell.outputs):
        wrong = ""
    elif len(results) > 1:
        wrong = "The test cell left more than one result."
    elif _calls_check(cell) and not is_verdict(verdict):
        wrong = "check() gave no result: has the notebook defined another function or variable with the name check?"
    elif results and (_number(results[0]) or 0.0) > max_points:
        wrong = "The result is more than the cell is worth."
    if wrong is None:
        return verdict if is_verdict(verdict) else None
    # nbgrader stops reading at the first result, so none may stand before the error.
    for output in results:
        output.output_type = "display_data"
        output.pop("execution_count", None)
    if wrong:
        cell.outputs.append(new_output("error", ename="NoResult", evalue=wrong, traceback=[wrong]))
    return None


def _calls_check(cell: NotebookNode) -> bool:
    return any(line.startswith("check(") for line in str(cell.source).splitlines())


def is_verdict(data: Any) -> bool:
    """Whether plain data is what `Verdict.to_dict` writes."""
    if not _has(data, exercise=str, points=_NUMBER, max_points=_NUMBER, passed=bool, cases=list):
        return False
    texts = (data.get("hints"), data.get("misconceptions"))
    return all(isinstance(part, list) and all(isinstance(text, str) for text in part) for part in texts) and all(
        _has(case, name=str, message=str, points=_NUMBER, max_points=_NUMBER) for case in data["cases"]
    )


def _has(data: Any, **kinds: Any) -> bool:
    return isinstance(data, dict) and all(isinstance(data.get(name), kind) for name, kind in kinds.items())


def _number(result: NotebookNode) -> float | None:
    try:
        return float(result.data.get("text/plain", ""))
    except (TypeError, ValueError):
        return None


def _more(count: int) -> str:
    return f"{count} more cell{'s' if count > 1 else ''} stopped with an error."
