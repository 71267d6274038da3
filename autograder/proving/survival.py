"""Which mutants does an exercise tell from a right answer?

A mutant is caught if it loses points on every one of `SEEDS`. One that loses none on any of them must be equivalent:
give the right answer on many wider draws, too. What is neither is named in ``survivors.json`` with its reason, or is a
fault of the exercise's cases.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.checking.exercise import Answer, Exercise
from autograder.proving.asking import Question, differs, wider_questions, wrong_on_some
from autograder.proving.mutants import Mutant, changed_answers, mutants

SEEDS = range(20)
#: Draws that show a mutant to be equivalent.
WIDER = 10_000
#: So many at a time.
_CHUNK = 100
_NAMED = Path(__file__).with_name("survivors.json")

Progress = Callable[[str], None]


@dataclass
class Tally:
    """What became of the mutants of one exercise. `named` have a reason, `open` have none; names are full."""

    exercise: str
    caught: int = 0
    equivalent: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    draws: int = 0

    @property
    def made(self) -> int:
        """How many mutants there were."""
        return self.caught + len(self.equivalent) + len(self.named) + len(self.open)


@cache
def reasons() -> dict[str, str]:
    """The mutants that are known to survive, and why they may."""
    known: dict[str, str] = json.loads(_NAMED.read_text(encoding="utf-8"))
    return known


def tally(
    exercise: Exercise,
    seeds: Sequence[int] = SEEDS,
    draws: int = WIDER,
    every: int = 1,
    progress: Progress = lambda _: None,
) -> Tally:
    """Make the mutants of an exercise, or each `every`-th of them, and see what becomes of them.

    The cases come first: most mutants fall there, at the price of a call for each seed. Only those that are right on
    all of them are asked the wider draws, all together, each until its first wrong answer.
    """
    result = Tally(exercise.id)
    chosen = list(named_mutants(exercise))[::every]
    asked = [_drawn(exercise, seed) for seed in seeds]
    for i, (name, mutant) in enumerate(chosen):
        progress(f"{exercise.id}: mutant {i + 1:,} of {len(chosen):,}")
        loses = _loses(exercise, mutant.answer, asked)
        if loses:
            result.caught += 1
        elif name in reasons():
            result.named.append(name)
        elif loses is None:
            result.open.append(name)
        else:
            result.equivalent.append(name)
    return asked_wider(exercise, result, draws, progress)


def asked_wider(exercise: Exercise, found: Tally, draws: int, progress: Progress = lambda _: None) -> Tally:
    """The tally after its equivalent mutants, so far, have been asked so many wider draws."""
    survivors = {name: mutant.answer for name, mutant in named_mutants(exercise) if name in found.equivalent}
    if not survivors:
        return found
    left = dict(survivors)
    chunks = _batched(wider_questions(exercise), _CHUNK)
    for done in range(0, draws, _CHUNK):
        progress(f"{exercise.id}: {len(left):,} survivors, wider draw {done:,} of {draws:,}")
        asked = next(chunks)[: draws - done]
        left = {name: answer for name, answer in left.items() if not wrong_on_some(exercise, answer, asked)}
        if not left:
            break
    fallen = [name for name in survivors if name not in left]
    return replace(found, equivalent=list(left), open=found.open + fallen, draws=draws)


def named_mutants(exercise: Exercise) -> Iterator[tuple[str, Mutant]]:
    """The mutants of an exercise's right answers, each with a full name that no other has."""
    met: Counter[str] = Counter()
    for name, right in {"reference": exercise.reference, **exercise.variants}.items():
        # Of networks nothing can be rounded.
        changed = changed_answers(right) if name == "reference" and not exercise.probe else []
        for mutant in mutants(right) + changed:
            full = f"{exercise.id}, {name}, {mutant.name}"
            met[full] += 1
            # The same change can be made in several places of a line.
            yield full if met[full] == 1 else f"{full}, place {met[full]}", mutant


def _drawn(exercise: Exercise, seed: int) -> dict[str, Question]:
    return {case["name"]: (case["args"], case["expected"]) for case in exercise.answer_key(seed)["cases"]}


def _loses(exercise: Exercise, answer: Answer, asked: Sequence[dict[str, Question]]) -> bool | None:
    """Whether an answer loses points on every seed (True), on none (False), or on some only (None)."""
    first: bool | None = None
    tried: list[str] = []
    for questions in asked:
        # What told the answer on an earlier seed will most likely tell it again.
        order = [name for name in tried if name in questions]
        order += [name for name in questions if name not in order]
        told = next((name for name in order if differs(exercise, answer, questions[name])), None)
        if told is not None:
            tried = [told, *(name for name in tried if name != told)]
        if first is not None and first != (told is not None):
            return None
        first = told is not None
    return first


def _batched(questions: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while True:
        yield list(islice(questions, size))
