"""How long a lesson takes: one rule for all of them, so that the minutes on their first pages mean the same.

Reading is the prose at `WORDS_A_MINUTE` and the code at `LINES_A_MINUTE`. An exercise or a written answer takes the
minutes that it states, which include reading its text. A quiz question takes `MINUTES_A_QUESTION`. What is folded does
not count: hints, code that only draws, everything under a heading "Going further", and what there is to read on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.authoring.prose import strip_comments

WORDS_A_MINUTE = 130
LINES_A_MINUTE = 20
MINUTES_A_QUESTION = 0.5

_HEADING = re.compile(r"(#{1,6}) +(.*)")
_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
# "*5 minutes, 3 points.*", "*About 7 minutes.*" or "About 4 minutes, 2 points."
_STATED = re.compile(r"^\*?(?:About )?(\d+) minutes\b", re.MULTILINE)


@dataclass(frozen=True)
class Minutes:
    """Whole minutes of each part."""

    reading: int
    exercises: int
    quiz: int

    @property
    def total(self) -> int:
        """All parts together."""
        return self.reading + self.exercises + self.quiz


def lesson_minutes(notebook: NotebookNode, questions: int) -> Minutes:
    """Work out the minutes of a lesson's source notebook.

    Parameters
    ----------
    notebook : NotebookNode
        As `autograder.authoring.source.source_notebook` returns it.
    questions : int
        How many questions the quiz has.
    """
    words = lines = exercises = 0
    skipped = 0  # the level of the heading whose section does not count; 0 is none
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            continue
        if cell.cell_type == "code":
            if not skipped and not cell.metadata.get("jupyter", {}).get("source_hidden"):
                lines += sum(bool(line.strip()) for line in cell.source.splitlines())
            continue
        text = _FENCED.sub("", _FOLDED.sub("", strip_comments(cell.source)))
        for line in text.splitlines():
            heading = _HEADING.match(line)
            if heading and (not skipped or len(heading[1]) <= skipped):
                skipped = len(heading[1]) if _is_apart(heading[2]) else 0
            stated = _STATED.match(line)
            if stated:
                exercises += int(stated[1])
            elif not skipped:
                words += len(line.split())
    reading = words / WORDS_A_MINUTE + lines / LINES_A_MINUTE
    return Minutes(round(reading), exercises, round(MINUTES_A_QUESTION * questions))


def _is_apart(heading: str) -> bool:
    """Whether what stands under a heading is not read with the lesson, or has minutes of its own."""
    return heading.startswith(("Going further", "Exercise", "Written answer", "Further reading"))
