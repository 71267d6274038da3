"""What `autograder grade` prints of a class, and the first table of its report."""

from __future__ import annotations

from pathlib import Path

from grading_samples import make_course

from autograder.collecting.roster import Student
from autograder.commands.grade import rows, sentences, title
from autograder.grading import GradeReport, SubmissionResult
from autograder.grading.course import Course
from autograder.grading.keeping.gradebook import open_gradebook
from autograder.grading.keeping.report import report_page


def result(student: str, lesson: str, *reasons: str) -> SubmissionResult:
    return SubmissionResult.of(student, lesson, "repaired", list(reasons), [])


def test_what_many_have_in_common_comes_once() -> None:
    points = "check_recall has 3 points in the submission and 6 in the lesson, which count."
    results = [result(name, "03", points, points) for name in ("ada", "ben", "cid")]
    results += [result("ada", "04", points), result("dan", "03", "Its own.", points)]
    assert list(sentences(results)) == [
        f"ada, 04: {points}",
        "dan, 03: Its own.",
        f"4 students, 03: {points} (ada, ben, cid, dan)",
    ]


def test_lesson_is_a_column_where_there_are_several() -> None:
    one, two = result("ada", "03"), result("ada", "04")
    assert (title([one]), rows([one])) == (
        "03",
        [("Student", "Points", "Status", "By hand"), ("ada", "0 of 0", "repaired", "")],
    )
    assert title([one, two]) is None
    assert rows([one, two])[2] == ("ada", "04", "0 of 0", "repaired", "")


def test_report_says_once_what_many_have_in_common(tmp_path: Path) -> None:
    results = [result(name, "03", "New points <6>.") for name in ("ada", "ben", "cid", "dan")]
    results.append(result("eve", "03", "Its own.", "New points <6>."))
    page = report_page(GradeReport("course", results), Course(make_course(tmp_path)))
    assert page.count("New points &lt;6&gt;.") == 1
    assert "5 students, 03: " in page
    look = page[page.index('id="look-caption"') : page.index('id="class"')]
    assert "Its own." in look
    assert "ada" not in look


def test_gradebook_knows_names_that_break_no_table(tmp_path: Path) -> None:
    with open_gradebook(Course(make_course(tmp_path))) as writer:
        writer.gradebook.add_student("zoë")
        writer.fill_in_names(
            [
                Student("Zoe\u0308".lower(), "=SUM(A1)", 'Müller, "Zoë"\n#2', "zoe@uni.example"),
                Student("absent", "A", "B"),
            ]
        )
        (zoe,) = writer.gradebook.students
        assert (zoe.first_name, zoe.last_name, zoe.email) == ("'=SUM(A1)", "Müller 'Zoë' #2", "zoe@uni.example")
