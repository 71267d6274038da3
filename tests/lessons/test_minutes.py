"""The rule by which the minutes on a lesson's first page are worked out."""

import nbformat

from autograder.authoring.minutes import Minutes, lesson_minutes


def test_the_rule_counts_what_is_read_and_leaves_out_what_is_folded():
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("# Title\n\n" + "word " * 258),
        new.new_markdown_cell("<details><summary>Hint</summary>" + "word " * 500 + "</details>"),
        new.new_markdown_cell("## Going further: more\n\n" + "word " * 500),
        new.new_code_cell("x = 1\n" * 100),
        new.new_markdown_cell("### Exercise: f1\n\n*5 minutes, 3 points.* " + "word " * 500),
        new.new_markdown_cell("## Next"),
        new.new_code_cell("x = 1\n\n" * 40),
        new.new_code_cell("x = 1\n" * 100, metadata={"jupyter": {"source_hidden": True}}),
    ]
    assert lesson_minutes(new.new_notebook(cells=cells), questions=8) == Minutes(reading=4, exercises=5, quiz=4)
