"""The page of `evalkit report` in Chromium: on a phone, in the dark, and on paper, where nothing can be scrolled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages import CONTRAST
from playwright.sync_api import Browser, Page

from evalkit.report import build_report
from evalkit.report.page import html_page

pytestmark = pytest.mark.browser
A4 = 680  # the width of a sheet between its margins, in CSS pixels


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    p = np.clip(rng.normal(0.3 + 0.4 * y, 0.25), 0, 1)
    frame = pd.DataFrame({"y": y, "p": p, "file": [f"images/validation/{i:06d}.png" for i in range(400)]})
    frame["site"] = rng.choice(["Berlin", "Lyon and its surroundings"], 400)
    frame["a_long_name_of_a_column_that_nobody_shortened"] = rng.choice(["a", "b"], 400)
    path = folder / "predictions.parquet"
    frame.to_parquet(path)
    report = build_report(path, truth="y", score="p", by=list(frame.columns[3:]), id="file")
    (folder / "page.html").write_text(html_page(report), encoding="utf-8")
    return Path(folder / "page.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(chromium: Browser, address: str, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for words in page.locator("h1, h2, h3, p, th, td, a, caption").all():
        assert words.evaluate(CONTRAST, "color") >= 4.5, words.text_content()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    context.close()


def test_no_column_is_lost_on_paper(browser_page: Page, address: str) -> None:
    browser_page.set_viewport_size({"width": A4, "height": 1000})
    browser_page.goto(address)
    wide = (
        "[...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert browser_page.evaluate(wide) > 0  # on the screen they scroll
    browser_page.emulate_media(media="print")
    assert browser_page.evaluate(wide) == 0
