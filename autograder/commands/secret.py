"""`autograder secret`: from which secret the cases of the grades are drawn, and another for a new term or a regrade."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from autograder.grading.course import Course, GradingError, only_grader
from autograder.grading.judging.secret import course_secret, replace_secret, secret_name


def secret_in_use(course_dir: Path) -> str:
    """The name of a course's secret, and since when it is used, in a sentence."""
    path = Course(course_dir).hidden / "secret"
    if not path.exists():
        return "This course has no secret yet; the first grading makes one."
    try:
        name = secret_name(course_secret(path))
    except ValueError as error:
        raise GradingError(f"{error}. Put a copy of it back, or run autograder secret --new.") from error
    since = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return (
        f"The cases are drawn with the secret {name}, made on {since:%Y-%m-%d}. "
        "To draw others, run autograder secret --new."
    )


def renew(course_dir: Path) -> str:
    """Give a course a new secret; say what follows. Not while it is being graded."""
    course = Course(course_dir)
    with only_grader(course.hidden / "lock"):
        name = secret_name(replace_secret(course.hidden / "secret"))
    return (
        f"The cases are drawn with a new secret, {name}, the same for the whole class. The next autograder grade "
        "grades everything that is in submitted/ anew, and the report says that earlier grades were drawn with "
        "another. Marks that people gave stay."
    )
