"""From a comparison and its gates to a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit.paired import ClusteredMean, clustered_share_interval, holm, paired_difference_interval, rows_to_detect
from evalkit.production.agreement import Labelled
from evalkit.production.comparison import FEW_SOURCES, Cohort, Compared, Evaluated
from evalkit.production.gates import OF_KINDS, Check, Gate, GateError, Status, Verdict
from evalkit.production.kinds import change_of
from evalkit.production.words import ends, p_sentence, points
from evalkit.streaming.paired import RIGHT
from evalkit.uncertainty import Interval, standard_error_of, wilson_interval

ALPHA = 0.05
Labels = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class _Drop:
    """What is known of one possible drop before all p values are adjusted."""

    gate: Gate
    cohort: str
    rows: int
    sources: int | None
    interval: Interval
    p_value: float
    discordant: float
    detectable: float | None


def judged(result: Compared, gates: Sequence[Gate], labels: Labels | None = None) -> Verdict:
    """Return the verdict of some gates over a comparison.

    Raises
    ------
    GateError
        If there are no gates, one is on a judge without labels, or one names an evaluator, a tag or a class that the
        comparison does not have.
    """
    if not gates:
        raise GateError("There are no gates.")
    found: list[_Drop | Check] = [each for gate in gates for each in _checks(result, gate, labels)]
    drops = [each for each in found if isinstance(each, _Drop)]
    adjusted = iter(holm([drop.p_value for drop in drops]))
    return Verdict(tuple(_decided(each, next(adjusted)) if isinstance(each, _Drop) else each for each in found))


def _checks(result: Compared, gate: Gate, labels: Labels | None) -> list[_Drop | Check]:
    name = gate.evaluator or result.first.name
    if name not in result.evaluated:
        raise GateError(f"There is no evaluator {name!r}; the runs have {', '.join(result.evaluated)}.")
    evaluated = result.evaluated[name]
    if gate.metric == "errors":
        return [_errors(result, gate)]
    if _is_judge(result, name):
        return [_by_people(result, name, gate, labels)]
    if gate.metric in OF_KINDS:
        return [_of_kinds(result, evaluated, gate)]
    cohorts = _cohorts_of(evaluated, gate)
    if gate.at_least is not None:
        return [_at_least(result, cohort, gate) for cohort in cohorts]
    return [_drop(result, cohort, gate) for cohort in cohorts]


def _is_judge(result: Compared, name: str) -> bool:
    found = {each["name"]: each for each in result.baseline.manifest.get("evaluators", [])}
    return "judge" in found.get(name, {})


def _by_people(result: Compared, name: str, gate: Gate, labels: Labels | None) -> _Drop:
    """A judge's numbers decide nothing by themselves: only as corrected by rows that people have labelled."""
    if labels is None:
        raise GateError(f"{name} is a judge: a gate on it needs rows that people have labelled.")
    if gate.max_drop is None or gate.metric != "accuracy" or gate.by is not None:
        raise GateError(f"{name} is a judge: a gate on it can be on max_drop of accuracy over all rows.")
    found = Labelled.of(result, name, labels)
    rows = result.evaluated[name].overall.table.compared
    error = standard_error_of(found.change)
    return _Drop(gate, "all", rows, None, found.change, found.p_worse, min(1.0, rows * error * error), None)


def _cohorts_of(evaluated: Evaluated, gate: Gate) -> list[Cohort]:
    if gate.metric == "recall":
        found = [each for each in evaluated.classes if each.name == str(gate.of)]
        if not found:
            raise GateError(f"No row is expected to be {gate.of!r}.")
        return found
    if gate.by is None:
        return [evaluated.overall]
    if gate.by not in evaluated.cohorts:
        known = ", ".join(evaluated.cohorts) or "none"
        raise GateError(f"The runs were not compared by {gate.by!r}; they were by: {known}.")
    return list(evaluated.cohorts[gate.by])


def _words_of(cohort: Cohort) -> str:
    return f"{cohort.by} = {cohort.name}" if cohort.by else "all"


def _drop(result: Compared, cohort: Cohort, gate: Gate) -> _Drop:
    lost = gate.lost == "broken"
    if gate.metric == "score":
        mean = cohort.scores if cohort.by_source is None else cohort.by_source.scores
        sources = None if cohort.by_source is None else mean.clusters
        spread = mean.squares / mean.rows if mean.rows else 0.0
        interval, p_value = _interval_of(mean, result.level), mean.below_zero_p_value()
        return _Drop(gate, _words_of(cohort), mean.rows, sources, interval, p_value, spread, None)
    table = cohort.counted(lost)
    sources = None if cohort.by_source is None else cohort.by_source.difference[lost].clusters
    discordant = (table.broken + table.fixed) / table.compared if table.compared else 0.0
    interval, p_value = cohort.interval(lost, result.level), cohort.p_worse(lost)
    return _Drop(gate, _words_of(cohort), table.compared, sources, interval, p_value, discordant, cohort.detectable)


def _interval_of(mean: ClusteredMean, level: float) -> Interval:
    """Return the interval of a mean difference of scores, which lie between 0 and 1.

    If it is the same for all rows, nothing is known of its spread: then as wide as Tango's where no row tells.
    """
    found = mean.interval(level)
    if found.low < found.high or not mean.clusters:
        return found
    room = paired_difference_interval(0, 0, mean.clusters, level).high
    return Interval(found.low - room, found.high + room, found.estimate, level)


def _of_kinds(result: Compared, evaluated: Evaluated, gate: Gate) -> _Drop:
    found = change_of(evaluated, gate, result.level)
    return _Drop(gate, "all", found.rows, found.sources, found.interval, found.p_worse, found.spread, None)


def _decided(drop: _Drop, p_value: float) -> Check:
    assert drop.gate.max_drop is not None
    low, high = drop.interval
    estimate, margin = drop.interval.estimate, drop.gate.max_drop

    def answer(status: Status, reason: str, needed: int | None = None) -> Check:
        return Check(
            drop.gate, drop.cohort, drop.rows, drop.interval, -margin, p_value, drop.detectable, status, reason, needed
        )

    change = f"{drop.gate.metric} in {drop.cohort} changed by {points(estimate)} points"
    between = ends(low, high) if math.isfinite(low) else "unknown"
    if drop.sources is not None and drop.sources < FEW_SOURCES:
        return answer("undecided", _few(drop.cohort, drop.sources), None)
    if drop.rows < drop.gate.min_rows:
        reason = f"{drop.cohort} has {drop.rows:,} rows, and the gate asks for {drop.gate.min_rows:,}"
        return answer("undecided", reason, drop.gate.min_rows - drop.rows)
    if low > -margin:
        return answer("pass", f"{change} ({between}): at worst within the margin of {100 * margin:g}")
    if p_value <= ALPHA:
        return answer(
            "fail",
            f"{change} ({between}): worse, and not by chance (adjusted {p_sentence(p_value)})",
        )
    if not drop.rows:
        return answer("undecided", f"{drop.cohort}: there are no rows that both runs have an answer for")
    needed = _needed(drop, margin)
    more = f"; about {needed:,} more rows would tell" if needed else ""
    return answer("undecided", f"{change} ({between}): a drop of more than {100 * margin:g} is possible{more}", needed)


def _few(cohort: str, sources: int) -> str:
    return f"{cohort}: the rows come from {sources} sources, fewer than {FEW_SOURCES}: too few to tell"


def _needed(drop: _Drop, margin: float) -> int | None:
    """Return how many more rows it takes if the models are equally good; if that cannot be, as different as found."""
    discordant = min(1.0, max(drop.discordant, 1 / (drop.rows + 1)))
    for distance in (margin, margin + min(drop.interval.estimate, 0.0)):
        if distance > 0 and (needed := rows_to_detect(distance, discordant)) > drop.rows:
            return needed - drop.rows
    return None


def _at_least(result: Compared, cohort: Cohort, gate: Gate) -> Check:
    """Judge the candidate by itself: a row for which it has no answer counts as wrong, unless left out."""
    assert gate.at_least is not None
    cells = cohort.counted(gate.lost == "broken").cells
    right = sum(row[RIGHT] for row in cells)
    rows = sum(row[0] + row[RIGHT] for row in cells)
    where = _words_of(cohort)
    if rows == 0:
        reason = f"{where}: there are no rows that the candidate has an answer for"
        return Check(gate, where, 0, None, gate.at_least, None, None, "undecided", reason)
    interval = wilson_interval(right, rows, result.level)
    if cohort.by_source is not None:
        sums = cohort.by_source.candidate[gate.lost == "broken"]
        interval = clustered_share_interval(sums, result.level)
    told = f"{gate.metric} in {where} is {interval.estimate:.4f} ({interval.low:.4f} to {interval.high:.4f})"

    def answer(status: Status, reason: str, needed: int | None = None) -> Check:
        return Check(gate, where, rows, interval, float(gate.at_least or 0), None, None, status, reason, needed)

    if rows < gate.min_rows:
        return answer("undecided", f"{where} has {rows:,} rows, not {gate.min_rows:,}", gate.min_rows - rows)
    if cohort.by_source is not None and sums.clusters < FEW_SOURCES:
        return answer("undecided", _few(where, sums.clusters))
    if interval.low >= gate.at_least:
        return answer("pass", f"{told}: at worst {gate.at_least:g} or more")
    if interval.high < gate.at_least:
        return answer("fail", f"{told}: at best below {gate.at_least:g}")
    distance = interval.estimate - gate.at_least
    spread = interval.estimate * (1 - interval.estimate)
    needed = max(1, rows_to_detect(distance, spread) - rows) if distance > 0 else None
    return answer("undecided", f"{told}: {gate.at_least:g} lies between", needed)


def _errors(result: Compared, gate: Gate) -> Check:
    assert gate.at_most is not None
    errors, rows = result.candidate.manifest["counts"]["errors"], result.candidate.rows
    status: Status = "pass" if errors <= gate.at_most * rows else "fail"
    reason = f"the candidate failed on {errors:,} of {rows:,} rows"
    value = errors / rows
    return Check(gate, "all", rows, Interval(value, value, value, 1.0), gate.at_most, None, None, status, reason)
