"""A lesson's page: the cells that students get, with what they show once the exercises are solved."""

from __future__ import annotations

from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.authoring.hosted import SETUP, Hosted
from autograder.authoring.practice import FOLDER
from autograder.authoring.prose import strip_comments
from autograder.authoring.site.figures import Figures
from autograder.authoring.source import grade_id
from autograder.authoring.tags import BEGIN_SOLUTION, END_SOLUTION

NOTE = """\
:::{{note}}
What the cells show comes from a run in which the exercises are solved. To run all of them yourself, type `make lab` in
a copy of the course: this page is `{notebook}`.{elsewhere}
:::"""
ELSEWHERE = """ With nothing installed: [in Binder]({binder}), which takes some \
minutes to start, or [in Colab]({colab}); both open version {tag}."""

# The box stands in the place of the cell to write in and of its check: it does what both do.
BOX = """\
````````{{raw}} html
{box}
````````"""

LOADED_BY_BOXES = f"""\
````````{{raw}} html
<link rel="stylesheet" href="../{FOLDER}/practice.css">
<script type="module" src="../{FOLDER}/practice.js"></script>
````````"""

# What a lesson's page does for a learner's progress, see course.js: it asks again what was missed in earlier lessons,
# and notes that its end was on the screen.
REVIEW = """\
````````{{raw}} html
<section class="course-review" data-lesson="{lesson}" aria-labelledby="course-review-title" hidden></section>
````````"""
END = """\
````````{{raw}} html
<div class="course-end" data-lesson="{lesson}"></div>
````````"""

# With a box, the script of the site opens it after a check only.
SOLUTION = """\
<details class="solution"{after}>
<summary>A solution: write your own answer first, and compare</summary>

```python
{code}
```

{verdict}

</details>"""


def lesson_page(
    released: NotebookNode,
    executed: NotebookNode,
    lesson: str,
    figures: Figures,
    boxes: Mapping[str, str],
    public: Hosted | None = None,
) -> NotebookNode:
    """The page as a notebook that Sphinx reads.

    Parameters
    ----------
    released, executed : NotebookNode
        The lesson as students get it, and with solutions and outputs. The cells are the same, and have the same ids.
    lesson : str
        Its name, such as ``"03_precision_recall"``.
    figures : Figures
        Takes the pictures out of the page.
    boxes : mapping
        The practice boxes by exercise, as HTML. An exercise without one needs more than a page can run.
    public : Hosted, optional
        Where Binder and Colab find the lesson.

    Raises
    ------
    ValueError
        If the cells are not the same.
    """
    solved = {cell.id: cell for cell in executed.cells}
    given = [cell for cell in released.cells if cell.id != SETUP]
    if list(solved) != [cell.id for cell in given]:
        raise ValueError(f"{lesson}: the executed notebook has other cells than the released one.")
    cells = []
    for cell in given:
        name = grade_id(cell) or ""
        exercise = name.removeprefix("check_")
        if cell.cell_type == "markdown":
            cells.append(new_markdown_cell(_linked(cell.source), id=cell.id))
        elif name in boxes:
            cells.append(new_markdown_cell(BOX.format(box=boxes[name]), id=cell.id))
        elif exercise not in boxes:
            outputs = [figures.without_pictures(output, lesson) for output in solved[cell.id].outputs]
            cells.append(nbformat.v4.new_code_cell(cell.source, id=cell.id, outputs=outputs))
        if name == f"check_{exercise}" and exercise in solved:
            after = exercise if exercise in boxes else ""
            text = _solution(solved[exercise].source, solved[cell.id], after)
            cells.append(new_markdown_cell(text, id=f"solution-{exercise}"))
        if cell is given[0]:
            cells.append(new_markdown_cell(_note(f"lessons/{lesson}/{lesson[3:]}.ipynb", public), id="note"))
            if boxes:
                cells.append(new_markdown_cell(LOADED_BY_BOXES, id="practice"))
            cells.append(new_markdown_cell(REVIEW.format(lesson=lesson), id="review"))
    cells.append(new_markdown_cell(END.format(lesson=lesson), id="end"))
    return nbformat.v4.new_notebook(metadata=released.metadata, cells=cells)


def _note(notebook: str, public: Hosted | None) -> str:
    elsewhere = ""
    if public:
        binder, colab = public.binder(notebook), public.colab(notebook)
        elsewhere = ELSEWHERE.format(binder=binder, colab=colab, tag=public.tag)
    return NOTE.format(notebook=notebook, elsewhere=elsewhere)


def _solution(source: str, check: NotebookNode, exercise: str) -> str:
    """The fold; with what the check says to the solution, where the cell that shows it has made room for a box."""
    lines = [line for line in source.splitlines() if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION)]
    said = [output.data["text/html"] for output in check.outputs if "text/html" in output.get("data", {})]
    verdict = BOX.format(box="\n".join(said)) if exercise else ""
    after = f' data-after="{exercise}"' if exercise else ""
    return SOLUTION.format(after=after, code="\n".join(lines), verdict=verdict)


def _linked(markdown: str) -> str:
    """The text with links that lead from ``lessons/`` to the page of myths."""
    return strip_comments(markdown).replace("](myths.md", "](../myths.md")
