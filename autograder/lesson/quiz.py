"""Show a lesson's quiz in a notebook or on a page, with nothing but the standard library.

A quiz is the mapping that `quiz.json` holds; `autograder.authoring.quiz_bank` writes that file from `quiz.yml`.
The output is one piece of HTML that needs no network. Where scripts do not run (GitHub, an untrusted notebook)
the questions are plain text, each with a folded answer; where they run, `static/quiz.js` turns them into a form.
"""

import html
import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

# The same rule stands in static/quiz.js: a test compares the two.
_MARKED = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


def render_quiz(quiz: dict[str, Any]) -> str:
    """Return a quiz as one self-contained piece of HTML.

    The text depends on the quiz alone, so a page built twice is the same page. Several quizzes may stand on one
    page: the script makes its ids when it runs.

    Parameters
    ----------
    quiz : dict
        What `quiz.json` holds: `lesson` and `questions`.

    Returns
    -------
    str
        HTML with inline style, questions, data and script.

    Raises
    ------
    KeyError
        If a question lacks a field.

    Examples
    --------
    >>> answers = [{"text": "`1 < 2`", "correct": True, "feedback": "Yes."}]
    >>> question = {"id": "q1", "type": "single", "question": "Which holds?", "answers": answers}
    >>> page = render_quiz({"lesson": "03_precision_recall", "questions": [question]})
    >>> "<code>1 &lt; 2</code>" in page
    True
    """
    static = files("autograder").joinpath("static")
    style = static.joinpath("quiz.css").read_text(encoding="utf-8")
    script = static.joinpath("quiz.js").read_text(encoding="utf-8")
    return quiz_section(quiz, before=f"<style>\n{style}</style>\n", after=f"<script>\n{script}</script>\n")


def quiz_section(quiz: dict[str, Any], *, before: str = "", after: str = "") -> str:
    """Return the questions and their data alone, for a page that brings ``quiz.css`` and ``quiz.js`` itself.

    Parameters
    ----------
    quiz : dict
        What `quiz.json` holds: `lesson` and `questions`.
    before, after : str
        HTML to put in, above and below the questions.
    """
    # Written this way, no text of a quiz can close the element that holds the data.
    data = json.dumps(quiz, ensure_ascii=True).replace("<", "\\u003c")
    label = html.escape("Quiz " + str(quiz["lesson"]).replace("_", " "))
    if len(quiz["questions"]) == 1:
        # A lesson shows several alone: a screen reader's list of regions must tell them apart.
        label += f", question {html.escape(str(quiz['questions'][0]['id']))}"
    questions = "\n".join(_static_question(question) for question in quiz["questions"])
    # Currency signs are not formulas (mathjax_ignore), and keys pressed in the form are not notebook commands.
    return (
        f'<section class="ek-quiz mathjax_ignore tex2jax_ignore" aria-label="{label}"'
        ' data-lm-suppress-shortcuts="true" data-jp-suppress-context-menu="true">\n'
        f"{before}"
        f'<ol class="ek-static">\n{questions}\n</ol>\n'
        f'<script type="application/json" class="ek-data">{data}</script>\n'
        f"{after}"
        "</section>"
    )


def show_quiz(lesson: str, question: str | None = None) -> None:
    """Display the quiz of a lesson below the cell, or one of its questions, from the `quiz.json` beside the notebook.

    A file that is missing, damaged or of another lesson gives a sentence, never an error: a notebook that is
    graded elsewhere must run to its end.

    Parameters
    ----------
    lesson : str
        Name of the lesson's folder, such as `"03_precision_recall"`.
    question : str, optional
        The id of one question. Without it all are shown that do not stand alone in the text.

    Examples
    --------
    >>> show_quiz("99_not_a_lesson")  # doctest: +ELLIPSIS
    The quiz of lesson 99_not_a_lesson is not shown: there is no quiz.json in this folder. ...
    """
    try:
        quiz = json.loads(Path("quiz.json").read_text(encoding="utf-8"))
        found = quiz["lesson"]
        quiz["questions"] = [
            asked
            for asked in quiz["questions"]
            if (asked["id"] == question if question else not asked.get("block", False))
        ]
        page, text = render_quiz(quiz), _as_text(quiz)
    except FileNotFoundError:
        _explain(lesson, "there is no quiz.json in this folder", "Open the notebook in the folder of its lesson.")
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _explain(lesson, "quiz.json cannot be read", "Fetch the file of this lesson again.")
        return
    if found != lesson:
        _explain(lesson, f"quiz.json is the quiz of {found}", "Open the notebook in the folder of its lesson.")
        return
    if not quiz["questions"]:
        _explain(lesson, f"quiz.json has no question {question}", "Fetch the file of this lesson again.")
        return
    # A running notebook has imported IPython already; a plain script need not import it to learn that it is none.
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
    else:
        ipython.display.display({"text/html": page, "text/plain": text}, raw=True)


def _explain(lesson: str, reason: str, advice: str) -> None:
    print(f"The quiz of lesson {lesson} is not shown: {reason}. {advice} The rest of the notebook works without it.")


def _static_question(question: dict[str, Any]) -> str:
    """Return a question as it reads without a script: text, choices, folded answer."""
    text = _formatted(question["question"])
    if question["type"] == "numeric":
        choices = ""
        reasons = (
            f"<p><strong>{question['answer']:.10g}</strong> (within {question['tolerance']:.10g}):"
            f" {_formatted(question['feedback']['correct'])}</p>"
        )
    else:
        answers = question["answers"]
        choices = "<ul>" + "".join(f"<li>{_formatted(answer['text'])}</li>" for answer in answers) + "</ul>\n"
        if question["type"] == "multiple":
            choices = f"<p>Choose all that apply.</p>\n{choices}"
        reasons = "<ul>" + "".join(_static_reason(answer) for answer in answers if not answer.get("unsure")) + "</ul>"
    return f"<li><p>{text}</p>\n{choices}<details><summary>Show the answer</summary>{reasons}</details></li>"


def _static_reason(answer: dict[str, Any]) -> str:
    mark = "✓ Right" if answer.get("correct") else "✗ Wrong"
    return f"<li><strong>{mark}:</strong> {_formatted(answer['text'])} — {_formatted(answer['feedback'])}</li>"


def _formatted(text: str) -> str:
    """Return text as HTML: everything is escaped, `code` and **bold** become elements."""
    pieces = []
    for piece in _MARKED.split(text):
        if _MARKED.fullmatch(piece) is None:
            pieces.append(html.escape(piece))
        elif piece.startswith("`"):
            pieces.append(f"<code>{html.escape(piece[1:-1])}</code>")
        else:
            pieces.append(f"<strong>{html.escape(piece[2:-2])}</strong>")
    return "".join(pieces)


def _as_text(quiz: dict[str, Any]) -> str:
    """Return the questions and choices as plain text, for a terminal."""
    lines = ["Quiz (open the notebook in JupyterLab or VS Code to answer it)"]
    for number, question in enumerate(quiz["questions"], start=1):
        lines += ["", f"{number}. {question['question']}"]
        lines += [f"   - {answer['text']}" for answer in question.get("answers", [])]
    return "\n".join(lines)
