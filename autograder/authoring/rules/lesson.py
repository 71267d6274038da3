"""The rules of a lesson's text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.minutes import lesson_minutes
from autograder.authoring.prose import find_claims, find_numbers
from autograder.authoring.rules.material import Material
from autograder.authoring.source import lesson_sources
from autograder.authoring.tags import FOLDED

SECTIONS = ["## Objectives", "## Quiz", "## Summary", "## Further reading"]
MIN_OBJECTIVES = 3
MIN_NUMBERS = 5
MIN_CLAIMS = 5
MINUTES = range(20, 61)
LINE_CHARACTERS = 105


def title(lesson: Material) -> Iterator[str]:
    if not re.match(rf"# {lesson.lesson[:2]} · \S", lesson.notebook.cells[0].source):
        yield f'the first cell must begin with the title, "# {lesson.lesson[:2]} · …"'
    if not re.search(r"\*\*Prerequisites:?\*\*[\s|:–—-]*\w", lesson.text):
        yield "the first page must say **Prerequisites**, and what they are"


def minutes(lesson: Material) -> Iterator[str]:
    rule = lesson_minutes(lesson.notebook, len(lesson.questions))
    said = f"{rule.total}: reading {rule.reading}, exercises {rule.exercises}, quiz {rule.quiz}"
    if not re.search(rf"\*\*Minutes\*\*[ |:]+{re.escape(said)}\b", lesson.text):
        yield f"the first page must say | **Minutes** | {said} |"
    if rule.total not in MINUTES:
        yield f"it takes {rule.total} minutes, not {MINUTES[0]} to {MINUTES[-1]}: fold what goes beyond the core path"


def row_in_readme(lesson: Material) -> Iterator[str]:
    if lesson.lesson not in exercises.LESSONS:
        return
    total = lesson_minutes(lesson.notebook, len(lesson.questions)).total
    readme = (lesson.root / "README.md").read_text(encoding="utf-8")
    if not re.search(rf"^\| {lesson.lesson[:2]} .*\| {total} \|$", readme, re.MULTILINE):
        yield f"the table in README.md must have a row | {lesson.lesson[:2]} … | {total} |"


def sections(lesson: Material) -> Iterator[str]:
    found = [line for line in lesson.text.splitlines() if line in SECTIONS]
    if found != SECTIONS:
        yield f"it must have {', '.join(SECTIONS)}, once and in this order; it has {', '.join(found) or 'none of them'}"


def headings(lesson: Material) -> Iterator[str]:
    found = [section.heading for section in lesson.sections if section.heading]
    levels = [len(heading.split()[0]) for heading in found]
    if levels.count(1) != 1:
        yield f"one heading must be of the first level, the title; {levels.count(1)} are"
    for (_, before), (heading, level) in pairwise(zip(found, levels, strict=True)):
        if level > before + 1:
            yield f"the heading {heading!r} leaves out a level"


def objectives(lesson: Material) -> Iterator[str]:
    found = lesson.objectives
    if len(found) < MIN_OBJECTIVES:
        yield f"it must have {MIN_OBJECTIVES} objectives or more, such as - **AB.1** say …; it has {len(found)}"
        return
    letters = found[0][:2]
    if found != [f"{letters}.{number}" for number in range(1, len(found) + 1)]:
        yield f"its objectives must be {letters}.1, {letters}.2 and so on, not {', '.join(found)}"
    for other in lesson_sources(lesson.root):
        if other.parent.name != lesson.lesson and re.search(
            rf"^# - \*\*{letters}\.1\*\*", other.read_text(encoding="utf-8"), re.MULTILINE
        ):
            yield f"the letters {letters} are those of the objectives of {other.parent.name}: choose others"


def coverage(lesson: Material) -> Iterator[str]:
    covered = Counter(exercise.objective for exercise in lesson.exercises)
    covered.update(question.objective for question in lesson.questions)
    for section in lesson.sections:
        if section.names(grade=True):
            covered.update(re.findall(r"\b[A-Z]{2}\.\d+\b", section.prose))
    for objective in lesson.objectives:
        if objective not in covered:
            yield f"the objective {objective} has no exercise, no question and no written answer"
    letters = {objective[:2] for objective in lesson.objectives}
    for objective in sorted(covered):
        if objective[:2] in letters and objective not in lesson.objectives:
            yield f"something asks for {objective}, which is no objective of the lesson"
    for exercise in lesson.exercises:
        if exercise.objective not in lesson.objectives:
            yield f"the exercise {exercise.id} measures {exercise.objective}, which is no objective of the lesson"


def written_answers(lesson: Material) -> Iterator[str]:
    for section in lesson.sections:
        rubric = "rubric" in section.prose.lower() or "| Points |" in section.prose
        for name in section.names(grade=True):
            if not rubric:
                yield f"the text above the written answer {name!r} must have a rubric, which says what earns points"


def further_reading(lesson: Material) -> Iterator[str]:
    if not re.search(r"^- \S", lesson.text.partition("\n## Further reading")[2], re.MULTILINE):
        yield "there must be something under ## Further reading: a list"


def alt_texts(lesson: Material) -> Iterator[str]:
    pattern = r'!\[\s*\]\([^)]*|<img(?![^>]*\balt="[^"]+")[^>]*'
    for image in re.findall(pattern, lesson.text):
        yield f"the image {image!r} needs an alt text"


def bound(lesson: Material) -> Iterator[str]:
    numbers, claims = len(find_numbers(lesson.text)), len(find_claims(lesson.text))
    if numbers < MIN_NUMBERS:
        yield f"{MIN_NUMBERS} numbers or more must be bound to the data, by <!-- = … -->; {numbers} are"
    if claims < MIN_CLAIMS:
        yield f"{MIN_CLAIMS} comparisons or more must be bound to the data, by <!-- true: … -->; {claims} are"


def links(lesson: Material) -> Iterator[str]:
    for link in re.findall(r"\]\((?!https?:|#)([^)\s]+\.[a-z]+)\)", lesson.text):
        page = link == "myths.md" and (lesson.root / "docs" / link).is_file()
        if ".." in link or not (page or (lesson.source.parent / link).is_file()):
            yield f"the link to {link} must lead to a file in the lesson's folder: students may have nothing else"


def folded(cell: NotebookNode) -> bool:
    """Whether the source of a cell is folded."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden", False))


def widths(lesson: Material) -> Iterator[str]:
    for cell in lesson.notebook.cells:
        if cell.cell_type == "code" and not folded(cell):
            for line in cell.source.splitlines():
                if len(line) > LINE_CHARACTERS:
                    yield f"a line of code has {len(line)} characters, not at most {LINE_CHARACTERS}: {line.strip()}"


def folded_cells(lesson: Material) -> Iterator[str]:
    for cell in lesson.notebook.cells:
        if folded(cell) and not re.fullmatch(r"# [A-Z].{5,33}\.", first := cell.source.partition("\n")[0]):
            yield f"a folded cell must begin with a short comment that says what it does, a sentence, not {first!r}"


def folded_sections(lesson: Material) -> Iterator[str]:
    level = 0
    for cell in lesson.notebook.cells:
        heading = re.match(r"(#+) (.*)", cell.source) if cell.cell_type == "markdown" else None
        if heading and (not level or len(heading[1]) <= level):
            further = "Going further" in heading[2]
            if further != cell.metadata.get(FOLDED, False):
                yield f'the cell with the heading {heading[2]!r} must begin "# %% [markdown] further=true"'
            level = len(heading[1]) if further else 0
        if level and (
            "nbgrader" in cell.metadata
            or "show_quiz" in cell.source
            or re.search(r"^#{1,6} Exercise", cell.source, re.MULTILINE)
        ):
            yield 'nothing that is graded or asked may stand below a heading "Going further"'
