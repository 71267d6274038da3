"""What can be said of a bootstrap interval without knowing which rows were drawn.

The learner's function gets a statistic that writes down every resample it is asked about. So the resamples can be
looked at, whatever the generator, and the interval compared with the statistics of just these resamples. This module
runs where the learner's code runs, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain

#: How many places among the sorted statistics an end may lie beside its quantile: ways to take one differ by one.
PLACES = 2
#: How many standard deviations a row may be drawn more or less often than its share.
DEVIATIONS = 6
#: Enough resamples to see whether two calls draw the same.
FEW = 40


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe an interval, and how it came about."""
    return observe_plain(lambda *arguments: properties(function, *arguments), inputs, seconds=seconds)


def in_words(values: Any, statistic: str, seed: int, *more: float) -> str:
    """What is called, and with what."""
    named = "".join(f", {name}={value:g}" for name, value in zip(("level", "resamples"), more, strict=False))
    return (
        f"bootstrap_interval(values, statistic, seed={seed}{named}), where values has the shape {values.shape} and "
        f"statistic is {statistic},"
    )


def properties(function: Callable[..., Any], values: Any, statistic: str, seed: int, *more: Any) -> Any:
    """What the exercise asks for, as names and values that a learner can read."""
    import numpy as np

    level = more[0] if more else 0.95
    asked: list[tuple[Any, float]] = []

    def score(rows: Any) -> float:
        drawn = np.array(rows, dtype=float)
        if drawn.ndim != values.ndim or drawn.shape[1:] != values.shape[1:]:
            form = f"(n, {values.shape[1]})" if values.ndim == 2 else "(n,)"
            raise ValueError(f"statistic needs rows of values, an array of shape {form}, and got {drawn.shape}.")
        number = float(STATISTICS[statistic](drawn)) if len(drawn) else float("nan")
        asked.append((drawn, number))
        return number

    def call(with_seed: int, *others: Any) -> tuple[list[float], dict[bytes, tuple[Any, float]]] | None:
        """The interval, and the different resamples with their scores, by their bytes."""
        asked.clear()
        given = values.copy()
        answer = function(given, score, with_seed, *others)
        if (given != values).any():
            raise ValueError("values has been changed. Work on a copy.")
        # One resample may be asked about more than once.
        return None if answer is None else (_two_numbers(answer), {rows.tobytes(): (rows, x) for rows, x in asked})

    seen, once, again, other = call(seed, *more), *(call(s, level, FEW) for s in (seed, seed, seed + 1))
    if seen is None or once is None or again is None or other is None:
        return None
    interval, different = seen
    # So may the data themselves.
    different.pop(values.tobytes(), None)
    sizes = np.array([len(rows) for rows, _ in different.values()], dtype=int)
    places = _places(np.concatenate([values[:0], *(rows for rows, _ in different.values())]), values)
    scores = sorted(number for _, number in different.values())
    return {
        "resamples": _compared(len(sizes), more[1] if len(more) > 1 else 2000),
        "rows in each": " or ".join(sorted({_compared(size, len(values)) for size in sizes.tolist()})),
        "all of them rows of values": bool((places >= 0).all()),
        "rows can come twice": _come_twice(places, sizes),
        "all rows equally often": _are_even(places, len(values)),
        **_ends(interval, scores, level, float(STATISTICS[statistic](values))),
        "same seed, same interval": once[0] == again[0],
        "other seed, other resamples": once[1].keys() != other[1].keys(),
    }


def _two_numbers(answer: Any) -> list[float]:
    """The ends as Python numbers. Raises ValueError with words for the learner."""
    try:
        low, high = answer
        return [float(low), float(high)]
    except (TypeError, ValueError):
        raise ValueError("The answer must be two numbers, (low, high).") from None


def _places(rows: Any, values: Any) -> Any:
    """For each row the index of the row of values that it is, or −1. In the first column no number comes twice."""
    import numpy as np

    columns = values[0].size
    first, drawn = values.reshape(-1, columns)[:, 0], rows.reshape(-1, columns)[:, 0]
    order = np.argsort(first)
    place = order[np.minimum(np.searchsorted(first[order], drawn), len(first) - 1)]
    same = (values[place] == rows).reshape(-1, columns).all(axis=1)
    return np.where(same, place, -1)


def _come_twice(places: Any, sizes: Any) -> bool:
    """Whether each resample holds some row more than once."""
    import numpy as np

    of = np.repeat(np.arange(len(sizes)), sizes)
    different = np.unique(np.column_stack([of, places]), axis=0)[:, 0]
    return bool((np.bincount(different, minlength=len(sizes)) < sizes).all())


def _are_even(places: Any, rows: int) -> bool:
    """Whether every row was drawn about as often as the others."""
    import numpy as np

    counts = np.bincount(places[places >= 0], minlength=rows)
    usual = counts.mean()
    return bool((abs(counts - usual) <= DEVIATIONS * usual**0.5).all())


def _compared(number: int, asked: int) -> str:
    if number == asked:
        return "as many as asked for"
    return "too many" if number > asked else "too few" if number > 1 else "one" if number else "none"


def _ends(interval: list[float], scores: list[float], level: float, statistic: float) -> dict[str, str]:
    """Where the ends lie among the sorted scores."""
    low, high = interval
    middle, close = (low + high) / 2, 1e-6 * abs(high - low)
    ends = _place(low, scores, (1 - level) / 2), _place(high, scores, (1 + level) / 2)
    if scores and ends != ("right", "right"):
        # Quantiles lie evenly round something by chance only.
        for name, centre in (("the mean of the scores", sum(scores) / len(scores)), ("the statistic", statistic)):
            if abs(middle - centre) < close:
                inside = sum(low <= number <= high for number in scores)
                far = "far too near to it" if inside < len(scores) / 2 else "no quantile"
                ends = (f"as far from {name} as the other, {far}",) * 2
    return {"low end": ends[0], "high end": ends[1]}


def _place(end: float, scores: list[float], share: float) -> str:
    """Where an end lies among the sorted scores, however quantiles are taken between two of them."""
    place = share * (len(scores) - 1)
    if not scores or end != end:
        return "no quantile"
    low = scores[max(0, int(place) - PLACES)]
    high = scores[min(len(scores) - 1, int(place) + 1 + PLACES)]
    slack = 1e-9 * max(abs(low), abs(high))
    if low - slack <= end <= high + slack:
        return "right"
    middle = scores[len(scores) // 2]
    if (end > middle) != (share > 0.5):
        return "on the other side of the middle"
    return "too low" if end < low else "too high"


def _mean(rows: Any) -> Any:
    return rows.mean()


def _median(rows: Any) -> Any:
    ordered = sorted(rows.tolist())
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _difference(rows: Any) -> Any:
    return rows[:, 1].mean() - rows[:, 0].mean()


def _ratio(rows: Any) -> Any:
    return rows[:, 0].sum() / rows[:, 1].sum()


#: What a case calls its statistic, and how it is computed.
STATISTICS: dict[str, Callable[[Any], Any]] = {
    "the mean": _mean,
    "the median": _median,
    "the mean of the second column minus that of the first": _difference,
    "the sum of the first column over that of the second": _ratio,
}
