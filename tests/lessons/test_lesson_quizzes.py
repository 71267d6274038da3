"""A quiz cannot be passed by its form: the right answer has no place and no length of its own."""

from collections import Counter
from pathlib import Path

import pytest

from autograder.authoring.quiz_bank import load_quiz
from autograder.authoring.source import lesson_sources

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=lesson_sources(ROOT), ids=lambda source: source.parent.name)
def questions(request):
    return load_quiz(request.param.with_name("quiz.yml")).questions


@pytest.fixture
def single(questions):
    return [question for question in questions if question.type == "single"]


def place_of_the_right_answer(question):
    return next(place for place, answer in enumerate(question.answers) if answer.correct)


def test_the_right_answer_stands_anywhere(single):
    places = Counter(place_of_the_right_answer(question) for question in single)
    last = sum(place_of_the_right_answer(question) == len(question.answers) - 1 for question in single)
    assert max(places.values()) <= 0.5 * len(single)
    assert 0 < last < len(single)


def test_the_right_answer_is_not_the_longest_as_a_rule(single):
    lengths = [([len(answer.text) for answer in q.answers], place_of_the_right_answer(q)) for q in single]
    longest = [max(others) == others[place] for others, place in lengths]
    assert sum(longest) <= 0.5 * len(single), [q.id for q, it in zip(single, longest, strict=True) if it]


def test_the_text_leaves_it_to_the_page_how_to_answer(questions):
    assert [q.id for q in questions if "all that apply" in q.question.lower() or "every" in q.question.split()] == []


def test_every_lesson_asks_in_the_text_and_at_the_end(questions):
    assert sum(question.block for question in questions) >= 3
    assert sum(not question.block for question in questions) >= 3


def test_a_percentage_is_offered_only_where_the_answer_is_a_share(questions):
    assert [q.id for q in questions if q.type == "numeric" and q.share and not 0 <= q.answer <= 1] == []
