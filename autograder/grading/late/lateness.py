"""What a gradebook says about one submission's time, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from autograder.grading.late.policy import Policy
from autograder.grading.late.rules import due, in_words, rule_of, shown_span, shown_time
from autograder.grading.results import Lateness, SubmissionResult

_NAMED = 5


def lateness(policy: Policy | None, row: Any) -> Lateness | None:
    """When a submission was due and handed in, and what that costs; None where no due date is known.

    Parameters
    ----------
    policy : Policy or None
    row : SubmittedNotebook
        Of nbgrader's gradebook. What it says counts; the policy only explains it.
    """
    submission = row.assignment
    if submission.assignment.duedate is None:
        return None
    policy = policy or Policy()
    lesson, student = submission.assignment.name, submission.student_id
    everybody, own = (
        policy.moment(when.replace(tzinfo=UTC)) for when in (submission.assignment.duedate, submission.duedate)
    )
    penalty = float(row.late_submission_penalty or 0)
    given = due(policy, lesson, student)
    said = f"Due {shown_time(own)}"
    extension = ""
    if own != everybody:
        extension = given.words if given else f"{shown_span(submission.extension.total_seconds())} more"
        said += f" (for the class {shown_time(everybody)}; extended: {extension})"
    handed_in: datetime | None = None
    if submission.timestamp is None:
        said += "; when it was handed in is not known, so nothing is taken off for being late."
    else:
        handed_in = policy.moment(submission.timestamp.replace(tzinfo=UTC))
        said += f", handed in {shown_time(handed_in)}: "
        seconds = submission.total_seconds_late
        if seconds <= 0:
            said += "in time."
        else:
            rule = rule_of(policy, lesson)
            why = f" ({in_words(rule, seconds, row.max_score, penalty)})" if rule else ""
            off = f"{penalty:g} points are taken off" if penalty else "nothing is taken off"
            said += f"{shown_span(seconds)} late; {off}{why}."
    return Lateness(
        due=own.isoformat(),
        seconds_late=float(submission.total_seconds_late),
        handed_in=handed_in.isoformat() if handed_in else None,
        extension=extension,
        reason=given.reason if given else "",
        penalty=penalty,
        words=said,
    )


def untimed(results: Iterable[SubmissionResult]) -> list[str]:
    """Whose submissions have a due date but no time of their own, in a sentence."""
    names = [f"{one.student} ({one.lesson})" for one in results if one.late and one.late.handed_in is None]
    if not names:
        return []
    named = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    count = "1 submission was" if len(names) == 1 else f"{len(names)} submissions were"
    return [f"When {count} handed in is not known (no timestamp.txt), so nothing is taken off for being late: {named}"]
