"""Pages of feedback show what a submission left, and do nothing."""

from __future__ import annotations

import html as entities
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.grading.keeping import formulas
from autograder.grading.keeping.feedback import FeedbackPages, clean_html
from autograder.grading.keeping.formulas import draw_formulas
from autograder.grading.running.messages import read_message

# Parts of attacks; put together they make parsers disagree about where an element or a comment ends.
PARTS = [
    "<script>alert(1)",
    "</script>",
    "<style>p{}",
    "</style>",
    "<svg/onload=x()>",
    "<svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<table>",
    "<!--",
    "-->",
    "<b>",
    "</b>",
    "<img/src=x/onerror=alert(1)>",
    '<img/src="data:image/png;base64,AA"/onload=x>',
    '<img/src="data:text/html,x">',
    "<iframe/src=//x>",
    '<a/href="JaVaScript:x()">',
    '<a/href="data:text/html,x">',
    '<a/href="//x">',
    '<a/href="https://x"/onclick=x>',
    '<a/href="#here">',
    "</a>",
    "<form/action=x>",
    "<input>",
    "<base/href=//x>",
    "<textarea>",
    "</textarea>",
    "<template>",
    "<xmp>",
    "<noscript>",
    '<p/title="</noscript><img/src=x/onerror=y>">',
    '<p/style="x"/onclick=y>',
    "<object/data=x>",
    "<meta/http-equiv=refresh>",
    '<img/title="--&gt;&lt;img/src=1/onerror=alert(1)&gt;">',
    "&lt;script&gt;",
    '<section/aria-label="a">',
    "text",
]
SHOWN = {"a", "b", "img", "p", "section", "table", "tbody"}


class Reader(HTMLParser):
    """Notes every element, and every attribute that does something or leads somewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.harmful = set[str](), list[str]()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attributes:
            leads = {"src": ("data:image/",), "href": ("http://", "https://", "#")}.get(name)
            if name not in ("title", "aria-label") and not (leads and (value or "").startswith(leads)):
                self.harmful.append(f"{name}={value}")


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
@example('<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">')
def test_whatever_is_put_together_nothing_in_it_acts(html: str) -> None:
    page = Reader(clean_html(html))
    assert page.elements <= SHOWN
    assert page.harmful == []


@pytest.mark.parametrize(
    "html",
    [
        '<p class="a" id="b" lang="en" role="note" title="t">text</p>',
        '<a href="https://example.org/?a=1">out</a><a href="http://example.org">out</a><a href="#there">in</a>',
        '<img src="data:image/png;base64,AAAA" alt="a plot" height="3">',
        '<table><thead><tr><th scope="col" colspan="2">a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
        '<details open=""><summary>More</summary><pre><code>x &lt; y</code></pre></details>',
        '<section role="status" aria-label="Result"><strong>right</strong></section>',
        "1 &lt; 2 &amp; 3",
    ],
)
def test_what_only_shows_something_stays_as_it_is(html: str) -> None:
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a<script>alert('b')</script>c", "ac"),
        ("a<script>alert('b')", "a"),
        ("a<STYLE>p { color: red }</STYLE>c", "ac"),
        ("<blink>a</blink>", "a"),
        ('<p style="color: red" onclick="x()">a</p>', "<p>a</p>"),
        ("a<!-- b -->c", "ac"),
        ('<img src="https://example.org/spy.png" alt="a">', '<img alt="a">'),
        ('<img src="data:text/html,a">', "<img>"),
        ('<b src="data:image/png;base64,AAAA">a</b>', "<b>a</b>"),
        ('<a href="data:image/png;base64,AAAA">a</a>', "<a>a</a>"),
        ('<a href="javascript:a()">a</a>', "<a>a</a>"),
        ('<a href="//example.org">a</a>', "<a>a</a>"),
        ('<a href="file.html">a</a>', "<a>a</a>"),
        ('<a href="https://example.org" target="_blank">a</a>', '<a href="https://example.org">a</a>'),
        ('<div class="verdict passed tex">10 of 10 points</div>', '<div class="tex">10 of 10 points</div>'),
        ("<b>a", "<b>a</b>"),
        ("1 < 2", "1 &lt; 2"),
    ],
)
def test_what_acts_or_leads_elsewhere_is_taken_out(html: str, left: str) -> None:
    assert clean_html(html) == left


def test_long_and_short_texts_are_cleaned_alike() -> None:
    # Only what is short is remembered.
    long = "<p onclick='x()'>" + "a" * 200_000 + "</p>"
    assert clean_html(long) == clean_html(long) == long.replace(" onclick='x()'", "")
    assert clean_html("<p onclick='x()'>a</p>") == clean_html("<p onclick='x()'>a</p>") == "<p>a</p>"


# ------------------------------------------------------------------------------------------------------------- formulas
def test_every_formula_of_the_lessons_is_drawn() -> None:
    root = Path(__file__).parents[2]
    found = 0
    for notebook in sorted((root / "lessons").glob("*/*.ipynb")):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                text = re.sub(r"`[^`]*`", "", "".join(cell["source"]))
                for formula in re.findall(r"(?<![\\$])\$\$?[^$\n]+\$\$?(?!\$)", text):
                    assert draw_formulas(entities.escape(formula)).startswith("<math"), formula
                    found += 1
    assert found > 40


def test_a_formula_is_text_that_is_read_aloud_and_does_nothing() -> None:
    drawn = draw_formulas(entities.escape(r"so $x < 5$, and $$\frac{TP}{TP + FP}$$"))
    assert drawn.count("<math") == 2
    root = ElementTree.fromstring(f"<p>{drawn}</p>")
    assert "x<5" in "".join(root.itertext())
    assert 'display="block"' in drawn


@pytest.mark.parametrize(
    "text",
    [
        "it costs $5, or 6 $ there",
        r"<code>$a$</code> and <pre>b $c$ d</pre>",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\style{color:red}{x}$",
        "$" + "x" * 501 + "$",
        "$" + r"\left(" * 80 + "$",
        "$<b>a</b>$",
    ],
)
def test_what_is_no_formula_stays_as_it_was(text: str) -> None:
    assert draw_formulas(text) == text


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="\\{}_^&;<>\"'abxm=()[] 1#", max_size=60))
def test_whatever_stands_in_a_formula_nothing_in_it_acts(text: str) -> None:
    drawn = draw_formulas(f"${entities.escape(text)}$")
    page = Reader(drawn)
    assert page.elements <= formulas._TAGS
    assert all(found.partition("=")[0] in {*formulas._ATTRIBUTES, "xmlns"} for found in page.harmful)


# ---------------------------------------------------------------------------------------------------- what pages may do
def test_of_what_is_said_about_a_picture_only_sizes_and_words_are_kept() -> None:
    content: dict[str, Any] = {
        "data": {"image/png": "AAAA", "text/html": "<b>x</b>"},
        "metadata": {
            "image/png": {"width": "1 onerror=alert(1) x", "height": 20, "alt": 'a "picture"', "unconfined": True},
            "filenames": {"image/png": "https://example.org/a.png"},
            "text/html": {"isolated": True},
            "image/jpeg": {"width": True, "height": 1.5},
        },
    }
    read_message("display_data", content, 10_000)
    assert content["metadata"] == {"image/png": {"height": 20, "alt": 'a "picture"'}, "image/jpeg": {"height": 1.5}}


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(r"Precision is $$\frac{TP}{TP + FP}$$, as in `$x$`.", id="a"),
            nbformat.v4.new_code_cell("1", id="b", outputs=[nbformat.v4.new_output("stream", text="1")]),
        ]
    )
    page = FeedbackPages().page(notebook, "ada", "01", {"score": 1, "max_score": 1})
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "https://" not in page
    assert "<mfrac>" in page
    assert "<code>$x$</code>" in page
