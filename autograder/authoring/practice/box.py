"""The box of an exercise in a page, and the files beside the pages that make it work."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.authoring.practice.tasks import judge_archive, practice_ids, stub
from autograder.checking.page import ended, spoken, stopped

#: The folder of a site that holds all that the boxes load.
FOLDER = "practice"
# How many lines the box shows at once: as many as the stub has, and room to write.
_ROOM, _MOST_LINES = 6, 24


def write_practice(site: Path, tasks: Mapping[str, Mapping[str, Any]], python: Path | None) -> None:
    """Write the files that the boxes of all pages share, into the folder `FOLDER` of a site.

    A page with boxes loads ``practice/practice.css``, and ``practice/practice.js`` as a module. All else is loaded by
    the first check.

    Parameters
    ----------
    site : Path
        The folder that is served.
    tasks : dict
        From `practice_tasks`.
    python : Path, optional
        From `python_for_pages`; without it the boxes have nothing to run on, see `practice_box`.
    """
    folder = site / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tasks").mkdir(parents=True)
    for name in ("practice.js", "practice.css", "practice_worker.js", "progress.js", "progress_record.js"):
        (folder / name).write_bytes(files("autograder").joinpath("static", name).read_bytes())
    if python is None:
        return
    shutil.copytree(python, folder / "pyodide")
    (folder / "judge.zip").write_bytes(judge_archive())
    for name, task in tasks.items():
        text = json.dumps(task, ensure_ascii=False, separators=(",", ":"))
        (folder / "tasks" / f"{name}.json").write_text(text, encoding="utf-8")


def practice_box(exercise_id: str, lessons: Path, task: Mapping[str, Any] | None) -> str:
    """The HTML of the box in which an exercise is practised.

    Parameters
    ----------
    exercise_id : str
        One of `practice_ids`.
    lessons : Path
        The released lessons.
    task : dict, optional
        The exercise's own, from `practice_tasks`. Without it, where `write_practice` had no Python, the box says so and
        shows the function to write.

    Raises
    ------
    KeyError
        If the exercise cannot be practised in a page.
    """
    if exercise_id not in practice_ids():
        raise KeyError(f"the exercise {exercise_id!r} needs more than NumPy, so no page can run it")
    exercise = exercises.get(exercise_id)
    name, code = html.escape(exercise_id), stub(exercise_id, lessons)
    signature = html.escape(exercise.signature)
    named = f"practice-{name}-title"
    title = f'<p id="{named}"><strong>Write it here:</strong> <code>{signature}</code></p>'
    opening = f'<section class="ek-practice mathjax_ignore tex2jax_ignore" aria-labelledby="{named}"'
    if task is None:
        return (
            f"{opening}>{title}<pre tabindex='0'>{html.escape(code)}</pre>"
            "<p>This site was built without Python for pages. Write and check the function in the lesson's notebook."
            "</p></section>"
        )
    verdicts = {"from-outside": stopped(task), "by-itself": ended(task)}
    endings = "\n".join(
        f'<template data-ended="{how}" data-spoken="{html.escape(spoken(verdict))}">{verdict._repr_html_()}</template>'
        for how, verdict in verdicts.items()
    )
    lines = min(len(code.splitlines()) + _ROOM, _MOST_LINES)
    return (
        f'{opening} data-exercise="{name}" data-lesson="{exercise.lesson}" data-objective="{exercise.objective}"'
        f' data-points="{exercise.points:g}" data-seconds="{exercise.seconds:g}">\n{title}\n'
        # HTML drops a line break behind this tag.
        f'<textarea id="practice-{name}" aria-labelledby="{named}" rows="{lines}" wrap="off"'
        f' aria-describedby="practice-{name}-help" spellcheck="false" autocapitalize="off" autocomplete="off"'
        f' autocorrect="off">\n{html.escape(code)}</textarea>\n'
        f'<p class="ek-help" id="practice-{name}-help">NumPy is there as <code>np</code>. Enter keeps the indentation,'
        " Tab leaves the box, Shift + Enter checks. What you write stays in this browser.</p>\n"
        '<p><button type="button" class="ek-check"><span>Check</span></button>\n'
        '<button type="button" class="ek-reset">Start again</button></p>\n'
        '<p class="ek-status" role="status" aria-live="polite"></p>\n<div class="ek-result"></div>\n'
        f"{endings}\n"
        "<noscript><p>To check your answer here, switch on JavaScript; or use the lesson's notebook.</p></noscript>\n"
        "</section>"
    )
