"""The rules that show when a lesson runs, with its solutions and without."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.authoring.prose import mismatches
from autograder.authoring.rules.material import Material, outputs, results

ALT_WORDS = 8


def numbers(lesson: Material) -> Iterator[str]:
    yield from mismatches(lesson.executed, lesson.lesson)


def quiet(lesson: Material) -> Iterator[str]:
    for output in outputs(lesson.executed):
        if output.output_type == "stream" and output.name == "stderr":
            yield f"it warns: {output.text.strip()}"


def figures(lesson: Material) -> Iterator[str]:
    return _figures(lesson.executed)


def _figures(executed: NotebookNode) -> Iterator[str]:
    shown = 0
    for output in outputs(executed):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                shown += 1
                alt = output.metadata.get(kind, {}).get("alt", "")
                if len(alt.split()) < ALT_WORDS:
                    yield f"a figure needs an alt text of {ALT_WORDS} words or more, not {alt!r}: show(fig, alt=…)"
        if re.search(r"<img(?![^>]*\balt=)", output.get("data", {}).get("text/html", "")):
            yield "an image in a page that a cell shows needs an alt text"
    if not shown:
        yield "it needs a figure: evalkit.plots.show(fig, alt=…)"


def solved(lesson: Material) -> Iterator[str]:
    found = results(lesson.executed)
    for exercise in lesson.exercises:
        earned = found.get(f"check_{exercise.id}", 0.0)
        if earned != exercise.points:
            yield f"the solution of {exercise.id!r} in the source earns {earned:g} of {exercise.points:g} points"


def unsolved(lesson: Material) -> Iterator[str]:
    found = results(lesson.unanswered)
    for exercise in lesson.exercises:
        earned = found.get(f"check_{exercise.id}")
        if earned != 0.0:
            said = "shows no points" if earned is None else f"earns {earned:g} points"
            yield f"the test of {exercise.id!r} {said} in a notebook in which nothing was answered, not 0"
