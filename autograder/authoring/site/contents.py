"""What the pages know of the course, for a learner's progress: lessons, objectives, questions to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.quiz_bank import Quiz, quiz_json
from autograder.grading.keeping.outline import outline
from autograder.lesson.quiz import quiz_section

# A question as it reads without its `code` and **bold**.
_MARKS = re.compile(r"`|\*\*")
_TITLE = re.compile(r"^# \d\d · (.+?)(?: — .+)?$", re.MULTILINE)


def course_contents(
    notebooks: Mapping[str, NotebookNode], quizzes: Mapping[str, Quiz], in_pages: Collection[str]
) -> list[dict[str, Any]]:
    """The lessons in order, each with its title, page, objectives, and what can be answered on its page.

    Parameters
    ----------
    notebooks : mapping
        The lessons by name, as students get them.
    quizzes : mapping
        Their quiz banks by name.
    in_pages : collection of str
        The exercises that have a box in a page. The others need more than a page can run, and do not count there.
    """
    return [
        {
            "name": name,
            "number": name[:2],
            "title": lesson_title(notebook),
            "page": f"lessons/{name}.html",
            "objectives": outline(notebook.cells).objectives,
            "quiz": [
                {"id": asked.id, "objective": asked.objective, "question": _MARKS.sub("", asked.question)}
                for asked in quizzes[name].questions
            ],
            "exercises": [
                {"id": exercise.id, "points": exercise.points, "objective": exercise.objective}
                for exercise in map(exercises.get, exercises.lessons().get(name, ()))
                if exercise.id in in_pages
            ],
        }
        for name, notebook in sorted(notebooks.items())
    ]


def lesson_title(notebook: NotebookNode) -> str:
    """A lesson's title without its number and what stands behind the dash."""
    found = _TITLE.search(notebook.cells[0].source)
    if found is None:
        raise ValueError(f"the notebook does not begin with a title such as '# 03 · Precision': {notebook.cells[0]}")
    return found[1]


def write_contents(static: Path, contents: list[dict[str, Any]], quizzes: Mapping[str, Quiz]) -> None:
    """Write the contents, each question alone, and what shows a question, into the folder ``_static`` of a site."""
    (static / "questions").mkdir(parents=True, exist_ok=True)
    for name in ("quiz.js", "quiz.css"):
        (static / name).write_bytes(files("autograder").joinpath("static", name).read_bytes())
    _write(static / "contents.json", contents)
    for lesson, quiz in quizzes.items():
        questions = json.loads(quiz_json(quiz))["questions"]
        _write(static / "questions" / f"{lesson}.json", {one["id"]: _alone(lesson, one) for one in questions})


def write_placement(static: Path, quizzes: list[Quiz]) -> None:
    """Write the placement quiz: all questions as one form, and which lesson each stands for."""
    banks = [json.loads(quiz_json(quiz)) for quiz in quizzes]
    asked = [(bank["lesson"], question) for bank in banks for question in bank["questions"]]
    known = [{"id": one["id"], "lesson": lesson, "objective": one["objective"]} for lesson, one in asked]
    form = quiz_section({"lesson": "placement", "questions": [question for _, question in asked]})
    _write(static / "questions" / "placement.json", {"html": form, "questions": known})


def _alone(lesson: str, question: dict[str, Any]) -> str:
    """The HTML of one question, which stands by itself."""
    return quiz_section({"lesson": lesson, "questions": [{**question, "block": True}]})


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
