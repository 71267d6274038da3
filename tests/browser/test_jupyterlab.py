"""A lesson in JupyterLab, as a student uses it: run everything, answer a quiz by keyboard, fail a check, pass it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_process import jupyter_lab
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parent.parent.parent
LESSON = "03_precision_recall"
NOTEBOOK = "precision_recall.ipynb"

# What a learner types first: recall instead of precision; and then the right thing.
WRONG = """def precision(y_true, y_pred):
    tp = ((y_true == 1) & (y_pred == 1)).sum()
    fn = ((y_true == 1) & (y_pred == 0)).sum()
    return float(tp / (tp + fn)) if tp + fn else 0.0
"""
RIGHT = """def precision(y_true, y_pred):
    tp = ((y_true == 1) & (y_pred == 1)).sum()
    fp = ((y_true == 0) & (y_pred == 1)).sum()
    return float(tp / (tp + fp)) if tp + fp else 0.0
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab server on a copy of the lessons; its address."""
    work = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "lessons", work / "lessons")
    settings = {
        # All cells stay in the page, so that the test can look at each of them.
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    for name, values in settings.items():
        file = work / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    with jupyter_lab(work, work / "lessons") as address:
        yield address


def cell_with(page: Page, text: str) -> Locator:
    """The code cell whose source contains a text."""
    return page.locator(".jp-Notebook .jp-CodeCell").filter(has=page.locator(".cm-content", has_text=text)).first


def run(cell: Locator) -> None:
    """Run one cell with the keyboard and wait until it is done."""
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputArea-prompt").first).to_have_text(re.compile(r"\[\d+\]:"))


def retype(cell: Locator, source: str) -> None:
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Control+A")
    cell.page.keyboard.insert_text(source)


@pytest.mark.browser
@pytest.mark.slow
def test_a_student_works_through_a_lesson(lab: str, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.goto(f"{lab}/lab/tree/{LESSON}/{NOTEBOOK}?token=test&reset")
    expect(page.locator(".jp-Notebook h1").first).to_be_visible()
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
    # Cells that are run before the kernel is there are not run at all.
    expect(page.get_by_role("button", name=re.compile(r"Python 3.*Idle"))).to_be_visible()

    # Run all cells: a notebook fresh from the course runs to its end.
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
    quiz = page.locator(".ek-quiz").first
    expect(quiz).to_be_visible()
    expect(page.locator(".jp-InputArea-prompt", has_text="[*]")).to_have_count(0)
    assert page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]').count() == 0

    # Every figure says what it shows.
    images = page.locator(".jp-OutputArea-output img")
    assert images.count() >= 1
    for i in range(images.count()):
        assert len(images.nth(i).get_attribute("alt") or "") > 20

    # Answer the first single-choice question with the keyboard: focus it, choose, go on to the button, press it.
    question = quiz.locator("fieldset", has=page.locator('input[type="radio"]')).first
    radio = question.locator('input[type="radio"]').first
    radio.focus()
    page.keyboard.press("Space")
    expect(radio).to_be_checked()
    page.keyboard.press("Tab")
    expect(question.get_by_role("button", name="Check answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question.get_by_role("status").first).to_contain_text(re.compile("right|correct|wrong|not", re.IGNORECASE))
    page.screenshot(path=str(tmp_path / "quiz.png"))

    # An unwritten answer, a wrong one, a right one.
    solution, test = cell_with(page, "def precision(y_true, y_pred)"), cell_with(page, 'check("precision", precision)')
    result = test.locator('section[aria-label^="Result of the check"]').last
    expect(result).to_contain_text("not written this function yet")
    retype(solution, WRONG)
    run(solution)
    run(test)
    expect(result).to_contain_text("That is recall")
    solution.scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "wrong.png"))
    retype(solution, RIGHT)
    run(solution)
    run(test)
    expect(result).to_contain_text("3 of 3 points, all right")
