"""How wrong numbers relate to the right ones: rounded, in percent, not divided, the other way round. Standard library.

A relation counts only if it holds in every wrong case, and not by the chance that 0 or 1 is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograder.checking.compare import as_number, is_number, items, pairs
from autograder.checking.plain import Plain

_DECIMALS = range(1, 6)
_CLOSE = 1e-6

Rows = Sequence[tuple[list[float], list[float]]]

# What a wrong number is to the right one; how many different numbers show that by chance; and what it means.
_RELATIONS: tuple[tuple[Callable[[float], float], int, str], ...] = (
    (
        lambda right: 100 * right,
        0,
        "Your answer is a hundred times what is asked for: a percentage, where the number itself is asked for.",
    ),
    (
        lambda right: -right,
        0,
        "Your answer has the wrong sign. In which order do you subtract, or where is a minus too many or missing?",
    ),
    (
        lambda right: 1 - right,
        0,
        "Your answer and the right one add up to 1: you computed the share of the others.",
    ),
    (
        lambda right: 1 / right if right else math.inf,
        0,
        "Your fraction stands on its head: exchange what is above the line and what is below.",
    ),
    (
        lambda right: right + 1,
        1,
        "Your answer is one too large, in every case that is wrong. Positions are counted from 0.",
    ),
    (
        lambda right: right - 1,
        1,
        "Your answer is one too small, in every case that is wrong. Look where you start to count, and where you stop.",
    ),
    (
        lambda right: 2 * right,
        1,
        "Your answer is twice what is asked for: something is counted two times, or a division by 2 is missing.",
    ),
    (
        lambda right: right / 2,
        1,
        "Your answer is half of what is asked for: a factor 2 is missing, or you divide by 2 once too often.",
    ),
)


def pattern_hint(answers: Sequence[tuple[Plain, Plain]], sizes: Sequence[int], *, finite: bool = True) -> str | None:
    """A hint from pairs (expected, got) of the wrong cases, and how many samples each case has.

    `finite` says that no right answer is infinite.
    """
    rows: list[tuple[list[float], list[float]]] = []
    for expected, got in ((numbers(expected), numbers(got)) for expected, got in answers):
        if expected is None or got is None or len(expected) != len(got) or not expected:
            return None
        rows.append((expected, got))
    flat = [pair for expected, got in rows for pair in zip(expected, got, strict=True)]
    wrong = {round(e, 9) if math.isfinite(e) else e for e, g in flat if not _close(e, g)}
    if not wrong:
        return None
    if any(g != g and e == e for e, g in flat):
        return "NaN usually comes from 0/0. Decide what your function returns when a denominator is zero."
    if finite and any(math.isinf(g) for _, g in flat):
        return "Your answer is infinite: you divided by zero, or took the logarithm of zero. Test for that first."
    if any(all(_is_rounded(e, g, places) for e, g in flat) and len(wrong) > (places < 3) for places in _DECIMALS):
        return (
            "You rounded the answer. Round when you print a number, not when you compute it: whoever goes on "
            "calculating needs all its digits."
        )
    for relation, by_chance, hint in _RELATIONS:
        if all(_close(relation(e), g) for e, g in flat) and wrong - {0, 1, 0.5} and len(wrong) > by_chance:
            return hint
    if _are_sums(rows, sizes):
        return "Your answer grows with the number of samples: you added up, and did not divide by how many there are."
    if all(sorted(expected) == sorted(got) for expected, got in rows):
        return "Your values are the right ones, in another order. The exercise says in which order they come."
    return None


def numbers(plain: Plain) -> list[float] | None:
    """All numbers of a value, from the first to the last; None if anything else is in it."""
    if is_number(plain):
        return [float(as_number(plain))]
    named = pairs(plain)
    inner = items(plain) if named is None else [value for _, value in sorted(named, key=lambda pair: str(pair[0]))]
    found: list[float] = []
    for item in [None] if inner is None else inner:
        more = numbers(item) if item is not None else None
        if more is None:
            return None
        found += more
    return found


def _are_sums(rows: Rows, sizes: Sequence[int]) -> bool:
    return (
        len(sizes) == len(rows)
        and any(any(expected) for expected, _ in rows)
        and all(
            size > 1 and all(_close(e * size, g) for e, g in zip(expected, got, strict=True))
            for (expected, got), size in zip(rows, sizes, strict=True)
        )
    )


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=1e-9) or (one != one and other != other)


def _is_rounded(exact: float, given: float, places: int) -> bool:
    return math.isfinite(exact) and abs(given - exact) <= 0.5001 * 10**-places and _close(round(given, places), given)
