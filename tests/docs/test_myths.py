"""The page of myths: every snippet runs, prints what the page says, and takes three lines to refute its myth."""

import doctest
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "myths.md"
FENCE = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read_page():
    """The snippet that all others build on, and the text under each heading."""
    opening, *sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return FENCE.findall(opening), {part.partition("\n")[0]: part.partition("\n")[2] for part in sections}


SETUP, MYTHS = read_page()


def run(snippet, names):
    """Run a snippet as a doctest with these names; return what does not come out as printed."""
    example = doctest.DocTestParser().get_doctest(snippet, names, "myth", str(PAGE), 0)
    report = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append, clear_globs=False)
    names.update(example.globs)
    return "".join(report)


def test_there_is_one_opening_snippet_and_more_than_ten_myths():
    assert len(SETUP) == 1
    assert len(MYTHS) > 10


@pytest.mark.parametrize("myth", MYTHS)
def test_the_snippet_prints_what_the_page_says(myth):
    names = {}
    assert run(SETUP[0], names) == ""
    (snippet,) = FENCE.findall(MYTHS[myth])
    assert run(snippet, names) == ""


@pytest.mark.parametrize("myth", MYTHS)
def test_three_lines_and_a_lesson_to_read_on(myth):
    (snippet,) = FENCE.findall(MYTHS[myth])
    statements = doctest.DocTestParser().get_examples(snippet)
    assert len(statements) == 3
    assert any(statement.want for statement in statements), "a snippet that prints nothing refutes nothing"
    assert re.search(r"Lesson 0[1-7]\.$", MYTHS[myth].strip())


def test_a_wrong_output_would_be_found():
    assert "Expected" in run(">>> 1 + 1\n3\n", {})
