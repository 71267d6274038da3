"""Put what a platform's archive holds where grading looks for it. Nothing is written over, nothing is left out."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from autograder.collecting.archive import Archive
from autograder.collecting.platforms import PLATFORMS, moodle_time
from autograder.collecting.roster import Roster
from autograder.errors import UserError
from autograder.grading.intake.folders import TIME_STAMP, TIME_STAMP_FORMAT


@dataclass(frozen=True)
class Collected:
    """What became of one handing-in.

    Attributes
    ----------
    student : str
    what : {"new", "again", "earlier", "known"}
        Nothing was there; it took the place of another one, which is kept; a later one was there; it was there already,
        perhaps without its time.
    folder : Path
        Where it lies.
    time : datetime or None
        When it was handed in, where the platform says so.
    late : bool
        The platform says so.
    """

    student: str
    what: str
    folder: Path
    time: datetime | None
    late: bool


@dataclass
class Collection:
    """What became of an archive.

    Attributes
    ----------
    collected : list of Collected
    unmatched : list of (str, str)
        The files that fit no student, each with the reason.
    missing : list of str
        The students of the class who have handed in nothing.
    """

    collected: list[Collected] = field(default_factory=list)
    unmatched: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass
class _HandingIn:
    student: str
    time: datetime | None
    late: bool = False
    #: The path in the archive, and what the student called the file.
    files: list[tuple[str, str]] = field(default_factory=list)


def collect(
    source: Path,
    course: Path,
    *,
    platform: str,
    lesson: str,
    roster: Roster,
    zone: tzinfo | None = None,
    worksheet: Iterable[Mapping[str, str]] = (),
) -> Collection:
    """Put the submissions of an archive into ``submitted/<student>/<lesson>/``.

    Parameters
    ----------
    source : Path
        The zip archive that the platform gave, or the folder that a browser made of it.
    course : Path
        The course folder.
    platform : {"blackboard", "brightspace", "canvas", "moodle"}
    lesson : str
        Whose submissions they are.
    roster : Roster
    zone : tzinfo, optional
        In which time zone the platform writes its times. Default: this machine's.
    worksheet : iterable of mapping
        The rows of Moodle's grading worksheet: it knows the times and e-mail addresses, which the archive does not.

    Returns
    -------
    Collection
        What fits no student lies in ``unmatched/<name of the archive>/``. Of several handings-in of a student the last
        one counts; the others lie in ``earlier/<student>/<lesson>/``.

    Raises
    ------
    UserError
        If the archive cannot be read, or no file in it is named as the platform names files.
    """
    with Archive(source, source.name) as archive:
        understood = {path: PLATFORMS[platform](path) for path in archive.paths}
        if not any(understood.values()):
            raise UserError(
                f"No file in {source.name} has a name as {platform.capitalize()} gives it: is it from another platform?"
            )
        result = Collection()
        work: dict[tuple[str, str], _HandingIn] = {}
        people = {_digits(row.get("Identifier", "")): row for row in worksheet}
        aside = course / "unmatched" / source.stem
        for path, handed in understood.items():
            student, person = None, people.get(handed.number, {}) if handed else {}
            why = "its name is not one that the platform gives to what a student hands in"
            if handed is not None:
                student, why = roster.find(handed, person)
            if handed is None or student is None:
                _set_aside(archive, path, aside, result, why)
                continue
            time = handed.time or moodle_time(person.get("Last modified (submission)", ""))
            new = _HandingIn(student, time and time.replace(tzinfo=zone).astimezone(UTC))
            one = work.setdefault((student, handed.attempt), new)
            one.late |= handed.late
            one.files.append((path, handed.file))
        for one in sorted(work.values(), key=lambda one: (one.student, one.time or datetime.min.replace(tzinfo=UTC))):
            result.collected.append(_place(one, archive, course, lesson, aside, result))
            _no_longer_aside(one, archive, aside)
    submitted = course / "submitted"
    result.missing = [student.id for student in roster.students if not (submitted / student.id / lesson).is_dir()]
    return result


def _digits(text: str) -> str:
    """The number in "Participant 123456", as Moodle says in many languages."""
    return "".join(letter for letter in text if letter.isdigit())


def _set_aside(archive: Archive, path: str, folder: Path, result: Collection, why: str) -> None:
    data = archive.read(path)
    if data is None:
        why = "it is larger than what is read; take it out of the archive yourself"
    else:
        target = folder / _safe(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    result.unmatched.append((path, why))


def _no_longer_aside(one: _HandingIn, archive: Archive, aside: Path) -> None:
    """Take away what was set aside before the class list or the worksheet said whose it is, if it is unchanged."""
    for path, _ in one.files:
        copy = aside / _safe(path)
        if copy.is_file() and not copy.is_symlink() and copy.read_bytes() == archive.read(path):
            copy.unlink()
            for folder in (copy.parent, *copy.parent.parents):
                if not folder.is_relative_to(aside) or any(folder.iterdir()):
                    break
                folder.rmdir()


def _safe(path: str) -> PurePosixPath:
    """A path that stays inside its folder, of names that every file system takes."""
    names = [name for name in PurePosixPath(path.replace("\0", "")).parts if name not in {"/", "..", "."}]
    return PurePosixPath(*(name.encode()[-200:].decode(errors="ignore") for name in names or ["file"]))


def _place(one: _HandingIn, archive: Archive, course: Path, lesson: str, aside: Path, result: Collection) -> Collected:
    """Write one handing-in: a whole folder, or none."""
    grading = course / ".grading"
    grading.mkdir(exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix="collecting-", dir=grading))
    try:
        for path, file in one.files:
            data = archive.read(path)
            if data is None:
                _set_aside(archive, path, aside, result, "")
            else:
                _write(part, file, data)
        return _move(one, part, course, lesson)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(folder: Path, file: str, data: bytes) -> None:
    """Write a file; of a zip archive its files, without a folder that holds them all."""
    if file.lower().endswith(".zip"):
        try:
            with Archive(data, file) as inner:
                contents = {path: inner.read(path) for path in inner.paths}
        except UserError:
            contents = {}
        if contents and all(each is not None for each in contents.values()):
            tops = Counter(path.partition("/")[0] for path in contents if "/" in path)
            top = next(iter(tops)) + "/" if list(tops.values()) == [len(contents)] else ""
            for path, each in contents.items():
                _write_new(folder / _safe(path.removeprefix(top)), each or b"")
            return
    _write_new(folder / _safe(file), data)


def _write_new(path: Path, data: bytes) -> None:
    # When something was handed in is not for the student to say.
    wanted = path.with_name(f"handed in {TIME_STAMP}") if path.name == TIME_STAMP else path
    free, number = wanted, 1
    while free.exists():
        free, number = wanted.with_stem(f"{wanted.stem} ({number})"), number + 1
    free.parent.mkdir(parents=True, exist_ok=True)
    free.write_bytes(data)


def _move(one: _HandingIn, part: Path, course: Path, lesson: str) -> Collected:
    """Move a handing-in to its place; what was there is kept."""
    target = course / "submitted" / one.student / lesson
    earlier = course / "earlier" / one.student / lesson
    digest = _digest(part)

    def done(what: str, folder: Path) -> Collected:
        return Collected(one.student, what, folder, one.time, one.late)

    if one.time is not None and target.is_dir() and _time(target) is None and _digest(target) == digest:
        _write_time(one.time, target)
    for folder in (target, *(earlier.iterdir() if earlier.is_dir() else ())):
        if folder.is_dir() and _digest(folder) == digest and _time(folder) == one.time:
            return done("known", folder)
    if one.time is not None:
        _write_time(one.time, part)
    what = "new"
    if target.is_dir():
        there = _time(target)
        if one.time is not None and there is not None and one.time < there:
            target, what = earlier / _stamp(one.time, digest), "earlier"
        else:
            kept = earlier / _stamp(there, _digest(target))
            kept.parent.mkdir(parents=True, exist_ok=True)
            target.rename(kept)
            what = "again"
    target.parent.mkdir(parents=True, exist_ok=True)
    part.chmod(0o755)
    os.rename(part, target)  # noqa: PTH104 - `part` keeps its name for the clean-up
    return done(what, target)


def _write_time(time: datetime, folder: Path) -> None:
    (folder / TIME_STAMP).write_text(time.strftime(TIME_STAMP_FORMAT) + "\n", encoding="utf-8")


def _stamp(time: datetime | None, digest: str) -> str:
    return f"{time:%Y-%m-%d %H.%M.%S} {digest[:8]}" if time else digest[:8]


def _time(folder: Path) -> datetime | None:
    try:
        text = (folder / TIME_STAMP).read_text(encoding="utf-8").strip()
        return datetime.strptime(text, TIME_STAMP_FORMAT).replace(tzinfo=UTC)
    except (OSError, ValueError):
        return None


def _digest(folder: Path) -> str:
    """The same for the same files with the same contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / TIME_STAMP):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        digest.update(f"{len(name)} {name} {len(data)}\n".encode() + data)
    return digest.hexdigest()
