"""A lesson on the hub of deploy/: released, fetched, validated, handed in, collected, graded, marked, given back.

Everything is done where people do it: in formgrader and JupyterLab, in Chromium.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from hub_process import jupyter_hub
from playwright.sync_api import Browser, Locator, Page, expect

from autograder.commands.init import init_course
from autograder.grading import grade_course

LESSON, TOPIC = "03_precision_recall", "precision_recall"
RECALL_INSTEAD = """def precision(y_true, y_pred):
    tp = ((y_true == 1) & (y_pred == 1)).sum()
    fn = ((y_true == 1) & (y_pred == 0)).sum()
    return float(tp / (tp + fn)) if tp + fn else 0.0
"""
SETTINGS = """c = get_config()
c.Exchange.root = {exchange!r}
c.CourseDirectory.root = {course!r}
# Here all servers run as one system user; tests/autograder/test_exchange.py has more than one.
c.Collect.one_user_each = False
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder, and what the containers have at fixed places: the exchange."""
    exchange, course = tmp_path / "exchange", tmp_path / "course"
    exchange.mkdir()
    exchange.chmod(0o1777)
    init_course(course, ["03"])
    (tmp_path / "settings").mkdir()
    text = SETTINGS.format(exchange=str(exchange), course=str(course))
    (tmp_path / "settings" / "nbgrader_config.py").write_text(text)
    return course


def sign_in(chromium: Browser, hub: str, name: str) -> Page:
    """Sign in, start one's server, and wait for JupyterLab."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{hub}/hub/login?next=/hub/spawn/{name}")
    page.fill("#username_input", name)
    page.fill("#password_input", "test")
    page.click("#login_submit")
    expect(page.get_by_role("menuitem", name="Nbgrader")).to_be_visible()
    return page


def formgrader(page: Page, hub: str) -> Locator:
    """The lesson's line in formgrader's list of assignments."""
    page.goto(f"{hub}/user/ada/formgrader")
    row = page.locator("tr", has_text=LESSON)
    expect(row).to_be_visible()
    return row


def press(row: Locator, what: str) -> None:
    """Press one of formgrader's signs, and wait until it says that it is done."""
    row.locator(f"td.{what} a").click()
    done = row.page.locator(".modal.in", has_text=re.compile("success", re.IGNORECASE))
    expect(done).to_be_visible()
    done.get_by_role("button", name=re.compile("OK|Close", re.IGNORECASE)).last.click()


def assignments(page: Page) -> None:
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()


def answer(notebook: Path) -> None:
    """What a student has written: one answer that takes recall for precision, and the text; the rest stays open."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        if cell.cell_type == "code" and cell.source.startswith("def precision(y_true"):
            cell.source = RECALL_INSTEAD
        elif cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "A missed fraud costs more than a call, so recall counts."
    nbformat.write(content, notebook)


@pytest.mark.browser
@pytest.mark.slow
def test_a_lesson_goes_out_and_comes_back_through_the_hub(chromium: Browser, course: Path, tmp_path: Path) -> None:
    with jupyter_hub(tmp_path) as hub:
        ada = sign_in(chromium, hub, "ada")
        press(formgrader(ada, hub), "release")

        sam = sign_in(chromium, hub, "sam")
        # What nbgrader gives to everybody, a student does not have; nor the server of another.
        for name in ("formgrader", "formgraders"):  # the second is the course list
            assert ada.request.get(f"{hub}/user/ada/{name}").status == 200
            assert sam.request.get(f"{hub}/user/sam/{name}").status == 404
        assert sam.request.get(f"{hub}/user/ada/formgrader").status == 403
        assignments(sam)
        for absent in ("Formgrader", "Course List"):
            expect(sam.get_by_role("menuitem", name=absent)).to_have_count(0)
        sam.get_by_role("button", name="Fetch", exact=True).click()
        expect(sam.get_by_role("button", name="Submit", exact=True)).to_be_visible()
        fetched = tmp_path / "home" / "sam" / LESSON / f"{TOPIC}.ipynb"
        assert "HIDDEN" not in fetched.read_text()

        answer(fetched)
        sam.goto(f"{hub}/user/sam/lab/tree/{LESSON}/{TOPIC}.ipynb")
        sam.get_by_role("button", name=re.compile("Validate")).click()
        result = sam.locator(".jp-Dialog", has_text="Validation Results")
        expect(result).to_contain_text("That is recall")
        expect(result).to_contain_text("You have not written this function yet")
        expect(result).not_to_contain_text("Partial credit")
        sam.screenshot(path=tmp_path / "validate.png")
        result.get_by_role("button", name="Ok").click()
        assignments(sam)
        sam.get_by_role("button", name="Submit", exact=True).click()
        expect(sam.get_by_role("button", name="Fetch Feedback")).to_be_visible()
        sam.screenshot(path=tmp_path / "submitted.png")

        press(formgrader(ada, hub), "collect")
        # Not under the name of the system's user.
        assert [path.name for path in (course / "submitted").iterdir()] == ["sam"]
        grade_course(course)
        ada.goto(f"{hub}/user/ada/formgrader/gradebook/{LESSON}/{TOPIC}")
        link = ada.locator("a.name-hidden[href*='/submissions/']")
        expect(link).to_be_visible()
        ada.goto(f"{hub}{link.get_attribute('href')}")
        mark = ada.locator("input.score:not([placeholder])")
        expect(mark).to_have_count(1)
        mark.fill("3")
        with ada.expect_response(lambda response: "/api/grade/" in response.url and response.ok):
            mark.press("Tab")
        ada.screenshot(path=tmp_path / "mark.png")
        (graded,) = grade_course(course).submissions
        assert (graded.student, graded.points, graded.needs_manual) == ("sam", 3.875, False)
        row = formgrader(ada, hub)
        ada.screenshot(path=tmp_path / "formgrader.png")
        press(row, "release-feedback")

        sam.get_by_role("button", name="Fetch Feedback").click()
        expect(sam.get_by_text("View Feedback")).to_be_visible()
        sam.screenshot(path=tmp_path / "fetched.png")
        (page,) = (tmp_path / "home" / "sam" / LESSON / "feedback").rglob("*.html")
        assert page.read_text() == (course / "feedback" / "sam" / LESSON / f"{TOPIC}.html").read_text()
        assert "3 of 4 points" in page.read_text()
    for signed_in in (ada, sam):
        signed_in.context.close()
