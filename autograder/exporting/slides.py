"""Slides of a lesson for whoever teaches it, made of what the lesson says, shows and asks.

A section becomes a slide with its beginning, and one for each figure and table; a question of the quiz becomes a slide
to vote on and one with the answers; the known misconceptions of an exercise follow the exercise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import jinja2
from markupsafe import Markup
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.prose import strip_comments
from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, Quiz
from autograder.checking.exercise import Exercise
from autograder.grading.keeping.formulas import draw_formulas

TEMPLATES = Path(__file__).parents[1] / "templates"
#: What fits on a slide; the lesson itself has the rest.
WORDS_ON_A_SLIDE = 80
ENOUGH_WORDS = 25
MISCONCEPTIONS_ON_A_SLIDE = 3

_HEADING = re.compile(r"^(#{1,3}) +(.+)$")
_FOLDED = re.compile(r"<details>.*?</details>\n?", re.DOTALL)
# These are for whoever reads alone.
_NOT_SHOWN = ("Quiz", "Further reading")


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes
    ----------
    title : str
        Markdown, in one line.
    html : str
        What stands below the title.
    """

    title: str
    html: str


def lesson_slides(name: str, cells: Sequence[NotebookNode], quiz: Quiz | None) -> list[Slide]:
    """The slides of a lesson, in its order.

    Parameters
    ----------
    name : str
        Of the lesson.
    cells : sequence of NotebookNode
        As the lesson's author has them, with the outputs of a run.
    quiz : Quiz or None
        None where the lesson has none.
    """
    known = {f"Exercise: {exercise_id}": exercise_id for exercise_id in exercises.lessons().get(name, ())}
    slides: list[Slide] = []
    for title, blocks, outputs in _sections(cells):
        if title not in _NOT_SHOWN:
            slides += _section(title, blocks, outputs)
        if title in known:
            slides += _misconceptions(exercises.get(known[title]))
    for question in quiz.questions if quiz else ():
        slides += _vote(question)
    return slides


def anchor_of(exercise_id: str, misconception: str) -> str:
    """By which a slide with a misconception is found."""
    return f"{exercise_id}-{re.sub(r'[^a-z0-9]+', '-', misconception.lower()).strip('-')}"


def slides_page(name: str, slides: Sequence[Slide]) -> str:
    """The slides as one page, which asks for nothing else."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    shown = [(in_line(slide.title), Markup(slide.html)) for slide in slides]
    return environment.get_template("slides.html.j2").render(name=name, slides=shown)


def in_line(markdown: str) -> Markup:
    """A line of Markdown as HTML, without a paragraph of its own."""
    return Markup(drawn(markdown).strip().removeprefix("<p>").removesuffix("</p>"))


def drawn(markdown: str) -> str:
    """Markdown as HTML, formulas included."""
    return draw_formulas(markdown2html(markdown))


def _sections(cells: Iterable[NotebookNode]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each heading with the blocks of text below it, and what the code below it shows."""
    title, blocks, outputs = "", list[str](), list[str]()
    for cell in cells:
        if cell.cell_type == "code":
            outputs += [shown for output in cell.get("outputs", []) if (shown := _shown(output))]
            continue
        meta = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "markdown" or (meta.get("grade") and meta.get("solution")):
            continue  # a model answer is for whoever marks
        for block in _blocks(_FOLDED.sub("", strip_comments(cell.source))):
            heading = _HEADING.match(block)
            if heading is None:
                blocks.append(block)
                continue
            if title:
                yield title, blocks, outputs
            title, blocks, outputs = heading[2].strip(), [], []
    if title:
        yield title, blocks, outputs


def _blocks(markdown: str) -> Iterator[str]:
    """The paragraphs, lists, tables, formulas and pieces of code of a text."""
    block: list[str] = []
    fenced = False
    for line in [*markdown.split("\n"), ""]:
        fenced ^= line.startswith("```")
        alone = not fenced and _HEADING.match(line) is not None
        if (alone or (not line.strip() and not fenced)) and block:
            yield "\n".join(block)
            block = []
        if alone:
            yield line
        elif line.strip() or fenced:
            block.append(line)


def _section(title: str, blocks: Sequence[str], outputs: Sequence[str]) -> Iterator[Slide]:
    taken: list[str] = []
    words = 0
    for block in blocks:
        more = len(block.split())
        # A few words say too little by themselves, however long the list behind them is.
        if words >= ENOUGH_WORDS and words + more > WORDS_ON_A_SLIDE:
            break
        taken.append(block)
        words += more
    if taken:
        yield Slide(title, drawn("\n\n".join(taken)))
    for output in outputs:
        yield Slide(title, output)


def _shown(output: NotebookNode) -> str:
    """A figure or a table; nothing for what a slide cannot show, such as the widgets of a notebook."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    if "image/png" in data:
        alt = metadata.get("image/png", {}).get("alt", "")
        return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data["image/png"].strip()}">'
    html = data.get("text/html", "")
    return html if 'class="dataframe"' in html else ""


def _misconceptions(exercise: Exercise) -> Iterator[Slide]:
    names = list(exercise.misconceptions)
    for first in range(0, len(names), MISCONCEPTIONS_ON_A_SLIDE):
        rows = [
            f'<dt id="{anchor_of(exercise.id, name)}">{escape(name)}</dt>'
            f"<dd>{drawn(exercise.misconceptions[name].hint)}</dd>"
            for name in names[first : first + MISCONCEPTIONS_ON_A_SLIDE]
        ]
        yield Slide(f"Common answers to `{exercise.id}`", f"<dl>{''.join(rows)}</dl>")


def _vote(question: ChoiceQuestion | NumericQuestion) -> Iterator[Slide]:
    asked = drawn(question.question)
    if isinstance(question, NumericQuestion):
        right = f"<p><strong>{question.answer:g}.</strong></p>{drawn(question.feedback.correct)}"
        slips = "".join(f"<dt>{slip.value:g}</dt><dd>{drawn(slip.feedback)}</dd>" for slip in question.mistakes)
        yield Slide("What do you say?", asked)
        yield Slide("Why?", f"{asked}{right}<dl>{slips}</dl>" if slips else f"{asked}{right}")
        return
    choices = "".join(f"<li>{drawn(answer.text)}</li>" for answer in question.answers)
    said = "".join(
        f"<li>{drawn(('**Right.** ' if answer.correct else '**Wrong.** ') + answer.feedback)}</li>"
        for answer in question.answers
    )
    yield Slide("What do you say?", f'{asked}<ol type="A">{choices}</ol>')
    yield Slide("Why?", f'{asked}<ol type="A">{said}</ol>')
