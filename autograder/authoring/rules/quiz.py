"""The rules of a lesson's quiz: it cannot be passed by its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from autograder.authoring.quiz_bank import Answer, ChoiceQuestion, NumericQuestion
from autograder.authoring.rules.material import Material

MIN_BLOCK, MIN_TOGETHER = 3, 3
_NUMBERS = dict(
    enumerate(
        [
            *("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
            *("Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen", "Twenty"),
        ]
    )
)


def there(lesson: Material) -> Iterator[str]:
    questions = lesson.questions
    block = sum(question.block for question in questions)
    if block < MIN_BLOCK:
        yield f"quiz.yml needs {MIN_BLOCK} questions or more for the text, with block: true; it has {block}"
    if len(questions) - block < MIN_TOGETHER:
        yield f"quiz.yml needs {MIN_TOGETHER} questions or more for the end; it has {len(questions) - block}"


def announced(lesson: Material) -> Iterator[str]:
    together = sum(not question.block for question in lesson.questions)
    number = _NUMBERS.get(together, str(together))
    words = lesson.section("## Quiz").split()
    if words[:2] != [number, "questions."]:
        yield f'the text under ## Quiz must begin with "{number} questions."'
    if {"minute", "minutes", "minutes."} & set(words):
        yield "the text under ## Quiz must not speak of minutes, which stand on the first page"


def _single(lesson: Material) -> list[tuple[list[Answer], int]]:
    """The answers of each question that has one right answer, and the place of that one."""
    return [
        (question.answers, next(place for place, answer in enumerate(question.answers) if answer.correct))
        for question in lesson.questions
        if isinstance(question, ChoiceQuestion) and question.type == "single"
    ]


def places(lesson: Material) -> Iterator[str]:
    single = _single(lesson)
    most = Counter(place for _, place in single).most_common(1)
    if most and most[0][1] > 0.5 * len(single):
        yield f"the right answer stands at place {most[0][0] + 1} in {most[0][1]} of {len(single)} single choices"
    last = sum(place == len(answers) - 1 for answers, place in single)
    if single and last in (0, len(single)):
        yield f"the right answer is the last one in {last} of {len(single)} single-choice questions: mix the places"


def lengths(lesson: Material) -> Iterator[str]:
    single = _single(lesson)
    longest = sum(len(answers[place].text) == max(len(answer.text) for answer in answers) for answers, place in single)
    if longest > 0.5 * len(single):
        yield f"the right answer is the longest one in {longest} of {len(single)} single-choice questions"


def wording(lesson: Material) -> Iterator[str]:
    for question in lesson.questions:
        if "all that apply" in question.question.lower() or "every" in question.question.split():
            yield f'question {question.id}: the page says how many to choose; leave out "all that apply" and "every"'
        if isinstance(question, NumericQuestion) and question.share and not 0 <= question.answer <= 1:
            yield f"question {question.id}: share: true is for a right answer from 0 to 1, not {question.answer:g}"
