"""Feedback as e-mail files, read back by the standard library's parser as a mail program reads them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from grading_samples import LESSON, make_course
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collecting.roster import Student
from autograder.errors import UserError
from autograder.exporting.mail import message

PAGE = "<!DOCTYPE html><p>8 of 9 points, ✓ " + "x" * 2000


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def test_the_page_arrives_as_it_is() -> None:
    mail = read(message(Student("zoe", "Zoë #2", 'O"Neil, Müller', "zoe@münchen.example"), {LESSON: PAGE}, "Kurs: ü"))
    (to,) = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == ('Zoë #2 O"Neil, Müller', "zoe@xn--mnchen-3ya.example")
    assert mail["Subject"] == f"Kurs: ü: feedback on {LESSON}"
    assert mail["X-Unsent"] == "1"
    (page,) = mail.iter_attachments()
    assert (page.get_content_type(), page.get_filename()) == ("text/html", f"{LESSON}.html")
    assert page.get_content().rstrip() == PAGE
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith('Dear Zoë #2 O"Neil, Müller,')


def test_a_name_adds_no_line_to_the_head() -> None:
    mail = read(
        message(Student("eve", "Eve\r\nBcc: all@example.org", "", "eve@example.org"), {LESSON: PAGE}, "c\nX: 1")
    )
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert len(mail["To"].addresses) == 1


@pytest.mark.parametrize(
    "email", ["nobody", "a@x.example, b@y.example", "a@x.example\nBcc: b@y.example", "a@", "@x", "zoë@x.example"]
)
def test_what_is_no_address_is_named(email: str) -> None:
    with pytest.raises(UserError, match="is no e-mail address"):
        message(Student("a", email=email), {LESSON: PAGE}, "c")


def test_command_writes_a_file_each_and_names_who_gets_none(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    for student in ("ada", "ben", "cid", "Zoe\u0308"):
        for lesson in (LESSON, "04_other"):
            folder = course / "feedback" / student / lesson
            folder.mkdir(parents=True)
            (folder / "page.html").write_text(f"<p>{student} {lesson}</p>", encoding="utf-8")
    roster = "id,first_name,last_name,email\nada,Ada,L,ada@example.org\nben,Ben,M,\nZoë,Zoë,M,zoe@example.org\n"
    (course / "students.csv").write_text(roster, encoding="utf-8")
    result = CliRunner().invoke(app, ["mail", str(course)])
    said = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "No e-mail for ben: no e-mail address in the class list." in said
    assert "No e-mail for cid: not in the class list." in said
    assert sorted(path.name for path in (course / "mail").iterdir()) == ["Zoe\u0308.eml", "ada.eml"]
    assert len(list(read((course / "mail" / "ada.eml").read_bytes()).iter_attachments())) == 2
    # Another lesson alone: nothing of before is left.
    (course / "feedback" / "ada" / "04_other" / "page.html").unlink()
    CliRunner().invoke(app, ["mail", str(course), "--lesson", "04_other"])
    assert [path.name for path in (course / "mail").iterdir()] == ["Zoe\u0308.eml"]


def test_nobody_gets_the_feedback_of_whoever_shares_an_address_and_nothing_else_in_the_folder_is_lost(
    tmp_path: Path,
) -> None:
    course = make_course(tmp_path / "course")
    for student in ("ada", "ben", "cid"):
        folder = course / "feedback" / student / LESSON
        folder.mkdir(parents=True)
        (folder / "page.html").write_text("<p>", encoding="utf-8")
    (course / "students.csv").write_text("id,email\nada,a@x.example\nben,A@x.example\ncid,c@x.example\n")
    (course / "mail").mkdir()
    (course / "mail" / "notes.txt").write_text("what to write")
    result = CliRunner().invoke(app, ["mail", str(course)])
    assert "somebody else in the class list has the address a@x.example, too" in " ".join(result.output.split())
    assert sorted(path.name for path in (course / "mail").iterdir()) == ["cid.eml", "notes.txt"]
    result = CliRunner().invoke(app, ["mail", str(course), "--lesson", LESSON, "--lesson", "04_misspelled"])
    assert "There is no feedback on 04_misspelled" in " ".join(result.output.split())


def test_without_feedback_or_class_list_it_says_what_to_do(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    assert "students.csv" in CliRunner().invoke(app, ["mail", str(course)]).output
    (course / "students.csv").write_text("id\nada\n")
    assert "grade first" in " ".join(CliRunner().invoke(app, ["mail", str(course)]).output.split())
