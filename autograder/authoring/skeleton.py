"""Begin an exercise or a lesson: files that meet every rule but for what they mark as TODO."""

from __future__ import annotations

import keyword
import re
from itertools import product
from pathlib import Path
from string import ascii_uppercase

from autograder import exercises
from autograder.authoring.minutes import lesson_minutes
from autograder.authoring.packaged import choose
from autograder.authoring.rules import Material
from autograder.authoring.source import lesson_sources
from autograder.errors import UserError

_TEMPLATES = Path(__file__).parents[1] / "templates" / "author"
# Before which cell of a lesson a new exercise goes: whoever adds it moves it to where it belongs.
_BEFORE = re.compile(r"^# %% \[markdown\]\n# ## (?:Written answer|Quiz)\b", re.MULTILINE)
_MINUTES = re.compile(r"(\*\*Minutes\*\* \| )\d+: reading \d+, exercises \d+, quiz \d+")


def new_lesson(root: Path, lesson: str, title: str) -> list[Path]:
    """Write the source and the quiz of a new lesson.

    Parameters
    ----------
    root : Path
        The clone.
    lesson : str
        Its name: a number of two digits and a topic, such as ``"13_calibration"``.
    title : str
        What stands behind the number on its first page.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    UserError
        If the name is none, or taken.
    """
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", lesson):
        raise UserError(f"{lesson!r} is no name for a lesson: write a number and a topic, such as 13_calibration.")
    for other in lesson_sources(root):
        if other.parent.name[:2] == lesson[:2] or other.stem == lesson[3:]:
            raise UserError(f"There is a lesson {other.parent.name}: choose another number and another topic.")
    folder = root / "solutions" / lesson
    words = {"NN": lesson[:2], "TITLE": title, "LESSON": lesson, "L": _letters(root, lesson[3:])}
    files = {folder / f"{lesson[3:]}.py": "lesson.py.txt", folder / "quiz.yml": "quiz.yml.txt"}
    for path, template in files.items():
        _write(path, _filled(template, words))
    restate_minutes(next(iter(files)))
    return list(files)


def new_exercise(root: Path, exercise_id: str, lesson: str) -> list[Path]:
    """Write the file of a new exercise into the course's own folder, and its cells into the source of its lesson.

    Parameters
    ----------
    root : Path
        The clone.
    exercise_id : str
        Its name, which is that of the function.
    lesson : str
        The number or the name of its lesson.

    Returns
    -------
    list of Path
        The files that were written or changed.

    Raises
    ------
    UserError
        If the name is none, or taken; or if the lesson has no objectives and no section ``## Quiz``.
    """
    exercises.use(root)
    (source,) = choose(root, [lesson])
    if not exercise_id.isidentifier() or keyword.iskeyword(exercise_id) or exercise_id.startswith("_"):
        raise UserError(f"{exercise_id!r} is no name for an exercise: write the name of its function, such as recall.")
    if exercise_id in exercises.ids() or exercises.file_of(exercise_id):
        raise UserError(f"There is an exercise {exercise_id!r}: choose another name.")
    text = source.read_text(encoding="utf-8")
    objectives, place = Material(source).objectives, _BEFORE.search(text)
    if not objectives or place is None:
        raise UserError(
            f"solutions/{source.parent.name} needs objectives and a section ## Quiz before it has exercises."
        )
    seeds = [int(seed) for seed in re.findall(r"seed=(\d+)\)$", text, re.MULTILINE)]
    words = {
        "ID": exercise_id,
        "LESSON": source.parent.name,
        "OBJECTIVE": objectives[0],
        "SEED": str(max(seeds, default=100 * int(source.parent.name[:2])) + 1),
    }
    path = root / "exercises" / f"{exercise_id}.py"
    _write(path, _filled("exercise.py.txt", words))
    cells = _filled("cells.py.txt", words)
    source.write_text(f"{text[: place.start()]}{cells}{text[place.start() :]}", encoding="utf-8")
    exercises.use(root)
    restate_minutes(source)
    return [path, source]


def restate_minutes(source: Path) -> None:
    """Write the minutes of the rule on a lesson's first page; and into README's row, if it has one."""
    material = Material(source)
    rule = lesson_minutes(material.notebook, len(material.questions))
    text = source.read_text(encoding="utf-8")
    said = f"{rule.total}: reading {rule.reading}, exercises {rule.exercises}, quiz {rule.quiz}"
    source.write_text(_MINUTES.sub(rf"\g<1>{said}", text, count=1), encoding="utf-8")
    readme = material.root / "README.md"
    if readme.is_file():
        row = re.compile(rf"^(\| {material.lesson[:2]} .*\| )\d+( \|)$", re.MULTILINE)
        before = readme.read_text(encoding="utf-8")
        after = row.sub(rf"\g<1>{rule.total}\g<2>", before)
        if after != before:
            readme.write_text(after, encoding="utf-8")


def _letters(root: Path, topic: str) -> str:
    """Two letters for the objectives that no other lesson has."""
    taken = {
        letters
        for path in lesson_sources(root)
        for letters in re.findall(r"\*\*([A-Z]{2})\.1\*\*", path.read_text("utf-8"))
    }
    words = topic.upper().split("_")
    wanted = [words[0][0] + words[1][0]] if len(words) > 1 and words[1] else []
    wanted += [words[0][0] + letter for letter in "".join(words)[1:] + ascii_uppercase if letter.isalpha()]
    wanted += map("".join, product(ascii_uppercase, repeat=2))
    return next(letters for letters in wanted if letters not in taken)


def _filled(template: str, words: dict[str, str]) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
