"""A student's page begins with points, by exercise and by objective, and says of each answer what to read again."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from class_samples import TOTALS, graded_notebook
from grading_samples import RIGHT_PRECISION, named

from autograder.exercises import LESSONS, of_lesson
from autograder.grading.keeping.feedback import FeedbackPages
from autograder.grading.keeping.outline import outline

LESSONS_FOLDER = Path(__file__).parents[2] / "lessons"


@pytest.fixture(scope="module")
def pages() -> FeedbackPages:
    return FeedbackPages()


def test_summary_has_points_by_exercise_and_objective(pages: FeedbackPages) -> None:
    page = pages.page(graded_notebook(), "ada", "03", TOTALS)
    head = page[: page.index("Your answers")]
    assert re.search(r'href="#graded-check_precision">precision</a></th>\s*<td[^>]*>1 of 3 points</td><td>some', head)
    assert "worth 4 points, not graded yet" in head
    assert re.search(r"PR.1</span> compute precision, and say what it asks</th>\s*<td[^>]*>1 of 3</td>", head)
    assert "PR.2" not in head  # Nothing here measures it.
    assert "is not counted here: double, why." in head


def test_an_answer_has_code_failing_case_hint_and_what_to_read_again(pages: FeedbackPages) -> None:
    page = pages.page(graded_notebook(), "ada", "03", TOTALS)
    card = page[page.index('id="graded-check_precision"') : page.index('id="graded-check_double"')]
    code = re.sub(r"<[^>]+>", "", card)
    assert RIGHT_PRECISION.splitlines()[1].strip() in code
    assert "Hint. Test for zero." in code
    before_the_others = card[: card.index("<details>")]
    assert "precision([0], [0]) stopped &lt;here&gt;" in before_the_others
    assert "a plain mix" not in before_the_others
    assert 'check("precision", precision)' not in code
    (anchor, title) = re.findall(r'Read again:</strong> <a href="#([^"]+)">(.*?)</a>', card)[0]
    assert title == "Is a &lt;b&gt;yes&lt;/b&gt; right?"
    target = page[page.index(f'id="{anchor}"') :]
    assert target.index("right?</h2>") < 200


def test_who_has_all_points_need_not_read_again(pages: FeedbackPages) -> None:
    page = pages.page(graded_notebook(score=3.0), "ada", "03", TOTALS)
    card = page[page.index('id="graded-check_precision"') : page.index('id="graded-check_double"')]
    assert "Read again" not in card
    assert "all points" in page


def test_nothing_of_the_notebook_is_lost_and_nothing_stands_twice(pages: FeedbackPages) -> None:
    notebook = graded_notebook()
    orphan = nbformat.from_dict(named(notebook, "precision"))
    orphan.update(id="orphan", source="orphan = 1")
    notebook.cells.append(orphan)
    text = re.sub(r"<[^>]+>", "", pages.page(notebook, "ada", "03", TOTALS))
    for words in ("y_true @", "return 2 *", "false alarm", "'the end'", "orphan"):
        assert text.replace("&#39;", "'").count(words) == 1, words


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_of_the_course_has_an_objective_with_a_text_and_a_section(lesson: str) -> None:
    (path,) = (LESSONS_FOLDER / lesson).glob("*.ipynb")
    found = outline(nbformat.read(path, as_version=4).cells)

    for exercise in of_lesson(lesson):
        assert found.objectives[exercise.objective]
        assert found.sections[f"check_{exercise.id}"], exercise.id


def test_every_written_answer_of_the_course_names_its_objectives() -> None:
    named = {}
    for path in sorted(LESSONS_FOLDER.glob("*/*.ipynb")):
        named.update(outline(nbformat.read(path, as_version=4).cells).named)
    some = {"ship_it": ["AP.2", "AP.5"], "fraud_costs": ["PR.6"], "release_report": ["ER.1", "ER.4"]}
    assert named.items() >= some.items()
    assert all(named.values())


def test_points_of_a_written_answer_count_for_each_objective_that_its_text_names(pages: FeedbackPages) -> None:
    notebook = graded_notebook()
    place = notebook.cells.index(named(notebook, "why"))
    notebook.cells.insert(place, nbformat.v4.new_markdown_cell("Why? *4 points (PR.1, PR.2, XX.9).*"))
    named(notebook, "why").metadata.nbgrader.update(score=3.0, waiting=False)
    head = pages.page(notebook, "ada", "03", TOTALS)
    head = head[: head.index("Your answers")]
    assert re.search(r"PR.1</span>[^<]*</th>\s*<td[^>]*>4 of 7</td>", head)
    assert re.search(r"PR.2</span>[^<]*</th>\s*<td[^>]*>3 of 4</td>", head)
    assert "XX.9" not in head
    assert "is not counted here: double." in head


def test_what_nobody_has_marked_yet_is_no_missing_point_of_an_objective(pages: FeedbackPages) -> None:
    notebook = graded_notebook()
    place = notebook.cells.index(named(notebook, "why"))
    notebook.cells.insert(place, nbformat.v4.new_markdown_cell("Why? *4 points (PR.1, PR.2).*"))
    assert named(notebook, "why").metadata.nbgrader["waiting"]
    page = pages.page(notebook, "ada", "03", TOTALS)
    head = page[: page.index("Your answers")]
    assert re.search(r"PR.1</span>[^<]*</th>\s*<td[^>]*>1 of 3; 4 not graded yet</td>", head)
    assert re.search(r"PR.2</span>[^<]*</th>\s*<td[^>]*>4 not graded yet</td>", head)
