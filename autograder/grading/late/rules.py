"""What a policy comes to for one student and one lesson: until when there is time, and what being late costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from autograder.grading.late.policy import POLICY_NAME, LateRule, Policy, PolicyError

_DAY, _HOUR = 86_400, 3_600


@dataclass(frozen=True)
class Due:
    """Until when a student has time.

    Attributes
    ----------
    everybody : datetime
        When the lesson is due for the class.
    student : datetime
        When it is due for this student; not before the class.
    words : str
        What this student has been given; empty for the others.
    reason : str
        Why. It is for instructors.
    """

    everybody: datetime
    student: datetime
    words: str = ""
    reason: str = ""


def due(policy: Policy, lesson: str, student: str) -> Due | None:
    """Until when a student has time for a lesson; None if the policy does not say when it is due.

    An accommodation counts first, and an extension from there: whoever always has two more days and was ill for three
    has five. Days keep the time of day, also where the clocks change. An extension until a date takes nothing away.
    """
    dates = policy.lessons.get(lesson)
    if dates is None:
        return None
    everybody = moved = policy.moment(dates.due)
    given, reasons = [], []
    for one in policy.accommodations:
        if one.student == student:
            reasons.append(one.reason)
            if one.days:
                moved += timedelta(days=one.days)
                given.append(_count(one.days, "day"))
            elif dates.opens is not None:
                # In one time zone Python would subtract what clocks on the wall say.
                time = everybody.astimezone(UTC) - policy.moment(dates.opens).astimezone(UTC)
                moved = _later(moved, one.factor * time - time)
                given.append(f"{one.factor:g} times the time")
    for more in policy.extensions:
        if (more.student, more.lesson) == (student, lesson):
            reasons.append(more.reason)
            if more.until is not None:
                moved = max(moved, policy.moment(more.until))
                given.append(f"until {shown_time(policy.moment(more.until))}")
            else:
                moved = _later(moved + timedelta(days=more.days), timedelta(hours=more.hours))
                parts = [_count(n, unit) for n, unit in ((more.days, "day"), (more.hours, "hour")) if n]
                given.append(" and ".join(parts))
    return Due(everybody, moved, ", ".join(given), ", ".join(filter(None, reasons)))


def strangers(policy: Policy | None, lessons: Collection[str], students: Collection[str]) -> list[str]:
    """What a policy says of people who have handed in nothing, a sentence: a name may be misspelled.

    Raises
    ------
    PolicyError
        If it names a lesson that the course does not have.
    """
    if policy is None:
        return []
    for name in policy.lessons:
        if name not in lessons:
            raise PolicyError(
                f"{POLICY_NAME}: lessons.{name}: no such lesson; there are: {', '.join(sorted(lessons))}."
            )
    named = {one.student for one in policy.extensions} | {always.student for always in policy.accommodations}
    missing = sorted(named - set(students))
    if not missing:
        return []
    return [f"{POLICY_NAME} gives more time to {', '.join(missing)}: nothing is handed in under that name so far."]


def _later(when: datetime, by: timedelta) -> datetime:
    """So much later by the clock of physics, which knows no summer time."""
    return (when.astimezone(UTC) + by).astimezone(when.tzinfo)


def rule_of(policy: Policy, lesson: str) -> LateRule | None:
    """What being late costs in a lesson; None if nothing."""
    dates = policy.lessons.get(lesson)
    return (dates and dates.late) or policy.late


def percent_off(rule: LateRule, seconds_late: float) -> float:
    """The share of a lesson's points that is taken off, in percent.

    Examples
    --------
    >>> rule = LateRule(grace_minutes=15, percent_per_day=10, at_most_percent=25)
    >>> [percent_off(rule, hours * 3600) for hours in (0.25, 0.3, 24, 25, 1000)]
    [0.0, 10.0, 10.0, 20.0, 25.0]
    """
    if seconds_late <= rule.grace_minutes * 60:
        return 0.0
    each, unit = _each(rule)
    return float(min(rule.at_most_percent, each * ceil(seconds_late / unit)))


def _each(rule: LateRule) -> tuple[float, int]:
    return (rule.percent_per_hour, _HOUR) if rule.percent_per_hour is not None else (rule.percent_per_day or 0, _DAY)


def in_words(rule: LateRule, seconds_late: float, max_points: float, penalty: float) -> str:
    """Why being late costs what it costs.

    Parameters
    ----------
    rule : LateRule
    seconds_late : float
    max_points : float
        What the lesson is worth.
    penalty : float
        What the gradebook takes off.

    Examples
    --------
    >>> rule = LateRule(grace_minutes=15, percent_per_day=10, at_most_percent=25)
    >>> in_words(rule, 100_000, 9, 1.8)
    '10 % of 9 points for each day begun: 20 %'
    """
    if seconds_late <= rule.grace_minutes * 60:
        return f"within the grace of {_count(rule.grace_minutes, 'minute')}"
    each, unit = _each(rule)
    percent = percent_off(rule, seconds_late)
    most = ", which is the most" if percent == rule.at_most_percent else ""
    words = (
        f"{each:g} % of {max_points:g} points for each {'day' if unit == _DAY else 'hour'} begun: {percent:g} %{most}"
    )
    return words + (", but no more than was earned" if penalty < percent / 100 * max_points - 1e-6 else "")


def shown_time(when: datetime) -> str:
    """A moment as people read it, in its own time zone."""
    return f"{when:%Y-%m-%d %H:%M %Z}"


def shown_span(seconds: float) -> str:
    """How long, in two units.

    Examples
    --------
    >>> shown_span(100_000), shown_span(59), shown_span(3_600)
    ('1 day and 3 hours', '59 seconds', '1 hour')
    """
    left, parts = round(seconds), []
    for unit, size in (("day", _DAY), ("hour", _HOUR), ("minute", 60), ("second", 1)):
        if left >= size:
            parts.append(_count(left // size, unit))
            left %= size
    return " and ".join(parts[:2]) or "0 seconds"


def _count(number: float, unit: str) -> str:
    return f"{number:g} {unit}" + ("" if number == 1 else "s")


def set_dates(gradebook: Any, policy: Policy, assignment: Any, submission: Any = None) -> None:
    """Write into nbgrader's gradebook when a lesson is due, and with a submission that student's extension.

    A lesson whose date the policy does not name keeps what formgrader or anybody else has set.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    policy : Policy
    assignment, submission : nbgrader.api.Assignment, nbgrader.api.SubmittedAssignment
        Rows of the gradebook.
    """
    found = due(policy, assignment.name, submission.student_id if submission else "")
    if found is None:
        return
    changed = _set(assignment, "duedate", _naive(found.everybody))
    if submission is not None:
        more = found.student.astimezone(UTC) - found.everybody.astimezone(UTC)
        changed |= _set(submission, "extension", more or None)
    if changed:
        gradebook.db.commit()


def _set(row: Any, name: str, value: object) -> bool:
    """Set a value of a row; whether that changed it. What is not changed is not locked."""
    if getattr(row, name) == value:
        return False
    setattr(row, name, value)
    return True


def _naive(when: datetime) -> datetime:
    """As the gradebook has its times: UTC, and not saying so."""
    return when.astimezone(UTC).replace(tzinfo=None)
