"""A learner's pages, small: the scripts and the parts in HTML of the real site, without Sphinx around them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
from pages import document

from autograder.authoring.practice import practice_ids, write_practice
from autograder.authoring.quiz_bank import load_quiz, load_quizzes
from autograder.authoring.site.contents import course_contents, write_contents, write_placement
from autograder.authoring.site.lesson_page import END, REVIEW
from autograder.quiz import render_quiz

ROOT = Path(__file__).parents[2]
_RAW = re.compile(r"^(`{3,})\{raw\} html\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_STYLE = '<link rel="stylesheet" href="{up}_static/site.css">'
_SCRIPT = '<script type="module" src="{up}_static/course.js"></script>'


def write_learner_site(site: Path) -> None:
    """Write the pages of all lessons, each with its quiz and little else, and those of a learner's progress."""
    notebooks = {
        path.parent.name: nbformat.read(path, as_version=4) for path in sorted((ROOT / "lessons").glob("*/*.ipynb"))
    }
    quizzes = {name: load_quiz(ROOT / "solutions" / name / "quiz.yml") for name in notebooks}
    write_practice(site, {}, None)
    shutil.copytree(ROOT / "docs" / "site" / "_static", site / "_static")
    write_contents(site / "_static", course_contents(notebooks, quizzes, practice_ids()), quizzes)
    write_placement(site / "_static", load_quizzes(ROOT / "docs" / "site" / "placement.yml"))
    (site / "lessons").mkdir()
    for name in notebooks:
        quiz = json.loads((ROOT / "lessons" / name / "quiz.json").read_text(encoding="utf-8"))
        body = f"<h1>{name}</h1>{_html(REVIEW.format(lesson=name))}{render_quiz(quiz)}{_html(END.format(lesson=name))}"
        _write(site / "lessons" / f"{name}.html", body, "../")
    for name in ("index", "progress", "placement", "certificate"):
        text = (ROOT / "docs" / "site" / f"{name}.md").read_text(encoding="utf-8")
        _write(site / f"{name}.html", f"<h1>{name}</h1>{_html(text)}", "")


def _html(markdown: str) -> str:
    return "".join(found[2] for found in _RAW.finditer(f"{markdown}\n"))


def _write(path: Path, body: str, up: str) -> None:
    path.write_text(document(_STYLE.format(up=up) + body + _SCRIPT.format(up=up)), encoding="utf-8")
