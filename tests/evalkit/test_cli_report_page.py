"""The web page of `evalkit report`: complete, self-contained, and readable without eyes."""

from __future__ import annotations

from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from evalkit.report import build_report
from evalkit.report.page import html_page

VOID = {"meta", "img", "br", "wbr"}


class Page(HTMLParser):
    """Elements with their attributes and text, and a check that every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 500)
    p = np.clip(rng.normal(0.35 + 0.3 * y, 0.2), 0, 1)
    noise = rng.normal(size=500)
    columns = {"y": y, "yhat": (p > 0.5).astype(int), "p": p, "c": rng.choice(["<b>bold</b>", "a & b"], 500)}
    table = pa.table({**columns, "number": noise + p, "guess": p})
    pa.parquet.write_table(table, folder / "<i>file.parquet")
    return folder


@pytest.fixture(scope="module")
def page(folder):
    path = folder / "<i>file.parquet"
    return html_page(build_report(path, truth="y", pred="yhat", score="p", by=["c"], threshold=0.4))


@pytest.mark.slow
def test_it_fetches_nothing_and_closes_every_tag(page):
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.all("script") == parsed.all("link") == []
    assert all(image["src"].startswith("data:image/png;base64,") for image in parsed.all("img"))
    assert "http" not in page
    assert parsed.all("html")[0]["lang"] == "en"


def test_every_image_says_what_it_shows(page):
    images = Page(page).all("img")
    assert len(images) == 7  # matrix, ROC, precision-recall, sweep, histogram, reliability, slices
    for image in images:
        assert b64decode(image["src"].split(",")[1]).startswith(b"\x89PNG")
        assert len(image["alt"]) > 60
    words = " ".join(image["alt"] for image in images)
    for start in ("Confusion matrix of 500", "ROC curve of class 1", "Precision–recall curve", "Metrics at thresholds"):
        assert start in words
    for start in ("Histogram of scores", "Reliability diagram", "Accuracy by c with intervals"):
        assert start in words


def test_every_table_has_a_caption_and_headers_with_scope(page):
    parsed = Page(page)
    assert len(parsed.all("caption")) == len(parsed.all("table")) == 6
    assert all(header.get("scope") in ("col", "row") for header in parsed.all("th"))
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in parsed.all("div") if "role" in region)


def test_the_sections_can_be_reached(page):
    parsed = Page(page)
    targets = {heading["id"] for heading in parsed.all("h2")}
    skip, *links = parsed.all("a")
    assert skip["href"] == "#content"
    assert {link["href"][1:] for link in links} == targets
    assert len(targets) == 7


def test_names_from_the_file_are_text(page):
    parsed = Page(page)
    assert parsed.all("b") == parsed.all("i") == []
    assert "<b>bold</b>" in parsed.text
    assert "a & b" in parsed.text
    assert "Report on <i>file.parquet" in parsed.text


@pytest.mark.slow
def test_regression_page(folder):
    report = build_report(folder / "<i>file.parquet", truth="number", pred="guess", by=["c"])
    parsed = Page(html_page(report))
    assert parsed.open == []
    assert len(parsed.all("img")) == 3
    for part in ("Mean absolute error", "Largest error", "largest error first", "The rows with the largest"):
        assert part in parsed.text


def test_labels_alone_have_no_curves(folder):
    report = build_report(folder / "<i>file.parquet", truth="y", pred="yhat")
    parsed = Page(html_page(report))
    assert len(parsed.all("img")) == 1
    assert "Calibration" not in parsed.text
