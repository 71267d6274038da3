"""Exercises: one declaration serves the notebook, the grader, the report and the grader's own evaluation."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.observe import Observation, observe
from autograder.plain import Plain, to_plain

if TYPE_CHECKING:
    import numpy as np

Answer = Callable[..., Any]


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
        """The cases of a seed. Raises ValueError where their points do not add up to the exercise's."""
        import numpy as np

        # Two exercises never see the same numbers, even with the same seed.
        rng = np.random.default_rng([zlib.crc32(self.id.encode()), seed])
        cases = list(self.cases(rng))
        total = sum(case.points for case in cases)
        if abs(total - self.points) > 1e-9:
            raise ValueError(f"exercise {self.id!r}: its cases are worth {total} points, not {self.points}")
        return cases

    def observe(self, answer: Answer, inputs: Sequence[list[Plain]]) -> list[Observation]:
        """Run an answer on plain inputs. An exercise whose answer is more than a plain function overrides this."""
        return observe(answer, inputs, seconds=self.seconds)

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
        return {
            "exercise": self.id,
            "function": self.function_name,
            "arguments": self.arguments,
            "points": self.points,
            "tolerance": self.tolerance,
            "seconds": self.seconds,
            "cases": [
                {"name": case.name, "points": case.points, "args": args, "expected": outcome}
                for case, args, outcome in zip(cases, inputs, expected, strict=True)
            ],
        }

    def wrong_answers(self, seed: int) -> dict[str, dict[str, Any]]:
        """What each misconception answers on the cases of a seed, with its hint, as plain data."""
        inputs = inputs_of(self.draw(seed))
        return {
            name: {"hint": misconception.hint, "outcomes": self.observe(misconception.answer, inputs)}
            for name, misconception in self.misconceptions.items()
        }


def inputs_of(cases: Sequence[Case]) -> list[list[Plain]]:
    """The plain arguments of each case: all that ever enters a learner's process."""
    return [[to_plain(argument) for argument in case.args] for case in cases]
