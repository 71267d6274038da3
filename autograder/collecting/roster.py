"""The class: who is who, for the gradebook and for a learning platform."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from autograder.collecting.platforms import Handed
from autograder.errors import UserError
from autograder.grading.intake.folders import composed, unusable
from autograder.grading.sentences import shown


@dataclass(frozen=True)
class Student:
    """A line of the class list. Its columns are those of `nbgrader db student import`."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a table that a spreadsheet or a platform wrote: commas, semicolons or tabs, in the usual encodings.

    Raises
    ------
    UserError
        If there is no such file, or no line below its heading.
    """
    _, rows = _table(path)
    if not rows:
        raise UserError(f"{path} has no line below its heading.")
    return rows


def _table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns, and the rows."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"There is no file {path}: check the name and the folder.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): it must be a file that you may read.") from None
    text = _decoded(data)
    heading = text.split("\n", 1)[0]
    separator = max(",;\t", key=heading.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [
            {(name or "").strip(): (value or "").strip() for name, value in row.items() if name is not None}
            for row in reader
        ]
    except csv.Error as error:
        # Such as a quotation mark that is never closed, and makes one cell of all that follows.
        raise UserError(f"{path} is no table, from line {reader.line_num} on: {error}. Correct it there.") from None
    return [name.strip() for name in reader.fieldnames or ()], rows


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read_roster(path: Path) -> list[Student]:
    """Read the class list: a table with the columns id, first_name, last_name, email and lms_user_id.

    Only id is needed; it is the name of the student's folder. A list that is not filled in yet names nobody.

    Raises
    ------
    UserError
        If the file cannot be read, has no column id, names somebody twice, or by what cannot be a folder's name.
    """
    columns, rows = _table(path)
    if "id" not in columns:
        raise UserError(
            f"{path} has no column id. The class list needs id, and for a platform's archive first_name, last_name, "
            "email or lms_user_id as well."
        )
    known = Student.__dataclass_fields__
    students = [Student(**{name: value for name, value in row.items() if name in known}) for row in rows if row["id"]]
    for student in students:
        why = "it has a slash" if "/" in student.id else unusable(student.id)
        if why:
            raise UserError(f"{path}: the id {shown(student.id)} cannot be the name of the student's folder: {why}.")
    # The two forms that Unicode has of a name are one name.
    twice = sorted(name for name, count in Counter(composed(student.id) for student in students).items() if count > 1)
    if twice:
        raise UserError(f"{path} names {', '.join(twice)} more than once: keep one line for each student.")
    return students


class Roster:
    """The class, to be asked whom a platform means."""

    def __init__(self, students: Iterable[Student]) -> None:
        self.students = sorted(students, key=lambda student: student.id)
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for student in self.students:
            self._ids[student.id.casefold()].add(student.id)
            if student.email:
                self._ids[student.email.casefold()].add(student.id)
            if student.lms_user_id:
                self._numbers[student.lms_user_id].add(student.id)
            for name in _ways_to_write(student):
                self._names[name].add(student.id)

    def find(self, handed: Handed, person: Mapping[str, str] = MappingProxyType({})) -> tuple[str | None, str]:
        """Whom a platform means: the id, or None and the reason.

        A number or a user name counts more than a name, which two students may share.

        Parameters
        ----------
        handed : Handed
            What the path of a file says.
        person : mapping
            The row of Moodle's grading worksheet about this student.
        """
        logins = [person[column] for column in ("Username", "ID number", "Email address") if person.get(column)]
        certain = (
            self._numbers.get(handed.number, set()),
            *(self._ids.get(login.casefold(), set()) for login in (*logins, *handed.logins)),
        )
        for found in certain:
            if len(found) == 1:
                return next(iter(found)), ""
        name = person.get("Full name") or handed.name
        shown = name or (handed.logins[-1] if handed.logins else handed.number)
        found = self._names.get(plain_name(name), set()) if name else set()
        if len(found) == 1:
            return next(iter(found)), ""
        if found:
            who = " or ".join(sorted(found))
            return None, f"{shown} may be {who}: fill in lms_user_id in the class list, or for Moodle say --worksheet"
        return None, f"{shown} is not in the class list"


def plain_name(name: str) -> str:
    """A name without what people and platforms write in different ways: order, capitals, accents, punctuation.

    Examples
    --------
    >>> plain_name("Müller-Lüdenscheidt, Zoë") == plain_name("zoe muller ludenscheidt")
    True
    """
    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss")).casefold()
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(sorted(re.findall(r"\w+", letters.replace("_", " "))))


def _ways_to_write(student: Student) -> set[str]:
    first, last = student.first_name, student.last_name
    if not first and not last:
        return set()
    # Canvas writes "doejane"; and some letters may be written as two.
    ways = {f"{last} {first}", re.sub(r"\W+", "", last + first), re.sub(r"\W+", "", first + last)}
    # Moodle writes "Sean ONeil": it takes out of names what some file system cannot bear.
    ways.add(re.sub(r"[&<>\"`|':\\/]", "", f"{last} {first}"))
    spelled = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa"})
    composed = {unicodedata.normalize("NFC", way) for way in ways}
    return {plain_name(way) for way in composed} | {plain_name(way.translate(spelled)) for way in composed}
