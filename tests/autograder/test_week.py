"""An instructor's week with a class of thirty, played with the commands of the README, in their order.

All that comes out says the same: the gradebook through nbgrader's own interface, nbgrader's export, formgrader's
interface, the tables for spreadsheets, Canvas and Moodle, the pages that students get, and the class report. And it is
what `week_class` has written down by hand.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Mapping
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pexpect
import pytest
from jupyter_process import jupyter_lab
from nbgrader.api import Gradebook
from warm_kernels import need_bubblewrap
from week_class import (
    CLASS,
    LESSON,
    MENDED,
    NAME,
    RIGHT,
    SECOND_THOUGHTS,
    TOPIC,
    WRITTEN,
    Student,
    canvas_export,
    class_list,
    moodle_zip,
    worksheet,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

POLICY = f"""
timezone = "Europe/Berlin"

[late]
grace_minutes = 15
percent_per_day = 10
at_most_percent = 50

[lessons.{LESSON}]
due = 2026-10-26 23:59:00

[[extensions]]
student = "mona"
lesson = "{LESSON}"
days = 3
reason = "ill"
"""
HANDED_IN = [student for student in CLASS if student.status != "missing"]
WROTE = [student for student in HANDED_IN if student.mark is not None]
# In hundredths of the lesson's points.
LATE = {"lea": 20, "ines": 10}
BIN = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "140", "TERM": "dumb"}


def run(folder: Path, *words: str | Path, code: int = 0) -> str:
    """Run a command in a folder, as an instructor does; return what it said."""
    done = subprocess.run(
        [str(BIN / words[0]), *map(str, words[1:])], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def mark(course: Path, marks: Mapping[str, float | None]) -> list[str]:
    """Mark by keyboard each answer that is shown, by the number that its text holds, and skip what `marks` lacks.

    Returns
    -------
    list of str
        The numbers of the answers, in the order in which they were shown.
    """
    shown = []
    terminal = pexpect.spawn(
        str(BIN / "autograder"),
        ["mark"],
        cwd=course,
        env=ENVIRONMENT,
        encoding="utf-8",
        timeout=300,
        dimensions=(60, 140),
    )
    while terminal.expect([r"Points from 0 to 4[^:]*: ", pexpect.EOF]) == 0:
        text = terminal.before
        assert not any(student.last in text for student in CLASS if len(student.last) > 3)
        (number,) = re.findall(r"answer (\d{5})", text)
        shown.append(number)
        points = marks.get(number)
        if points is None:
            terminal.sendline("s")
            continue
        terminal.sendline(f"{points:g}")
        terminal.expect(r"Comment \([^:]*: ")
        terminal.sendline("1" if "  1  " in terminal.before else "See point 2 of the rubric.")
    assert "marked." in terminal.before
    terminal.close()
    assert terminal.exitstatus == 0
    return shown


def code_points(student: Student) -> dict[str, float]:
    """What each exercise must have in the end: some have mended all, and recall is worth twice as much."""
    points = RIGHT if student.id in MENDED else student.points()
    return {**points, "recall": 2 * points["recall"]}


def penalty(student: Student) -> float:
    return LATE.get(student.id, 0) / 100 * 18


def expected() -> dict[str, float]:
    """What each student must have in the end."""
    marks = {student.id: student.mark or 0.0 for student in HANDED_IN}
    return {one.id: sum(code_points(one).values()) + marks[one.id] - penalty(one) for one in HANDED_IN}


def agrees(found: Mapping[str, Any], within: float = 0.00005) -> None:
    """Every student has what they must have, and nobody else has anything; but for how numbers are written."""
    must = expected()
    assert found.keys() == must.keys()
    assert {name: float(points) for name, points in found.items()} == pytest.approx(must, rel=0, abs=within)


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)


def grades_of(rows: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The grades that are there, by the student's id, of a table that knows addresses or names."""
    return {who.removesuffix("@uni.example"): points for who, points in rows if points not in ("", "-")}


def test_an_instructors_week(tmp_path: Path) -> None:
    need_bubblewrap()
    course = _set_up(tmp_path)
    _collect_and_grade(tmp_path, course)
    _mark_and_collect_again(tmp_path, course)
    _change_the_points(course)
    _formgrader_shows_the_same(tmp_path, course)
    _give_back(tmp_path, course)
    _class_report(course)
    _exports(tmp_path, course)
    _nothing_is_lost(course)


def _set_up(tmp_path: Path) -> Path:
    said = run(tmp_path, "autograder", "init", "my-course", "--lesson", "03")
    assert LESSON in said
    course = tmp_path / "my-course"
    class_list(course / "students.csv")
    (course / "policy.toml").write_text(POLICY)
    assert len(CLASS) == 30
    return course


def _collect_and_grade(tmp_path: Path, course: Path) -> None:
    archive, sheet = moodle_zip(tmp_path / "first.zip", course), worksheet(tmp_path / "first.csv")
    options = ("--from", "moodle", "--worksheet", sheet, "--timezone", "Europe/Berlin")
    said = run(course, "autograder", "collect", archive, *options, code=1)
    assert "Guest Person is not in the class list" in said
    assert "Nothing from: absent" in said
    assert {path.parent.name for path in course.glob(f"submitted/*/{LESSON}")} == {one.id for one in HANDED_IN}
    said = run(course, "autograder", "grade")
    report = json.loads((course / "report.json").read_text())
    assert {one["student"]: one["status"] for one in report["submissions"]} == {one.id: one.status for one in HANDED_IN}
    for one in report["submissions"]:
        (student,) = [each for each in CLASS if each.id == one["student"]]
        found = {cell["grade_id"].removeprefix("check_"): cell["points"] for cell in one["cells"]}
        found.pop(WRITTEN, None)
        assert found == student.points(), one
        assert one["needs_manual"] == (student.mark is not None)
        # Whoever lost everything to a fault of the notebook is told of it.
        assert student.status == "graded" or one["reasons"]
    assert "1 day and 6 hours late; 3 points are taken off" in said
    assert "mona" in said


def _mark_and_collect_again(tmp_path: Path, course: Path) -> None:
    # One is left for formgrader.
    marks = {student.number: student.mark for student in WROTE if student.id != "nguyen"}
    assert sorted(mark(course, marks)) == sorted(student.number for student in WROTE)
    # José and Enno mended their code; Inês wrote more, and was late. Nobody else's files are other ones.
    archive = moodle_zip(tmp_path / "second.zip", course, again=True)
    sheet = worksheet(tmp_path / "second.csv", again=True)
    options = ("--from", "moodle", "--worksheet", sheet, "--timezone", "Europe/Berlin")
    said = run(course, "autograder", "collect", archive, *options, code=1)
    assert {line.split()[0] for line in said.splitlines() if " again " in line} == set(SECOND_THOUGHTS)
    for name in SECOND_THOUGHTS:
        (earlier,) = (course / "earlier" / name / LESSON).iterdir()
        assert (earlier / NAME).is_file()
    said = run(course, "autograder", "grade")
    assert re.search(r"ines, .*3 hours late; 1.5 points are taken off", said)
    # Marks for a text that is no longer there do not count; it comes again, and nobody else's does.
    again = {student.number for student in WROTE if student.id in {*SECOND_THOUGHTS, "nguyen"}}
    assert set(mark(course, marks)) == again


def _change_the_points(course: Path) -> None:
    path = course / "source" / LESSON / NAME
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == "check_recall"]
    cell.metadata.nbgrader.points = 6
    nbformat.write(notebook, path)
    book = (course / "gradebook.db").read_bytes()
    said = run(course, "autograder", "regrade", "--diff")
    assert (course / "gradebook.db").read_bytes() == book
    assert f"zmueller, {LESSON}: 15 → 18 of 15 → 18" in said
    assert f"li2, {LESSON}: 8.12 → 8.88 of 15 → 18" in said
    # Nobody handed in anything else.
    assert "the submission was changed" not in said
    changed = {line.split(", ")[0] for line in said.splitlines() if " → " in line and not line.startswith(" ")}
    assert {one.id for one in HANDED_IN if code_points(one) != one.points()} <= changed
    run(course, "autograder", "regrade", "--apply")


def _formgrader_shows_the_same(tmp_path: Path, course: Path) -> None:
    """Its interface, as its pages ask it; and a mark by it counts as one by the terminal."""
    (nguyen,) = [student for student in CLASS if student.id == "nguyen"]
    with jupyter_lab(tmp_path, course) as address:

        def ask(path: str, data: Any = None) -> Any:
            request = urllib.request.Request(
                f"{address}/formgrader/api/{path}",
                headers={"Authorization": "token test"},
                method="GET" if data is None else "PUT",
                data=None if data is None else json.dumps(data).encode(),
            )
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.load(answer)

        with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "evalkit") as book:
            notebook = book.find_submission_notebook(TOPIC, LESSON, "nguyen").id
        (grade,) = [one for one in ask(f"grades?submission_id={notebook}") if one["name"] == WRITTEN]
        assert grade["needs_manual_grade"]
        ask(f"grade/{grade['id']}", {**grade, "manual_score": nguyen.mark})
        handed = [one for one in ask(f"submissions/{LESSON}") if one["student"] != "absent"]
        assert not any(one["needs_manual_grade"] for one in handed)
        agrees({one["student"]: one["score"] - penalties(course).get(one["student"], 0.0) for one in handed})
    run(course, "autograder", "grade")


def penalties(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "evalkit") as book:
        return {one.student.id: one.late_submission_penalty or 0.0 for one in book.assignment_submissions(LESSON)}


def _give_back(tmp_path: Path, course: Path) -> None:
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    options = (f"--Exchange.root={exchange}", "--CourseDirectory.course_id=evaluation")
    run(course, "nbgrader", "release_feedback", LESSON, *options)
    released = list((exchange / "evaluation" / "feedback").rglob("*.html"))
    said = run(course, "autograder", "mail")
    assert f"E-mails written: {len(HANDED_IN)}" in said
    pages = {}
    for path in (course / "mail").iterdir():
        letter = message_from_bytes(path.read_bytes(), policy=default)
        (page,) = letter.iter_attachments()
        (to,) = letter["To"].addresses
        # A mail ends its lines in a way of its own.
        pages[to.addr_spec.removesuffix("@uni.example")] = page.get_content().replace("\r\n", "\n").rstrip()
    assert len(released) == len(pages)
    assert {path.read_text().rstrip() for path in released} == set(pages.values())
    found = {name: re.search(r"([\d.]+) of 18 points", page)[1] for name, page in pages.items()}  # type: ignore[index]
    agrees(found, within=0.0051)
    for name, page in pages.items():
        assert "HIDDEN TESTS" not in page
        assert "seed=" not in page
        assert not any(other.number in page for other in CLASS if other.id != name)
    assert "See point 2 of the rubric." in pages["zmueller"]


def _class_report(course: Path) -> None:
    report = table(course / "report.csv")
    lines = {about: dict(zip(part["item"], part["value"], strict=True)) for about, part in report.groupby("about")}
    assert lines["handed_in"] == {"": "29"}
    assert set(lines["missing"]) == {"absent"}
    assert set(lines["set_aside"]) == {one.id for one in HANDED_IN if one.status == "quarantined"}
    assert {name: float(points) for name, points in lines["late"].items()} == {"lea": 3.6, "ines": 1.8, "mona": 0}
    # Those of the class who hold it, but José, who has mended it.
    assert lines["misconception"]["recall in precision"] == "4"
    (held,) = report[(report["about"] == "misconception") & (report["item"] == "recall in precision")]["text"]
    assert held.endswith("(dan.doubled, kaggle, li2, nguyen)")


def _exports(tmp_path: Path, course: Path) -> None:
    run(course, "autograder", "export", "--to", "csv")
    grades = table(course / "grades.csv")
    agrees(grades_of(zip(grades["id"], grades["points"], strict=True)))
    people = {row.id: (row.first_name, row.last_name) for row in grades.itertuples()}
    assert people["zmueller"] == ("Zoë #2", "Müller")
    assert people["absent"] == ("Not", "There")
    assert people["formula"] == ('\'=HYPERLINK("http://x.example")', "Tables, Bobby")
    assert {row.id: float(row.late_penalty) for row in grades.itertuples() if float(row.late_penalty or 0)} == {
        "lea": 3.6,
        "ines": 1.8,
    }
    run(course, "autograder", "export", "--to", "moodle")
    grades = table(course / "grades-moodle.csv")
    agrees(grades_of(zip(grades["Email address"], grades[LESSON], strict=True)))
    sheet = worksheet(tmp_path / "for-grades.csv")
    run(course, "autograder", "export", "--to", "moodle", "--template", sheet, "--lesson", LESSON)
    grades = table(course / "grades-moodle.csv")
    # The assignment is worth 15 there.
    agrees(
        grades_of(
            (row["Email address"], float(row["Grade"]) / 15 * 18) for _, row in grades.iterrows() if row["Grade"]
        ),
        within=0.0001,
    )
    run(course, "autograder", "export", "--to", "canvas", "--template", canvas_export(tmp_path / "canvas.csv"))
    grades = table(course / "grades-canvas.csv")
    agrees(grades_of(zip(grades["SIS Login ID"][1:], grades[LESSON][1:], strict=True)))
    assert float(grades[LESSON][0]) == 18
    run(course, "nbgrader", "export")
    theirs = pd.read_csv(course / "grades.csv", keep_default_na=False)
    agrees({row.student_id: row.score for row in theirs.itertuples()})
    # It quotes nothing, so names have no commas in it.
    names = {row.student_id: (row.first_name, row.last_name) for row in theirs.itertuples()}
    assert names == {one.id: people[one.id] for one in HANDED_IN} | {
        "formula": ("'=HYPERLINK('http://x.example')", "Tables Bobby")
    }


def _nothing_is_lost(course: Path) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "evalkit") as book:
        agrees(
            {
                one.student.id: max(0.0, one.score - (one.late_submission_penalty or 0))
                for one in book.assignment_submissions(LESSON)
            }
        )
        for student in HANDED_IN:
            for notebook in book.find_submission(LESSON, student.id).notebooks:
                found = {one.name.removeprefix("check_"): one.score for one in notebook.grades}
                assert found == pytest.approx({**code_points(student), WRITTEN: student.mark or 0.0}), student.id
