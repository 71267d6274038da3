"""Archives as four learning platforms write them, and what becomes of the files in them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collecting.collect import collect
from autograder.collecting.platforms import PLATFORMS, moodle_time
from autograder.collecting.roster import Roster, Student, read_roster, read_table
from autograder.errors import UserError

LESSON = "03_precision_recall"
BERLIN = ZoneInfo("Europe/Berlin")
CLASS = Roster(
    [
        Student("jdoe", "Jane", "Doe", "jane@uni.example", "1001"),
        Student("zoe", "Zoë", "Müller-Lüdenscheidt", "zm@uni.example"),
        Student("li1", "Wei", "Li", "li1@uni.example", "3001"),
        Student("li2", "Wei", "Li", "li2@uni.example"),
        Student("absent", "Nobody", "Here"),
    ]
)


def zipped(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def inner(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def take(archive, course, platform, roster=CLASS, **others):
    return collect(archive, course, platform=platform, lesson=LESSON, roster=roster, zone=BERLIN, **others)


def submitted(course, student):
    folder = course / "submitted" / student / LESSON
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    ("platform", "path", "says"),
    [
        ("moodle", "Doe, Jane_123456_assignsubmission_file_/a b.ipynb", ("Doe, Jane", "123456", "a b.ipynb")),
        ("moodle", "Doe Jane_123456_assignsubmission_file/src/a.ipynb", ("Doe Jane", "123456", "src/a.ipynb")),
        ("moodle", "Group 1-Jo_Ann Doe_7_assignsubmission_file_a_b.ipynb", ("Group 1-Jo_Ann Doe", "7", "a_b.ipynb")),
        ("canvas", "doejane_LATE_1001_55501_my_work-2.ipynb", ("doejane", "1001", "my_work.ipynb")),
        ("canvas", "doejane_1001_55501_lesson-03.ipynb.zip", ("doejane", "1001", "lesson-03.ipynb.zip")),
        ("brightspace", "10-77 - Jane Doe - Jan 15, 2026 1030 AM/a.ipynb", ("Jane Doe", "10", "a.ipynb")),
        ("brightspace", "x/10-77 - Jo Doe-Ray - 15 January, 2026 1030/a.ipynb", ("Jo Doe-Ray", "10", "a.ipynb")),
    ],
)
def test_a_path_says_who_and_what(platform, path, says):
    handed = PLATFORMS[platform](path)
    assert (handed.name, handed.number, handed.file) == says


def test_blackboard_says_when_and_leaves_open_where_the_user_name_begins():
    handed = PLATFORMS["blackboard"]("Lesson%203_part_jane_doe_attempt_2026-01-15-10-30-45_my_work.ipynb")
    assert "jane_doe" in handed.logins
    assert (handed.file, handed.time) == ("my_work.ipynb", datetime(2026, 1, 15, 10, 30, 45))
    assert PLATFORMS["blackboard"]("Lesson%203_jdoe_attempt_2026-01-15-10-30-45.txt") is None


@pytest.mark.parametrize("text", ["Jan 15, 2026 1030 AM", "15 January, 2026 10:30", "January 15, 2026 10:30 AM"])
def test_times_of_brightspace(text):
    assert PLATFORMS["brightspace"](f"1-2 - Jo - {text}/a.ipynb").time == datetime(2026, 1, 15, 10, 30)


def test_times_of_moodles_worksheet():
    assert moodle_time("Thursday, 15 January 2026, 10:30 PM") == datetime(2026, 1, 15, 22, 30)
    assert moodle_time("-") is None


def test_moodle(tmp_path):
    archive = zipped(
        tmp_path / "Lesson 3.zip",
        {
            "Doe, Jane_11_assignsubmission_file_/precision_recall.ipynb": "jane's",
            "zoe mueller luedenscheidt_12_assignsubmission_file_/../../../evil.ipynb": "zoë's",
            "Li Wei_13_assignsubmission_file_/a.ipynb": "which Li?",
            "Li Wei_14_assignsubmission_file_/a.ipynb": "the second Li's",
            "Stranger, A_15_assignsubmission_file_/a.ipynb": "who?",
            "Doe, Jane_11_assignsubmission_onlinetext_/onlinetext.html": "see file",
            "__MACOSX/Doe, Jane_11_assignsubmission_file_/._precision_recall.ipynb": "litter",
        },
    )
    worksheet = [
        {
            "Identifier": "Participant 14",
            "Email address": "LI2@uni.example",
            "Last modified (submission)": "Thursday, 15 January 2026, 10:30 AM",
        }
    ]
    result = take(archive, tmp_path, "moodle", worksheet=worksheet)
    assert {(one.student, one.what) for one in result.collected} == {("jdoe", "new"), ("zoe", "new"), ("li2", "new")}
    assert submitted(tmp_path, "jdoe") == {"precision_recall.ipynb": "jane's"}
    assert submitted(tmp_path, "zoe") == {"evil.ipynb": "zoë's"}
    # Half past ten in Berlin.
    assert submitted(tmp_path, "li2")["timestamp.txt"] == "2026-01-15 09:30:00.000000 UTC\n"
    assert sorted(why for _, why in result.unmatched) == [
        "Li Wei may be li1 or li2: fill in lms_user_id in the class list, or for Moodle say --worksheet",
        "Stranger, A is not in the class list",
        "its name is not one that the platform gives to what a student hands in",
    ]
    aside = tmp_path / "unmatched" / "Lesson 3"
    assert sorted(path.read_text() for path in aside.rglob("*.ipynb")) == ["which Li?", "who?"]
    assert result.missing == ["absent", "li1"]


def test_moodles_worksheet_says_later_whose_a_file_is_and_when_it_came(tmp_path):
    names = ("Doe Jane_11", "Li Wei_13", "Sean ONeil_15")
    archive = zipped(tmp_path / "m.zip", {f"{name}_assignsubmission_file_/a.ipynb": name for name in names})
    roster = Roster([*CLASS.students, Student("oneil", "Seán", "O'Neil")])
    first = take(archive, tmp_path, "moodle", roster)
    # Moodle takes the apostrophe out of the name.
    assert {one.student for one in first.collected} == {"jdoe", "oneil"}
    assert [path.parent.name for path in (tmp_path / "unmatched").rglob("*.ipynb")] == [
        "Li Wei_13_assignsubmission_file_"
    ]
    worksheet = [
        {
            "Identifier": f"Participant {number}",
            "Email address": address,
            "Last modified (submission)": "Thursday, 15 January 2026, 10:30 AM",
        }
        for number, address in ((11, "jane@uni.example"), (13, "li2@uni.example"))
    ]
    second = take(archive, tmp_path, "moodle", roster, worksheet=worksheet)
    assert {one.student: one.what for one in second.collected} == {"jdoe": "known", "li2": "new", "oneil": "known"}
    assert submitted(tmp_path, "jdoe")["timestamp.txt"] == "2026-01-15 09:30:00.000000 UTC\n"
    # Nothing is there twice.
    assert not (tmp_path / "earlier").exists()
    assert not (tmp_path / "unmatched").exists() or not any((tmp_path / "unmatched").rglob("*"))


def test_canvas_late_numbers_and_a_zip_in_the_zip(tmp_path):
    work = inner({"lesson 3/precision_recall.ipynb": "in a zip", "lesson 3/.DS_Store": "", "lesson 3/data.csv": "1"})
    archive = zipped(
        tmp_path / "submissions.zip",
        {
            "somebodyelse_LATE_1001_500_work.zip": work,
            "liwei_3001_501_a-1.ipynb": "one",
            "liwei_3001_502_a.ipynb": "two",
        },
    )
    result = take(archive, tmp_path, "canvas")
    assert [(one.student, one.late) for one in result.collected] == [("jdoe", True), ("li1", False)]
    assert submitted(tmp_path, "jdoe") == {"precision_recall.ipynb": "in a zip", "data.csv": "1"}
    # Both are kept: the platform's numbering cannot be told from the student's own.
    assert submitted(tmp_path, "li1") == {"a.ipynb": "one", "a (1).ipynb": "two"}


def test_of_several_handings_in_the_last_counts_and_the_others_are_kept(tmp_path):
    name = "Lesson_jdoe_attempt_2026-01-{}-10-30-45_a.ipynb"
    archive = zipped(
        tmp_path / "b.zip", {name.format(17): "third", name.format(15): "first", name.format(16): "second"}
    )
    result = take(archive, tmp_path, "blackboard")
    assert [one.what for one in result.collected] == ["new", "again", "again"]
    assert submitted(tmp_path, "jdoe")["a.ipynb"] == "third"
    earlier = tmp_path / "earlier" / "jdoe" / LESSON
    assert sorted(path.read_text() for path in earlier.rglob("a.ipynb")) == ["first", "second"]
    # Once more, and nothing changes.
    before = sorted(tmp_path.rglob("*"))
    assert {one.what for one in take(archive, tmp_path, "blackboard").collected} == {"known"}
    assert sorted(tmp_path.rglob("*")) == before
    # One that comes to light later, but is older, does not count.
    older = zipped(tmp_path / "c.zip", {name.format(14): "zeroth"})
    assert [one.what for one in take(older, tmp_path, "blackboard").collected] == ["earlier"]
    assert submitted(tmp_path, "jdoe")["a.ipynb"] == "third"


def test_a_student_does_not_set_the_clock(tmp_path):
    folder = "10-1 - Jane Doe - Jan 15, 2026 1030 AM"
    archive = zipped(
        tmp_path / "d.zip", {f"{folder}/a.ipynb": "x", f"{folder}/timestamp.txt": "1999-01-01 00:00:00 UTC"}
    )
    take(archive, tmp_path, "brightspace")
    assert submitted(tmp_path, "jdoe")["timestamp.txt"].startswith("2026-01-15 09:30:00")
    assert submitted(tmp_path, "jdoe")["handed in timestamp.txt"].startswith("1999")


def test_a_folder_that_the_browser_unpacked(tmp_path):
    file = tmp_path / "submissions" / "doejane_1001_500_a.ipynb"
    file.parent.mkdir()
    file.write_text("x")
    (file.parent / "liwei_3001_500_a.ipynb").symlink_to("/etc/hostname")
    result = take(file.parent, tmp_path, "canvas")
    assert [one.student for one in result.collected] == ["jdoe"]


def test_names_in_utf_8_of_programs_that_do_not_say_so(tmp_path):
    """As Info-ZIP on Linux and the Finder of macOS write them; a letter of DOS is left as it is."""
    name = "M__ller-L__denscheidt, Zo___12_assignsubmission_file_/a.ipynb"
    archive = zipped(tmp_path / "z.zip", {name: "zoë's", "D_e, Jane_11_assignsubmission_file_/a.ipynb": "?"})
    for ascii_name, wanted in (
        (name.encode(), "Müller-Lüdenscheidt, Zoë_12_assignsubmission_file_/a.ipynb".encode()),
        (b"D_e, Jane_11", "Dée, Jane_11".encode("cp437")),
    ):
        assert len(ascii_name) == len(wanted)
        archive.write_bytes(archive.read_bytes().replace(ascii_name, wanted))
    result = take(archive, tmp_path, "moodle")
    assert [one.student for one in result.collected] == ["zoe"]
    assert result.unmatched == [("Dée, Jane_11_assignsubmission_file_/a.ipynb", "Dée, Jane is not in the class list")]


def test_what_cannot_be_collected_is_said_in_a_sentence(tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(UserError, match=r"no whole zip archive.*download it again"):
        take(tmp_path / "no.zip", tmp_path, "canvas")
    with pytest.raises(UserError, match=r"There is no file gone\.zip"):
        take(tmp_path / "gone.zip", tmp_path, "canvas")
    other = zipped(tmp_path / "other.zip", {"doejane_1001_500_a.ipynb": "x"})
    with pytest.raises(UserError, match=r"No file in other.zip has a name as Moodle gives it"):
        take(other, tmp_path, "moodle")
    whole = zipped(tmp_path / "cut.zip", {"doejane_1001_500_a.ipynb": "x" * 9999}).read_bytes()
    flipped = bytearray(whole)
    flipped[60] ^= 255
    (tmp_path / "cut.zip").write_bytes(flipped)
    with pytest.raises(UserError, match="no whole zip archive"):
        take(tmp_path / "cut.zip", tmp_path, "canvas")
    assert not (tmp_path / "submitted").exists()
    assert not list((tmp_path / ".grading").iterdir())


@pytest.mark.parametrize(
    "data",
    [
        "id;first_name;last_name\njdoe;Jane;Doe\nzoe;Zoë;Müller, #2\n".encode("utf-8-sig"),
        'id,first_name,last_name\r\njdoe,Jane,Doe\r\nzoe,Zoë,"Müller, #2"\r\n'.encode("cp1252"),
        "id\tfirst_name\tlast_name\njdoe\tJane\tDoe\nzoe\tZoë\tMüller, #2\n".encode("utf-16"),
    ],
)
def test_a_class_list_as_spreadsheets_save_it(tmp_path, data):
    (tmp_path / "students.csv").write_bytes(data)
    assert read_roster(tmp_path / "students.csv") == [
        Student("jdoe", "Jane", "Doe"),
        Student("zoe", "Zoë", "Müller, #2"),
    ]


def test_a_class_list_that_is_none(tmp_path):
    file = tmp_path / "students.csv"
    with pytest.raises(UserError, match=r"There is no file .*students\.csv"):
        read_table(file)
    file.write_text("name\nJane\n")
    with pytest.raises(UserError, match="has no column id"):
        read_roster(file)
    file.write_text("id\nx\nx\n")
    with pytest.raises(UserError, match="names x more than once"):
        read_roster(file)
    file.write_text("id\nZo\u00eb\nZoe\u0308\n", encoding="utf-8")
    with pytest.raises(UserError, match="names Zo\u00eb more than once"):
        read_roster(file)


@pytest.mark.parametrize("name", ["../../x", "/x", "..", ".git", "a\0b", "\x1b[31mada", "\u202eada", "a*", "x" * 200])
def test_an_id_that_cannot_be_a_folder(tmp_path, name):
    file = tmp_path / "students.csv"
    file.write_text(f"id\n{name}\n", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be the name of the student's folder") as error:
        read_roster(file)
    assert str(error.value).isprintable()


def test_the_command(tmp_path):
    (tmp_path / "source" / LESSON).mkdir(parents=True)
    (tmp_path / "source" / LESSON / "precision_recall.ipynb").write_text("{}")
    (tmp_path / "students.csv").write_text("id,first_name,last_name\njdoe,Jane,Doe\nlee,Lee,Late\nno,Not,There\n")
    archive = zipped(
        tmp_path / "s.zip",
        {
            "doejane_1_2_precision_recall.ipynb": "x",
            "latelee_LATE_2_3_precision_recall.ipynb": "y",
            "whoknows_3_4_precision_recall.ipynb": "z",
        },
    )
    said = CliRunner().invoke(app, ["collect", str(archive), str(tmp_path), "--from", "canvas"])
    assert said.exit_code == 1, said.output
    assert "whoknows is not in the class list" in said.output
    assert "Nothing from: no" in said.output
    assert "late" in next(line for line in said.output.splitlines() if "lee" in line)
    assert submitted(tmp_path, "jdoe") == {"precision_recall.ipynb": "x"}
    # Of which lesson the files are is asked where their names do not say.
    unnamed = zipped(tmp_path / "t.zip", {"doejane_1_2_work.ipynb": "x"})
    said = CliRunner().invoke(app, ["collect", str(unnamed), str(tmp_path), "--from", "canvas"])
    assert said.exit_code == 2
    assert "--lesson" in said.output


def test_now_is_not_needed_for_a_time_in_summer(tmp_path):
    archive = zipped(tmp_path / "d.zip", {"10-1 - Jane Doe - Jul 15, 2026 1030 AM/a.ipynb": "x"})
    (one,) = take(archive, tmp_path, "brightspace").collected
    assert one.time == datetime(2026, 7, 15, 8, 30, tzinfo=UTC)
