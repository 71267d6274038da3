"""`autograder init`: a course folder that needs the installed package and nothing else, and its new versions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader

from autograder import exercises
from autograder.authoring.build import contents, release_lessons, write_lesson
from autograder.authoring.handed_over import RECORD, HandedOver, Outcome
from autograder.authoring.packaged import choose, sources_root
from autograder.console import number
from autograder.errors import UserError
from autograder.grading.course import CONFIG_NAME, CONFIG_TEXT, only_grader
from autograder.grading.judging.secret import course_secret
from autograder.grading.keeping.feedback import TEMPLATES

# Filled in by the instructor: written once, and never looked at again.
ONCE = ("students.csv", "policy.toml")


@dataclass(frozen=True)
class NewCourse:
    """What `init_course` did.

    Attributes
    ----------
    files : Outcome
    fresh : bool
        Whether the folder was none of ours before.
    lessons, dropped, more : list of str
        Those that the course has from this package, those that somebody deleted from it, and those that it could have.
    """

    files: Outcome
    fresh: bool
    lessons: list[str]
    dropped: list[str]
    more: list[str]


def init_course(folder: Path, asked: list[str], root: Path | None = None) -> NewCourse:
    """Make a course folder, or bring the new version of its files.

    Files that somebody changed, and what is not ours, stay as they are.

    Parameters
    ----------
    folder : Path
    asked : list of str
        Numbers or names of lessons, to be added to those that the course has. Empty: those; for a new course, all.
    root : Path, optional
        What holds ``solutions/`` and ``docs/``. Default: what comes with this package.

    Raises
    ------
    UserError
        If the folder holds something else, or there is no such lesson.
    """
    root = sources_root() if root is None else root
    exercises.use(root)
    _refuse_what_is_no_course(folder)
    fresh = not (folder / RECORD).exists()
    record = HandedOver(folder)
    recorded = {name.split("/")[1] for name in record.files if name.startswith("source/")}
    # Those that lie there count without a record, too: it may have been lost.
    known = {source.parent.name for source in choose(root, [])}
    wanted = {lesson for lesson in recorded | known if (folder / "source" / lesson).is_dir()}
    if asked or not (recorded or wanted):
        wanted |= {source.parent.name for source in choose(root, asked)}
    dropped = sorted(recorded - wanted)
    sources = [source for source in choose(root, []) if source.parent.name in wanted]
    for name in [name for name in record.files if name.split("/")[1:2] in ([lesson] for lesson in dropped)]:
        del record.files[name]
    with tempfile.TemporaryDirectory() as scratch:
        ours, course = Path(scratch, "ours"), Path(scratch, "course")
        for source in sources:
            write_lesson(source, ours / source.parent.name)
        files = record.plan({f"source/{name}": data for name, data in contents(ours).items()})
        # What students get is made from what the course has, not from what we would have.
        for source in sources:
            _merge(folder, f"source/{source.parent.name}", files, course)
        released = contents(release_lessons(course)) if sources else {}
        points = [_points(course / "source" / source.parent.name / f"{source.stem}.ipynb") for source in sources]
    files |= record.plan({f"release/{name}": data for name, data in released.items()})
    for own in exercises.of_course(root):
        files |= record.plan({f"{own.name}/{name}": data for name, data in contents(own).items()})
    files |= record.plan(_other_files(points))
    # A link that leads nowhere may lead to a drive that is not there at the moment.
    files |= {name: _template(name) for name in ONCE if not os.path.lexists(folder / name)}
    folder.mkdir(parents=True, exist_ok=True)
    with only_grader(folder / ".grading" / "lock"):
        record.write(files)
        (folder / "submitted").mkdir(exist_ok=True)
        course_secret(folder / ".grading" / "secret")
    more = [source.parent.name for source in choose(root, []) if source.parent.name not in wanted]
    return NewCourse(record.outcome, fresh, [source.parent.name for source in sources], dropped, more)


def _merge(folder: Path, name: str, files: dict[str, bytes], course: Path) -> None:
    """Write a part of a course as it will be: the files that are there, and over them those to be written."""
    there = contents(folder / name) if (folder / name).is_dir() else {}
    merged = {f"{name}/{path}": data for path, data in there.items()}
    merged |= {path: data for path, data in files.items() if path.startswith(f"{name}/")}
    for path, data in merged.items():
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        (course / path).write_bytes(data)


def in_words(new: NewCourse, folder: Path) -> Iterator[str]:
    """What was done, and what to do next."""
    files = new.files
    if new.fresh:
        yield f"{folder} has what a course needs, with these lessons: {', '.join(new.lessons)}."
    else:
        yield from (f"New: {name}" for name in files.written)
        yield from (f"Renewed: {name}" for name in files.renewed)
        if not files.written and not files.renewed:
            yield "There was nothing to renew."
    for name in files.kept:
        newer = " Ours is another one: to take it, delete yours, then run autograder init again."
        yield f"Kept, since you changed it: {name}.{newer if name in files.newer else ''}"
    for lesson in new.dropped:
        yield f"You deleted {lesson}, so it stays away. To have it back: autograder init --lesson {lesson[:2]}."
    if new.more:
        yield f"Lessons that --lesson can add: {', '.join(name[:2] for name in new.more)}."
    if new.fresh:
        yield "Next: write the class into students.csv and the dates into policy.toml, and give students release/."
        yield "README.md has the rest."


def _refuse_what_is_no_course(folder: Path) -> None:
    if (folder / "solutions").is_dir():
        raise UserError(f"{folder} holds the sources of the lessons: give the new course a folder of its own.")
    if not folder.is_dir():
        if folder.exists():
            raise UserError(f"{folder} is a file: choose another name for the course folder.")
        return
    entries = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if entries and not (folder / RECORD).exists() and not entries & {"source", CONFIG_NAME}:
        raise UserError(f"{folder} holds something else: choose a new folder, such as autograder init my-course.")


def _other_files(points: list[dict[str, Any]]) -> dict[str, bytes]:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / "course"), trim_blocks=True, lstrip_blocks=True)
    environment.keep_trailing_newline = True
    readme = environment.get_template("README.md.j2").render(lessons=points)
    return {
        "README.md": readme.encode(),
        ".gitignore": _template("gitignore"),
        CONFIG_NAME: CONFIG_TEXT.encode(),
    }


def _template(name: str) -> bytes:
    return (TEMPLATES / "course" / name).read_bytes()


def _points(notebook: Path) -> dict[str, Any]:
    """What a lesson is worth, by who grades it."""
    code = written = 0.0
    for cell in nbformat.read(notebook, as_version=4).cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade") or meta.get("task"):
            if meta.get("task") or meta.get("solution"):
                written += meta["points"]
            else:
                code += meta["points"]
    return {"name": notebook.parent.name, "code": number(code), "written": number(written)}
