"""Late penalties of a whole gradebook, brought up to date before somebody reads it."""

from __future__ import annotations

from autograder.grading.course import Course
from autograder.grading.keeping.gradebook import open_gradebook


def follow_policy_everywhere(course: Course) -> None:
    """Let the penalty of each submission be what policy and marks make of it now.

    Marks that are given in formgrader, and lines that are changed in ``policy.toml``, wait for the next grading
    otherwise.
    """
    with open_gradebook(course) as writer:
        book = writer.gradebook
        rows = [
            (submission.student.id, assignment.name, notebook.name)
            for assignment in book.assignments
            for submission in book.assignment_submissions(assignment.name)
            for notebook in submission.notebooks
        ]
        for row in rows:
            writer.follow_policy(*row)
