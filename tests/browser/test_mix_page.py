"""The slider of the production mix in Chromium: keyboard, words that follow, live region, no script, neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import CONTRAST, DARK, LIGHT, document
from playwright.sync_api import Browser, Page, expect

from autograder.explorer import render_explorer
from autograder.releases import Mix, render_mix

pytestmark = pytest.mark.browser

MIX = Mix(("day", "dark"), before=((906, 958), (39, 42)), after=((928, 958), (23, 42)))
PAGE = render_mix(MIX, title="Whose mix?", predict="Where are both equally good?")
AT_4 = "With 4 % dark pictures accuracy goes from 0.945 to 0.952: +0.7 points. The candidate is better."
AT_20 = "With 20 % dark pictures accuracy goes from 0.942 to 0.884: −5.8 points. The candidate is worse."


def lesson_12() -> str:
    """The slider as lesson 12 shows it: its cell, run with the numbers of its two models."""
    source = Path(__file__).parents[2] / "solutions" / "12_evaluating_releases" / "evaluating_releases.py"
    cell = source.read_text(encoding="utf-8").partition("# Shows the slider of the mix.\n")[2].partition("\n# %%")[0]
    pages = list[str]()
    exec(cell, {"mix": MIX, "show_mix": lambda *args, **options: pages.append(render_mix(*args, **options))})
    return pages[0]


@pytest.fixture
def mix(browser_page: Page) -> Iterator[Page]:
    errors = list[str]()
    browser_page.on("pageerror", lambda error: errors.append(error.message))
    browser_page.set_content(document(PAGE))
    yield browser_page
    assert errors == []


def test_in_lesson_12_a_learner_predicts_and_finds_where_the_sign_flips(browser_page: Page) -> None:
    browser_page.set_content(document(lesson_12()))
    slider = browser_page.get_by_role("slider", name="Share of dark pictures")
    expect(slider).to_be_disabled()
    browser_page.get_by_role("button", name="at about 20 %").click()
    expect(browser_page.locator(".ek-why")).to_contain_text("Not quite. They are equally good at 5.7 %.")
    expect(browser_page.get_by_role("button", name="✓ at about 6 %")).to_be_visible()
    slider.focus()
    browser_page.keyboard.press("ArrowRight")
    expect(browser_page.locator(".ek-reached")).to_have_count(0)
    for _ in range(2):
        browser_page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "5.5 % dark, +0.1 points")
    goals = browser_page.get_by_role("list", name="Goals").get_by_role("listitem")
    expect(goals.last).to_contain_text("— reached at 5.5 %")
    browser_page.keyboard.press("ArrowRight")
    expect(goals.first).to_contain_text("A mix in which the candidate is worse. — reached at 6 %")
    expect(browser_page.get_by_role("status")).to_contain_text("Goal 1 reached. With 6 % dark pictures")


def test_the_keyboard_alone_moves_it_and_all_words_follow(mix: Page) -> None:
    mix.keyboard.press("Tab")
    slider = mix.get_by_role("slider", name="Share of dark pictures")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "4 % dark, +0.7 points")
    description = mix.locator("svg desc")
    expect(description).to_have_text(AT_4)
    mix.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "4.5 % dark, +0.5 points")
    mix.keyboard.press("End")
    expect(description).to_have_text(AT_20)
    expect(mix.locator(".ek-sentence")).to_have_text(AT_20)
    expect(mix.locator(".ek-control [data-ek]")).to_have_text("20 %")
    expect(mix.get_by_role("row", name="this mix 0.942 0.884")).to_be_visible()
    assert mix.locator(".ek-cut").get_attribute("x1") == mix.locator(".ek-dot").get_attribute("cx") == "390"


def test_a_screen_reader_is_told_once_the_slider_rests(mix: Page) -> None:
    live = mix.get_by_role("status")
    expect(live).to_be_empty()
    mix.evaluate(
        """() => {
          window.told = [];
          const live = document.querySelector(".ek-live");
          new MutationObserver(() => window.told.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    mix.get_by_role("slider").focus()
    for _ in range(12):
        mix.keyboard.press("ArrowRight")
    expect(live).to_contain_text("With 10 % dark pictures")
    assert len(mix.evaluate("window.told")) == 1
    expect(mix.locator(".ek-sentence")).to_have_attribute("aria-hidden", "true")


def test_keys_stay_with_the_slider(mix: Page) -> None:
    mix.evaluate("window.seen = []; document.addEventListener('keydown', (event) => window.seen.push(event.key))")
    mix.get_by_role("slider").focus()
    mix.keyboard.type("dd")
    assert mix.evaluate("window.seen") == []


def test_without_scripts_the_picture_and_its_words_remain(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(document(PAGE))
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.get_by_role("img", name="Candidate minus production")).to_be_visible()
    expect(page.get_by_text(AT_4).last).to_be_visible()
    expect(page.get_by_text("The slider that moves it appears where scripts may run.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("first", ["mix", "threshold"])
def test_it_stands_beside_a_threshold_explorer(browser_page: Page, first: str) -> None:
    errors = list[str]()
    browser_page.on("pageerror", lambda error: errors.append(error.message))
    parts = [PAGE, render_explorer([1, 0, 0, 1], [0.9, 0.2, 0.6, 0.7])]
    browser_page.set_content(document("".join(parts if first == "mix" else parts[::-1])))
    expect(browser_page.get_by_role("slider")).to_have_count(2)
    browser_page.get_by_role("slider", name="Share of dark pictures").press("End")
    browser_page.get_by_role("slider", name="Threshold").press("Home")
    expect(browser_page.locator(".ek-table .ek-sentence")).to_have_text(AT_20)
    expect(browser_page.locator(".ek-threshold .ek-sentence")).to_contain_text("At threshold 0.00")
    assert errors == []


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 560, 1280])
def test_it_is_readable_in_both_themes_and_fits(browser_page: Page, style: str, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 800})
    browser_page.set_content(document(PAGE, style))
    expect(browser_page.get_by_role("slider")).to_be_visible()
    assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for text in browser_page.locator(".ek-table svg text").all():
        assert text.evaluate(CONTRAST, "fill") >= 4.5
    # No letters lie on one another.
    boxes = [text.bounding_box() for text in browser_page.locator(".ek-table svg text").all()]
    for i, one in enumerate(boxes):
        for two in boxes[i + 1 :]:
            assert one
            assert two
            apart = one["x"] + one["width"] <= two["x"] + 1 or two["x"] + two["width"] <= one["x"] + 1
            above = one["y"] + one["height"] <= two["y"] + 2 or two["y"] + two["height"] <= one["y"] + 2
            assert apart or above, (one, two)
