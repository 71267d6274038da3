"""How hard the exercises were, and how well each tells students apart: classical item analysis.

**Difficulty** of an exercise is the mean share of its points that students earned, so 1 is the easiest. Its interval is
Wilson's, with the shares taken as if each had been all or nothing. No values from 0 to 1 with that mean vary more, so
with partial credit the interval is rather too wide than too narrow.

**Discrimination** is the item-rest correlation: Pearson's, between the points in the exercise and those in the rest of
the lesson. The exercise itself is left out of the rest, because it would correlate with itself. The interval is
Fisher's, by the z transformation; it is exact for normal data and a guide for points.

References
----------
L. Crocker and J. Algina, *Introduction to Classical and Modern Test Theory* (1986), chapter 14. S. Henrysson,
"Correction of item-total correlations in item analysis", *Psychometrika* 28 (1963). E. B. Wilson (1927), see
`evalkit.wilson_interval`. R. A. Fisher, "On the probable error of a coefficient of correlation", *Metron* 1 (1921).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.grading.results import CellResult, SubmissionResult
from evalkit.uncertainty import Interval, wilson_of

#: With fewer, an interval would say next to nothing, and a single student turns the number round.
MIN_STUDENTS = 10
LEVEL = 0.95
_Z = 1.959963984540054  # of the normal distribution, for that level
BINS = 10

TOO_FEW = f"too few students (fewer than {MIN_STUDENTS})"


@dataclass(frozen=True)
class ItemStatistics:
    """How a class did on one graded cell.

    Attributes
    ----------
    grade_id : str
    students, solved : int
        Who has been graded on it, and who has all its points.
    waiting : int
        Whose answer waits for a person.
    max_points : float
    difficulty, discrimination : Interval or str
        The number with its interval; or why there is none.
    """

    grade_id: str
    students: int
    solved: int
    waiting: int
    max_points: float
    difficulty: Interval | str
    discrimination: Interval | str

    @property
    def name(self) -> str:
        """How students know it."""
        return self.grade_id.removeprefix("check_")


@dataclass(frozen=True)
class Distribution:
    """The shares of the points that students have in a lesson: counts in ten bins of equal width, and quartiles."""

    counts: tuple[int, ...]
    quartiles: tuple[float, float, float]

    @property
    def students(self) -> int:
        """How many there are."""
        return sum(self.counts)


def distribution(results: Sequence[SubmissionResult]) -> Distribution | None:
    """The distribution of the results of one lesson; None if nobody has any."""
    shares = _shares([result.points / result.max_points for result in results if result.max_points > 0])
    if not len(shares):
        return None
    counts, _ = np.histogram(shares, bins=BINS, range=(0.0, 1.0))
    low, middle, high = np.quantile(shares, (0.25, 0.5, 0.75)).tolist()
    return Distribution(tuple(counts.tolist()), (low, middle, high))


def item_statistics(results: Sequence[SubmissionResult]) -> list[ItemStatistics]:
    """The statistics of each graded cell of one lesson, in its order.

    Parameters
    ----------
    results : sequence of SubmissionResult
        The graded submissions of the lesson. What was set aside says nothing about an exercise.
    """
    cells: dict[str, list[CellResult | None]] = {}
    for place, result in enumerate(results):
        for cell in result.cells:
            cells.setdefault(cell.grade_id, [None] * len(results))[place] = cell
    points = {name: _points(column) for name, column in cells.items()}
    # An answer that somebody still has to mark would make a rest of its own for each student.
    whole = [name for name, column in points.items() if not np.isnan(column).any()]
    found = []
    for name, column in cells.items():
        there = [cell for cell in column if cell is not None]
        known = points[name][~np.isnan(points[name])]
        worth = max(cell.max_points for cell in there)
        rest = np.sum([points[other] for other in whole if other != name], axis=0) if set(whole) - {name} else None
        found.append(
            ItemStatistics(
                grade_id=name,
                students=len(known),
                solved=int(np.sum(known >= worth)),
                waiting=sum(cell.needs_manual for cell in there),
                max_points=worth,
                difficulty=mean_share(known / worth) if worth > 0 else "it is worth no points",
                discrimination=_discrimination(points[name], rest),
            )
        )
    return found


def _points(column: Sequence[CellResult | None]) -> np.ndarray:
    """The points of each student; NaN where there are none yet."""
    known = [cell if cell is not None and not cell.needs_manual else None for cell in column]
    return np.array([math.nan if cell is None or cell.points is None else cell.points for cell in known])


def mean_share(shares: np.ndarray) -> Interval | str:
    """The mean of shares from 0 to 1, one for each student, with its interval."""
    if len(shares) < MIN_STUDENTS:
        return TOO_FEW
    return wilson_of(float(_shares(shares).sum()), len(shares), LEVEL)


def _shares(found: Sequence[float] | np.ndarray) -> np.ndarray:
    """Points that an instructor gave beyond the maximum are not more than all, nor is less than none to be had."""
    return np.clip(found, 0.0, 1.0)


def shares_of(results: Sequence[SubmissionResult], grade_ids: Collection[str]) -> np.ndarray:
    """The share of the points of some cells that each student has who has been graded on all of them."""
    shares = []
    for result in results:
        cells = [cell for cell in result.cells if cell.grade_id in grade_ids]
        points, worth = _points(cells), sum(cell.max_points for cell in cells)
        if worth > 0 and len(cells) == len(grade_ids) and not np.isnan(points).any():
            shares.append(float(points.sum()) / worth)
    return np.array(shares)


def _discrimination(points: np.ndarray, rest: np.ndarray | None) -> Interval | str:
    known = ~np.isnan(points)
    if known.sum() < MIN_STUDENTS:
        return TOO_FEW
    if rest is None:
        return "there is no other exercise to compare with"
    points, rest = points[known], rest[known]
    if np.ptp(points) == 0 or np.ptp(rest) == 0:
        return "all students have the same points" if np.ptp(points) == 0 else "all have the same points in the rest"
    r = float(np.corrcoef(points, rest)[0, 1])
    if abs(r) > 1 - 1e-9:
        # Fisher's transformation has no value there, and an interval of one point would be a lie.
        return f"{round(r)}: the exercise and the rest put all students in one order, so there is no interval"
    half = _Z / math.sqrt(len(points) - 3)
    return Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), r, LEVEL)
