"""Intake of what was made to do harm: links, bombs, names, and folders that the grader may not read."""

from __future__ import annotations

import json
import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from grading_samples import LESSON, TOPIC, answered, hand_in, make_course

from autograder.grading.course import Course, GradingError, Lesson
from autograder.grading.intake.folders import find_submissions
from autograder.grading.intake.parse import MAX_NOTEBOOK_BYTES
from autograder.grading.intake.read import MAX_OTHER_FILES, read_submission

pytestmark = pytest.mark.slow

NOBODY = 65534
NAME = f"{TOPIC}.ipynb"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return Course(make_course(tmp_path_factory.mktemp("course"))).lessons()[LESSON]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A submission of honest work."""
    return hand_in(tmp_path, "ada", answered()).parent


@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        (b'{"cells": [' + b"{}," * 6_000_000 + b"{}]}", "its JSON holds more than 300000 values"),
        (b'{"cells": [' + b"[]," * 6_000_000 + b"[]]}", "its JSON holds more than 300000 values"),
        (b'{"cells": ' + b'{"a":' * 2_000_000 + b"1" + b"}" * 2_000_000 + b"}", "nested too deeply"),
        (b'{"cells": [{"metadata": ' + b'{"nbgrader":' * 800 + b"1" + b"}" * 800 + b"}]}", "nested too deeply"),
        (b'{"cells": [{"source": ' + b"[" * 800 + b"]" * 800 + b"}]}", "nested too deeply"),
        (b'{"cells": ["' + b'\\"' * 9_000_000, "is not valid JSON"),
        (b'"' * 19_000_000, "its JSON holds more than 300000 values"),
        (b"[1" + b",1" * 9_000_000 + b"]", "its JSON holds more than 300000 values"),
    ],
    ids=["cells", "lists", "deep", "deep-metadata", "deep-source", "endless-text", "quotes", "numbers"],
)
def test_bomb_is_quarantined_in_no_more_memory_than_it_has_bytes(
    folder: Path, lesson: Lesson, bomb: bytes, reason: str
) -> None:
    assert len(bomb) < MAX_NOTEBOOK_BYTES or "values" in reason
    (folder / NAME).write_bytes(bomb[:MAX_NOTEBOOK_BYTES])
    tracemalloc.start()
    taken = read_submission(folder, lesson)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken.notebook is None
    assert reason in taken.repairs[0]
    assert peak < 4 * MAX_NOTEBOOK_BYTES


def test_interactive_figure_is_no_bomb(folder: Path, lesson: Lesson) -> None:
    notebook = json.loads((folder / NAME).read_text())
    figure = {"layers": [{"points": [[x, x / 7] for x in range(100_000)]}], "text": "[{" * 300_000}
    notebook["cells"][1]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"figure": figure}}]
    (folder / NAME).write_text(json.dumps(notebook))
    assert read_submission(folder, lesson).repairs == []


def test_half_a_character_is_graded(folder: Path, lesson: Lesson) -> None:
    text = (folder / NAME).read_text().replace("Because a false alarm", "\\ud800 Because a false alarm")
    (folder / NAME).write_text(text)
    taken = read_submission(folder, lesson)
    assert taken.notebook is not None
    json.dumps(taken.notebook).encode()


def test_file_that_grows_behind_its_size_is_not_read_to_the_end(folder: Path, lesson: Lesson) -> None:
    with (folder / NAME).open("wb") as file:
        file.truncate(50_000_000_000)
    taken = read_submission(folder, lesson)
    assert taken.repairs == [f"{NAME} is too large: 50000 MB, where 100 MB are allowed."]


def test_what_is_no_file_is_not_waited_for(folder: Path, lesson: Lesson) -> None:
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    os.mkfifo(folder / "notes.txt")
    taken = read_submission(folder, lesson)
    assert taken.notebook is None
    assert "is missing; the folder is empty" in taken.repairs[0]
    assert taken.remarks == ["notes.txt is not a regular file; it was left out."]


def test_folders_beside_the_notebook(folder: Path, lesson: Lesson) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2")
    (folder / "up").symlink_to("/")
    (folder / "a\u202etxt").write_text("1")
    taken = read_submission(folder, lesson)
    assert set(taken.files) == {"data/points.csv"}
    assert taken.remarks == [
        "up is a link to a folder; it was left out.",
        "a\\u202etxt was left out: its name holds characters that cannot be seen.",
    ]


def test_ten_thousand_files_are_not_all_taken(folder: Path, lesson: Lesson) -> None:
    for i in range(MAX_OTHER_FILES + 10):
        (folder / f"{i}.txt").touch()
    taken = read_submission(folder, lesson)
    assert len(taken.files) == MAX_OTHER_FILES
    assert taken.remarks == ["There are more than 1000 files beside the notebook; the rest was left out."]


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("ada\u202e", "ada\\u202e", "cannot be seen"),
        ("a\nb", "a\\nb", "cannot be seen"),
        ("ada ", "ada ", "cannot be seen"),
        ("a\udcffb", "a\\udcffb", "cannot be seen"),
        ("*", "*", "nbgrader takes for a pattern"),
        ("a" * 200, "a" * 200, "longer than 120 bytes"),
    ],
)
def test_names_that_mislead_are_refused(tmp_path: Path, name: str, shown: str, reason: str) -> None:
    (tmp_path / name / LESSON).mkdir(parents=True)
    (tmp_path / "ben" / name).mkdir(parents=True)
    (tmp_path / "Zoë van den Berg" / LESSON).mkdir(parents=True)
    found, refused = find_submissions(tmp_path)
    assert found == [("Zoë van den Berg", LESSON)]
    assert sorted((r.student, r.lesson) for r in refused) == sorted([(shown, ""), ("ben", shown)])
    assert all(reason in r.why for r in refused)


def test_linked_folders_are_refused(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", answered())
    submitted = tmp_path / "submitted"
    (submitted / "ben").symlink_to("ada")
    (submitted / "cid").mkdir()
    (submitted / "cid" / LESSON).symlink_to(submitted / "ada" / LESSON)
    found, refused = find_submissions(submitted)
    assert found == [("ada", LESSON)]
    assert [(r.student, r.lesson) for r in refused] == [("ben", ""), ("cid", LESSON)]
    assert all("is a link to another folder, which is not followed" in r.why for r in refused)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A submitted folder in a place where a user without rights can look at it."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        root = Path(place)
        for student in ("ada", "ben", "cid", "dan"):
            (hand_in(root, student, answered()).parent / "notes.txt").write_text("mine")
        yield root / "submitted"


def test_what_may_not_be_read_is_reported_and_stops_nothing(shared: Path, lesson: Lesson) -> None:
    closed = [
        shared / "ada",
        shared / "ben" / LESSON,
        shared / "cid" / LESSON / NAME,
        shared / "dan" / LESSON / "notes.txt",
    ]
    for path in closed:
        path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        found, refused = find_submissions(shared)
        taken = {student: read_submission(shared / student / LESSON, lesson) for student, _ in found}
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        for path in closed:
            path.chmod(0o755)
    assert [r.student for r in refused] == ["ada"]
    assert "cannot be read (Permission denied); allow it, then grade again" in refused[0].why
    assert {student: intake.unreadable for student, intake in taken.items()} == {"ben": True, "cid": True, "dan": False}
    assert "(Permission denied)" in taken["ben"].repairs[0]
    assert taken["dan"].notebook is not None
    assert taken["dan"].remarks == ["notes.txt cannot be read (Permission denied); it was left out."]


def test_submitted_folder_is_missing(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    (root / "submitted").rmdir()
    with pytest.raises(GradingError, match=r"submitted cannot be read \(No such file or directory\)"):
        Course(root).submissions()
