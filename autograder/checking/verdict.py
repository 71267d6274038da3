"""The result of a check: a number for the grader, a page for the learner."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MIME_TYPE = "application/vnd.autograder.verdict+json"
#: The message of every case of a function that has not been written.
NOT_WRITTEN = "not written yet"
_DIGITS = 6


@dataclass(frozen=True)
class CaseResult:
    """How one case went: its name, the points it earned, the points it is worth, and a message for the learner."""

    name: str
    points: float
    max_points: float
    message: str

    @property
    def passed(self) -> bool:
        """Whether the case earned all its points."""
        return self.points >= self.max_points


class Verdict(float):
    """The points that a submission earned, as a number, and why.

    Its ``repr`` is the points, which is how nbgrader reads partial credit. Its HTML form is what a learner reads in
    the notebook; ``print(verdict)`` gives the same as text.

    Attributes
    ----------
    exercise : str
        The exercise's id.
    max_points : float
        The points of a right answer.
    cases : tuple of CaseResult
        One for each case.
    hints : tuple of str
        What to do next, most useful first.
    misconceptions : tuple of str
        The ids of the misconceptions that it recognised.

    Notes
    -----
    The points are the sum of those of the cases, unless they are given: a grade is earned on other inputs than those
    that a learner reads about.
    """

    exercise: str
    max_points: float
    cases: tuple[CaseResult, ...]
    hints: tuple[str, ...]
    misconceptions: tuple[str, ...]

    def __new__(
        cls,
        exercise: str,
        max_points: float,
        cases: Sequence[CaseResult],
        hints: Sequence[str] = (),
        misconceptions: Sequence[str] = (),
        points: float | None = None,
    ) -> Verdict:
        earned = sum(case.points for case in cases) if points is None else points
        # Rounded, so that three thirds of a point are a point.
        verdict = super().__new__(cls, round(earned, _DIGITS))
        verdict.exercise = exercise
        verdict.max_points = float(max_points)
        verdict.cases = tuple(cases)
        verdict.hints = tuple(hints)
        verdict.misconceptions = tuple(misconceptions)
        return verdict

    @property
    def passed(self) -> bool:
        """Whether every case is right, and all points are earned."""
        return all(case.passed for case in self.cases) and float(self) >= round(self.max_points, _DIGITS)

    def scaled(self, max_points: float) -> Verdict:
        """The same verdict where the exercise is worth other points. The cases keep theirs: they say what is right."""
        if max_points == self.max_points:
            return self
        points = float(self) * max_points / self.max_points
        return Verdict(self.exercise, max_points, self.cases, self.hints, self.misconceptions, points)

    def __str__(self) -> str:
        if self._unwritten():
            return f"{self._headline()}. {self.hints[0]}"
        lines = [self._headline()]
        lines += [f"  {'✓' if passed else '✗'} {name}: {message}" for passed, name, message in self._rows()]
        lines += [f"Hint: {hint}" for hint in self.hints]
        return "\n".join(lines)

    def __reduce__(self) -> Any:
        return (Verdict, (self.exercise, self.max_points, self.cases, self.hints, self.misconceptions, float(self)))

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, for reports."""
        return {
            "exercise": self.exercise,
            "points": float(self),
            "max_points": self.max_points,
            "passed": self.passed,
            "cases": [
                {"name": c.name, "points": c.points, "max_points": c.max_points, "message": c.message}
                for c in self.cases
            ],
            "hints": list(self.hints),
            "misconceptions": list(self.misconceptions),
        }

    def _unwritten(self) -> bool:
        """Whether there is nothing to say but that the function has not been written."""
        return bool(self.hints) and {case.message for case in self.cases} == {NOT_WRITTEN}

    def _rows(self) -> list[tuple[bool, str, str]]:
        """A line for each case: whether it passed, its name, its message; one for all where all say the same."""
        if len(self.cases) > 1 and not float(self) and len({case.message for case in self.cases}) == 1:
            return [(False, f"all {len(self.cases)} cases", self.cases[0].message)]
        return [(case.passed, case.name, case.message) for case in self.cases]

    def _headline(self) -> str:
        if self._unwritten() or not self.cases:
            return f"{self.exercise}: {float(self):g} of {self.max_points:g} points"
        right = sum(case.passed for case in self.cases)
        state = "all right" if self.passed else f"{right} of {len(self.cases)} cases right"
        return f"{self.exercise}: {float(self):g} of {self.max_points:g} points, {state}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": self._repr_html_(), MIME_TYPE: self.to_dict()}

    def _repr_html_(self) -> str:
        # Colour repeats what words and symbols say; it never says it alone. Inherited text colour keeps contrast in
        # light and dark themes.
        accent = "#009E73" if self.passed else "#D55E00"
        label = html.escape(self._headline(), quote=True)
        frame = (
            f"<section role='status' aria-label='Result of the check of {html.escape(self.exercise, quote=True)}' "
            f"style='border-left:4px solid {accent};padding:0 0 0 1em;margin:.5em 0;max-width:50em'>"
        )
        if self._unwritten():
            return f"{frame}<p><strong>{label}.</strong> {html.escape(self.hints[0])}</p></section>"
        rows, first = "", True
        for passed, name, message in self._rows():
            title = f"<span aria-hidden='true'>{'✓' if passed else '✗'}</span> <strong>{html.escape(name)}</strong>"
            text = html.escape(message)
            # One wrong case is enough to begin with; the arguments of all of them would fill the screen.
            folded = f"<details><summary>{title}</summary>{text}</details>"
            rows += f"<li style='list-style:none'>{f'{title}: {text}' if passed or first else folded}</li>"
            first = first and passed
        hints = "".join(f"<p><strong>Hint.</strong> {html.escape(hint)}</p>" for hint in self.hints)
        return (
            f"{frame}<p><strong>{label}</strong></p>{hints}"
            f"<ul style='padding-left:0;margin:.5em 0'>{rows}</ul></section>"
        )
