"""``policy.toml`` of a course: due dates, what being late costs, extensions and accommodations."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from autograder.errors import UserError
from autograder.grading.intake.folders import composed

POLICY_NAME = "policy.toml"


class PolicyError(UserError):
    """The policy cannot be used; the message says where it is wrong, and what is right there."""


def _day_ends(value: Any) -> Any:
    # Times of handing in have fractions of a second.
    return datetime.combine(value, time.max) if type(value) is date else value


def _day_begins(value: Any) -> Any:
    return datetime.combine(value, time()) if type(value) is date else value


def _is_of_our_time(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise ValueError(f"the year {value.year} cannot be meant")
    return value


# A date without a time of day is a whole day.
_End = Annotated[datetime, BeforeValidator(_day_ends), AfterValidator(_is_of_our_time)]
_Begin = Annotated[datetime, BeforeValidator(_day_begins), AfterValidator(_is_of_our_time)]
_Percent = Annotated[float, Field(ge=0, le=100)]
# Ten years are longer than any course.
_MOST_DAYS = 3650
_Days = Annotated[float, Field(ge=0, le=_MOST_DAYS)]
_Factor = Annotated[float, Field(ge=1, le=100)]
_Name = Annotated[str, Field(min_length=1), AfterValidator(composed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class LateRule(_Part):
    """What being late costs.

    Attributes
    ----------
    grace_minutes : float
        Who is not later than this loses nothing. For others, lateness counts from the due date all the same.
    percent_per_day, percent_per_hour : float or None
        Of the points that the lesson is worth, for each day or hour begun. One of the two.
    at_most_percent : float
        It never costs more.
    """

    grace_minutes: float = Field(default=0, ge=0)
    percent_per_day: _Percent | None = None
    percent_per_hour: _Percent | None = None
    at_most_percent: _Percent = 100

    @model_validator(mode="after")
    def _one_unit(self) -> LateRule:
        if (self.percent_per_day is None) == (self.percent_per_hour is None):
            raise ValueError("say either percent_per_day or percent_per_hour")
        return self


class LessonDates(_Part):
    """When a lesson opens and is due, and its own rule about being late, if it has one."""

    due: _End
    opens: _Begin | None = None
    late: LateRule | None = None


class Extension(_Part):
    """More time for one student and one lesson: some days and hours, or until a date."""

    student: _Name
    lesson: _Name
    days: _Days = 0
    hours: Annotated[float, Field(ge=0, le=10_000)] = 0
    until: _End | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _says_how_long(self) -> Extension:
        if (self.until is None) == (not (self.days or self.hours)):
            raise ValueError("say how long: days or hours, or else until with a date")
        return self


class Accommodation(_Part):
    """More time for one student in every lesson: some days, or a multiple of the time from opening to due date."""

    student: _Name
    days: _Days = 0
    factor: _Factor = 1
    reason: str = ""

    @model_validator(mode="after")
    def _says_how_long(self) -> Accommodation:
        if bool(self.days) == (self.factor > 1):
            raise ValueError("say how long: either days, or a factor above 1")
        return self


class Policy(_Part):
    """All of it."""

    timezone: str = "UTC"
    late: LateRule | None = None
    lessons: dict[str, LessonDates] = {}
    extensions: tuple[Extension, ...] = ()
    accommodations: tuple[Accommodation, ...] = ()

    @field_validator("extensions", "accommodations", mode="before")
    @classmethod
    def _tuples(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {value!r}; say it as Europe/Berlin or UTC") from None
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Policy:
        for what in ("extensions", "accommodations"):
            seen = set()
            for number, one in enumerate(getattr(self, what), 1):
                who = (one.student, getattr(one, "lesson", ""))
                if who in seen:
                    raise ValueError(f"{what}, number {number}: a second one for {' in '.join(filter(None, who))}")
                seen.add(who)
        for number, extension in enumerate(self.extensions, 1):
            if extension.lesson not in self.lessons:
                raise ValueError(f"extensions, number {number}: there is no due date of {extension.lesson!r}")
        for name, lesson in self.lessons.items():
            if lesson.opens is not None and self.moment(lesson.opens) >= self.moment(lesson.due):
                raise ValueError(f"lessons.{name}: it opens after it is due")
            if lesson.opens is not None and (self.moment(lesson.due) - self.moment(lesson.opens)).days > _MOST_DAYS:
                raise ValueError(f"lessons.{name}: it opens more than ten years before it is due")
            if lesson.opens is None and any(one.factor > 1 for one in self.accommodations):
                raise ValueError(f"lessons.{name}: an accommodation has a factor; say when the lesson opens")
        return self

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone of dates that name none, and of dates that are shown."""
        return ZoneInfo(self.timezone)

    def moment(self, when: datetime) -> datetime:
        """A date of the file, in the time zone of the course."""
        return when.replace(tzinfo=self.zone) if when.tzinfo is None else when.astimezone(self.zone)


def read_policy(course: Path) -> Policy | None:
    """Read the policy of a course folder; None if it has none.

    Raises
    ------
    PolicyError
        If the file cannot be read, or something in it is wrong.
    """
    path = course / POLICY_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path} cannot be read: {error}. Save it as UTF-8 text.") from error
    try:
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        # Its message names line and column.
        raise PolicyError(f"{path} is not TOML: {error}.") from error
    except ValidationError as error:
        found = "; ".join(map(_sentence, error.errors()))
        raise PolicyError(f"{path}: {found}. Correct it, then try again.") from error


def _sentence(error: ErrorDetails) -> str:
    """One of pydantic's errors: where in the file, and what is wrong there."""
    place = ""
    for part in error["loc"]:
        place += f", number {part + 1}" if isinstance(part, int) else f"{'.' if place else ''}{part}"
    what = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        what = "there is no such setting"
    elif error["type"] in ("datetime_type", "datetime_from_date_parsing"):
        what = f"{error['input']!r} is no date; write it without quotation marks, as 2026-10-12 23:59:00"
    return f"{place}: {what}" if place else what
