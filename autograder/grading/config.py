"""The settings by which nbgrader's own commands and its formgrader give what `autograder grade` gives."""

from __future__ import annotations

from traitlets.config import Config

from autograder.authoring.release import course_config
from autograder.grading.keeping.feedback import feedback_config


def nbgrader_config(source: str = "source", release: str = "release") -> Config:
    """nbgrader's configuration of a course. The one name that ``nbgrader_config.py`` of a course folder imports.

    Parameters
    ----------
    source, release : str
        The folders that hold the sources and the released notebooks.
    """
    config = course_config(source=source, release=release)
    config.merge(feedback_config())
    return config
