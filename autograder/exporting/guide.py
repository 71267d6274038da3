"""A guide to a lesson for whoever teaches it, made of the lesson itself, its exercises and its quiz.

It holds the answers: it is not for students. What may be public, the site shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from autograder import exercises
from autograder.authoring.minutes import lesson_minutes
from autograder.authoring.prose import strip_comments
from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, Quiz
from autograder.grading.keeping.outline import Outline, outline

_SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
_FOLDED = re.compile(r"<details>.*?</details>\n?", re.DOTALL)
PUBLIC = """\
The model answers of the written questions are not on this page: `autograder guide` writes them into your course folder.
The rest is no secret: hints and quiz are in the package that students install.
"""
_LAST_HEADING = re.compile(r"^#{2,3} +(?!.*^#{2,3} )", re.MULTILINE | re.DOTALL)


def lesson_guide(name: str, cells: Sequence[NotebookNode], quiz: Quiz | None, *, public: bool = False) -> str:
    """The guide, as Markdown.

    Parameters
    ----------
    name : str
        Of the lesson.
    cells : sequence of NotebookNode
        As the lesson's author has them, solutions included.
    quiz : Quiz or None
        None where the lesson has none.
    public : bool
        Without the model answers, which only whoever marks has: the rest is in the package that students install.
    """
    said = outline([{**cell, "source": strip_comments(cell.source)} for cell in cells])
    parts = [
        f"# {name}: a guide for whoever teaches it\n",
        PUBLIC if public else "Made by `autograder guide`. It holds answers: keep it from students.\n",
        *_timing(cells, quiz),
        *_objectives(said, name),
        *_misconceptions(said, name),
        *(() if public else _written(cells)),
        *(_discussion(quiz) if quiz else ()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _timing(cells: Sequence[NotebookNode], quiz: Quiz | None) -> Iterator[str]:
    questions = len(quiz.questions) if quiz else 0
    whole = lesson_minutes(new_notebook(cells=list(cells)), questions)
    yield "## Timing\n"
    yield f"About {whole.total} minutes: reading {whole.reading}, exercises {whole.exercises}, quiz {whole.quiz}.\n"
    yield "| Section | Reading | Exercises |\n|---|---:|---:|"
    for title, section in _sections(cells):
        minutes = lesson_minutes(new_notebook(cells=section), 0)
        if minutes.total:
            yield f"| {title} | {minutes.reading} | {minutes.exercises or ''} |"
    yield ""


def _sections(cells: Iterable[NotebookNode]) -> list[tuple[str, list[NotebookNode]]]:
    """The cells of each section. A cell in which several begin is of all of them."""
    found: list[tuple[str, list[NotebookNode]]] = [("Before the first section", [])]
    for cell in cells:
        titles = _SECTION.findall(cell.source) if cell.cell_type == "markdown" else []
        if titles:
            found.append(("; ".join(title.strip() for title in titles), []))
        found[-1][1].append(cell)
    return found


def _objectives(said: Outline, lesson: str) -> Iterator[str]:
    measured: dict[str, list[str]] = {}
    for name in exercises.lessons().get(lesson, ()):
        measured.setdefault(exercises.get(name).objective, []).append(name)
    for grade_id, named in said.named.items():
        for objective in named:
            measured.setdefault(objective, []).append(grade_id)
    yield "## Objectives\n"
    for objective, text in said.objectives.items():
        by = ", ".join(f"`{name}`" for name in measured.get(objective, []))
        yield f"- **{objective}** {text} ({f'measured by {by}' if by else 'nothing that is graded measures it'})"
    yield ""


def _misconceptions(said: Outline, lesson: str) -> Iterator[str]:
    yield "## Misconceptions, and what to say\n"
    yield "What the checks recognise. The words are those that a student reads.\n"
    for name in exercises.lessons().get(lesson, ()):
        exercise = exercises.get(name)
        sections = "; ".join(section.title for section in said.sections.get(f"check_{name}", []))
        yield f"### `{exercise.signature}`, {exercise.points:g} points\n"
        yield f"{exercise.objective}, taught in: {sections}\n"
        for misconception, known in exercise.misconceptions.items():
            yield f"- **{misconception}**: {known.hint}"
        yield ""


def _written(cells: Sequence[NotebookNode]) -> Iterator[str]:
    """The written answers: the question with its rubric, and the model answer."""
    asked = ""
    for cell in cells:
        meta = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and meta.get("grade") and meta.get("solution"):
            yield f"## {asked}\n"
            yield "**A model answer**\n"
            yield f"{strip_comments(cell.source)}\n"
        elif cell.cell_type == "markdown":
            # The question is the last section above its answer.
            asked = _LAST_HEADING.split(_FOLDED.sub("", strip_comments(cell.source)))[-1].strip()


def _discussion(quiz: Quiz) -> Iterator[str]:
    yield "## Questions to discuss\n"
    yield "Those of the quiz. Let the class vote before you say anything; then ask who chose a wrong answer why.\n"
    for question in quiz.questions:
        yield f"### {question.id} ({question.objective})\n"
        yield f"{question.question}\n"
        yield from _choices(question) if isinstance(question, ChoiceQuestion) else _numbers(question)
        yield ""


def _choices(question: ChoiceQuestion) -> Iterator[str]:
    for answer in question.answers:
        yield f"- {'**right**' if answer.correct else 'wrong'}: {answer.text} *{_upright(answer.feedback)}*"


def _numbers(question: NumericQuestion) -> Iterator[str]:
    yield f"- **right**: {question.answer:g} *{_upright(question.feedback.correct)}*"
    for mistake in question.mistakes:
        yield f"- wrong: {mistake.value:g} *{_upright(mistake.feedback)}*"


def _upright(text: str) -> str:
    """A text that can stand in italics."""
    return text.replace("*", "")
