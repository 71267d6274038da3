"""The eight numbers of lesson 12's capstone: which are right, and what went wrong with the others.

A remark says what somebody did and never gives the number away. The numbers earn no points: whoever marks the report
sees the result, and gets the right numbers with `autograder case NAME`.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from autograder.lesson.release_case import LOST, SHARED_SOURCES, ReleaseCase
from evalkit.production.comparison import Cohort

NUMBERS = ("rows", "lost", "fixed", "broken", "delta", "low", "high", "worst_delta")
WHOLE = NUMBERS[:4]
COHORT = "worst_cohort"
EXAMPLE = "example"
# Three decimals are asked for; both ends of the interval may be Tango's or that over sources.
TOLERANCE = {"delta": 0.0006, "low": 0.001, "high": 0.001, "worst_delta": 0.0006}


@dataclass(frozen=True)
class Truth:
    """The right numbers of a name.

    Attributes
    ----------
    numbers : dict of str to float
    cohort : str
        Such as "night × camera 7".
    """

    numbers: dict[str, float]
    cohort: str


def right_numbers(case: ReleaseCase) -> Truth:
    """Return what belongs into the report."""
    found = case.comparison.first
    table = found.overall.table
    low, high = found.overall.interval()
    worst, _ = found.suspicious()[0]
    values = (table.rows, table.lost, table.fixed, table.broken, table.difference, low, high, worst.table.difference)
    return Truth(dict(zip(NUMBERS, values, strict=True)), worst.name)


@dataclass(frozen=True)
class Remark:
    """What is said of one entry; `right` is None if nothing was typed."""

    entry: str
    right: bool | None
    words: str


@dataclass(frozen=True)
class Numbers:
    """What became of all entries."""

    name: str
    remarks: tuple[Remark, ...]

    @property
    def right(self) -> int:
        """How many of the eight numbers are right; the name of the cohort is no number."""
        return sum(remark.right is True for remark in self.remarks if remark.entry in NUMBERS)

    @property
    def summary(self) -> str:
        """One sentence for whoever marks the report."""
        cohort = next(remark for remark in self.remarks if remark.entry == COHORT)
        said = {True: "the cohort is found", False: "the cohort is another one", None: "no cohort is named"}
        return f"Pictures of “{self.name}”: {self.right} of {len(NUMBERS)} numbers are right, {said[cohort.right]}."

    def __str__(self) -> str:
        marks = {True: "right", False: "not yet", None: "to do"}
        width = max(len(remark.entry) for remark in self.remarks)
        lines = [f"{r.entry:<{width}}  {marks[r.right]:<7}  {r.words}".rstrip() for r in self.remarks]
        return "\n".join([self.summary, *self._reminder(), *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        marks = {True: "✓ right", False: "✗ not yet", None: "○ to do"}
        cell = 'style="text-align: left"'
        rows = "".join(
            f"<tr><th {cell} scope='row'><code>{html.escape(r.entry)}</code></th><td {cell}>{marks[r.right]}</td>"
            f"<td {cell}>{html.escape(r.words)}</td></tr>"
            for r in self.remarks
        )
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in (self.summary, *self._reminder()))
        heads = "".join(f"<th {cell} scope='col'>{head}</th>" for head in ("Entry", "", "Why"))
        return f"<section aria-label='Your numbers'>{said}<table><tr>{heads}</tr>{rows}</table></section>"

    def _reminder(self) -> list[str]:
        if self.name != EXAMPLE:
            return []
        return ["These are the pictures of everybody. Put your user name into the cell above to get your own."]


def check_numbers(case: ReleaseCase, typed: Mapping[str, Any]) -> Numbers:
    """Compare the numbers of a report with those of evalkit, one by one.

    Parameters
    ----------
    case : ReleaseCase
    typed : mapping
        The entries of `NUMBERS`, and "worst_cohort", such as "night × camera 7". None is an entry still to do.
    """
    truth = right_numbers(case)
    remarks = [_number(name, typed.get(name), case, truth) for name in NUMBERS[:7]]
    remarks.append(_cohort(typed.get(COHORT), case, truth))
    remarks.append(_number("worst_delta", typed.get("worst_delta"), case, truth))
    unknown = sorted({str(key) for key in typed} - {*NUMBERS, COHORT})
    remarks += [Remark(key, False, "There is no entry of that name.") for key in unknown]
    return Numbers(case.name, tuple(remarks))


def _number(name: str, value: Any, case: ReleaseCase, truth: Truth) -> Remark:
    if value is None or value is Ellipsis:
        return Remark(name, None, "")
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        return Remark(name, False, "Type a number, without quotation marks and without a per cent sign.")
    value = float(value)
    if name in WHOLE and not value.is_integer():
        return Remark(name, False, "This is a count: a whole number.")
    if _is(value, truth.numbers[name], name):
        return Remark(name, True, "")
    if name not in WHOLE and abs(abs(value) - abs(100 * truth.numbers[name])) <= 0.06:
        return Remark(name, False, "You typed points. Type a share: five points are 0.05.")
    slips = _slips(name, case, truth)
    return Remark(name, False, next((why for wrong, why in slips if _is(value, wrong, name)), _ELSE[name]))


def _is(value: float, wanted: float, name: str) -> bool:
    return abs(value - wanted) <= TOLERANCE.get(name, 0)


_ELSE = {
    "rows": "Count the pictures that both models were given.",
    "lost": "Count the pictures for which the baseline has an answer and the candidate has none.",
    "fixed": "Count the pictures that the candidate gets right and the baseline gets wrong.",
    "broken": "Count the pictures that the baseline gets right and the candidate gets wrong.",
    "delta": "It is the accuracy of the candidate minus that of the baseline, on the pictures that both have an "
    "answer for. Give three decimals.",
    "low": "It is the lower end of the 95 % interval of the difference, with three decimals.",
    "high": "It is the upper end of the 95 % interval of the difference, with three decimals.",
    "worst_delta": "It is the difference within the most suspicious cohort alone. Give three decimals.",
}


def _slips(name: str, case: ReleaseCase, truth: Truth) -> Iterator[tuple[float, str]]:
    """Yield wrong values that people arrive at, with what they did."""
    found = case.comparison.first
    table = found.overall.table
    if name == "rows":
        yield table.compared, "You left out the lost pictures. They were given to both models, and belong here."
        yield table.rows - SHARED_SOURCES, "These are the scenes. Some scenes have two pictures: count the pictures."
    elif name == "lost":
        yield table.lost_right, "You counted only the lost pictures that the baseline gets right."
        yield SHARED_SOURCES, "These are the scenes that have two pictures. Lost are those without an answer."
    elif name == "fixed":
        yield table.broken, "You have taken fixed for broken. Fixed: the candidate is right where the baseline is not."
        yield table.fixed + table.broken, "These are all that changed, fixed and broken together."
    elif name == "broken":
        yield table.fixed, "You have taken broken for fixed. Broken: the baseline is right where the candidate is not."
        yield table.broken + table.lost_right, "You counted the lost pictures. A gate may do so; here keep them apart."
        yield table.broken + LOST, "You counted the lost pictures. A gate may do so; here keep them apart."
        yield table.fixed + table.broken, "These are all that changed, fixed and broken together."
    else:
        yield from _slips_of_shares(name, found.overall, truth, case)


def _slips_of_shares(name: str, overall: Cohort, truth: Truth, case: ReleaseCase) -> Iterator[tuple[float, str]]:
    table, right = overall.table, truth.numbers[name]
    lost_as_broken = overall.interval(lost_as_broken=True)
    with_lost = {
        "delta": table.lost_as_broken().difference,
        "low": lost_as_broken.low,
        "high": lost_as_broken.high,
    }
    if name in with_lost:
        yield (
            with_lost[name],
            "You counted the lost pictures as wrong answers. A gate may do so; here leave them out, and say so.",
        )
    if name in ("low", "high"):
        yield truth.numbers["high" if name == "low" else "low"], "That is the other end."
        half = _unpaired_half(overall)
        yield (
            truth.numbers["delta"] + (half if name == "high" else -half),
            "You treated the runs as two samples that have nothing to do with each other. They are of the same "
            "pictures: compare row by row.",
        )
    if name == "worst_delta":
        yield truth.numbers["delta"], "That is the difference over all pictures."
        for part in truth.cohort.split(" × "):
            yield _cohort_of(case, part).table.difference, f"That is the difference over all of {part}. Look closer."
    yield -right, "That is baseline minus candidate: the wrong way round."


def _unpaired_half(overall: Cohort) -> float:
    """Half the width of an interval that takes the runs for two samples."""
    shares = [right / of for right, of in (overall.accuracy("baseline"), overall.accuracy("candidate"))]
    return 1.96 * math.sqrt(sum(p * (1 - p) for p in shares) / overall.table.compared)


def _cohort_of(case: ReleaseCase, name: str) -> Cohort:
    cohorts = case.comparison.first.cohorts
    return next(cohort for by in ("light", "camera", "site") for cohort in cohorts[by] if cohort.name == name)


def _cohort(value: Any, case: ReleaseCase, truth: Truth) -> Remark:
    if value is None or value is Ellipsis:
        return Remark(COHORT, None, "")
    if not isinstance(value, str):
        return Remark(COHORT, False, 'Type a text, such as "dusk × camera 1".')
    light, camera = truth.cohort.split(" × ")
    number = camera.split()[-1]
    words = set(re.findall(r"[a-z]+|\d+", value.lower())) - {"x", "and", "at", "light", "camera"}
    if words == {light, number}:
        return Remark(COHORT, True, "")
    if words in ({light}, {number}):
        return Remark(COHORT, False, "Something is there. All of it, or a part? Cross it with another tag.")
    return Remark(COHORT, False, "Another cohort is more suspicious: compare by each tag, and by light and camera.")
