"""Put a mark into nbgrader's gradebook, unless somebody else has been there in the meantime."""

from __future__ import annotations

from nbgrader.api import Comment, Grade
from sqlalchemy import update

from autograder.grading.keeping.gradebook import Writer
from autograder.grading.marking.queue import Answer, Mark


def write_mark(writer: Writer, answer: Answer, seen: Mark, points: float, comment: str | None) -> bool:
    """Write points and comment; whether that was done.

    Parameters
    ----------
    writer : Writer
    answer : Answer
    seen : Mark
        What the marker saw. If the gradebook says something else by now, nothing is written.
    points : float
    comment : str or None
        None takes a comment away.
    """
    session = writer.gradebook.db
    new_points = (
        update(Grade)
        .where(
            Grade.id == seen.grade_row,
            Grade.manual_score.is_not_distinct_from(seen.points),
            Grade.needs_manual_grade == seen.waiting,
        )
        .values(manual_score=points, needs_manual_grade=False)
    )
    new_comment = (
        update(Comment)
        .where(Comment.id == seen.comment_row, Comment.manual_comment.is_not_distinct_from(seen.comment))
        .values(manual_comment=comment)
    )
    # One transaction: the points never stand without their comment.
    for statement in (new_points, new_comment):
        if session.execute(statement, execution_options={"synchronize_session": False}).rowcount != 1:
            session.rollback()
            return False
    session.commit()
    writer.follow_policy(answer.student, answer.lesson.name, answer.lesson.topic)
    return True
