"""The site, built with one lesson: nothing from another host, for all eyes and widths, and no grade's secret."""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from built_site import LESSON, WORK, built_site
from playwright.sync_api import Browser, Page, expect

from autograder import exercises
from autograder.authoring.site.build import npm_package
from autograder.authoring.site.links import broken_links

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# One page of each kind.
KINDS = [
    "index",
    f"lessons/{LESSON}",
    f"de/lessons/{LESSON}",
    f"guides/{LESSON}",
    "placement",
    "progress",
    "certificate",
    "glossary",
    "myths",
    "instructors",
    "reference/classification",
    "benchmarks/metrics",
    "search",
]
LARGEST = 600_000


# A learner who has begun, so that the pages of progress have something to show.
AT = "2026-11-30T19:52:55.242Z"
ANSWER = {"objectives": ["CM.1"], "right": False, "points": 0, "max": 1, "tries": 1, "first": AT, "last": AT}
BEGUN = {
    "format": "evalkit-course-progress",
    "version": 1,
    "items": {
        f"{LESSON}/quiz/CM-q1": {**ANSWER, "box": 0, "due": "2026-11-30"},
        f"{LESSON}/exercise/one_vs_rest": {**ANSWER, "right": True, "points": 1},
    },
    "code": {},
    "read": {LESSON: AT},
    "placement": {"begin": LESSON, "at": AT},
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Path:
    return built_site()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def learner(browser_page: Page, address: str) -> Iterator[Page]:
    """A page that notes what is loaded from elsewhere, and what fails."""
    wrong = list[str]()
    browser_page.on("request", lambda sent: wrong.append(sent.url) if not sent.url.startswith(address) else None)
    browser_page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    browser_page.on("pageerror", lambda error: wrong.append(error.message))
    yield browser_page
    assert wrong == []


def html_pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_pages_are_small_before_figures(site: Path) -> None:
    assert {page.name: page.stat().st_size for page in html_pages(site) if page.stat().st_size > LARGEST} == {}


def test_every_link_leads_somewhere_and_a_broken_one_is_found(site: Path, tmp_path: Path) -> None:
    assert broken_links(site) == []
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><a href="#c">c</a><img src="https://example.org/d.png">')
    said = broken_links(tmp_path)
    assert [re.search(r"b\.html|#c|d\.png", line)[0] for line in said] == ["d.png", "b.html", "#c"]


def test_what_grades_draw_on_and_model_answers_are_on_no_page(site: Path) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in html_pages(site))
    lesson = (site / f"lessons/{LESSON}.html").read_text(encoding="utf-8")
    assert "all right" in lesson  # the checks show what they show when solved
    assert 'seed</span><span class="o">=' not in lesson
    assert [secret for secret in ("HIDDEN TESTS", "A model answer") if secret in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, address: str, scheme: str) -> None:
    axe = (npm_package("axe-core@4.10.3", WORK / "npm") / "axe.min.js").read_text(encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_init_script(f"localStorage.setItem('evalkit.progress', {json.dumps(json.dumps(BEGUN))})")
    page = context.new_page()
    found = {}
    for kind in KINDS:
        page.goto(f"{address}/{kind}.html")
        page.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise.then(() => true)")
        page.evaluate(axe)
        result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
        if result["violations"]:
            found[kind] = [(one["id"], one["nodes"][0]["html"][:120]) for one in result["violations"]]
    context.close()
    assert found == {}


def test_no_page_scrolls_sideways_on_a_small_phone(learner: Page, address: str) -> None:
    learner.set_viewport_size({"width": 320, "height": 640})
    widths = {}
    for kind in KINDS:
        learner.goto(f"{address}/{kind}.html")
        widths[kind] = learner.evaluate("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(KINDS, 320)


def test_what_the_keyboard_reaches_on_a_phone_is_seen(learner: Page, address: str) -> None:
    learner.set_viewport_size({"width": 390, "height": 844})
    learner.goto(f"{address}/lessons/{LESSON}.html")
    link = learner.locator(".sidebar-tree a").first  # in a drawer beside the page
    expect(link).not_to_be_in_viewport()
    for _ in range(6):
        learner.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()


def test_each_of_three_readers_finds_the_way_on_the_first_page(learner: Page, address: str) -> None:
    doors = {"Begin with lesson 01": "Confusion matrix", "in one command": "Teach with it", "The library": "Use the"}
    for link, title in doors.items():
        learner.goto(f"{address}/index.html")
        learner.locator(".doors").get_by_role("link", name=link).click()
        expect(learner.get_by_role("heading", level=1)).to_contain_text(re.compile(title, re.IGNORECASE))


def test_a_lesson_asks_and_explores(learner: Page, address: str) -> None:
    learner.goto(f"{address}/lessons/{LESSON}.html")
    quiz = learner.locator(".ek-quiz").first
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button").first.click()
    expect(quiz).to_contain_text(re.compile("Right|Wrong"))
    slider = learner.get_by_role("slider", name="Threshold").first
    expect(slider).to_be_disabled()
    learner.get_by_role("group", name="Your prediction").get_by_role("button").first.click()
    expect(slider).to_be_enabled()
    before = learner.locator('[data-ek="sentence"]').first.text_content()
    slider.press("End")
    assert learner.locator('[data-ek="sentence"]').first.text_content() != before


EXCHANGED = """
def confusion_counts(y_true, y_pred, positive):
    truth, called = np.asarray(y_true) == positive, np.asarray(y_pred) == positive
    fn, fp = int(np.sum(~truth & called)), int(np.sum(truth & ~called))
    return int(np.sum(truth & called)), fp, fn, int(np.sum(~truth & ~called))
"""


LOOP = "def threshold_labels(scores, threshold):\n    while True:\n        pass\n"


def test_a_learner_walks_through_lesson_01_on_a_phone_and_takes_the_progress_along(
    learner: Page, chromium: Browser, address: str, site: Path, tmp_path: Path
) -> None:
    if not (site / "practice" / "judge.zip").is_file():
        pytest.skip("the site was built without Python for pages")
    learner.set_viewport_size({"width": 390, "height": 844})
    learner.goto(address)
    learner.get_by_role("link", name="Begin with lesson 01").click()

    # Predict, then move.
    slider = learner.get_by_role("slider", name="Threshold").first
    expect(slider).to_be_disabled()
    learner.get_by_role("group", name="Your prediction").first.get_by_role("button").first.click()
    slider.press("End")

    # Answer wrong, and right.
    quiz = learner.get_by_role("group", name=re.compile("second.* word"))
    for choice, said in {"To the true label": "Not quite", "To what the model predicted": "Correct"}.items():
        quiz.get_by_role("radio", name=choice).check()
        quiz.get_by_role("button").click()
        expect(quiz.get_by_role("status")).to_contain_text(said)

    # Solve with a mistake, and rightly.
    box = learner.locator('[data-exercise="confusion_counts"]')
    code = box.get_by_role("textbox")
    assert "raise NotImplementedError()" in code.input_value()  # the cell as students get it
    solution = learner.locator('details.solution[data-after="confusion_counts"]')
    solution.locator("summary").click()
    expect(learner.get_by_text("when you have checked an answer of your own")).to_be_visible()
    assert not solution.locator("pre").is_visible()
    code.fill(EXCHANGED)
    box.get_by_role("button", name="Check").click()
    hint = exercises.get("confusion_counts").misconceptions["second-word"].hint
    expect(box.locator(".ek-result")).to_contain_text(hint[:60])
    solution.locator("summary").click()
    expect(solution.locator("pre")).to_contain_text("def confusion_counts")
    expect(solution).to_contain_text("all right")
    expect(solution.locator("pre")).not_to_contain_text("SOLUTION")
    right = EXCHANGED.replace("fn, fp =", "fp, fn =")
    code.fill(right)
    box.get_by_role("button", name="Check").click()
    expect(box.locator(".ek-result")).to_contain_text("3 of 3 points, all right")

    # An endless loop ends in the usual hint.
    other = learner.locator('[data-exercise="threshold_labels"]')
    other.get_by_role("textbox").fill(LOOP)
    other.get_by_role("button", name="Check").click()
    expect(other.locator(".ek-result")).to_contain_text("was stopped before it had an answer")

    # A reload: code and progress are there.
    learner.reload()
    expect(code).to_have_value(right)
    expect(other.get_by_role("textbox")).to_have_value(LOOP)
    learner.goto(f"{address}/progress.html")
    lesson = learner.locator("#progress-lessons > li").first
    for said in (
        "Begun",
        "1 of 11 right, 1 will be asked again",
        "1 of 4 solved, 3 of",
        "Explored",
        "Not right yet",
    ):
        expect(lesson).to_contain_text(said)
    with learner.expect_download() as download:
        learner.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "progress.json")

    # Another browser shows the same, the code too.
    fresh = chromium.new_context()
    page = fresh.new_page()
    page.goto(f"{address}/progress.html")
    page.get_by_label("The file to import").set_input_files(tmp_path / "progress.json")
    expect(page.locator("#progress-said")).to_have_text("Imported: 4 answers.")
    assert page.locator("#progress-lessons").inner_text() == learner.locator("#progress-lessons").inner_text()
    page.goto(f"{address}/lessons/{LESSON}.html")
    expect(page.locator('[data-exercise="confusion_counts"]').get_by_role("textbox")).to_have_value(right)
    fresh.close()
