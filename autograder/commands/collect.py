"""What `autograder collect` asks for, found: the lesson, the class and the time zone."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.collecting.archive import Archive
from autograder.collecting.collect import Collection, collect
from autograder.collecting.platforms import PLATFORMS
from autograder.collecting.roster import Roster, read_roster, read_table
from autograder.errors import UserError


def collect_archive(
    archive: Path,
    course: Path,
    *,
    platform: str,
    lesson: str | None,
    roster: Path,
    worksheet: Path | None,
    timezone: str | None,
) -> Collection:
    """Collect an archive into a course folder.

    Raises
    ------
    UserError
        If the lesson cannot be told, or something is missing or cannot be read.
    """
    students = read_roster(roster)
    if not students:
        raise UserError(
            f"{roster} names nobody: write a line for each student, with id and what the platform knows of them, "
            "first_name and last_name, email or lms_user_id."
        )
    return collect(
        archive,
        course,
        platform=platform,
        lesson=_lesson(archive, course, platform, lesson),
        roster=Roster(students),
        zone=_zone(timezone),
        worksheet=read_table(worksheet) if worksheet else (),
    )


def _lesson(archive: Path, course: Path, platform: str, lesson: str | None) -> str:
    """The lesson that was named, or the one whose notebook's name stands in the names of the files."""
    topics = {path.parent.name: path.stem for path in course.glob("source/*/*.ipynb")}
    if not topics:
        raise UserError(f"There is no lesson in {course / 'source'}: name the course folder, which holds source/.")
    if lesson is not None:
        if lesson not in topics:
            raise UserError(f"There is no lesson {lesson}; there are: {', '.join(sorted(topics))}.")
        return lesson
    with Archive(archive, archive.name) as opened:
        handed = [PLATFORMS[platform](path) for path in opened.paths]
    names = [PurePosixPath(one.file).name.casefold() for one in handed if one is not None]
    found = [name for name, topic in topics.items() if any(topic.casefold() in other for other in names)]
    if len(found) != 1:
        raise UserError(f"The names of the files do not say of which lesson they are: say it, --lesson {min(topics)}.")
    return found[0]


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UserError(f"There is no time zone {name!r}: say it as Europe/Berlin or UTC.") from None
