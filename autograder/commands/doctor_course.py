"""What is wrong with the settings of nbgrader and with a course folder.

nbgrader only logs that a configuration does not load, and goes on without it: it would grade by other rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.commands.findings import Finding

CONFIG_NAME = "nbgrader_config.py"


def loading_error(path: Path) -> str | None:
    """What stops a configuration from loading, in words; None if it loads."""
    from traitlets.config.loader import PyFileConfigLoader

    try:
        PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def shared_configs() -> Iterator[Finding]:
    """Settings of nbgrader in Jupyter's own folders, which hold for every course of this machine, load."""
    try:
        from jupyter_core.paths import jupyter_config_path
    except ImportError:
        return  # packages() says so
    for folder in map(Path, jupyter_config_path()):
        path = folder / CONFIG_NAME
        if path.is_file() and (error := loading_error(path)):
            yield Finding(f"{path} does not load ({error}), so nbgrader goes on without it: correct it or remove it.")


def course_folder(root: Path) -> Iterator[Finding]:
    """The configuration of a course folder loads, and so do its lessons and its class list."""
    config = root / CONFIG_NAME
    renew = "To have ours, delete it and run autograder init."
    if not config.is_file():
        yield Finding(f"{config} is missing, so nbgrader's own commands would grade otherwise: run autograder init.")
        return
    if error := loading_error(config):
        yield Finding(f"{config} does not load ({error}), so nbgrader goes on without it: correct it. {renew}")
        return
    try:
        from autograder.collecting.roster import read_roster
        from autograder.errors import UserError
        from autograder.grading.course import Course
        from autograder.grading.late.policy import read_policy
        from autograder.grading.late.rules import strangers
    except ImportError:
        return  # packages() says so
    try:
        course = Course(root)
        if "GenerateFeedback" not in course.config:
            yield Finding(
                f"{config} does not have the lines c.merge(nbgrader_config()) of autograder, so nbgrader's own "
                f"commands grade otherwise: put them in. {renew}"
            )
        lessons = course.lessons()
        strangers(read_policy(root), lessons, ())
        if (root / "students.csv").exists():
            read_roster(root / "students.csv")
    except UserError as error:
        yield Finding(str(error))
