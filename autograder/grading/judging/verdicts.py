"""Judge the exercises of a notebook from outside: ask an observer what the functions do, and decide here."""

from __future__ import annotations

import importlib.util
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.checking.exercise import Exercise
from autograder.checking.judge import judge, verdict_for_error
from autograder.checking.timelimit import CLOCK_PER_PROCESSOR
from autograder.checking.verdict import CaseResult, Verdict
from autograder.exercises import get
from autograder.grading.judging.answer import ObserverError, TaskAnswer, read_answer
from autograder.grading.judging.cells import Cell, Contents, Test, read_notebook
from autograder.grading.judging.inspection import FORBIDDEN, forbidden_use, odd_things
from autograder.grading.judging.learner import VISIBLE_SEED, for_learner
from autograder.grading.judging.slice import Slice, slice_cells
from autograder.grading.judging.surroundings import unreadable_cells, what_is_otherwise
from autograder.grading.sentences import few

Observer = Callable[[dict[str, Any]], dict[str, Any]]

# Of processor time. The definitions that a function needs take none to speak of; a whole notebook may train a network.
SLICE_SECONDS = 10.0
NOTEBOOK_SECONDS = 90.0
# By the clock, for all questions about one notebook together. A submission that never answers is asked no more then.
ALL_SECONDS = 300.0
# The same for what a learner is shown. It must not depend on how long the answers took when it counted.
SHOWN_SECONDS = 120.0
MAX_REMARKS = 8
_MAX_MESSAGE_CHARACTERS = 2_000


class Verdicts(dict[str, Verdict]):
    """The verdict of each exercise, by its id: for the gradebook and for instructors.

    Attributes
    ----------
    shown : dict of str to Verdict
        What the learner may read of each (see ``learner``).
    remarks : list of str
        What an instructor should know, a sentence each.
    unjudged : list of str
        The grade ids of the test cells that are not checks of an exercise. They keep the grade of their own run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, Verdict] = {}
        self.remarks: list[str] = []
        self.unjudged: list[str] = []


def trusted_verdicts(notebook: Mapping[str, Any], lesson: str, seed: int, observer: Observer) -> Verdicts:
    """Judge every exercise of a notebook on cases that the submission has not seen.

    Parameters
    ----------
    notebook : mapping
        A notebook that intake has put in order, with the lesson's own test cells. It is not changed.
    lesson : str
        The lesson; the observer may choose by it what is loaded before the submission starts.
    seed : int
        From which the cases are drawn. See `case_seed`.
    observer : callable
        Takes a request to a process that runs the submission, and returns its answer (see ``observer``). It raises
        `ObserverError` where the submission's process gives none; any other exception is the grader's own and passes
        through.

    Returns
    -------
    Verdicts
        One for each exercise that a test cell checks. It is the same whenever the notebook and the seed are.
    """
    contents = read_notebook(notebook)
    verdicts = Verdicts()
    verdicts.unjudged = list(contents.unjudged)
    answers = _observe(contents, contents.tests, lesson, seed, _Patience(observer, ALL_SECONDS))
    for test in contents.tests:
        verdicts[test.exercise.id] = _decide(contents, test, seed, answers[test.exercise.id], verdicts.remarks)
    verdicts.shown = _shown(contents, verdicts, lesson, seed, observer)
    odd = odd_things([cell for cell in contents.cells if cell.readable])
    unread = [
        f"{cell} is too long to be read; what stands in it was only run."
        for cell in contents.cells
        if not cell.readable
    ]
    verdicts.remarks += few(unread, 3, "{} more cells are too long to be read.".format)
    verdicts.remarks += few([str(finding) for finding in odd], MAX_REMARKS, "{} more such lines were found.".format)
    return verdicts


def _shown(
    contents: Contents, verdicts: Mapping[str, Verdict], lesson: str, seed: int, observer: Observer
) -> dict[str, Verdict]:
    """What the learner may read. Answers that lost points are asked once more, on the inputs of the visible check."""
    if seed == VISIBLE_SEED:
        return dict(verdicts)
    explained = [test for test in contents.tests if not _needs_no_words(verdicts[test.exercise.id])]
    # A new process, which is never given the other inputs.
    answers = _observe(contents, explained, lesson, VISIBLE_SEED, _Patience(observer, SHOWN_SECONDS))
    shown = {}
    for test in contents.tests:
        name = test.exercise.id
        if name in answers:
            shown[name] = for_learner(verdicts[name], _decide(contents, test, VISIBLE_SEED, answers[name], []))
        else:
            shown[name] = _all_right(test)
    return shown


def _needs_no_words(verdict: Verdict) -> bool:
    return verdict.passed and not verdict.hints


def _all_right(test: Test) -> Verdict:
    """The cases in the order of the visible check: that of the grade's is nobody's business."""
    cases = _key(test.exercise.id, VISIBLE_SEED)["cases"]
    right = [CaseResult(case["name"], case["points"], case["points"], "right") for case in cases]
    return Verdict(test.exercise.id, test.exercise.points, right).scaled(test.points)


class _Patience:
    """An observer, and how long it may still be asked."""

    def __init__(self, observer: Observer, seconds: float) -> None:
        self.observer = observer
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        left = self.end - time.monotonic()
        if left <= 0:
            raise ObserverError(f"had not answered when the {self.seconds:g} seconds for the notebook were over")
        return self.observer({**request, "seconds": min(request["seconds"], left / CLOCK_PER_PROCESSOR)})


def _observe(
    contents: Contents, tests: Sequence[Test], lesson: str, seed: int, observer: Observer
) -> dict[str, TaskAnswer]:
    """Ask about what the functions depend on, all at once; and where that is not enough, run all cells."""
    if not tests:
        return {}
    sources = [cell.source for cell in contents.cells]
    # What is too long to be read may change anything.
    read = [cell.source if cell.readable else "" for cell in contents.cells]
    part = slice_cells(read, [test.exercise.function_name for test in tests])
    if read != sources:
        part = Slice(part.cells, frozenset())
    answers = _ask(part.cells, tests, lesson, seed, SLICE_SECONDS, observer)
    again = [test for test in tests if _needs_more(test, part, answers[test.exercise.id])]
    whole = _ask(sources, again, lesson, seed, NOTEBOOK_SECONDS, observer) if again else {}
    # A notebook can be too slow, or break down far from the function: then what is known stays.
    return answers | {
        name: answer for name, answer in whole.items() if answer.observations or not answers[name].observations
    }


def _needs_more(test: Test, part: Slice, answer: TaskAnswer) -> bool:
    if test.exercise.function_name not in part.closed:
        return True
    # What another cell may have defined, written, or brought along.
    names = ("NameError", "UnboundLocalError", "FileNotFoundError", "ImportError", "ModuleNotFoundError")
    return not answer.broken and (
        not answer.observations
        or bool(answer.faults)
        or any(seen["status"] == "raised" and seen["error"]["type"] in names for seen in answer.observations)
    )


def _ask(
    sources: Sequence[str], tests: Sequence[Test], lesson: str, seed: int, seconds: float, observer: Observer
) -> dict[str, TaskAnswer]:
    request = {
        "nonce": secrets.token_hex(16),
        "lesson": lesson,
        "seconds": seconds,
        "blocked": sorted(FORBIDDEN),
        "cells": list(sources),
        "tasks": [_task(test, seed) for test in tests],
    }
    try:
        return read_answer(observer(request), request)
    except ObserverError as error:
        if len(tests) == 1:
            return {tests[0].exercise.id: TaskAnswer(problem=f"the process that ran it {error}", broken=True)}
    # One function that ends the process must not cost the points of the others.
    found: dict[str, TaskAnswer] = {}
    for test in tests:
        found |= _ask(sources, [test], lesson, seed, seconds, observer)
    return found


def _task(test: Test, seed: int) -> dict[str, Any]:
    return {
        "exercise": test.exercise.id,
        "after": test.after,
        "function": test.exercise.function_name,
        "inputs": [case["args"] for case in _key(test.exercise.id, seed)["cases"]],
        "seconds": test.exercise.seconds,
        "probe": _probe(test.exercise),
    }


def _probe(exercise: Exercise) -> str | None:
    """The source of the module by which an exercise looks at an answer that is more than a plain function."""
    spec = importlib.util.find_spec(exercise.probe) if exercise.probe else None
    return Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else None


@lru_cache(maxsize=64)
def _key(exercise_id: str, seed: int) -> dict[str, Any]:
    return get(exercise_id).answer_key(seed)


@lru_cache(maxsize=64)
def _wrong_answers(exercise_id: str, seed: int) -> dict[str, dict[str, Any]]:
    return get(exercise_id).wrong_answers(seed)


def _decide(contents: Contents, test: Test, seed: int, answer: TaskAnswer, remarks: list[str]) -> Verdict:
    verdict = _judge(contents, test, seed, answer, remarks)
    if not verdict.passed:
        # Behind the hints of recognised mistakes, each of which stands at the place of its name.
        known = len(verdict.misconceptions)
        otherwise = what_is_otherwise(answer, contents.written_with)
        hints = [*verdict.hints[:known], *otherwise, *verdict.hints[known:]]
        verdict = Verdict(verdict.exercise, verdict.max_points, verdict.cases, hints, verdict.misconceptions)
        remarks += [said for said in unreadable_cells(answer, contents.written_with) if said not in remarks]
    return verdict.scaled(test.points)


def _judge(contents: Contents, test: Test, seed: int, answer: TaskAnswer, remarks: list[str]) -> Verdict:
    exercise, key = test.exercise, _key(test.exercise.id, seed)
    before = contents.cells[: test.after]
    use = forbidden_use([cell for cell in before if cell.readable], exercise.function_name)
    package = use.what.partition(".")[0] if use else _stopped_by(answer)
    if package:
        what = use.what if use else FORBIDDEN[package]
        if use:
            remarks.append(str(use))
        return verdict_for_error(
            key,
            f"{exercise.function_name} uses {what}.",
            f"This exercise asks you to write the computation yourself, so {FORBIDDEN[package]} cannot be used in it. "
            "Count and calculate with Python and NumPy; your other cells may use it to compare.",
        )
    if answer.problem:
        if answer.broken:
            remarks.append(f"{test.grade_id} earned nothing: {answer.problem}.")
        return verdict_for_error(key, f"{answer.problem}.", _problem_hint(exercise, answer, before))
    verdict = judge(key, answer.observations)
    if not verdict.passed:
        verdict = judge(key, answer.observations, _wrong_answers(exercise.id, seed))
    return _bounded(verdict)


def _stopped_by(answer: TaskAnswer) -> str:
    """The package that a function called and did not find, going by the error of the observer's stand-in."""
    for seen in answer.observations:
        if seen["status"] == "raised" and seen["error"]["type"] == "NotAvailableError":
            package = str(seen["error"]["message"]).partition(".")[0]
            if package in FORBIDDEN:
                return package
    return ""


def _problem_hint(exercise: Exercise, answer: TaskAnswer, cells: Sequence[Cell]) -> str:
    for fault in reversed(answer.faults):
        if 0 < fault.cell <= len(cells) and cells[fault.cell - 1].name == exercise.id:
            where = f" in line {fault.line}" if fault.line else ""
            # Python adds to a syntax error where it is, in a file that the student has never seen.
            message = re.sub(r" \([^()]*, line \d+\)$", "", fault.message)
            return f"Your cell stopped with {fault.type}{where}: {message}. Correct that first."
    return f"Define {exercise.signature} in the cell above the check, and run the whole notebook once from the top."


def _bounded(verdict: Verdict) -> Verdict:
    """The verdict with messages of a length that a page can show: they quote what the submission returned."""
    if all(len(case.message) <= _MAX_MESSAGE_CHARACTERS for case in verdict.cases):
        return verdict
    cases = [CaseResult(c.name, c.points, c.max_points, c.message[:_MAX_MESSAGE_CHARACTERS]) for c in verdict.cases]
    return Verdict(verdict.exercise, verdict.max_points, cases, verdict.hints, verdict.misconceptions)
