"""The report of a class: what to teach again, who is missing, and names and reasons that are hostile."""

from __future__ import annotations

import csv
import io
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from class_samples import LESSON, submission
from grading_samples import make_course

from autograder.exercises import get, ids
from autograder.grading import GradeReport
from autograder.grading.course import Course, Lesson
from autograder.grading.jobs import plain_notebook
from autograder.grading.keeping.report import report_page
from autograder.grading.reporting.lessons import LessonReport, class_list, members_of, reports_of
from autograder.grading.reporting.table import HEADING, report_table
from autograder.proving.audit import Audit, Item, Outcome
from autograder.proving.known import Known, keep, known_of

ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)>\"'&"
RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def lessons() -> dict[str, Lesson]:
    (path,) = (ROOT / "lessons" / LESSON).glob("*.ipynb")
    master = plain_notebook(nbformat.read(path, as_version=4))
    return {LESSON: Lesson(LESSON, path.stem, master, [cell["source"] for cell in master["cells"]])}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return Course(make_course(tmp_path_factory.mktemp("class") / "course"))


@pytest.fixture(scope="module")
def found(lessons: dict[str, Lesson], course: Course) -> tuple[GradeReport, list[LessonReport]]:
    names = [f"s{i:02d}" for i in range(18)] + [EVIL, "=HYPERLINK(1)"]
    results = [
        submission(
            name,
            RNG.choice([0.0, 1.5, 3.0], size=4).tolist(),
            held={"precision": "recall"} if i % 3 == 0 else {"recall": "precision"} if i == 1 else None,
        )
        for i, name in enumerate(names)
    ]
    results.append(submission("broken", [0.0] * 4, status="quarantined", reasons=[f"The file {EVIL} is empty."]))
    report = GradeReport("course", results)
    return report, reports_of(report, lessons, [*names, "broken", "absent", f"absent {EVIL}"], course)


Found = tuple[GradeReport, list[LessonReport]]


def test_most_frequent_misconception_comes_first_with_what_teaches_it(found: Found) -> None:
    (lesson,) = found[1]
    assert [(held.id, held.exercise, len(held.students), held.of) for held in lesson.misconceptions] == [
        ("recall", "precision", 7, 20),
        ("precision", "recall", 1, 20),
    ]
    assert lesson.misconceptions[0].taught_in[0] == "The first question: can I believe a yes?"
    assert lesson.misconceptions[0].hint == "Say this of recall."


def test_what_is_set_aside_counts_in_no_number_and_the_missing_are_named(found: Found) -> None:
    (lesson,) = found[1]
    assert (len(lesson.results), len(lesson.graded)) == (21, 20)
    assert {item.students for item in lesson.items} == {20}
    assert lesson.missing == ["absent", f"absent {EVIL}"]
    covered = {objective.id: objective.measured_by for objective in lesson.objectives}
    assert covered["PR.1"] == ["precision"]
    assert covered["PR.4"] == []


def test_class_list_and_gradebook_make_the_class(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("id\nben\nZoe\u0308\n", encoding="utf-8")
    assert members_of(class_list(tmp_path)[0], ["ada", "Zoë"]) == ["Zoë", "ada", "ben"]
    (tmp_path / "students.csv").unlink()
    assert members_of(class_list(tmp_path)[0], ["ada"]) == ["ada"]


@pytest.mark.parametrize("broken", [b"name\nben\n", b"id\n" + b"x" * 200_000, None])
def test_a_class_list_that_cannot_be_used_is_a_remark(tmp_path: Path, broken: bytes | None) -> None:
    if broken is None:
        (tmp_path / "students.csv").mkdir()
    else:
        (tmp_path / "students.csv").write_bytes(broken)
    listed, (remark,) = class_list(tmp_path)
    assert members_of(listed, ["ada"]) == ["ada"]
    assert remark.startswith("Who is missing is not known")


class Tags(HTMLParser):
    """Notes elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_page_is_harmless_whatever_names_and_reasons_are(found: Found, course: Course) -> None:
    report, reports = found
    page = report_page(report, course, reports)
    tags = Tags(page).seen
    assert {tag for tag, _ in tags} & {"img", "script", "iframe", "object", "link"} == set()
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "default-src 'none'" in page
    # None of them has code to compare, so nothing is said of what they share.
    assert "Nothing is pointed to among fewer than 4 submissions with code" in page
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {value for tag, attributes in tags if tag == "a" and (value := attributes.get("href") or "")}
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_every_figure_is_well_formed_and_says_in_words_what_it_shows(found: Found, course: Course) -> None:
    report, reports = found
    page = report_page(report, course, reports)
    figures = [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert len(figures) == 2
    words = " ".join(figure.attrib["aria-label"] for figure in figures)
    assert all(figure.attrib["role"] == "img" for figure in figures)
    assert "1 from 10 to 20 %, " in words
    difficulty = reports[0].items[0].difficulty
    assert not isinstance(difficulty, str)
    assert f"precision, difficulty {difficulty.estimate:.2f}, {difficulty.low:.2f} to {difficulty.high:.2f}" in words


def test_table_survives_a_spreadsheet(found: Found) -> None:
    lines = list(csv.reader(io.StringIO(report_table(found[1]), newline="")))
    assert tuple(lines[0]) == HEADING
    assert {len(line) for line in lines} == {len(HEADING)}
    about = {line[1] for line in lines[1:]}
    assert about == {
        "handed_in", "points", "difficulty", "discrimination", "misconception", "objective", "missing", "set_aside"
    }  # fmt: skip
    assert not [cell for line in lines for cell in line if re.match(r"[=+@]|-\D", cell)]
    (aside,) = (line for line in lines if line[1] == "set_aside")
    assert aside[2] == "broken"
    assert EVIL in aside[7]


@pytest.mark.slow
def test_three_hundred_students_take_seconds(lessons: dict[str, Lesson], course: Course) -> None:
    rows = RNG.choice([0.0, 1.5, 3.0], size=(300, 4)).tolist()
    report = GradeReport("course", [submission(f"s{i}", row, held={"recall": "x"}) for i, row in enumerate(rows)])
    start = time.process_time()
    report_table(reports_of(report, lessons, [f"s{i}" for i in range(320)], course))
    assert time.process_time() - start < 3


def test_grader_is_judged_by_answers_to_the_exercises_as_they_are_now(tmp_path: Path) -> None:
    recall, precision = get("recall"), get("precision")
    outcomes = [
        *(Outcome(Item(recall, str(i), wrong=True), 0.0 if i else 3.0, {}, "") for i in range(4)),
        *(Outcome(Item(recall, str(i), wrong=False), 3.0 if i else 1.0, {}, "") for i in range(3)),
        Outcome(Item(precision, "a", wrong=True), 0.0, {}, ""),
    ]
    path = tmp_path / "audited.json"
    assert known_of(["recall"], path) is None
    keep(Audit(outcomes), path)
    found = known_of(["recall", "f1"], path)
    assert found == Known(exercises=1, caught=3, missed=1, accepted=2, refused=1)
    assert (found.recall.estimate, found.precision.estimate) == (0.75, 0.75)
    path.write_text(path.read_text().replace('"fingerprint": "', '"fingerprint": "0', 1))
    # The first entry is now of an exercise that has changed since: precision.
    assert known_of(["recall", "precision"], path) == found


def test_what_ships_was_measured_by_the_grader() -> None:
    found = known_of(ids())
    assert found is not None
    assert (found.missed, found.refused) == (0, 0)
