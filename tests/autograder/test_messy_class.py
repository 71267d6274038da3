"""A class of honest students who hand in what students hand in: each is graded as a fair person would, and told why."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, hand_in, make_course
from messy import CLASS, WORK, Messy
from warm_kernels import need_bubblewrap

from autograder.grading import GradeReport, SubmissionResult, grade_course

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CONFIG = """
from autograder import nbgrader_config

c = get_config()
c.merge(nbgrader_config())
c.Execute.timeout = 20
"""
COMPOSED, TAKEN_APART = (unicodedata.normalize(form, "José Nuñez") for form in ("NFC", "NFD"))

STAMP = "2026-01-03 00:00:00 UTC"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    need_bubblewrap()
    root = make_course(tmp_path_factory.mktemp("class") / "course", CONFIG)
    (root / "source" / LESSON / "tables").mkdir()
    (root / "source" / LESSON / "tables" / "a.csv").write_text("1\n")
    for messy in CLASS:
        messy.write(root / "submitted")
    hand_in(root, TAKEN_APART, answered()).with_name("timestamp.txt").write_text(STAMP)
    hand_in(root, "nia", answered())
    hand_in(root, unicodedata.normalize("NFD", "Zoë"), answered(double="def double(x):\n    return 2"))
    hand_in(root, "Zoë", answered())
    for place in (f".ben/{LESSON}", f"cid/.{LESSON}", "dan", f"__MACOSX/{LESSON}", f"eve/{LESSON} (1)"):
        folder = root / "submitted" / place
        folder.mkdir(parents=True)
        (folder / f"{TOPIC}.ipynb").write_text(WORK)
    yield root
    # Folders that Python walks down no further, nor pytest, which tidies up.
    subprocess.run(["rm", "-rf", root], check=True)


@pytest.fixture(scope="module")
def report(course: Path) -> GradeReport:
    return grade_course(course)


def result(report: GradeReport, student: str) -> SubmissionResult:
    (found,) = [one for one in report.submissions if one.student == student]
    return found


@pytest.mark.parametrize("messy", CLASS, ids=lambda messy: messy.name)
def test_each_is_graded_as_a_fair_person_would(course: Path, report: GradeReport, messy: Messy) -> None:
    found = result(report, messy.name)
    assert (found.status, found.points, found.needs_manual) == (messy.status, messy.points, messy.waits), found
    assert len(found.reasons) == len(messy.said), found.reasons
    for sentence, pattern in zip(found.reasons, messy.said, strict=True):
        assert re.fullmatch(pattern, sentence), found.reasons
        assert len(sentence) < 250
    page = course / "feedback" / messy.name / LESSON / f"{TOPIC}.html"
    assert "</html>" in page.read_text()
    if messy.waits:
        graded = nbformat.read(course / "autograded" / messy.name / LESSON / f"{TOPIC}.ipynb", as_version=4)
        (why,) = [c for c in graded.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why"]
        assert "ecause" in why.source or "weil" in why.source or messy.name == "pasted-into-a-new-notebook"


def test_two_forms_of_a_name_are_one_student(course: Path, report: GradeReport) -> None:
    assert TAKEN_APART != COMPOSED
    assert result(report, COMPOSED).points == 5
    assert (course / "feedback" / COMPOSED / LESSON / f"{TOPIC}.html").is_file()
    assert (course / "feedback" / COMPOSED / LESSON / "timestamp.txt").read_text() == STAMP
    assert result(report, "Zoë").points == 5
    other = result(report, "Zoe\\u0308")
    assert other.status == "quarantined"
    assert (
        "its student has another folder, which Unicode writes as Zoë and which was graded; keep one" in other.reasons[0]
    )
    assert json.loads((course / "report.json").read_text())["counts"]["failed"] == 0


def test_folders_that_nobody_would_find_are_told(report: GradeReport) -> None:
    assert "its name begins with a dot; rename it" in result(report, ".ben").reasons[0]
    assert "its name begins with a dot; rename it" in result(report, "cid").reasons[0]
    assert f"{TOPIC}.ipynb lies in no folder of a lesson; put it into one" in result(report, "dan").reasons[0]
    assert f"There is no lesson '{LESSON} (1)'; the folder must be one of" in result(report, "eve").reasons[0]
    assert not any(one.student == "__MACOSX" for one in report.submissions)
