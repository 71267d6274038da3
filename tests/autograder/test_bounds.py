"""What a page draws has a size, whatever was handed in."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading.keeping.bounds import DRAWN_CHARACTERS, bounded
from autograder.grading.keeping.feedback import FeedbackPages

LONG = "x" * (DRAWN_CHARACTERS + 1)


def shown(**data: str) -> Any:
    return new_output("display_data", {kind.replace("_", "/"): text for kind, text in data.items()})


def test_honest_work_stays_as_it_is() -> None:
    outputs = [
        shown(text_html="<table>" + "<tr><td>1" * 200 + "</table>", text_plain="1"),
        shown(image_png="A" * 90_000),
    ]
    outputs += [new_output("stream", text="epoch 1\n" * 900)]
    notebook = new_notebook(cells=[new_markdown_cell("A **text**."), new_code_cell("x = 1\n" * 100, outputs=outputs)])
    before = notebook.copy()
    assert bounded(notebook) == []
    assert notebook == before


@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell(LONG),
        new_code_cell(LONG),
        new_code_cell("x" * 2_000),
        new_code_cell("1", outputs=[new_output("stream", text="\x1b[31ma" * 20_000)]),
        new_code_cell("1", outputs=[shown(text_html="<div>" * 6_000)]),
        new_code_cell("1", outputs=[shown(text_markdown="[" * 20_000)]),
        new_code_cell("1", outputs=[shown(image_png="A" * 5_000_000)]),
        new_code_cell("1", outputs=[shown(text_plain="1")] * 200),
        new_markdown_cell("![a](attachment:a)", attachments={"a": {"image/png": "A" * 5_000_000}}),
    ],
    ids=["text", "code", "line", "colours", "elements", "markdown", "picture", "outputs", "pasted"],
)
def test_what_is_too_long_is_cut_and_said(cell: Any) -> None:
    notebook = new_notebook(cells=[new_markdown_cell("before"), cell])
    assert bounded(notebook) == ["The page of feedback shows cell number 2 as plain text or cut short: it is too long."]
    page = FeedbackPages().page(notebook, "ada", "01", {"score": 1, "max_score": 1})
    assert len(page) < 200_000
    assert "before" in page


def test_lesson_is_drawn_whatever_its_length() -> None:
    notebook = new_notebook(cells=[new_markdown_cell(LONG)])
    assert bounded(notebook, {LONG}) == []


def test_many_cells_share_what_is_drawn() -> None:
    notebook = new_notebook(cells=[new_markdown_cell(("x" * 90 + "\n") * 100) for _ in range(100)])
    said = bounded(notebook)
    assert len(said) == 4
    assert said[-1] == "The same holds for 91 more cells."
    assert sum("plain" in cell.metadata for cell in notebook.cells) == 94


def test_plain_page_draws_nothing() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("**bold**"), new_code_cell("1", outputs=[shown(image_png="AA")])])
    assert bounded(notebook, plain=True) == [
        "The page of feedback could not be drawn; it is made of plain text, cut short."
    ]
    page = FeedbackPages().page(notebook, "ada", "01", {"score": 1, "max_score": 1})
    assert "**bold**" in page
    assert "<img" not in page
