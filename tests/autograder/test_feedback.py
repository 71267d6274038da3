"""Pages of feedback show what a submission left, and do nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.grading.keeping.feedback import clean_html

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
