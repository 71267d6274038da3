"""A worker that reads for ever, or takes all memory, costs one submission its turn and nobody else anything."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from grading_samples import LESSON, answered, hand_in, make_course

from autograder.grading.course import Course
from autograder.grading.intake.submission import Tasks
from autograder.grading.orders import LATER, Answer, Order, Task, read_order
from autograder.grading.running.pool import Pool, Worker, drive

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with closing(Pool()) as started:
        yield started


@pytest.fixture(scope="module")
def task(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Task:
    root = make_course(tmp_path_factory.mktemp("course"))
    hand_in(root, "ada", answered())
    course = Course(root)
    return Tasks(course, pool.folder).task("ada", course.lessons()[LESSON])


def way(*orders: Order) -> Generator[Order, Answer, list[Answer]]:
    answers = []
    for order in orders:
        answers.append((yield order))
    return answers


def test_reading_has_a_clock_and_a_limit_of_memory(pool: Pool, task: Task, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for_ever = replace(read_order(replace(task, lesson_file=str(tmp_path / "pipe"))), seconds=1.0)
    without_end = read_order(replace(task, lesson_file="/dev/zero"))
    # One worker does all of it, one after the other.
    late, large, honest = drive([way(for_ever), way(without_end), way(read_order(task))], [Worker(pool)])
    assert late == [{"trouble": "The grader did not answer within 1 seconds and was stopped."}]
    assert "more than the 1024 MB of memory" in large[0]["trouble"]
    assert honest[0]["gradable"]


def test_large_ones_let_the_others_go_first(pool: Pool, task: Task) -> None:
    ways = [
        way(read_order(replace(task, student=name)), *more, read_order(task))
        for name, more in (("large", [LATER]), ("ada", []), ("ben", []))
    ]
    keys = [way_answers[0]["key"] for way_answers in drive(ways, [Worker(pool)])]
    assert keys[-1] == next(drive([way(read_order(replace(task, student="large")))], [Worker(pool)]))[0]["key"]
