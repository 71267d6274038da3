"""The threshold explorer in Chromium: counts at every threshold, keyboard, live region, no script, themes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pages import CONTRAST, DARK, LIGHT, document
from playwright.sync_api import Browser, Locator, Page, expect

from autograder.explorer import render_explorer, sweep
from evalkit import ConfusionMatrix

pytestmark = pytest.mark.browser

TRUTH = [1, 0, 0, 1, 1, 1, 0]
SCORES = [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]


def rare() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    y_true = np.repeat([1, 0], [40, 20_000])
    return y_true, rng.normal(3.0 * y_true - 2, 1.5)


def tied() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    y_true = np.repeat([1, 0], [40, 160])
    return y_true, np.concatenate([rng.beta(5, 3, 40), rng.beta(2, 5, 160)]).round(2)


DATA = {"seven": (np.array(TRUTH), np.array(SCORES)), "tied": tied(), "rare": rare()}


@pytest.fixture
def explorer(browser_page: Page) -> Iterator[Page]:
    errors = list[str]()
    browser_page.on("pageerror", lambda error: errors.append(error.message))
    browser_page.set_content(document(render_explorer(TRUTH, SCORES, cost_fn=3, title="Seven samples")))
    yield browser_page
    assert errors == []


def slider(page: Page | Locator) -> Locator:
    return page.get_by_role("slider", name="Threshold")


def text(page: Page | Locator, name: str) -> str:
    return page.locator(f'td [data-ek="{name}"]').first.inner_text()


# Everything that the explorer shows at every place of its slider.
ALL = """(root) => {
  const slider = root.querySelector("input[type=range]"), all = [];
  for (let place = 0; place <= Number(slider.max); place += 1) {
    slider.value = place;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const said = {};
    for (const node of root.querySelectorAll("[data-ek]")) {
      const name = node.dataset.ek;
      if (name in said && said[name] !== node.textContent) throw new Error(`two texts for ${name}`);
      said[name] = node.textContent;
    }
    const dot = (name) => {
      const node = root.querySelector(`[data-ek-mark="${name}"]`);
      if (node.getAttribute("visibility") === "hidden") return null;
      return [Number(node.getAttribute("cx")), Number(node.getAttribute("cy"))];
    };
    all.push({ said, roc: dot("roc"), pr: dot("pr"), cut: Number(root.querySelector(".ek-cut").getAttribute("x1")) });
  }
  return all;
}"""


@pytest.mark.parametrize("name", DATA)
def test_the_script_counts_as_evalkit_does_at_every_threshold(browser_page: Page, name: str) -> None:
    y_true, scores = DATA[name]
    browser_page.set_content(document(render_explorer(y_true, scores, cost_fp=4, cost_fn=120.5)))
    seen = browser_page.locator(".ek-explorer").evaluate(ALL)
    counted = sweep(y_true, scores, cost_fp=4, cost_fn=120.5)
    assert len(seen) == len(counted.labels) > 50
    for place, shown in enumerate(seen):
        said = shown["said"]
        assert said == counted.at(place)  # the script and Python write the same
        cm = ConfusionMatrix.from_scores(y_true, scores, float(said["threshold"]))
        counts = [int(said[key].replace(",", "")) for key in ("tp", "fp", "fn", "tn")]
        assert counts == [cm.tp, cm.fp, cm.fn, cm.tn]
        assert float(said["recall"]) == pytest.approx(cm.recall, abs=5.1e-4)
        assert float(said["f1"]) == pytest.approx(cm.f1, abs=5.1e-4)
        assert float(said["cost"].replace(",", "")) == 4 * cm.fp + 120.5 * cm.fn
        assert shown["roc"] == pytest.approx([48 + 180 * (1 - cm.specificity), 12 + 180 * (1 - cm.recall)])
        if cm.tp + cm.fp:
            assert float(said["precision"]) == pytest.approx(cm.precision, abs=5.1e-4)
            assert shown["pr"] == pytest.approx([48 + 180 * cm.recall, 12 + 180 * (1 - cm.precision)])
        else:
            assert (said["precision"], shown["pr"]) == ("undefined", None)
        assert shown["cut"] == pytest.approx(64 + 560 * place / (len(seen) - 1))


def test_the_keyboard_alone_moves_the_threshold(explorer: Page) -> None:
    explorer.keyboard.press("Tab")
    expect(slider(explorer)).to_be_focused()
    expect(slider(explorer)).to_have_attribute("aria-valuetext", "0.50, precision 0.600, recall 0.750")
    explorer.keyboard.press("ArrowRight")
    assert text(explorer, "fp") == "1"  # 0.5 was a tie, and a tie is a yes
    expect(slider(explorer)).to_have_attribute("aria-valuetext", "0.51, precision 0.750, recall 0.750")
    explorer.keyboard.press("Home")
    assert (text(explorer, "tp"), text(explorer, "tn")) == ("4", "0")
    explorer.keyboard.press("End")
    assert (text(explorer, "tp"), text(explorer, "precision")) == ("0", "undefined")
    explorer.keyboard.press("PageDown")
    assert text(explorer, "tp") == "1"
    explorer.keyboard.press("Tab")
    expect(explorer.locator("summary")).to_be_focused()


def test_the_mouse_moves_the_threshold_to_where_it_points(explorer: Page) -> None:
    box = slider(explorer).bounding_box()
    plot = explorer.locator(".ek-axis").bounding_box()
    assert box
    assert plot
    explorer.mouse.click(plot["x"] + plot["width"] * 0.7, box["y"] + box["height"] / 2)
    assert explorer.locator(".ek-control [data-ek]").inner_text() in ("0.69", "0.70", "0.71")


def test_a_screen_reader_is_told_once_the_slider_rests(explorer: Page) -> None:
    live = explorer.get_by_role("status")
    expect(live).to_have_attribute("aria-live", "polite")
    expect(live).to_be_empty()
    explorer.evaluate(
        """() => {
          window.told = [];
          const live = document.querySelector(".ek-live");
          new MutationObserver(() => window.told.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    slider(explorer).focus()
    for _ in range(12):
        explorer.keyboard.press("ArrowRight")
    assert explorer.evaluate("window.told") == []
    expect(live).to_contain_text("At threshold 0.62 the model says yes 2 times")
    told = explorer.evaluate("window.told")
    assert len(told) == 1
    assert "2 right, 0 wrong. It misses 2 of 4 positives. F1 0.667, false positive rate 0.000, cost 6." in told[0]
    # What the live region says is not read a second time.
    expect(explorer.locator(".ek-sentence")).to_have_attribute("aria-hidden", "true")


def test_everything_has_a_name(explorer: Page) -> None:
    expect(explorer.get_by_role("region", name="Seven samples")).to_be_visible()
    names = ["Scores by class: 4 positives", "ROC curve, area 0.833", "average precision 0.917", "Total cost"]
    for name in names:
        expect(explorer.get_by_role("img", name=name)).to_be_visible()
    expect(explorer.get_by_role("table", name="Rows are the truth, columns the prediction")).to_be_visible()
    for header in ("Predicted 0", "Predicted 1"):
        expect(explorer.get_by_role("columnheader", name=header)).to_be_visible()
    explorer.locator("summary").click()
    expect(explorer.get_by_role("table").last.get_by_role("row")).to_have_count(12)


def test_without_scripts_the_picture_and_the_table_remain(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(document(render_explorer(TRUTH, SCORES)))
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.get_by_role("img")).to_have_count(4)
    expect(page.get_by_text("At threshold 0.50 the model says yes 5 times: 3 right, 2 wrong.").last).to_be_visible()
    expect(page.get_by_text("The slider that moves it appears where scripts may run.")).to_be_visible()
    assert (text(page, "tp"), text(page, "precision")) == ("3", "0.600")
    page.locator("summary").click()
    expect(page.get_by_role("row", name="0.60 3 0 1 3 1.000 0.750 0.000 0.857 1")).to_be_visible()
    context.close()


def test_two_explorers_on_one_page_do_not_touch_each_other(browser_page: Page) -> None:
    page = browser_page
    pages = [render_explorer(TRUTH, SCORES, title=title) for title in ("First", "Second")]
    page.set_content(document("".join(pages)))
    first, second = (page.get_by_role("region", name=name) for name in ("First", "Second"))
    slider(first).press("End")
    assert (text(first, "tp"), text(second, "tp")) == ("0", "3")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids)) == 2


def test_a_notebook_may_run_the_script_detached_from_its_place(browser_page: Page) -> None:
    # JupyterLab sets the markup, which leaves scripts dead, and then puts a living copy in place of each.
    browser_page.set_content("<!doctype html><title>Notebook</title><main></main>")
    browser_page.evaluate(
        """(html) => {
          const output = document.createElement("div");
          output.innerHTML = html;
          document.querySelector("main").append(output);
          for (const dead of output.querySelectorAll("script")) {
            const living = document.createElement("script");
            for (const { name, value } of dead.attributes) living.setAttribute(name, value);
            living.textContent = dead.textContent;
            dead.replaceWith(living);
          }
        }""",
        render_explorer(TRUTH, SCORES),
    )
    slider(browser_page).press("Home")
    assert text(browser_page, "tp") == "4"


def test_keys_pressed_on_the_slider_do_not_reach_the_notebook(explorer: Page) -> None:
    explorer.evaluate("window.heard = []; document.addEventListener('keydown', event => window.heard.push(event.key))")
    for key in ("ArrowRight", "ArrowDown", "d", "d", "Home", "Enter", "Escape"):
        slider(explorer).press(key)
    assert explorer.evaluate("window.heard") == []
    # JupyterLab listens before the explorer can, and looks for this mark instead.
    expect(explorer.get_by_role("region")).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_and_mark_is_readable_in_light_and_dark_themes(browser_page: Page, style: str) -> None:
    browser_page.set_content(document(render_explorer(TRUTH, SCORES), style))
    browser_page.locator("summary").click()
    words = browser_page.locator(".ek-explorer :is(p, label, span, b, th, td, caption, figcaption, summary)").all()
    assert len(words) > 100
    assert min(word.evaluate(CONTRAST, "color") for word in words) >= 4.5
    letters = browser_page.locator(".ek-explorer svg text").all()
    assert min(letter.evaluate(CONTRAST, "fill") for letter in letters) >= 4.5
    for name, drawn in ((".ek-curve", "stroke"), (".ek-dot", "fill"), (".ek-positive", "fill"), (".ek-cut", "stroke")):
        assert browser_page.locator(name).first.evaluate(CONTRAST, drawn) >= 3
    assert browser_page.locator(".ek-negative").first.evaluate(CONTRAST, "stroke") >= 3


def test_twice_the_text_on_a_narrow_screen_needs_no_sideways_scrolling(explorer: Page) -> None:
    explorer.set_viewport_size({"width": 360, "height": 700})
    size = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    explorer.locator("summary").click()
    across, room = explorer.evaluate(size)
    assert across <= room
    explorer.set_viewport_size({"width": 640, "height": 700})
    explorer.evaluate("document.documentElement.style.fontSize = '200%'")
    across, room = explorer.evaluate(size)
    assert across <= room


# Texts of a picture that lie on one another or stick out of the page, by the boxes of what is painted.
COLLISIONS = """() => {
  const texts = [...document.querySelectorAll(".ek-scores svg text")].filter(node => node.textContent.trim());
  const boxes = texts.map(node => [node.textContent.trim(), node.getBoundingClientRect()]);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const out = boxes.filter(([, box]) => box.left < 0 || box.right > document.documentElement.clientWidth);
  const pairs = boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([, other]) => !apart(one, other))
    .map(([b]) => `${a} / ${b}`));
  return [...out.map(([name]) => name), ...pairs];
}"""


@pytest.mark.parametrize("width", [440, 620, 1280])
def test_no_text_of_the_picture_lies_on_another(explorer: Page, width: int) -> None:
    explorer.set_viewport_size({"width": width, "height": 900})  # 440: what JupyterLab leaves of 560 pixels
    assert explorer.locator(".ek-scores svg text").count() > 10
    assert explorer.evaluate(COLLISIONS) == []


# Letters that stick out of their picture on the left: a notebook cuts off what sticks out of its cell.
CUT_OFF = """() => [...document.querySelectorAll("figure svg")].flatMap(svg => [...svg.querySelectorAll("text")]
  .filter(node => node.getBoundingClientRect().left < svg.getBoundingClientRect().left - 0.5)
  .map(node => node.textContent))"""


@pytest.mark.parametrize("width", [440, 1280])
def test_the_first_digits_of_a_high_cost_are_seen(browser_page: Page, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 900})
    browser_page.set_content(document(render_explorer(TRUTH, SCORES, cost_fp=665_333, cost_fn=120)))
    assert browser_page.locator("figure svg text", has_text="1,995,999").count() == 1
    assert browser_page.evaluate(CUT_OFF) == []
    boxes = [curve.bounding_box() for curve in browser_page.locator("figure svg").all()]
    assert len({round(box["height"]) for box in boxes if box}) == 1


def test_the_explorer_asks_for_nothing_from_the_network(browser_page: Page) -> None:
    asked = list[str]()
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.set_content(document(render_explorer(TRUTH, SCORES)))
    slider(browser_page).press("ArrowLeft")
    assert asked == []


def test_slider_and_curves_fit_a_screen_of_768_pixels_together(browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 768})
    goals = {"No miss": lambda place: place.fn == 0, "One mistake": lambda place: place.fp + place.fn == 1}
    page = render_explorer(TRUTH, SCORES, title="Seven samples", predict="Where is one wrong?", goals=goals)
    browser_page.set_content(document(page))
    first = browser_page.locator(".ek-predict").bounding_box()
    boxes = [curve.bounding_box() for curve in browser_page.locator("figure svg").all()]
    assert first
    assert len(boxes) == 3
    # What JupyterLab and its tabs leave of such a screen.
    assert max(box["y"] + box["height"] for box in boxes if box) - first["y"] < 640
    assert min(box["width"] for box in boxes if box) > 160


def test_a_goal_is_checked_at_once_and_stays_reached(browser_page: Page) -> None:
    goals = {"No miss": lambda place: place.fn == 0, "No mistake at 0.3": lambda place: place.threshold == 0.3}
    browser_page.set_content(document(render_explorer(TRUTH, SCORES, goals=goals, curves=False)))
    items = browser_page.get_by_role("list", name="Goals").get_by_role("listitem")
    expect(items.first).not_to_have_class("ek-reached")
    slider(browser_page).fill("40")  # the threshold 0.40
    expect(items.first).to_contain_text("✓ No miss — reached at 0.40")
    expect(items.last).not_to_contain_text("reached")
    slider(browser_page).fill("90")
    expect(items.first).to_contain_text("reached at 0.40")
    expect(browser_page.locator(".ek-live")).to_contain_text("Goal 1 reached.")
    assert browser_page.locator("figure").count() == 0


def test_a_goal_that_nobody_can_reach_is_an_error() -> None:
    with pytest.raises(ValueError, match="no threshold reaches the goal 'Perfect'"):
        render_explorer(TRUTH, SCORES, goals={"Perfect": lambda place: place.fp + place.fn == 0})
