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
#: How many standard deviations a row may be drawn more or less often than the others.
DEVIATIONS = 6


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe an interval, and how it came about."""
    return observe_plain(lambda *arguments: properties(function, *arguments), inputs, seconds=seconds)


def in_words(values: Any, statistic: str, seed: int, *more: Any) -> str:
    """What is called, and with what."""
    named = "".join(f", {name}={value:g}" for name, value in zip(("level", "resamples"), more, strict=False))
    return (
        f"bootstrap_interval(values, statistic, seed={seed}{named}), where values has the shape "
        f"({', '.join(map(str, values.shape))}{',' if values.ndim == 1 else ''}) and statistic is {statistic},"
    )


def properties(function: Callable[..., Any], values: Any, statistic: str, seed: int, *more: Any) -> Any:
    """What the exercise asks for, as names and values that a learner can read."""
    import numpy as np

    level, resamples = (*more, 0.95, 2000)[:2] if len(more) < 2 else more
    asked: list[Any] = []

    def score(rows: Any) -> float:
        drawn = np.array(rows, dtype=float)
        if drawn.ndim != values.ndim or drawn.shape[1:] != values.shape[1:]:
            raise ValueError(
                f"statistic needs some rows of values, an array of shape {('n', *values.shape[1:])}, "
                f"and got an array of shape {drawn.shape}.".replace("'", "")
            )
        asked.append(drawn)
        return float(STATISTICS[statistic](drawn))

    def call(with_seed: int) -> tuple[list[float], list[Any]] | None:
        asked.clear()
        answer = function(values.copy(), score, with_seed, *more)
        return None if answer is None else (_two_numbers(answer), list(asked))

    seen = call(seed)
    if seen is None:
        return None
    interval, drawn = seen
    again, other = call(seed), call(seed + 1)
    # The statistic of the data themselves may be asked for, and one of a resample more than once.
    unlike = {rows.tobytes(): rows for rows in drawn if rows.tobytes() != values.tobytes()}
    samples = list(unlike.values())
    scores = sorted(float(STATISTICS[statistic](rows)) for rows in samples)
    known = {row.tobytes(): i for i, row in enumerate(np.array(values, dtype=float))}
    found = [[known.get(row.tobytes(), -1) for row in rows] for rows in samples]
    counts = np.bincount([i for rows in found for i in rows if i >= 0], minlength=len(values))
    usual = counts.mean()
    return {
        "resamples": len(samples),
        "rows in each": sorted({len(rows) for rows in samples}),
        "all of them rows of values": all(i >= 0 for rows in found for i in rows),
        "a row can be drawn again": all(len(set(rows)) < len(rows) for rows in found),
        "each row as often as another": bool(np.all(abs(counts - usual) <= DEVIATIONS * np.sqrt(usual))),
        "low is that quantile": _is_quantile(interval[0], scores, (1 - level) / 2),
        "high is that quantile": _is_quantile(interval[1], scores, (1 + level) / 2),
        "same seed, same interval": again is not None and again[0] == interval,
        "other seed, other resamples": other is not None
        and [rows.tobytes() for rows in other[1]] != [rows.tobytes() for rows in drawn],
    }


def _two_numbers(answer: Any) -> list[float]:
    """The ends as Python numbers. Raises ValueError with words for the learner."""
    try:
        low, high = answer
        return [float(low), float(high)]
    except (TypeError, ValueError):
        raise ValueError("The answer must be two numbers, (low, high).") from None


def _is_quantile(end: float, scores: list[float], share: float) -> bool:
    """Whether an end lies at this quantile of the sorted statistics, however quantiles are taken between two of them."""
    if not scores:
        return False
    place = share * (len(scores) - 1)
    below = scores[max(0, int(place) - PLACES)]
    above = scores[min(len(scores) - 1, int(place) + 1 + PLACES)]
    slack = 1e-9 * max(abs(below), abs(above))
    return bool(below - slack <= end <= above + slack)


def _mean(rows: Any) -> Any:
    return rows.mean()


def _difference(rows: Any) -> Any:
    return rows[:, 1].mean() - rows[:, 0].mean()


def _ratio(rows: Any) -> Any:
    return rows[:, 0].sum() / rows[:, 1].sum()


def _median(rows: Any) -> Any:
    ordered = sorted(rows.tolist())
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


#: What a case calls its statistic, and how it is computed.
STATISTICS: dict[str, Callable[[Any], Any]] = {
    "the mean": _mean,
    "the median": _median,
    "the mean of the second column minus that of the first": _difference,
    "the sum of the first column over that of the second": _ratio,
}
