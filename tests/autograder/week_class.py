"""A class of thirty who hand in lesson 03 by Moodle: who they are, what they hand in, and what each must have.

Nothing here reads what the grader says. The points of a right answer and of a known mistake are written down; what a
broken notebook costs is the rule of its trouble.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from messy import conflict_in_the_file, deepnote, version_3, without_ids

from autograder import exercises
from autograder.proving.answers import fill_in, find_cell, read
from autograder.proving.troubles import TROUBLES

LESSON, TOPIC = "03_precision_recall", "precision_recall"
WRITTEN = "fraud_costs"
NAME = f"{TOPIC}.ipynb"
DUE = datetime(2026, 10, 26, 23, 59)
IN_TIME = DUE - timedelta(days=1, hours=5)

RIGHT = {"precision": 3.0, "recall": 3.0, "caught": 2.0, "precision_recall_at": 3.0}
# What the known mistakes of the course earn, whatever numbers are drawn.
WRONG = {
    ("precision", "recall"): 0.875,
    ("precision", "accuracy"): 0.25,
    ("recall", "precision"): 0.75,
    ("recall", "miss-rate"): 0.375,
    ("caught", "percent"): 0.25,
    ("precision_recall_at", "strictly-above"): 2.25,
}
Edit = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Student:
    """Somebody of the class, and what they hand in.

    Attributes
    ----------
    id, first, last : str
        As the class list has them.
    wrong : tuple of (str, str)
        Exercises and the known mistakes made in them; all others are right.
    trouble, at : str
        What is wrong with the notebook (of `autograder.proving.troubles`), and at which exercise.
    edit : callable, optional
        What a service did to the notebook.
    packed : callable
        The files in Moodle, from the text of the notebook.
    status : str
        How the grader must file it.
    mark : float, optional
        What a person gives for the written answer; None for those who wrote none.
    late_by : timedelta
        When, counted from the due date.
    """

    id: str
    first: str
    last: str
    wrong: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    at: str = "precision"
    edit: Edit | None = None
    packed: Callable[[bytes], dict[str, bytes]] = lambda data: {NAME: data}
    status: str = "graded"
    mark: float | None = 4.0
    late_by: timedelta = IN_TIME - DUE

    @property
    def number(self) -> str:
        """Moodle's number for the submission."""
        return str(70_000 + 13 * [one.id for one in CLASS].index(self.id))

    @property
    def says(self) -> str:
        """The written answer."""
        return f"Missed fraud costs more, so recall matters more to me. This is answer {self.number}."

    def points(self) -> dict[str, float]:
        """What each exercise must earn."""
        earned = RIGHT | {exercise: WRONG[exercise, mistake] for exercise, mistake in self.wrong}
        if self.mark is None:
            return dict.fromkeys(RIGHT, 0.0)
        if self.trouble and TROUBLES[self.trouble].loses == "the exercise":
            earned[self.at] = 0.0
        return earned


def renamed(name: str) -> Callable[[bytes], dict[str, bytes]]:
    return lambda data: {name: data}


def in_a_zip(data: bytes) -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(f"Homework 3/{NAME}", data)
        packed.writestr("Homework 3/.DS_Store", b"\0")
    return {"Homework 3.zip": buffer.getvalue()}


def broken(trouble: str, at: str, first: str, last: str, *wrong: tuple[str, str], mark: float | None = 3.0) -> Student:
    """Somebody with a trouble of the example class."""
    status = TROUBLES[trouble].status
    packed = (lambda data: {"notes.txt": b"See my mail."}) if trouble == "no notebook" else renamed(NAME)
    return Student(
        f"{first}.{last}".lower(),
        first,
        last,
        wrong,
        trouble,
        at,
        packed=packed,
        status=status,
        mark=None if status == "quarantined" else mark,
    )


MIXED_UP = ("precision", "recall")
CLASS = [
    Student("zmueller", "Zoë #2", "Müller"),
    Student("oneil", "Seán", "O'Neil", packed=in_a_zip),
    Student("li1", "Wei", "Li", (("caught", "percent"),), mark=2.0),
    Student("li2", "Wei", "Li", (MIXED_UP, ("recall", "precision")), mark=1.5),
    Student("formula", '=HYPERLINK("http://x.example")', "Tables, Bobby", mark=None),
    Student("nguyen", "Thị Ánh", "Nguyễn", (MIXED_UP,), mark=3.0),
    Student("jose", "José", "del Río", (MIXED_UP, ("precision_recall_at", "strictly-above")), mark=1.0),
    Student("ines", "Inês", "d'Ávila", (("recall", "miss-rate"),), mark=2.0),
    Student("lea", "Léa", "Dupont", (("precision", "accuracy"),), late_by=timedelta(hours=30)),
    Student("mona", "Mona", "Ill", late_by=timedelta(hours=40)),
    Student("kaggle", "Kim", "Kaggle", (MIXED_UP,), edit=without_ids, status="repaired"),
    Student("deepnote", "Dee", "Note", edit=deepnote, status="repaired"),
    Student("old", "Ole", "Older", edit=version_3),
    Student("words", "Ünal", "Şahin", packed=renamed("Meine Lösung – FINAL v2.ipynb"), status="repaired"),
    Student(
        "utf16",
        "Ute",
        "Sechzehn",
        (("precision_recall_at", "strictly-above"),),
        packed=lambda data: {NAME: data.decode().encode("utf-16")},
        status="repaired",
    ),
    Student(
        "conflict",
        "Gitta",
        "Conflict",
        packed=lambda data: {NAME: conflict_in_the_file(data.decode()).encode()},
        status="quarantined",
        mark=None,
    ),
    broken("not JSON", "precision", "Nora", "Half"),
    broken("empty file", "precision", "Emil", "Empty"),
    broken("no notebook", "precision", "Nick", "None"),
    broken("deleted test cell", "caught", "Dora", "Deleted"),
    broken("duplicated test cell", "recall", "Dan", "Doubled", MIXED_UP),
    broken("edited test cell", "precision", "Eddy", "Edited", ("precision", "accuracy")),
    broken("syntax error", "recall", "Sina", "Syntax"),
    broken("endless loop", "caught", "Enno", "Endless"),
    broken("killed kernel", "precision", "Kaja", "Killed"),
    broken("SystemExit", "recall", "Sam", "Exit", mark=0.0),
    broken("warning on stderr", "caught", "Wanda", "Warned"),
    broken("flood of output", "precision", "Flo", "Flood"),
    broken("changed inputs", "precision", "Chris", "Changed", ("recall", "precision")),
    Student("absent", "Not", "There", status="missing", mark=None),
]
STRANGER = "Guest Person_99999_assignsubmission_file_/precision_recall.ipynb"
# Who hands in once more, and when.
MENDED = {"jose": timedelta(hours=-2), "enno.endless": timedelta(hours=-1)}
SECOND_THOUGHTS = {**MENDED, "ines": timedelta(hours=3)}


def handed_in(student: Student, course: Path, *, again: bool = False) -> dict[str, bytes]:
    """The files that a student gives Moodle; the second time some have mended the code, and Inês has written more."""
    notebook = read(course / "release" / LESSON / NAME)
    mended = again and student.id in MENDED
    mistakes = {} if mended else dict(student.wrong)
    tasks = exercises.of_lesson(LESSON)
    for task in tasks if student.mark is not None or student.trouble else ():
        mistake = mistakes.get(task.id)
        right = list(task.variants.values())[len(student.id) % len(task.variants)]
        fill_in(notebook, task, task.misconceptions[mistake].answer if mistake else right)
    if student.mark is not None or student.status == "quarantined":
        find_cell(notebook, WRITTEN).source = student.says + " And I have thought again." * again
    if student.trouble and not mended:
        data = TROUBLES[student.trouble].spoil(notebook, exercises.get(student.at)) or b""
        return student.packed(data)
    plain = json.loads(json.dumps(notebook))
    if student.edit:
        student.edit(plain)
    return student.packed(json.dumps(plain, ensure_ascii=False).encode())


def moodle_zip(path: Path, course: Path, *, again: bool = False) -> Path:
    """What Moodle's *Download all submissions* gives: the last submission of everybody, by full name and number.

    Moodle takes out of names what some file systems cannot bear.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in CLASS:
            if student.status != "missing":
                second = again and student.id in SECOND_THOUGHTS
                name = "".join(letter for letter in f"{student.first} {student.last}" if letter not in "&<>\"`|':\\/")
                for file, data in handed_in(student, course, again=second).items():
                    archive.writestr(f"{name}_{student.number}_assignsubmission_file_/{file}", data)
        archive.writestr(STRANGER, (course / "release" / LESSON / NAME).read_bytes())
    return path


def worksheet(path: Path, *, again: bool = False) -> Path:
    """Moodle's grading worksheet."""
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed"
    lines = [[*head.split(","), "Last modified (submission)", "Last modified (grade)", "Feedback comments"]]
    for student in CLASS:
        late_by = SECOND_THOUGHTS.get(student.id, student.late_by) if again else student.late_by
        handed = student.status != "missing"
        time = f"{DUE + late_by:%A, %d %B %Y, %I:%M %p}" if handed else "-"
        status = "Submitted for grading - " if handed else "No submission - "
        about = [f"Participant {student.number}", f"{student.first} {student.last}", f"{student.id}@uni.example"]
        lines.append([*about, status, "", "15.00", "Yes", time, "-", ""])
    return written(path, lines)


def class_list(path: Path) -> Path:
    """`students.csv`, filled in below its heading."""
    heading = path.read_text().strip().split(",")
    lines = [heading, *([one.id, one.first, one.last, f"{one.id}@uni.example", ""] for one in CLASS)]
    return written(path, lines)


def canvas_export(path: Path) -> Path:
    """What Canvas's *Grades, Export* gives."""
    lines = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section"], ["    Points Possible", *[""] * 4]]
    lines += [[f"{one.last}, {one.first}", str(9000 + place), "", one.id, "A"] for place, one in enumerate(CLASS)]
    return written(path, lines)


def written(path: Path, lines: Iterable[list[str]]) -> Path:
    """A table, as a spreadsheet saves it."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(lines)
    return path
