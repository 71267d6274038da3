"""The site without a network, in Chromium: kept after the first visit, replaced as a whole, and installable."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_site import LESSON, ROOT, built_site
from playwright.sync_api import Browser, BrowserContext, Page, expect
from practice_site import served

from autograder.authoring.site.offline import WORKER, write_offline

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATIC = ROOT / "docs" / "site" / "_static"
WORKER_SOURCE = ROOT / "docs" / "site" / "worker.js"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context()
    yield opened
    opened.close()


@pytest.fixture
def lasting(context: BrowserContext) -> Page:
    return context.new_page()


def test_after_one_visit_everything_works_without_a_network(lasting: Page) -> None:
    site = built_site()
    # Under a path, as a project's page on a host with many others.
    with served(site.parent) as host:
        home = f"{host}{site.name}/"
        kept = lasting.locator(".ek-offline")
        python = (site / "practice" / "judge.zip").is_file()
        if python:
            lasting.goto(f"{home}lessons/{LESSON}.html")
            # At once: the pages are not kept yet.
            check(lasting, "def confusion_counts(y_true, y_pred, positive):\n    return 1")
        lasting.goto(home)
        expect(kept.get_by_role("status")).to_contain_text("without a network")
        if python:
            expect(kept.get_by_role("status")).to_contain_text("all of it works without")
            expect(kept.get_by_role("button")).to_be_hidden()
        assert lasting.evaluate("caches.keys()") == [f"site at {home}"]
    # The server is gone.
    lasting.goto(f"{home}glossary.html")
    expect(lasting.get_by_role("heading", name="Glossary of metrics")).to_be_visible()
    lasting.goto(home)
    lasting.get_by_role("link", name="Begin with lesson 01").click()
    picture = lasting.locator(".cell_output img").first
    picture.scroll_into_view_if_needed()
    lasting.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())
    if python:
        check(lasting, "def confusion_counts(y_true, y_pred, positive):\n    return 2")
    lasting.goto(f"{home}search.html?q=recall")
    expect(lasting.locator("#search-results li").first).to_be_visible()


def check(page: Page, code: str) -> None:
    box = page.locator('[data-exercise="confusion_counts"]')
    box.get_by_role("textbox").fill(code)
    box.get_by_role("button", name="Check").click()
    expect(box.get_by_role("status")).to_contain_text("Checked.")


def test_python_can_be_kept_before_it_is_used(lasting: Page) -> None:
    site = built_site()
    if not (site / "practice" / "judge.zip").is_file():
        pytest.skip("the site was built without Python for pages")
    with served(site) as home:
        lasting.goto(home)
        lasting.get_by_role("button", name="Keep Python").click()
        status = lasting.locator(".ek-offline").get_by_role("status")
        expect(status).to_contain_text("all of it works without")


def test_a_browser_may_install_it(lasting: Page) -> None:
    with served(built_site()) as home:
        lasting.goto(home)
        browser = lasting.context.new_cdp_session(lasting)
        assert browser.send("Page.getAppManifest")["errors"] == []
        errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A context of a test keeps nothing on the disk, as a private window does.
        assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


BUILDS = ("one", "two")


def write_build(site: Path, build: str) -> None:
    """A site of two pages that say of which build they are, and of which build their script is."""
    shutil.copytree(STATIC, site / "_static", dirs_exist_ok=True)
    (site / "script.js").write_text(f"document.querySelector('b').textContent = '{build}';")
    (site / f"only-{build}.html").write_text(build)
    for name in ("index", "other"):
        (site / f"{name}.html").write_text(
            f'<!doctype html><html lang="en"><title>{build}</title><link rel="manifest" href="manifest.webmanifest">'
            f"<p>{build} <b></b></p>"
            '<script src="script.js"></script><script src="_static/offline.js"></script>'
        )
    write_offline(site, WORKER_SOURCE)
    # This server counts in seconds: two workers of the same second would be the same to a browser.
    written = BUILDS.index(build) * 60
    os.utime(site / WORKER, (written, written))


def kept_files(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return kept.flat().map(({ url }) => new URL(url).pathname);
        }"""
    )
    return found


# What becomes of a new build that the browser finds.
FOUND = """async () => {
  const kept = await navigator.serviceWorker.getRegistration();
  await kept.update();
  const found = kept.installing ?? kept.waiting;
  while (found?.state === "installing") await new Promise((resolve) => { found.onstatechange = resolve; });
  return found?.state ?? "redundant";
}"""
MOST_RELOADS = MOST_LOOKS = 10


def look_until_installed(page: Page) -> None:
    """Look for the new build; a look that a page began by itself, a moment before, may have met the old state."""
    for _ in range(MOST_LOOKS):
        if page.evaluate(FOUND) == "installed":
            return
    pytest.fail(f"no new build was installed after {MOST_LOOKS} looks")


def reload_until(page: Page, text: str) -> None:
    """Open the page again; a moment may pass between a page's knowing of a new build and its worker's."""
    for _ in range(MOST_RELOADS):
        page.reload()
        found = page.locator("p").text_content()
        assert found in ("one one", "two two")  # never of both
        if found == text:
            return
    pytest.fail(f"the page is not {text!r} after {MOST_RELOADS} reloads")


def test_a_new_build_takes_the_place_of_the_old_one_as_a_whole(context: BrowserContext, tmp_path: Path) -> None:
    write_build(tmp_path, "one")
    reader, beside = context.new_page(), context.new_page()
    with served(tmp_path) as home:
        reader.goto(f"{home}other.html#place")
        reader.evaluate("navigator.serviceWorker.ready")
        beside.goto(home)
        (tmp_path / "only-one.html").unlink()
        write_build(tmp_path, "two")
        look_until_installed(reader)
        expect(beside.locator("p")).to_have_text("one one")
        reload_until(reader, "two two")
        assert reader.url.endswith("other.html#place")
        expect(beside.locator("p")).to_have_text("two two")
        files = kept_files(reader)
        assert "/only-two.html" in files
        assert "/only-one.html" not in files
        assert len(files) == len(set(files))


def test_of_a_build_that_is_half_on_the_host_nothing_is_shown(context: BrowserContext, tmp_path: Path) -> None:
    write_build(tmp_path, "one")
    page = context.new_page()
    with served(tmp_path) as home:
        page.goto(home)
        page.evaluate("navigator.serviceWorker.ready")
        script = (tmp_path / "script.js").read_text()
        write_build(tmp_path, "two")
        (tmp_path / "script.js").write_text(script)
        assert page.evaluate(FOUND) == "redundant"
        page.reload()
        expect(page.locator("p")).to_have_text("one one")
        (tmp_path / "script.js").write_text(script.replace("one", "two"))
        look_until_installed(page)
        reload_until(page, "two two")


def test_the_worker_answers_for_nothing_that_is_no_file_of_the_site() -> None:
    listed = (built_site() / WORKER).read_text(encoding="utf-8")
    assert f'"lessons/{LESSON}.html": "sha256-' in listed
    assert ".buildinfo" not in listed
