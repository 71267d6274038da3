"""The settings by which nbgrader's own commands and its formgrader give what `autograder grade` gives."""

from __future__ import annotations

from traitlets.config import Config

from autograder.authoring.release import course_config
from autograder.grading.hub import hub_config
from autograder.grading.keeping.feedback import feedback_config
from autograder.grading.keeping.formgrader import formgrader_config
from autograder.grading.late.penalty import late_config


def nbgrader_config(source: str = "source", release: str = "release") -> Config:
    """nbgrader's configuration of a course. The one name that ``nbgrader_config.py`` of a course folder imports.

    Parameters
    ----------
    source, release : str
        The folders that hold the sources and the released notebooks.
    """
    config = course_config(source=source, release=release)
    config.merge(grading_config())
    return config


def grading_config() -> Config:
    """The settings of penalties, of the exchange, and of the pages that students and instructors see."""
    config = feedback_config()
    config.merge(formgrader_config())
    config.merge(late_config())
    config.merge(hub_config())
    return config
