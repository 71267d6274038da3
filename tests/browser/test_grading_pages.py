"""A student's feedback and an instructor's report, in Chromium: on a phone, in the dark, on paper, and for all eyes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from class_samples import TOTALS, graded_notebook, submission
from grading_samples import make_course
from pages import CONTRAST
from playwright.sync_api import Browser, Page

from autograder.grading import GradeReport
from autograder.grading.course import Course
from autograder.grading.keeping.feedback import FeedbackPages
from autograder.grading.keeping.report import report_page
from autograder.grading.reporting.lessons import reports_of

pytestmark = pytest.mark.browser
LONG = "a_name_that_nobody_can_break_" * 4


def feedback(folder: Path) -> Path:
    notebook = graded_notebook()
    wide = nbformat.v4.new_markdown_cell(
        f"# {LONG}\n\n## Wide\n\n| {' | '.join('abcdefgh' * 3)} |\n{'|---' * 24}|\n| 1 |"
    )
    notebook.cells.append(wide)
    path = folder / "feedback.html"
    path.write_text(FeedbackPages().page(notebook, "ada", f"03_{LONG}", TOTALS), encoding="utf-8")
    return path


def report(folder: Path) -> Path:
    course = Course(make_course(folder / "course"))
    rows = [(i % 3, (i * 7) % 4 * 0.75) for i in range(12)]
    held = {"precision": "recall"}
    results = [submission(f"s{i}", row, held=held if i % 2 else None) for i, row in enumerate(rows)]
    results.append(submission(LONG, [0.0, 0.0], status="quarantined", reasons=[f"{LONG}.ipynb is empty."]))
    whole = GradeReport("course", results)
    path = folder / "report.html"
    path.write_text(
        report_page(whole, course, reports_of(whole, course.lessons(), ["absent"], course)), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {"feedback": feedback(folder), "report": report(folder)}


@pytest.fixture(params=["feedback", "report"])
def address(request: pytest.FixtureRequest, made: dict[str, Path]) -> str:
    return made[request.param].as_uri()


@pytest.fixture(params=["light", "dark"])
def on_a_phone(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme=request.param)
    yield context.new_page()
    context.close()


def test_it_fits_a_phone_asks_for_nothing_and_can_be_read(on_a_phone: Page, address: str) -> None:
    page, asked, said = on_a_phone, list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    assert asked == [address]
    assert said == []  # Nor anything that the page's own policy forbids.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for words in page.locator("h1, h2, h3, p, th, td, li, a, dd, summary, pre").all():
        assert words.evaluate(CONTRAST, "color") >= 4.5, words.text_content()
    for mark in page.locator("svg .bar, svg .dot").all():
        assert mark.evaluate(CONTRAST, "fill") >= 3
    # What scrolls can be scrolled by keyboard.
    assert page.locator(".wide:not([tabindex='0'])").count() == 0


def test_every_link_within_the_page_leads_somewhere(browser_page: Page, address: str) -> None:
    browser_page.goto(address)
    dead = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1)))"
    assert browser_page.evaluate(f"{dead}.map(a => a.hash)") == []


def test_on_paper_there_are_points_and_answers_and_not_the_lesson(browser_page: Page, made: dict[str, Path]) -> None:
    browser_page.goto(made["feedback"].as_uri())
    assert browser_page.get_by_text("the end").is_visible()
    browser_page.emulate_media(media="print")
    assert browser_page.get_by_text("Test for zero.").is_visible()
    assert browser_page.get_by_role("heading", name="Your points").is_visible()
    assert not browser_page.get_by_text("the end").is_visible()
    # What is folded on the screen cannot be unfolded on paper.
    assert browser_page.get_by_text("a plain mix").is_visible()
