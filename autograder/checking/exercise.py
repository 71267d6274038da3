"""Exercises: one declaration serves the notebook, the grader, the report and the grader's own evaluation."""

from __future__ import annotations

import contextlib
import io
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Any

from autograder.checking.compare import same_outcome
from autograder.checking.observe import Observation, observe
from autograder.checking.plain import Plain, to_plain

if TYPE_CHECKING:
    import numpy as np

Answer = Callable[..., Any]

# How often inputs are drawn again, and how many draws tell what is usual.
_MAX_ATTEMPTS = 100
_PILOTS = 9
_PILOT_SEED = 2**32


@dataclass(frozen=True)
class Case:
    """One call that a submission must answer: a name that a learner can read, the arguments, and the points."""

    name: str
    args: tuple[Any, ...]
    points: float


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that real learners give, and the hint that takes them from it to the right one."""

    answer: Answer
    hint: str


@dataclass(frozen=True)
class Exercise:
    """A graded task.

    Parameters
    ----------
    id : str
        The name by which `autograder.check` knows it.
    lesson, objective : str
        Where it stands, and the learning objective that it measures.
    points : float
        What a full answer earns. The points of the cases add up to it.
    signature : str
        The call that a learner must make possible, such as ``"precision(y_true, y_pred)"``.
    cases : callable
        From a random generator to the cases, an ordinary one first. Another seed gives other inputs, the same names.
    reference : callable
        The oracle.
    misconceptions : mapping of str to Misconception
        Named wrong answers. Each loses points, and each differs from every other on some case.
    variants : mapping of str to callable
        Right answers that are written differently. Each earns full points.
    tolerance : float
        How far a number may lie from the oracle's, relative to it.
    seconds : float
        Time limit of one call.
    probe : str, optional
        For an answer that is more than a plain function, such as a module of torch: the name of a module with
        ``observe(function, inputs, *, seconds)``, which looks at it and gives plain observations. It runs where the
        learner's code runs, so it may import only `observe`, `plain` and `timelimit` of this folder, and knows no
        answers. Where what a learner's function is given is no plain data, its ``in_words(*args)`` says what it is.
    """

    id: str
    lesson: str
    objective: str
    points: float
    signature: str
    cases: Callable[[np.random.Generator], Sequence[Case]]
    reference: Answer
    misconceptions: Mapping[str, Misconception]
    variants: Mapping[str, Answer]
    tolerance: float = 1e-6
    seconds: float = 2.0
    probe: str | None = None

    @property
    def function_name(self) -> str:
        """The name that a learner's function must have."""
        return self.signature.split("(")[0]

    @property
    def arguments(self) -> list[str]:
        """The names of the arguments, in order."""
        inside = self.signature.split("(", 1)[1].rsplit(")", 1)[0]
        return [part.split("=")[0].strip() for part in inside.split(",")]

    def draw(self, seed: int) -> list[Case]:
        """The cases of a seed. Raises ValueError where their points do not add up to the exercise's.

        By chance a wrong answer can be right on some inputs, or two wrong ones can agree on all. Such inputs are drawn
        again, so that the same mistake costs the same points and gets its own hint, whatever the seed. The order is
        drawn, too, so that no answer can be told from the number of the call; only with seed 0, that of the check
        which learners see, an ordinary case comes first.
        """
        if seed not in self._drawn:
            rng = self._generator(seed)
            cases = self._cases(rng)
            for _ in range(_MAX_ATTEMPTS):
                if self.probe or self._tell(cases):
                    break
                cases = self._cases(rng)
            self._drawn[seed] = self._shuffled(cases, seed)
        return self._drawn[seed]

    def _shuffled(self, cases: list[Case], seed: int) -> list[Case]:
        import numpy as np

        if seed == 0:
            return cases
        # A generator of its own: the inputs are drawn as often as it takes, and must not change the order.
        order = np.random.default_rng([zlib.crc32(self.id.encode()), seed, 1]).permutation(len(cases))
        return [cases[i] for i in order]

    @cached_property
    def _drawn(self) -> dict[int, list[Case]]:
        return {}

    def _generator(self, seed: int) -> np.random.Generator:
        import numpy as np

        # Two exercises never see the same numbers, even with the same seed.
        return np.random.default_rng([zlib.crc32(self.id.encode()), seed])

    def _cases(self, rng: np.random.Generator) -> list[Case]:
        cases = list(self.cases(rng))
        total = sum(case.points for case in cases)
        if abs(total - self.points) > 1e-9:
            raise ValueError(f"exercise {self.id!r}: its cases are worth {total} points, not {self.points}")
        return cases

    @cached_property
    def points_of_cases(self) -> float:
        """What the cases of a draw are worth together. Raises whatever the drawing of the cases raises."""
        return sum(case.points for case in self.cases(self._generator(0)))

    def _tell(self, cases: Sequence[Case]) -> bool:
        """Whether each misconception fails the cases that it usually fails, and no two answer all of them alike."""
        outcomes = self._outcomes(cases)
        lost = self._lost(cases, outcomes)
        if lost != self._usually_lost:
            return False
        # Only those that fail the same cases can be twins.
        failed = {name: {i for who, i in lost if who == name} for name in outcomes}
        return not any(
            all(same_outcome(outcomes[one][i], outcomes[two][i], self.tolerance) for i in failed[one])
            for one, two in combinations(outcomes, 2)
            if failed[one] == failed[two]
        )

    def _outcomes(self, cases: Sequence[Case]) -> dict[str, list[Observation]]:
        """What each misconception does on each case."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {
                name: [_outcome(wrong.answer, case) for case in cases] for name, wrong in self.misconceptions.items()
            }

    def _lost(self, cases: Sequence[Case], outcomes: Mapping[str, list[Observation]]) -> set[tuple[str, int]]:
        """Which misconception fails which case."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = [_outcome(self.reference, case) for case in cases]
        return {
            (name, i)
            for name, answers in outcomes.items()
            for i, answer in enumerate(answers)
            if not same_outcome(expected[i], answer, self.tolerance)
        }

    @cached_property
    def _usually_lost(self) -> set[tuple[str, int]]:
        """Which misconception fails which case in most draws."""
        rng = self._generator(_PILOT_SEED)
        drawn = [self._cases(rng) for _ in range(_PILOTS)]
        counts = Counter(pair for cases in drawn for pair in self._lost(cases, self._outcomes(cases)))
        return {pair for pair, count in counts.items() if 2 * count > _PILOTS}

    def observe(self, answer: Answer, inputs: Sequence[list[Plain]]) -> list[Observation]:
        """Run an answer on plain inputs, through the exercise's probe where it has one."""
        look = import_module(self.probe).observe if self.probe else observe
        observations: list[Observation] = look(answer, inputs, seconds=self.seconds)
        return observations

    def answer_key(self, seed: int) -> dict[str, Any]:
        """Everything that the judge needs to know about the right answer, as plain data.

        Raises RuntimeError where the reference itself fails.
        """
        cases = self.draw(seed)
        inputs = inputs_of(cases)
        expected = self.observe(self.reference, inputs)
        for case, outcome in zip(cases, expected, strict=True):
            # Otherwise a broken oracle would grade every right answer as wrong.
            if outcome["status"] != "returned":
                raise RuntimeError(f"exercise {self.id!r}: its reference failed on case {case.name!r}: {outcome}")
        in_words = getattr(import_module(self.probe), "in_words", None) if self.probe else None
        return {
            "exercise": self.id,
            "function": self.function_name,
            "arguments": self.arguments,
            "points": self.points,
            "tolerance": self.tolerance,
            "seconds": self.seconds,
            "cases": [
                {"name": case.name, "points": case.points, "args": args, "expected": outcome}
                | ({"call": in_words(*case.args)} if in_words else {})
                for case, args, outcome in zip(cases, inputs, expected, strict=True)
            ],
        }

    def wrong_answers(self, seed: int) -> dict[str, dict[str, Any]]:
        """The hint of each misconception, and what it answers on the cases of a seed, as plain data."""
        inputs = inputs_of(self.draw(seed))
        return {
            name: {"hint": misconception.hint, "outcomes": Outcomes(self, misconception.answer, inputs)}
            for name, misconception in self.misconceptions.items()
        }


class Outcomes:
    """What an answer of our own does on each case, worked out when somebody asks for the case.

    One case tells most misconceptions from a submission, and where the answers are networks each case takes long.
    """

    def __init__(self, exercise: Exercise, answer: Answer, inputs: Sequence[list[Plain]]) -> None:
        self._exercise, self._answer, self._inputs = exercise, answer, inputs
        self._known: dict[int, Observation] = {}

    def __len__(self) -> int:
        return len(self._inputs)

    def __getitem__(self, place: int) -> Observation:
        if place not in self._known:
            arguments = self._inputs[place]
            # Some print where they should return or raise: that is not the learner's output.
            with contextlib.redirect_stdout(io.StringIO()):
                (self._known[place],) = self._exercise.observe(self._answer, [arguments])
        return self._known[place]


def _outcome(answer: Answer, case: Case) -> Observation:
    """What an answer of our own does on a case. Quicker than `observe`, because it can be trusted to come to an end."""
    try:
        return {"status": "returned", "value": to_plain(answer(*deepcopy(case.args)))}
    except Exception as error:
        return {"status": "raised", "error": {"type": type(error).__name__}}


def inputs_of(cases: Sequence[Case]) -> list[list[Plain]]:
    """The plain arguments of each case: all that ever enters a learner's process."""
    return [[to_plain(argument) for argument in case.args] for case in cases]
