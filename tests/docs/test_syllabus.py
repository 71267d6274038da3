"""The plans of the syllabus: their minutes are those of the lessons, and no lesson comes before one that it needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.exercises import LESSONS

ROOT = Path(__file__).parents[2]
FIRST_PAGES = {name[:2]: (ROOT / "solutions" / name / f"{name[3:]}.py").read_text("utf-8") for name in LESSONS}
SYLLABUS = (ROOT / "docs" / "syllabus.md").read_text("utf-8")
PLANS = {part.split("\n")[0]: part for part in SYLLABUS.split("\n## ")[1:]}


def minutes(lesson: str) -> int:
    (stated,) = re.findall(r"\*\*Minutes\*\*[ |:]+(\d+):", FIRST_PAGES[lesson])
    return int(stated)


def needs(lesson: str) -> set[str]:
    """What the first page says is needed; a lesson that helps is not, nor one of which a word is used."""
    (said,) = re.findall(r"\*\*Prerequisites\*\*(.*)", FIRST_PAGES[lesson])
    needed = set()
    for sentence in re.split(r"[.;:]", said):
        if "helps" in sentence or "lices" in sentence:
            continue
        for first, last in re.findall(r"(\d\d) to (\d\d)", sentence):
            needed |= {f"{number:02}" for number in range(int(first), int(last) + 1)}
        needed |= set(re.findall(r"\b\d\d\b", sentence))
    return needed


def rows(plan: str) -> list[tuple[str, list[str], int]]:
    found = re.findall(r"^\| ([^|]+?) \| ([\d, ]*?) ?\| (\d+) \|$", PLANS[plan], re.MULTILINE)
    return [(when, re.findall(r"\d\d", lessons), int(said)) for when, lessons, said in found]


@pytest.mark.parametrize("plan", PLANS)
def test_minutes_are_those_of_the_lessons(plan: str) -> None:
    *parts, (all_, none, total) = rows(plan)
    assert (all_, none) == ("All", [])
    assert len(parts) >= 2
    for when, lessons, said in parts:
        assert lessons
        assert said == sum(map(minutes, lessons)), when
    assert total == sum(said for _, _, said in parts)


@pytest.mark.parametrize("plan", PLANS)
def test_every_lesson_comes_after_those_that_it_needs(plan: str) -> None:
    done: set[str] = set()
    for _, lessons, _ in rows(plan):
        for lesson in lessons:
            assert needs(lesson) <= done, lesson
            done.add(lesson)


def test_last_plan_is_the_whole_course() -> None:
    assert sorted(lesson for _, lessons, _ in rows(list(PLANS)[-1]) for lesson in lessons) == sorted(FIRST_PAGES)
    assert needs("07") == {"01", "02", "03", "04"}
    assert needs("04") == {"01", "03"}
