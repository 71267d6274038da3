"""What the names in an archive of a learning platform say: who handed in what, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote


@dataclass(frozen=True)
class Handed:
    """What the path of a file in an archive says.

    Attributes
    ----------
    file : str
        The file's own name, as the student gave it; it may lie in folders.
    name, number : str
        The student's name and the platform's number for the student, where the path has them.
    logins : tuple of str
        What may be the user name, likeliest first.
    attempt : str
        Tells one handing-in from another of the same student.
    time : datetime or None
        When, in the platform's own time zone, which the path does not tell.
    late : bool
        The platform says so.
    """

    file: str
    name: str = ""
    number: str = ""
    logins: tuple[str, ...] = ()
    attempt: str = ""
    time: datetime | None = None
    late: bool = False


# "Jane Doe_123456_assignsubmission_file_/answer.ipynb", or the same with "_" where the "/" is.
_MOODLE = re.compile(r"(?:.*/)?(?P<name>[^/]+)_(?P<number>\d+)_assignsubmission_file(?:_?/|_)(?P<file>[^/].*)")
# "doejane_LATE_1234_56789_answer-1.ipynb": "-1" is Canvas's, for the second handing-in.
_CANVAS = re.compile(r"(?:.*/)?(?P<name>[^/_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")
_CANVAS_AGAIN = re.compile(r"-\d{1,3}(?=\.[^.]+$)")
# "Lesson%2003_jdoe_attempt_2026-01-15-10-30-45_answer.ipynb", beside a ".txt" with the same beginning.
_BLACKBOARD = re.compile(r"(?:.*/)?(?P<title>[^/]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})_(?P<file>[^/]+)")
# "123456-789012 - Jane Doe - Jan 15, 2026 1030 AM/answer.ipynb"
_BRIGHTSPACE = re.compile(r"(?:.*/)?(?P<number>\d+-\d+) ?- ?(?P<name>[^/]+?) ?- ?(?P<time>[^/-]+)/(?P<file>.+)")
_BRIGHTSPACE_TIMES = ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%d %b, %Y %H%M", "%d %B %Y %H%M")


def moodle(path: str) -> Handed | None:
    """Read a path of Moodle's *Download all submissions*, with folders or without."""
    found = _MOODLE.fullmatch(path)
    if found is None:
        return None
    return Handed(file=found["file"], name=found["name"], number=found["number"])


def canvas(path: str) -> Handed | None:
    """Read a path of Canvas's *Download Submissions*."""
    found = _CANVAS.fullmatch(path)
    if found is None:
        return None
    return Handed(
        file=_CANVAS_AGAIN.sub("", found["file"]),
        name=found["name"],
        number=found["number"],
        late=found["late"] is not None,
    )


def blackboard(path: str) -> Handed | None:
    """Read a path of Blackboard's *Assignment File Download*.

    Nothing divides the title of the assignment from the user name, and both may hold "_".
    """
    found = _BLACKBOARD.fullmatch(path)
    if found is None:
        return None
    words = unquote(found["title"]).split("_")
    return Handed(
        file=found["file"],
        logins=tuple("_".join(words[start:]) for start in range(len(words))),
        attempt=found["time"],
        time=datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S"),
    )


def brightspace(path: str) -> Handed | None:
    """Read a path of Brightspace's *Download*."""
    found = _BRIGHTSPACE.fullmatch(path)
    if found is None:
        return None
    return Handed(
        file=found["file"],
        name=found["name"],
        number=found["number"].partition("-")[0],
        attempt=found["time"],
        time=_brightspace_time(found["time"]),
    )


def _brightspace_time(text: str) -> datetime | None:
    plain = " ".join(text.replace(":", "").replace(".", "").split())
    for pattern in _BRIGHTSPACE_TIMES:
        try:
            return datetime.strptime(plain, pattern)
        except ValueError:
            continue
    return None


def moodle_time(text: str) -> datetime | None:
    """Read a time of Moodle's grading worksheet, such as "Thursday, 15 January 2026, 10:30 AM"; None if it is none."""
    for pattern in ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%A, %B %d, %Y, %I:%M %p"):
        try:
            return datetime.strptime(" ".join(text.split()), pattern)
        except ValueError:
            continue
    return None


PLATFORMS: dict[str, Callable[[str], Handed | None]] = {
    "blackboard": blackboard,
    "brightspace": brightspace,
    "canvas": canvas,
    "moodle": moodle,
}
