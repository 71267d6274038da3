"""The file of progress that the site exports: read as something that a stranger wrote, and counted.

The rules are those of ``static/progress_record.js``, which reads the same file; a test holds both to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import from_json

from autograder import exercises
from autograder.errors import UserError

FORMAT = "evalkit-course-progress"
VERSION = 1
MAX_BYTES = 4_000_000
MAX_CHARACTERS_OF_CODE = 20_000
_BOXES = 4


def _moment(text: str) -> str:
    found = datetime.fromisoformat(text)
    if f"{found:%Y-%m-%dT%H:%M:%S}.{found.microsecond // 1000:03}Z" != text:
        raise ValueError("must be a moment such as 2026-11-30T19:52:55.242Z")
    return text


def _given(value: Any) -> Any:
    if value is None:
        raise ValueError("must not be null")
    return value


def _day(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("must be a day such as 2026-11-30")
    return text


Moment = Annotated[str, StringConstraints(max_length=30), AfterValidator(_moment)]
Day = Annotated[str, StringConstraints(max_length=10), AfterValidator(_day)]
_LESSON = r"[0-9]{2}_[a-z][a-z0-9_]{0,60}"
Lesson = Annotated[str, StringConstraints(pattern=rf"^{_LESSON}$")]
Key = Annotated[
    str, StringConstraints(pattern=rf"^{_LESSON}/(quiz|exercise|explore)/[A-Za-z0-9][A-Za-z0-9_./-]{{0,99}}$")
]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
Objective = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\.[0-9]{1,3}$")]
Points = Annotated[float, Field(ge=0, le=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Item(_Strict):
    """What was answered to a question, an exercise or an explorable: the best answer counts."""

    objectives: Annotated[list[Objective], Field(max_length=20)]
    right: bool
    points: Points
    max: Points
    tries: Annotated[int, Field(ge=1, le=1_000_000)]
    first: Moment
    last: Moment
    # Absent where nothing is to be asked again.
    box: Annotated[int, Field(ge=0, lt=_BOXES)] = -1
    due: Day = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.points > self.max:
            raise ValueError("points: are more than max")
        if ("box" in self.model_fields_set) != ("due" in self.model_fields_set):
            raise ValueError("box and due: one needs the other")
        return self


class Code(_Strict):
    """What was written for an exercise, and when."""

    text: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS_OF_CODE)]
    at: Moment


class Placement(_Strict):
    """Where the placement quiz said to begin."""

    begin: Lesson
    at: Moment


class Progress(_Strict):
    """All that a browser knows of a learner."""

    format: Literal["evalkit-course-progress"]
    version: Literal[1]
    items: Annotated[dict[Key, Item], Field(max_length=2_000)]
    code: Annotated[dict[ExerciseId, Code], Field(max_length=200)]
    read: Annotated[dict[Lesson, Moment], Field(max_length=200)]
    placement: Annotated[Placement | None, AfterValidator(_given)] = None


def read_progress(path: Path) -> Progress:
    """Read a file that the site's page *Your progress* has exported.

    Raises
    ------
    UserError
        If there is no such file, it is larger than any such file, or anything in it is not as the site writes it.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}: export it on the site's page “Your progress”.")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return parse_progress(data, str(path))


def parse_progress(data: bytes, name: str) -> Progress:
    """The same, of a file's content.

    Examples
    --------
    >>> empty = b'{"format": "evalkit-course-progress", "version": 1, "items": {}, "code": {}, "read": {}}'
    >>> parse_progress(empty, "progress.json").items
    {}
    """
    try:
        found = from_json(data, allow_inf_nan=False) if len(data) <= MAX_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UserError(f"{name} is not a file of progress that the site has written.")
    if found.get("version") != VERSION or isinstance(found["version"], bool):
        raise UserError(f"{name} was written by another version of the course, which this one cannot read.")
    try:
        return Progress.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = " → ".join(str(step)[:80] for step in first["loc"]) or "the whole"
        raise UserError(f"{name} is damaged: {place}: {first['msg'].removeprefix('Value error, ')}.") from None


@dataclass
class LessonProgress:
    """What a file says of one lesson; `right` and `missed` count questions."""

    lesson: str
    begun: bool = False
    read: str = ""
    right: int = 0
    missed: int = 0
    solved: int = 0
    exercises: int = 0
    points: float = 0.0
    max_points: float = 0.0
    objectives: list[str] = field(default_factory=list)


def by_lesson(progress: Progress) -> list[LessonProgress]:
    """What a file says of each lesson of this course, in order; what it says of others is left out.

    An objective is met by one right answer to what asks for it.
    """
    found = {name: LessonProgress(name) for name in exercises.lessons()}
    for name, row in found.items():
        tasks = {exercise.id: exercise for exercise in exercises.of_lesson(name)}
        row.exercises, row.max_points = len(tasks), sum(exercise.points for exercise in tasks.values())
        row.read = progress.read.get(name, "")[:10]
        row.begun = bool(row.read)
        for key, item in progress.items.items():
            lesson, kind, known = key.split("/", 2)
            if lesson != name or (kind == "exercise" and known not in tasks):
                continue
            if kind == "exercise":
                row.solved += item.right
                row.points += min(item.points, tasks[known].points)
            elif kind == "quiz":
                row.right += item.right
                row.missed += not item.right
            row.begun = True
            if item.right:
                row.objectives += [one for one in item.objectives if one not in row.objectives]
        row.objectives.sort(key=lambda one: (one[:2], int(re.sub(r"\D", "", one))))
    return list(found.values())
