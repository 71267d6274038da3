"""Which submissions have code in common that nobody else has. A pointer to look at, never a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

from autograder.grading.reporting.prints import Prints

#: A pair is pointed to where this share of the own code of the one who wrote less is the other's as well, …
LEAST_SHARE = 0.5
#: … in at least so many fingerprints. Below, the same idea comes to two people.
LEAST_SHARED = 6
# What more students than this have in common came to them by itself, or from one source: it tells nothing of two.
_FEW, _FEW_OF_CLASS, _MOST = 3, 0.05, 12
#: In a smaller class nothing can be common, and any two who write what all would write would be pointed to.
LEAST_CLASS = _FEW + 1


@dataclass(frozen=True)
class Pair:
    """Two submissions with code in common.

    Attributes
    ----------
    first, second : str
        The students.
    share : float
        How much of the own code of the one who wrote less is the other's as well. Own is what is neither given nor
        known.
    shared : int
        How many fingerprints that are.
    where : list of str
        The exercises in which they stand.
    """

    first: str
    second: str
    share: float
    shared: int
    where: list[str]


def common_limit(students: int) -> int:
    """How many of a class may have a passage before it counts as common."""
    return min(max(_FEW, round(_FEW_OF_CLASS * students)), _MOST)


def similar_pairs(prints: Mapping[str, Prints], known: Collection[int]) -> list[Pair]:
    """The pairs of submissions of one lesson that are worth a look, the most alike first.

    What is common is left out first, so each fingerprint leads to a few students, and no two texts are compared: the
    time grows with the number of fingerprints.

    Parameters
    ----------
    prints : mapping of str to Prints
        Of each student.
    known : collection of int
        What the lesson gave, and the answers that the course knows.

    Returns
    -------
    list of Pair
        None where there are fewer than `LEAST_CLASS`.
    """
    if len(prints) < LEAST_CLASS:
        return []
    known = frozenset(known)
    own = {student: {name: hashes - known for name, hashes in theirs.items()} for student, theirs in prints.items()}
    whole = {student: set[int]().union(*theirs.values()) for student, theirs in own.items()}
    holders: dict[int, list[str]] = defaultdict(list)
    for student in sorted(whole):
        for one in whole[student]:
            holders[one].append(student)
    limit = common_limit(len(prints))
    shared: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one, students in holders.items():
        if 2 <= len(students) <= limit:
            for first, second in combinations(students, 2):
                shared[first, second].add(one)
    found = []
    for (first, second), passages in shared.items():
        share = len(passages) / min(len(whole[first]), len(whole[second]))
        if len(passages) >= LEAST_SHARED and share >= LEAST_SHARE:
            where = [name for name, hashes in own[first].items() if hashes & passages]
            found.append(Pair(first, second, share, len(passages), where))
    return sorted(found, key=lambda pair: (-pair.share, -pair.shared, pair.first, pair.second))
