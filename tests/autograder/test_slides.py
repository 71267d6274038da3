"""The slides of a lesson hold its sections, every misconception, and every question before its answers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from grading_samples import LESSON, make_course
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from typer.testing import CliRunner

from autograder.authoring.quiz_bank import ChoiceQuestion, load_quiz
from autograder.authoring.source import source_notebook
from autograder.cli import app
from autograder.exercises import LESSONS, get
from autograder.exporting.slides import anchor_of, drawn, lesson_slides, slides_page

ROOT = Path(__file__).parents[2]


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href") and tag != "a"]


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_slides_hold_what_the_lesson_says(lesson: str) -> None:
    folder = ROOT / "solutions" / lesson
    (source,) = folder.glob("*.py")
    cells, quiz = source_notebook(source).cells, load_quiz(folder / "quiz.yml")
    slides = lesson_slides(lesson, cells, quiz)
    page = slides_page(lesson, slides)
    found = Page(page)
    titles = [slide.title for slide in slides]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    sections = set(re.findall(r"^## (.+)$", text, re.MULTILINE)) - {"Quiz", "Further reading"}
    # A section may begin with a heading of the next level at once.
    assert len(sections - set(titles)) <= 2
    for name in LESSONS[lesson]:
        for misconception, known in get(name).misconceptions.items():
            assert found.ids.count(anchor_of(name, misconception)) == 1
            assert drawn(known.hint) in page
    for question in quiz.questions:
        asked, answered = (i for i, slide in enumerate(slides) if slide.html.startswith(drawn(question.question)))
        assert answered == asked + 1
        if isinstance(question, ChoiceQuestion):
            assert all(drawn(answer.text) in slides[asked].html for answer in question.answers)
            assert not any(answer.feedback in slides[asked].html for answer in question.answers)
    assert len(found.ids) == len(set(found.ids))
    assert found.loaded == []
    assert "<!--" not in page
    assert "seed=" not in page
    written = [
        cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "markdown"
    ]
    assert not any(drawn(paragraph) in page for cell in written for paragraph in cell.source.split("\n\n")[:1])


def test_figures_and_tables_are_shown_and_widgets_are_not() -> None:
    def output(**data: str) -> object:
        return new_output("display_data", data, metadata={"image/png": {"alt": 'A "rise"'}})

    cells = [
        new_markdown_cell("# Lesson\n\nWords.\n\n## Section\n\nMore words.\n\n```\n# no heading\n```"),
        new_code_cell(
            "",
            outputs=[
                output(**{"image/png": "aGk=\n"}),
                output(**{"text/html": '<table class="dataframe"><tr><td>1</td></tr></table>'}),
                output(**{"text/html": "<script>widget()</script>"}),
            ],
        ),
    ]
    slides = lesson_slides("00_none", cells, None)
    assert [slide.title for slide in slides] == ["Lesson", "Section", "Section", "Section"]
    assert '<img alt="A &quot;rise&quot;" src="data:image/png;base64,aGk=">' in slides[2].html
    assert "widget" not in slides_page("00_none", slides)
    assert "# no heading" in slides[1].html


@pytest.mark.slow
def test_command_runs_the_lesson_and_says_where_it_stops(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    done = CliRunner().invoke(app, ["slides", str(course)])
    assert done.exit_code == 0, done.output
    assert "Common answers to" in (course / "slides" / f"{LESSON}.html").read_text(encoding="utf-8")
    (notebook,) = (course / "source" / LESSON).glob("*.ipynb")
    notebook.write_text(notebook.read_text().replace("print('the end')", "raise ValueError('the end')"))
    failed = CliRunner().invoke(app, ["slides", str(course)])
    assert failed.exit_code == 2
    assert "does not run to its end" in failed.output
    assert "ValueError: the end" in failed.output
    assert "no lesson '04'" in CliRunner().invoke(app, ["slides", str(course), "--lesson", "04"]).output
