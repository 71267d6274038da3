"""The site as a web server hands it out that forbids whatever it can: deploy/site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_site import LESSON, ROOT, built_site
from explorable_samples import SAMPLES
from pages import document
from playwright.sync_api import Page, expect
from practice_site import Quiet, served

from autograder.authoring.site.scripts import move_scripts
from autograder.lesson.explorable import render

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NGINX = (ROOT / "deploy" / "site" / "nginx.conf").read_text(encoding="utf-8")
APACHE = (ROOT / "deploy" / "site" / "apache.conf").read_text(encoding="utf-8")
HEADERS = dict(re.findall(r'^ *add_header (\S+) "?([^"\n]+?)"? always;', NGINX, re.MULTILINE))
CACHING = re.findall(r'^ *(?:"~(.+?)"|default) "([^"]+)";', NGINX, re.MULTILINE)
TYPES = {f".{ending}": kind for kind, ending in re.findall(r"^ *(\S+/\S+) (\w+);", NGINX, re.MULTILINE)}


def caching(path: str) -> str:
    (_, otherwise), (pattern, long) = CACHING
    return long if re.search(pattern, path) else otherwise


class Strict(Quiet):
    """Answers with the headers and the types of nginx.conf."""

    extensions_map = Quiet.extensions_map | TYPES

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, caching(self.path) if value.startswith("$") else value)
        super().end_headers()


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    with served(built_site(), Strict) as address:
        yield address


@pytest.fixture
def complaints(browser_page: Page) -> list[str]:
    said = list[str]()
    context = browser_page.context
    context.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    context.on("weberror", lambda error: said.append(error.error.message))
    return said


def test_everything_works_where_all_else_is_forbidden(browser_page: Page, complaints: list[str], strict: str) -> None:
    page = browser_page
    for kind in ("index", "glossary", "reference/classification", "search", "genindex"):
        page.goto(f"{strict}{kind}.html")
    page.goto(f"{strict}lessons/{LESSON}.html")
    # A style, a quiz, Python in its worker.
    assert page.evaluate("document.body.dataset.theme") == "auto"
    quiz = page.locator(".ek-quiz").first
    quiz.get_by_role("radio").first.check()
    quiz.get_by_role("button").first.click()
    expect(quiz).to_contain_text(re.compile("Right|Wrong"))
    if (built_site() / "practice" / "judge.zip").is_file():
        box = page.locator('[data-exercise="confusion_counts"]')
        box.get_by_role("button", name="Check").click()
        expect(box.get_by_role("status")).to_contain_text("Checked.")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()  # from the worker, which keeps the headers
    expect(page.locator(".ek-quiz").first.get_by_role("radio").first).to_be_visible()
    assert complaints == []
    # That the headers are there, and forbid: a script in the page does not run.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'var run = 1' }))"
    )
    assert page.evaluate("typeof run") == "undefined"


def test_every_explorable_is_operated_where_all_else_is_forbidden(
    browser_page: Page, complaints: list[str], tmp_path: Path
) -> None:
    for name, sample in SAMPLES.items():
        (tmp_path / f"{name}.html").write_text(document(render(sample())), encoding="utf-8")
    move_scripts(tmp_path)
    (tmp_path / "favicon.ico").touch()  # a browser asks for it by itself
    with served(tmp_path, Strict) as address:
        for name in SAMPLES:
            browser_page.goto(f"{address}{name}.html")
            slider, sentence = browser_page.get_by_role("slider").first, browser_page.locator("svg desc").first
            expect(slider).to_be_disabled()
            browser_page.get_by_role("group", name="Your prediction").get_by_role("button").first.click()
            before = sentence.text_content()
            slider.press("Home")
            slider.press("ArrowRight")
            expect(sentence).not_to_have_text(before or "")
    assert complaints == []


def test_names_that_change_with_their_contents_are_kept_long_and_no_others() -> None:
    assert caching("/course/_figures/01-0ab.png").endswith("immutable")
    assert {caching(path) for path in ("/index.html", "/sw.js", "/_static/site.css")} == {"no-cache"}
    folder = built_site() / "_static" / "scripts" / "made"
    assert all(re.fullmatch(r"[0-9a-f]{12}\.js", path.name) for path in folder.iterdir())


def test_apache_is_told_what_nginx_is_told() -> None:
    said = re.findall(r'^ *Header always set (\S+) "([^"]+)"', APACHE, re.MULTILINE)
    fixed = {name: value for name, value in HEADERS.items() if not value.startswith("$")}
    assert {name: value for name, value in said if name != "Cache-Control"} == fixed
    assert [value for name, value in said if name == "Cache-Control"] == [value for _, value in CACHING]
    assert re.search('m#(.+)#"', APACHE)[1] == CACHING[1][0]
    for ending, kind in TYPES.items():
        assert re.search(rf"^AddType {re.escape(kind)} .*\{ending}", APACHE, re.MULTILINE)
