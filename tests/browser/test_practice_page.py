"""The practice box in Chromium: write, check, the misconception named; keyboard, endless loops, what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import CONTRAST, DARK, LIGHT
from playwright.sync_api import Browser, Locator, Page, expect
from practice_site import served, write_site

from autograder import exercises

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECALL = """def precision(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    positives = np.sum(y_true == 1)
    return float(tp / positives) if positives else 0.0
"""
RIGHT = RECALL.replace("positives = np.sum(y_true == 1)", "positives = np.sum(y_pred == 1)")
ENDLESS = "    while True:\n        pass\n"
ENDED = "Your code ended Python, so there is no answer to judge."
IN_C = "    import itertools\n    return sum(itertools.repeat(0))\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = tmp_path_factory.mktemp("site")
    write_site(site, "precision", "recall")
    with served(site) as url:
        yield url


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    opened, errors, asked = context.new_page(), list[str](), list[str]()
    opened.on("pageerror", lambda error: errors.append(error.message))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    yield opened
    context.close()
    assert errors == []
    assert {url for url in asked if not url.startswith(address)} == set()


@pytest.fixture(scope="module")
def lasting(chromium: Browser, address: str) -> Iterator[Page]:
    """One page for many checks: Python starts again only where it had to be ended."""
    context = chromium.new_context()
    opened = context.new_page()
    opened.goto(address)
    yield opened
    context.close()


def box(page: Page, name: str = "precision") -> Locator:
    return page.locator(f".ek-practice[data-exercise={name}]")


def code(page: Page, name: str = "precision") -> Locator:
    return box(page, name).get_by_role("textbox")


def check(page: Page, name: str = "precision") -> None:
    box(page, name).get_by_role("button", name="Check").click()
    expect(status(page, name)).to_contain_text("Checked.")


def status(page: Page, name: str = "precision") -> Locator:
    return box(page, name).get_by_role("status")


def result(page: Page, name: str = "precision") -> Locator:
    return box(page, name).get_by_role("group", name=f"Result of the check of {name}")


def test_wrong_then_right_and_what_is_kept(page: Page) -> None:
    assert not any("pyodide" in entry for entry in loaded(page))
    code(page).fill(RECALL)
    box(page).get_by_role("button", name="Check").click()
    expect(status(page)).to_contain_text("Starting Python")
    expect(status(page)).to_contain_text("Checked.")
    hint = exercises.get("precision").misconceptions["recall"].hint
    expect(result(page)).to_contain_text(hint)
    expect(status(page)).to_contain_text(hint)  # spoken
    code(page).fill(RIGHT)
    check(page)
    expect(result(page)).to_contain_text("precision: 3 of 3 points, all right")
    page.reload()
    expect(code(page)).to_have_value(RIGHT)
    box(page).get_by_role("button", name="Start again").click()
    expect(code(page)).to_have_value(code(page).evaluate("area => area.defaultValue"))
    page.keyboard.press("Control+z")
    expect(code(page)).to_have_value(RIGHT)


def test_boxes_of_a_page_share_names_as_cells_do(lasting: Page) -> None:
    page = lasting
    code(page).fill(f"share = np.mean\nprint('<b>debug</b>')\n{RECALL}")
    check(page)
    expect(box(page).locator("pre")).to_have_text("<b>debug</b>\n")
    code(page, "recall").fill("def recall(y_true, y_pred):\n    return share(y_true)")
    check(page, "recall")
    expect(result(page, "recall")).to_contain_text("which is not right")


def test_the_keyboard_alone(lasting: Page) -> None:
    page = lasting
    page.get_by_role("heading").click()  # from the top of the page
    page.keyboard.press("Tab")
    expect(code(page)).to_be_focused()
    page.keyboard.press("Control+a")
    for line in ("def precision(y_true, y_pred):", "called = y_pred == 1  # those", "if not called.any():"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    page.keyboard.type("return 0.0")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.type("return np.mean(y_true[called] == 1)")
    expect(code(page)).to_have_value(
        "def precision(y_true, y_pred):\n    called = y_pred == 1  # those\n    if not called.any():\n"
        "        return 0.0\n    return np.mean(y_true[called] == 1)"
    )
    page.keyboard.press("Tab")
    expect(box(page).get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Enter")
    expect(result(page)).to_contain_text("all right")
    expect(box(page).get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+End")
    page.keyboard.type("  + 1")
    page.keyboard.press("Shift+Enter")
    expect(result(page)).to_contain_text("not right")


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_on_a_small_screen(lasting: Page, style: str) -> None:
    lasting.set_viewport_size({"width": 320, "height": 700})
    lasting.evaluate("style => { document.body.style.cssText = style; }", style)
    code(lasting).fill("def precision(y_true, y_pred):\n    return 'a long text' " + "+ 'and more' " * 20)
    check(lasting)
    size = lasting.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert size[0] <= size[1]
    texts = box(lasting).locator(":is(p, span, strong, code, textarea, .ek-reset, summary, li)").all()
    assert min(text.evaluate(CONTRAST, "color") for text in texts) >= 4.5


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "You have not written this function yet"),
        ("def precision(y_true, y_pred)\n    return 1", "stopped with SyntaxError in line 1: expected ':'"),
        ("def recall(y_true, y_pred):\n    return 1.0", "Your code defines no function precision"),
        ("x = 1\nnothing", "stopped with NameError in line 2"),
        (f"def precision(y_true, y_pred):\n{ENDLESS}", "Your function was stopped before it had an answer."),
        ("while True:\n    pass", "Your function was stopped before it had an answer."),
        (f"def precision(y_true, y_pred):\n{IN_C}", "Your function was stopped before it had an answer."),
        ("import os\nos._exit(0)", ENDED),
        ("def precision(y_true, y_pred):\n    import os\n    os._exit(1)", ENDED),
        ("import sys\nsys.exit()", "Your function called exit()."),
        ("def precision(y_true, y_pred):\n    raise KeyboardInterrupt", "stopped with KeyboardInterrupt"),
        (RIGHT, "all right"),
    ],
    ids=[
        "stub",
        "syntax",
        "name",
        "error",
        "loop",
        "loop-outside",
        "loop-in-C",
        "exit",
        "exit-inside",
        "sys.exit",
        "interrupt",
        "right",
    ],
)
def test_whatever_is_written_ends_in_a_verdict(lasting: Page, written: str | None, said: str) -> None:
    if written is None:
        box(lasting).get_by_role("button", name="Start again").click()
    else:
        code(lasting).fill(written)
    check(lasting)
    expect(result(lasting)).to_contain_text(said)


def test_python_that_cannot_be_had_is_said(page: Page) -> None:
    page.route("**/judge.zip", lambda route: route.fulfill(status=404))
    box(page).get_by_role("button", name="Check").click()
    expect(status(page)).to_contain_text("Python could not check this: judge.zip: 404")
    expect(status(page)).to_contain_text("Are you online?")
    page.unroute("**/judge.zip")
    check(page)


def loaded(page: Page) -> list[str]:
    return page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
