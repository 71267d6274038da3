"""A quiz as GIFT, the text format that Moodle and many others import: https://docs.moodle.org/en/GIFT_format."""

from __future__ import annotations

import re

from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, Quiz
from autograder.exporting.quizzes.markup import AS_A_NUMBER, html, number


def gift(quiz: Quiz) -> str:
    """The quiz as a text."""
    parts = [f"$CATEGORY: $course$/top/{quiz.lesson}"]
    for question in quiz.questions:
        if isinstance(question, ChoiceQuestion):
            asked, answers = html(question.question), _choices(question)
        else:
            asked = html(question.question) + (f" {AS_A_NUMBER}" if question.share else "")
            answers = _numbers(question)
        title = _escaped(f"{question.id} ({question.objective})")
        parts.append(f"::{title}::[html]{_escaped(asked)}{answers}")
    return "\n\n".join(parts) + "\n"


def _choices(question: ChoiceQuestion) -> str:
    right = sum(answer.correct for answer in question.answers)
    lines = []
    for answer in question.answers:
        if question.type == "single":
            mark = "=" if answer.correct else "~"
        else:
            share = 100 / right if answer.correct else -100 / (len(question.answers) - right)
            mark = f"~%{number(round(share, 5))}%"
        lines.append(f"  {mark}{_escaped(html(answer.text))}#{_escaped(html(answer.feedback))}")
    return "\n".join(["{", *lines, "}"])


def _numbers(question: NumericQuestion) -> str:
    tolerance = number(question.tolerance)
    lines = [f"  =%100%{number(question.answer)}:{tolerance}#{_escaped(html(question.feedback.correct))}"]
    lines += [
        f"  =%0%{number(mistake.value)}:{tolerance}#{_escaped(html(mistake.feedback))}" for mistake in question.mistakes
    ]
    lines.append(f"  ~#{_escaped(html(question.feedback.wrong))}")
    return "\n".join(["{#", *lines, "}"])


def _escaped(text: str) -> str:
    """The text with a backslash before what has a meaning in GIFT, on one line."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", " ".join(text.split()))
