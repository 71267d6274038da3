"""What `autograder mail` writes, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collecting.roster import read_roster
from autograder.errors import UserError
from autograder.exporting.mail import message
from autograder.grading.course import Course
from autograder.grading.intake.folders import composed
from autograder.grading.keeping.files import write_whole


@dataclass
class Mails:
    """The folder of the e-mails, for whom there is one, and for whom there is none, with the reason."""

    folder: Path
    written: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


def write_mails(course_dir: Path, lessons: Collection[str] | None = None) -> Mails:
    """Write an e-mail for each student who has feedback into ``mail/``, in the place of those of before.

    Raises
    ------
    UserError
        If there is no class list, or no feedback, or none on one of the lessons.
    """
    course = Course(course_dir)
    students = {composed(student.id): student for student in read_roster(course.root / "students.csv")}
    holders = Counter(student.email.casefold() for student in students.values())
    pages: dict[str, dict[str, Path]] = {}
    for path in sorted(course.folder("feedback").glob("*/*/*.html")):
        name, lesson = path.parts[-3:-1]
        if not lessons or lesson in lessons:
            pages.setdefault(name, {})[lesson] = path
    found = {lesson for theirs in pages.values() for lesson in theirs}
    without = sorted(set(lessons or ()) - found)
    if without or not found:
        which = f" on {', '.join(without)}" if without else ""
        raise UserError(f"There is no feedback{which} in {course.folder('feedback')}: grade first, autograder grade.")
    mails = Mails(course.root / "mail")
    mails.folder.mkdir(exist_ok=True)
    # A page of last week must not go out again beside those of today.
    for path in mails.folder.glob("*.eml"):
        path.unlink()
    for name, theirs in pages.items():
        try:
            if composed(name) not in students:
                raise UserError("not in the class list")
            student = students[composed(name)]
            if student.email and holders[student.email.casefold()] > 1:
                raise UserError(f"somebody else in the class list has the address {student.email}, too")
            texts = {lesson: path.read_text(encoding="utf-8") for lesson, path in theirs.items()}
            data = message(student, texts, course.course_id)
        except UserError as error:
            mails.missing.append((name, str(error)))
            continue
        write_whole(mails.folder / f"{name}.eml", data)
        mails.written.append(name)
    return mails
