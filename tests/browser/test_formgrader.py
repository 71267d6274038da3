"""nbgrader's formgrader on a graded course: it opens what students wrote, which does nothing, and a mark is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, TOPIC, answered, change, hand_in, insert, make_course, scores
from jupyter_process import jupyter_lab
from playwright.sync_api import Page, expect
from test_grading_stock import nbgrader

from autograder.grading import grade_course

# Each would set `window.hacked`, in the browser of whoever grades.
MARKDOWN = r"""<img src=x onerror="window.hacked='markdown'"><script>window.hacked='script'</script>
<details open ontoggle="window.hacked='toggle'"><summary>More</summary></details>
[a link](javascript:window.hacked='link') and $\frac{a}{b}$

> a quote
"""
OUTPUTS = """from IPython.display import HTML, Javascript, SVG, Markdown, display
display(HTML("<b>bold</b><img src=x onerror=\\"window.hacked='html'\\">"))
display(Javascript("window.hacked='javascript'"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload=\\"window.hacked='svg'\\"></svg>"))
display(Markdown("<img src=x onerror=\\"window.hacked='shown markdown'\\">"))
display({"text/latex": "<img src=x onerror=\\"window.hacked='latex'\\">"}, raw=True)"""


@pytest.mark.browser
@pytest.mark.slow
def test_written_answers_are_marked_in_the_formgrader(browser_page: Page, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    hand_in(course, "bob", answered(precision=ACCURACY_INSTEAD))
    hand_in(course, "eve", answered(change("why", MARKDOWN), change("title", MARKDOWN), insert("tail", OUTPUTS)))
    assert {result.status for result in grade_course(course).submissions} == {"graded"}

    page, missing = browser_page, []
    page.on("response", lambda response: missing.append(response.url) if response.status >= 400 else None)
    with jupyter_lab(tmp_path, course) as address:
        page.goto(f"{address}/tree?token=test")  # which gives the cookie
        page.goto(f"{address}/formgrader/gradebook/{LESSON}/{TOPIC}")
        links = page.locator("a[href*='/submissions/']")
        expect(links.first).to_be_visible()
        addresses = {link.get_attribute("href") for link in links.all()}
        assert len(addresses) == 2
        for href in sorted(addresses):
            page.goto(f"{address}{href}")
            expect(page.get_by_text("Student's answer").first).to_be_visible()
            expect(page.get_by_text("precision: ").first).to_be_visible()
            expect(page.get_by_text("A model answer.")).to_be_visible()
            if page.get_by_text("a quote").count():
                assert page.locator("blockquote").count() == 2
                assert page.locator("math mfrac").count() >= 2
                expect(page.get_by_text("bold", exact=True)).to_be_visible()
            assert page.evaluate("window.hacked") is None
            mark = page.locator("input.score:not([placeholder])")
            assert mark.count() == 1
            mark.fill("3")
            with page.expect_response(lambda response: "/api/grade/" in response.url and response.ok):
                mark.press("Tab")
    assert [url for url in missing if not url.endswith("/x")] == []
    marked = scores(f"sqlite:///{course / 'gradebook.db'}")
    assert {student: marked[student, "why"] for student in ("bob", "eve")} == {
        "bob": (None, 3.0, False),
        "eve": (None, 3.0, False),
    }
    # The mark is on the student's page.
    grade_course(course)
    feedback = course / "feedback" / "bob" / LESSON / f"{TOPIC}.html"
    assert "3 of 4 points" in feedback.read_text()
    # The model answer is not, whoever writes the page.
    assert "A model answer." not in feedback.read_text()
    nbgrader(course, "generate_feedback", LESSON, "--force", "--student", "bob")
    assert "3 of 4 points" in feedback.read_text()
    assert "A model answer." not in feedback.read_text()
