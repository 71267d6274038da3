"""Due dates, extensions and what it costs to be late: the file that says so, and all who must agree about it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from grading_samples import LESSON, TOPIC
from nbgrader.api import Gradebook
from test_grading_stock import nbgrader

from autograder.commands.export import export_grades
from autograder.grading import grade_course
from autograder.grading.keeping.feedback import TEMPLATES
from autograder.grading.late.policy import LateRule, Policy, PolicyError, read_policy
from autograder.grading.late.rules import due, in_words, percent_off

POLICY = f"""
timezone = "Europe/Berlin"

[late]
grace_minutes = 15
percent_per_day = 10
at_most_percent = 50

[lessons.{LESSON}]
opens = 2026-10-12
due = 2026-10-26 23:59:00

[[extensions]]
student = "ben"
lesson = "{LESSON}"
days = 3
reason = "ill <b>"
"""


def policy(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    found = read_policy(tmp_path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lessons.a\n", r"is not TOML: Expected '\]' .*line 1"),
        ("timezone = 'Europe/Berlinn'", "timezone: there is no time zone 'Europe/Berlinn'"),
        ("[late]\npercent_per_day = 110", "late.percent_per_day: Input should be less than or equal to 100"),
        ("[late]\npercent = 3", "late.percent: there is no such setting"),
        ("[late]\npercent_per_day = 3\npercent_per_hour = 3", "late: say either percent_per_day or percent_per_hour"),
        ("[lessons.a]\ndue = '2026-01-01'", "lessons.a.due: '2026-01-01' is no date; write it without quotation marks"),
        ("[lessons.a]\ndue = 2026-01-02\nopens = 2026-01-03", "lessons.a: it opens after it is due"),
        ("[lessons.a]\ndue = 9999-12-31", "lessons.a.due: the year 9999 cannot be meant"),
        ("[lessons.a]\ndue = 2026-01-02\nopens = 2001-01-03", "lessons.a: it opens more than ten years before"),
        ("[[extensions]]\nstudent = 'x'\nlesson = 'b'\ndays = 2", "extensions, number 1: there is no due date of 'b'"),
        ("[[accommodations]]\nstudent = 'x'", "accommodations, number 1: say how long: either days, or a factor"),
        ("[[accommodations]]\nstudent = 'x'\ndays = inf", "accommodations, number 1.days: "),
        (
            "[lessons.a]\ndue = 2026-01-02\n[[accommodations]]\nstudent = 'x'\nfactor = 2",
            "lessons.a: an accommodation has a factor; say when the lesson opens",
        ),
        (
            "[[accommodations]]\nstudent = 'x'\ndays = 2\n[[accommodations]]\nstudent = 'x'\ndays = 3",
            "accommodations, number 2: a second one for x",
        ),
    ],
)
def test_mistake_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        policy(tmp_path, text)


def test_course_without_a_policy_has_none(tmp_path: Path) -> None:
    assert read_policy(tmp_path) is None


def given(tmp_path: Path, more: str, student: str = "ada") -> tuple[str, str]:
    text = "timezone = 'Europe/Berlin'\n[lessons.a]\nopens = 2026-10-20\ndue = 2026-10-24 12:00:00\n"
    found = due(policy(tmp_path, text + more), "a", student)
    assert found is not None
    return found.student.isoformat(), found.words


def test_who_has_more_time(tmp_path: Path) -> None:
    # In the night to 25 October the clocks go back: the time of day stays, and hours are hours.
    assert given(tmp_path, "") == ("2026-10-24T12:00:00+02:00", "")
    always = "[[accommodations]]\nstudent = 'ada'\n"
    once = "[[extensions]]\nstudent = 'ada'\nlesson = 'a'\n"
    assert given(tmp_path, always + "days = 2") == ("2026-10-26T12:00:00+01:00", "2 days")
    assert given(tmp_path, always + "days = 2", "ben") == ("2026-10-24T12:00:00+02:00", "")
    assert given(tmp_path, always + "factor = 1.5") == ("2026-10-26T17:00:00+01:00", "1.5 times the time")
    assert given(tmp_path, once + "days = 1\nhours = 2") == ("2026-10-25T14:00:00+01:00", "1 day and 2 hours")
    assert given(tmp_path, f"{always}days = 2\n{once}days = 3") == ("2026-10-29T12:00:00+01:00", "2 days, 3 days")
    until = f"{always}days = 2\n{once}until = "
    assert given(tmp_path, until + "2026-10-25")[0] == "2026-10-26T12:00:00+01:00"
    assert given(tmp_path, until + "2026-10-30T08:00:00Z")[0] == "2026-10-30T09:00:00+01:00"
    # Ada by another keyboard is the same student.
    assert given(tmp_path, "[[accommodations]]\nstudent = 'Zoë'\ndays = 1", "Zoë")[1] == "1 day"


def test_a_date_means_the_whole_day(tmp_path: Path) -> None:
    found = due(policy(tmp_path, "[lessons.a]\ndue = 2026-10-26"), "a", "ada")
    assert found is not None
    assert found.student > datetime(2026, 10, 26, 23, 59, 59, 700_000, tzinfo=UTC)
    assert found.student < datetime(2026, 10, 27, tzinfo=UTC)


def test_penalty_counts_what_has_begun_up_to_the_cap() -> None:
    rule = LateRule(grace_minutes=10, percent_per_hour=2, at_most_percent=5)
    assert [percent_off(rule, minutes * 60) for minutes in (10, 11, 60, 61, 130)] == [0, 2, 2, 4, 5]
    assert in_words(rule, 130 * 60, 9, 0.45) == "2 % of 9 points for each hour begun: 5 %, which is the most"
    assert in_words(rule, 130 * 60, 9, 0.2).endswith(", but no more than was earned")
    assert in_words(rule, 60, 9, 0) == "within the grace of 10 minutes"


def stamped(course: Path, times: dict[str, str]) -> None:
    for student, time in times.items():
        (course / "submitted" / student / LESSON / "timestamp.txt").write_text(f"{time} UTC", encoding="utf-8")


def penalties(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as book:
        return {one.student.id: one.late_submission_penalty for one in book.assignment_submissions(LESSON)}


@pytest.mark.slow
def test_gradebook_report_page_and_exports_agree(graded_course: Path, ran: list[str]) -> None:
    course = graded_course
    stamped(course, {"ada": "2026-10-28 10:00:00", "ben": "2026-10-28 10:00:00"})
    (course / "policy.toml").write_text(POLICY, encoding="utf-8")
    ada, ben = grade_course(course).submissions
    # Due at 22:59 UTC; 1 day and 11 hours are two days begun, 20 % of 9 points.
    assert (ada.points, ada.grade) == (5, 3.2)
    assert penalties(course) == {"ada": 1.8, "ben": 0}
    assert ada.late is not None
    assert ada.late.words == (
        "Due 2026-10-26 23:59 CET, handed in 2026-10-28 11:00 CET: 1 day and 11 hours late; 1.8 points are taken off "
        "(10 % of 9 points for each day begun: 20 %)."
    )
    assert ben.late is not None
    assert (ben.grade, ben.late.seconds_late, ben.late.reason) == (5, 0, "ill <b>")
    page = (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text()
    assert "3.2 of 9 points" in page
    assert ada.late.words in page
    page = (course / "feedback" / "ben" / LESSON / f"{TOPIC}.html").read_text()
    assert "extended: 3 days" in page
    assert "ill" not in page.split("</header>")[0].split("<header>")[1]
    report = (course / "report.html").read_text()
    assert ada.late.words in report
    assert "ill &lt;b&gt;" in report
    assert json.loads((course / "report.json").read_text())["submissions"][0]["grade"] == 3.2

    # nbgrader's own export, and its own feedback.
    nbgrader(course, "export")
    rows = list(csv.DictReader((course / "grades.csv").read_text().splitlines()))
    assert {row["student_id"]: (row["late_submission_penalty"], row["score"]) for row in rows} == {
        "ada": ("1.8", "3.2"),
        "ben": ("0.0", "5.0"),
    }
    nbgrader(course, "generate_feedback", LESSON, "--force", "--student", "ada")
    assert ada.late.words in (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text()

    # Another rule counts at the next grading, and nothing is run for it.
    ran.clear()
    text = POLICY.replace("percent_per_day = 10", "percent_per_day = 50").replace("days = 3", "days = 1")
    (course / "policy.toml").write_text(text, encoding="utf-8")
    ada, ben = grade_course(course).submissions
    assert penalties(course) == {"ada": 4.5, "ben": 4.5}
    assert (ada.grade, ben.grade, ran) == (0.5, 0.5, [])


@pytest.mark.slow
def test_names_that_are_not_there_are_said(graded_course: Path) -> None:
    (graded_course / "policy.toml").write_text(POLICY.replace('"ben"', '"bne"'), encoding="utf-8")
    report = grade_course(graded_course)
    assert report.remarks == [
        "policy.toml gives more time to bne: nothing is handed in under that name so far.",
        "When 2 submissions were handed in is not known (no timestamp.txt), so nothing is taken off for being late: "
        f"ada ({LESSON}), ben ({LESSON})",
    ]
    assert all(one.late and one.late.handed_in is None for one in report.submissions)
    text = POLICY.replace(f"[lessons.{LESSON}]", f"[lessons.{LESSON}]\ndue = 2026-01-01\n[lessons.other]")
    (graded_course / "policy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"lessons.other: no such lesson; there are: {LESSON}"):
        grade_course(graded_course)


@pytest.mark.slow
def test_mark_in_formgrader_counts_in_the_export(graded_course: Path) -> None:
    stamped(graded_course, {"ada": "2026-11-28 10:00:00"})
    (graded_course / "policy.toml").write_text(POLICY.replace("at_most_percent = 50", ""), encoding="utf-8")
    grade_course(graded_course)
    assert penalties(graded_course)["ada"] == 5  # which is all that was earned
    with Gradebook(f"sqlite:///{graded_course}/gradebook.db", "evalkit") as book:
        grade = book.find_grade("why", TOPIC, LESSON, "ada")
        grade.manual_score, grade.needs_manual_grade = 4, False
        book.db.commit()
    _, grades = export_grades(graded_course, to="csv", template=None, lesson=None, out=None, db=None)
    assert [(one.student, one.points, one.penalty) for one in grades] == [("ada", 0, 9), ("ben", 5, 0)]


@pytest.mark.slow
def test_stock_nbgrader_takes_off_the_same(graded_course: Path) -> None:
    stamped(graded_course, {"ada": "2026-10-28 10:00:00", "ben": "2026-10-28 10:00:00"})
    (graded_course / "policy.toml").write_text(POLICY, encoding="utf-8")
    nbgrader(graded_course, "autograde", LESSON, "--force")
    assert penalties(graded_course) == {"ada": 1.8, "ben": 0}
    with Gradebook(f"sqlite:///{graded_course}/gradebook.db", "evalkit") as book:
        assert book.find_assignment(LESSON).duedate == datetime(2026, 10, 26, 22, 59, tzinfo=UTC).replace(tzinfo=None)


def test_example_of_the_readme_can_be_used(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    text = next(block for block in readme.split("```toml\n")[1:] if "[lessons." in block).partition("```")[0]
    check_example(tmp_path, text)


def test_file_of_a_new_course_says_nothing_until_its_lines_are_taken(tmp_path: Path) -> None:
    text = (TEMPLATES / "course" / "policy.toml").read_text(encoding="utf-8")
    assert policy(tmp_path, text) == Policy()
    lines = text.partition("# The time zone")[2].splitlines()[1:]
    taken = "\n".join(line.removeprefix("# ") for line in lines).replace("days = 2  ", "factor = 1.5")
    assert policy(tmp_path, taken).late is not None
    check_example(tmp_path, taken)


def check_example(tmp_path: Path, text: str) -> None:
    found = due(policy(tmp_path, text), LESSON, "ben")
    assert found is not None
    assert found.student.isoformat() == "2026-11-03T12:28:30+01:00"
