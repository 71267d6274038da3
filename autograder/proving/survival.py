"""Which mutants does an exercise tell from a right answer?

A mutant is caught if it loses points on every one of `SEEDS`. One that is not caught must be equivalent: give the right
answer on many wider draws, too. What is neither is named in ``survivors.json`` with its reason, or is a fault of the
exercise's cases.
"""

from __future__ import annotations

import json
import warnings
import zlib
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.checking.compare import same_outcome
from autograder.checking.exercise import Answer, Exercise, inputs_of
from autograder.checking.observe import Observation
from autograder.checking.plain import NotPlainError, from_plain, to_plain
from autograder.checking.timelimit import TimeLimit, time_limit
from autograder.proving.mutants import Mutant, changed_answers, mutants

if TYPE_CHECKING:
    import numpy as np

SEEDS = range(20)
#: Draws that show a mutant to be equivalent; of networks, each of which takes long, fewer.
WIDER, WIDER_OF_NETWORKS = 10_000, 60
#: Ours come to an end in far less; a mutant that does not is wrong.
_SECONDS = 0.2
_SECONDS_OF_NETWORKS = 2.0
_NAMED = Path(__file__).with_name("survivors.json")

Question = tuple[list[Any], Observation]


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


def reasons() -> dict[str, str]:
    """The mutants that are known to survive, and why they may."""
    known: dict[str, str] = json.loads(_NAMED.read_text(encoding="utf-8"))
    return known


def tally(exercise: Exercise, seeds: Sequence[int] = SEEDS, draws: int = WIDER, every: int = 1) -> Tally:
    """Make the mutants of an exercise, or each `every`-th of them, and see what becomes of them."""
    result = Tally(exercise.id)
    questions = [_drawn(exercise, seed) for seed in seeds]
    wider: list[Question] | None = None
    for name, mutant in list(_named_mutants(exercise))[::every]:
        if all(_differs(exercise, mutant.answer, asked) for asked in questions):
            result.caught += 1
            continue
        if wider is None:
            wider = list(_wider(exercise, draws))
            result.draws = len(wider)
        if name in reasons():
            result.named.append(name)
        elif _differs(exercise, mutant.answer, wider):
            result.open.append(name)
        else:
            result.equivalent.append(name)
    return result


def _named_mutants(exercise: Exercise) -> Iterator[tuple[str, Mutant]]:
    for name, right in {"reference": exercise.reference, **exercise.variants}.items():
        # Of networks nothing can be rounded.
        changed = changed_answers(right) if name == "reference" and not exercise.probe else []
        for mutant in mutants(right) + changed:
            yield f"{exercise.id}, {name}, {mutant.name}", mutant


def _drawn(exercise: Exercise, seed: int) -> list[Question]:
    key = exercise.answer_key(seed)
    return [(case["args"], case["expected"]) for case in key["cases"]]


def _differs(exercise: Exercise, answer: Answer, questions: Sequence[Question]) -> bool:
    """Whether an answer is wrong on some of the questions."""
    return any(
        not same_outcome(expected, _seen(exercise, answer, args), exercise.tolerance) for args, expected in questions
    )


def _seen(exercise: Exercise, answer: Answer, args: list[Any]) -> Observation:
    """What an answer does in one case: as the exercise observes it, but quickly."""
    if exercise.probe:
        look = import_module(exercise.probe).observe
        quick = "torch" not in vars(import_module(exercise.probe))
        seconds = _SECONDS if quick else _SECONDS_OF_NETWORKS
        observed: Observation = look(answer, [args], seconds=seconds)[0]
        return observed
    values = [from_plain(argument) for argument in args]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with time_limit(_SECONDS):
                return {"status": "returned", "value": to_plain(answer(*values))}
        except TimeLimit:
            return {"status": "timeout"}
        except NotPlainError as error:
            return {"status": "not-plain", "what": str(error)}
        except Exception as error:
            return {"status": "raised", "error": {"type": type(error).__name__, "message": ""}}


def _wider(exercise: Exercise, draws: int) -> Iterator[Question]:
    """Questions from other draws, most of them changed; only those on which all right answers agree are asked."""
    import numpy as np

    rng = np.random.default_rng([zlib.crc32(exercise.id.encode()), 2**33])
    if exercise.probe:
        draws = min(draws, WIDER_OF_NETWORKS) if "torch" in vars(import_module(exercise.probe)) else draws
    found = 0
    while found < draws:
        for case in exercise.cases(rng):
            for _ in range(1 if exercise.probe else 4):
                args = inputs_of([case])[0] if exercise.probe else [to_plain(a) for a in _varied(case.args, rng)]
                expected = _seen(exercise, exercise.reference, args)
                if expected["status"] == "returned" and not any(
                    _differs(exercise, variant, [(args, expected)]) for variant in exercise.variants.values()
                ):
                    found += 1
                    yield args, expected


def _varied(args: tuple[Any, ...], rng: np.random.Generator) -> list[Any]:
    """The arguments of a case with other rows, other sizes and other numbers."""
    import numpy as np

    varied = list(deepcopy(args))
    arrays = [i for i, value in enumerate(varied) if isinstance(value, np.ndarray)]
    if rng.random() < 0.8:
        for length in {len(varied[i]) for i in arrays} - {0}:
            rows = rng.integers(0, length, size=int(rng.integers(1, length + 3)))
            for i in arrays:
                if len(varied[i]) == length:
                    varied[i] = varied[i][rows]
    if arrays and rng.random() < 0.3:
        i = arrays[int(rng.integers(len(arrays)))]
        varied[i] = rng.permutation(varied[i])
    for i, value in enumerate(varied):
        if isinstance(value, (bool, str)) or i in arrays or rng.random() < 0.5:
            continue
        if isinstance(value, int):
            varied[i] = max(value + int(rng.integers(-2, 3)), 0)
        elif isinstance(value, float):
            others = [x for j in arrays if varied[j].dtype.kind == "f" for x in varied[j].ravel().tolist()]
            others += [other for other in args if isinstance(other, float)]
            varied[i] = float(rng.choice([*others, 0.0, 0.5, 1.0, 2.0, rng.random()]))
    return varied
