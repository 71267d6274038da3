"""A job: all that is needed to grade one notebook, as plain data, and what comes out of it.

A job's outcome depends on the job alone. It can run in any process on any machine that has the package.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.grading.results import CellResult


def plain_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A notebook as plain data, each source one text. A copy."""
    data: dict[str, Any] = json.loads(json.dumps(notebook))
    return data


@dataclass(frozen=True)
class Job:
    """One notebook to grade.

    Attributes
    ----------
    student, lesson, topic : str
        Whose it is, of which lesson, and the notebook's name without its ending.
    notebook : dict
        The notebook in good order, with hidden tests.
    files : dict of str to bytes
        What lies beside the notebook when it runs.
    settings : dict
        The options of the steps, by the name of their class.
    imports : list of str
        The modules that the lesson imports, as its author wrote it.
    seed : int
        From which the hidden cases are drawn.
    figures : dict of str to str
        What to run in the place of cells that only draw a figure, by the id of the cell.
    own : list of dict
        The code cells of the lesson as students get them, but for the tests: ``source``, and ``answer``, whether
        students write into it. By them a fault of the machine is known.
    own_files : list of str
        Which of the files the lesson brings along.
    """

    student: str
    lesson: str
    topic: str
    notebook: dict[str, Any]
    files: dict[str, bytes]
    settings: dict[str, Any]
    imports: list[str] = field(default_factory=list)
    seed: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    own: list[dict[str, Any]] = field(default_factory=list)
    own_files: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The job as JSON can hold it."""
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        return {**vars(self), "files": files}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """The inverse of `to_dict`."""
        return cls(**{**data, "files": {name: base64.b64decode(text) for name, text in data["files"].items()}})


@dataclass(frozen=True)
class Outcome:
    """What came out of a job.

    Attributes
    ----------
    notebook : dict or None
        The executed notebook; None if the grader itself failed.
    cells : list of CellResult
        The graded cells.
    remarks : list of str
        What an instructor should know about the run; or, without a notebook, why it failed.
    sandbox : str
        In what it was run: "bubblewrap", "bubblewrap without control groups", or "none".
    fault : str
        What is wrong with the machine, as a sentence; then there is no notebook. Empty if nothing is.
    """

    notebook: dict[str, Any] | None
    cells: list[CellResult] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    sandbox: str = "bubblewrap"
    fault: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """The inverse of `to_dict`."""
        return cls(**{**data, "cells": [CellResult(**cell) for cell in data["cells"]]})
