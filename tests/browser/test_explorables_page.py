"""Every explorable in Chromium: it asks first, any answer frees it, its words follow it, and goals are reached."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

import pytest
from explorable_samples import SAMPLES
from pages import CONTRAST, DARK, LIGHT, document
from playwright.sync_api import Browser, Page, expect

from autograder.lesson.explorable import Explorable, Predict, render
from autograder.lesson.explorables import boxes

pytestmark = pytest.mark.browser

# What a store of progress would hear.
LISTEN = "window.heard = []; document.addEventListener('course:result', (event) => window.heard.push(event.detail))"

ALL_CONTRASTS = (
    f"([which, property]) => [...document.querySelectorAll(which)].map((node) => ({CONTRAST})(node, property))"
)


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Explorable:
    return built(request.param)


@functools.cache
def built(name: str) -> Explorable:
    return SAMPLES[name]()


@pytest.fixture
def opened(browser_page: Page) -> Iterator[Callable[..., Page]]:
    """A function that opens an explorable; no script may fail, and nothing be asked of the network."""
    wrong = list[str]()
    browser_page.on("pageerror", lambda error: wrong.append(error.message))
    browser_page.on("request", lambda request: wrong.append(request.url))

    def open_(sample: Explorable) -> Page:
        browser_page.set_content(document(render(sample)))
        browser_page.evaluate(LISTEN)
        return browser_page

    yield open_
    assert wrong == []


def answer(page: Page, *, right: bool) -> str:
    """Answer with the keyboard alone, as whoever comes to the explorable with the tab key; return the reason."""
    answers = page.evaluate("JSON.parse(document.querySelector('.ek-data').textContent).answers")
    wanted = next(index for index, each in enumerate(answers) if each["right"] == right)
    page.keyboard.press("Tab")
    for _ in range(wanted):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    return str(answers[wanted]["why"])


def go_to(page: Page, sample: Explorable, place: int) -> None:
    """Move the sliders to a place: near to it, and then with an arrow key."""
    for index, slider in reversed(list(enumerate(sample.sliders))):
        place, own = divmod(place, slider.last + 1)
        control = page.get_by_role("slider").nth(index)
        control.fill(str(own - 1 if own else 1))
        control.press("ArrowRight" if own else "ArrowLeft")


def reported(sample: Explorable, part: str, *, right: bool) -> dict[str, object]:
    """The detail of the event that says so."""
    assert sample.about
    return {
        "kind": "explore",
        "lesson": sample.about.lesson,
        "id": f"{sample.about.id}/{part}",
        "right": right,
        "points": int(right),
        "max": 1,
        "objectives": list(sample.about.objectives),
    }


def test_a_wrong_answer_frees_it_goals_are_reached_by_keyboard_and_all_words_follow(
    opened: Callable[..., Page], sample: Explorable
) -> None:
    page = opened(sample)
    for slider in page.get_by_role("slider").all():
        expect(slider).to_be_disabled()
    why = answer(page, right=False)
    expect(page.locator(".ek-why")).to_have_text(f"Not quite. {why}")
    expect(page.get_by_role("status")).to_contain_text(f"Not quite. {why}")
    assert sample.goals
    for number, (goal, places) in enumerate(sample.goals.items()):
        go_to(page, sample, places[len(places) // 2])
        item = page.locator("[data-ek-goal]").nth(number)
        expect(item).to_contain_text(re.compile(rf"✓ {re.escape(goal)}\s+— reached at \S"))
        sentence = page.locator(".ek-sentence").inner_text()
        assert page.locator("svg desc").first.text_content() == sentence
    # Spoken once the slider rests.
    expect(page.get_by_role("status")).to_contain_text(sentence)
    heard = page.evaluate("window.heard")
    assert heard[0] == reported(sample, "predict", right=False)
    goals = [reported(sample, f"goal-{number + 1}", right=True) for number in range(len(sample.goals))]
    assert sorted(heard[1:], key=lambda each: each["id"]) == goals


def test_a_right_answer_is_the_only_one(opened: Callable[..., Page]) -> None:
    sample = built("boxes")
    page = opened(sample)
    said = f"Right. {answer(page, right=True)}"
    expect(page.locator(".ek-why")).to_have_text(said)
    for slider in page.get_by_role("slider").all():
        expect(slider).to_be_enabled()
    page.get_by_role("group", name="Your prediction").get_by_role("button").first.press("Enter")
    expect(page.locator(".ek-why")).to_have_text(said)
    assert page.evaluate("window.heard") == [reported(sample, "predict", right=True)]


def test_what_python_drew_is_what_the_script_shows_first(opened: Callable[..., Page], sample: Explorable) -> None:
    read = """[...document.querySelectorAll('[data-ek]')].map((node) => [node.dataset.ek, node.textContent])"""
    marks = """[...document.querySelectorAll('[data-ek-mark]')].map((node) => node.outerHTML)"""
    page = opened(sample)
    shown, drawn = page.evaluate(read), page.evaluate(marks)
    assert dict(shown) == {name: sample.texts[name] for name, _ in shown}
    page.set_content(document(render(sample).rpartition("<script>")[0]))
    plain = page.evaluate(marks)
    numbers = [[round(float(n), 0) for n in re.findall(r"-?\d+\.?\d*", each)] for each in (*drawn, *plain)]
    assert numbers[: len(drawn)] == numbers[len(drawn) :]


def test_without_scripts_the_picture_its_words_and_a_folded_answer_remain(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    for sample in map(built, SAMPLES):
        page.set_content(document(render(sample)))
        assert isinstance(sample.predict, Predict)
        expect(page.get_by_role("slider")).to_have_count(0)
        expect(page.get_by_role("img").first).to_be_visible()
        expect(page.locator(".ek-sentence")).to_have_text(sample.texts["sentence"])
        reason = page.locator(".ek-question details p")
        expect(reason).not_to_be_visible()
        page.locator("summary").first.click()
        right = sample.predict.right
        expect(reason).to_have_text(f"{right} {sample.predict.answers[right]}")
        expect(reason).to_be_visible()
    context.close()


def test_it_is_readable_and_fits(opened: Callable[..., Page], sample: Explorable) -> None:
    page = opened(sample)
    page.set_viewport_size({"width": 320, "height": 800})
    answer(page, right=False)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    words = ".ek-explorer :is(p, label, span, button, th, td, li)"
    for style in (LIGHT, DARK):
        page.evaluate("(style) => document.body.setAttribute('style', style)", style)
        assert min(page.evaluate(ALL_CONTRASTS, [words, "color"])) >= 4.5
        assert min(page.evaluate(ALL_CONTRASTS, [".ek-explorer svg text", "fill"])) >= 4.5


# What the script writes at every place of both sliders.
EVERYWHERE = """() => {
  const [x, y] = document.querySelectorAll("input[type=range]"), all = [];
  for (x.value = 0; ; x.value = Number(x.value) + 1) {
    for (y.value = 0; ; y.value = Number(y.value) + 1) {
      y.dispatchEvent(new Event("input", { bubbles: true }));
      all.push([document.querySelector("svg desc").textContent, x.getAttribute("aria-valuetext"),
        Number(document.querySelector(".ek-positive").getAttribute("width"))]);
      if (y.value === y.max) break;
    }
    if (x.value === x.max) return all;
  }
}"""


def test_the_script_works_out_iou_as_evalkit_does_at_every_place(opened: Callable[..., Page]) -> None:
    sample = built("boxes")
    page = opened(sample)
    answer(page, right=True)
    seen = page.evaluate(EVERYWHERE)
    across, down = (slider.last + 1 for slider in sample.sliders)
    assert len(seen) == across * down > 200
    for place, (sentence, value, width) in enumerate(seen):
        texts = boxes.state(*divmod(place, down))
        assert (sentence, value) == (texts["sentence"], texts["value"])
        assert (width == 0) == ("share 0 squares" in sentence or abs(place // down - boxes.TRUE[0]) >= 10)


def test_the_box_is_dragged_with_the_pointer_and_the_sliders_follow(opened: Callable[..., Page]) -> None:
    page = opened(built("boxes"))
    handle, sliders = page.locator("[data-ek-drag]"), page.get_by_role("slider")
    box = handle.bounding_box()
    square = page.locator("svg").bounding_box()
    assert box
    assert square
    unit = square["width"] / 400 * boxes.SQUARE
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3

    def drag() -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 7 * unit, y + 3 * unit)
        page.mouse.up()
        page.mouse.move(x, y)

    drag()  # nothing moves before the answer
    expect(sliders.first).to_have_value("3")
    answer(page, right=True)
    drag()
    expect(sliders.first).to_have_value("10")
    expect(sliders.last).to_have_value("6")
    expect(page.locator(".ek-sentence")).to_contain_text("IoU 1.000")
    expect(page.locator(".ek-reached")).to_contain_text("A perfect fit.")


def test_the_outlier_is_dragged_upwards(opened: Callable[..., Page]) -> None:
    page = opened(built("outlier"))
    answer(page, right=True)
    box = page.locator("[data-ek-drag]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, 0)
    page.mouse.up()
    expect(page.get_by_role("slider")).to_have_value("80")
    expect(page.locator(".ek-sentence")).to_contain_text("off by 80 minutes")
