"""A comparison and its verdict on one screen of text."""

from __future__ import annotations

from typing import Any

from evalkit._core.words import aligned
from evalkit.production.comparison import Cohort, Compared
from evalkit.production.gates import Verdict
from evalkit.production.words import ends, p_words, points, share

MOST_COHORTS, MOST_ROWS = 5, 5
SIGNS = {"pass": "PASS", "fail": "FAIL", "undecided": "UNDECIDED"}


def words_of_comparison(result: Compared) -> str:
    """Return the comparison as text: what changed, and the most suspicious cohorts."""
    lines = [f"{result.baseline.path} → {result.candidate.path}: {result.baseline.rows:,} rows, {hashes_of(result)}"]
    if result.backbone_swapped:
        lines.append("The backbone has been swapped: the difference tells of that, too.")
    for name, each in result.evaluated.items():
        table = each.overall.table
        before, after = each.overall.accuracy("baseline"), each.overall.accuracy("candidate")
        low, high = each.overall.interval(level=result.level)
        lines.append("")
        lines.append(
            f"{name}: {share(before)} → {share(after)}, {points(table.difference)} points "
            f"({100 * result.level:g} % interval {ends(low, high)})"
        )
        lines.append(
            f"  fixed {table.fixed:,}, broken {table.broken:,}, both right {table.both_right:,}, "
            f"both wrong {table.both_wrong:,}, "
            f"lost {table.lost:,}, regained {table.regained:,}, neither {table.neither:,}"
        )
        suspects = each.suspicious()
        if suspects:
            rows = [["cohort", "rows", "before", "after", "points", "interval", "broken", "fixed", "adjusted p"]]
            rows += [cohort_cells(cohort, p, result.level) for cohort, p in suspects[:MOST_COHORTS]]
            lines += ["  " + line for line in aligned(rows, left=1).splitlines()]
    return "\n".join(lines)


def cohort_cells(cohort: Cohort, p_value: float, level: float) -> list[str]:
    """Return the cells of a cohort's row."""
    low, high = cohort.interval(level=level)
    return [
        f"{cohort.by} = {cohort.name}",
        f"{cohort.table.compared:,}",
        share(cohort.accuracy("baseline")),
        share(cohort.accuracy("candidate")),
        points(cohort.table.difference),
        ends(low, high),
        str(cohort.table.broken),
        str(cohort.table.fixed),
        p_words(p_value),
    ]


def words_of_verdict(verdict: Verdict) -> str:
    """Return the verdict as text: the answer, why, and each check."""
    lines = [f"{SIGNS[verdict.status]}: {verdict.reason}."]
    heads = ["gate", "cohort", "rows", "value", "interval", "limit", "detectable", "adjusted p", "verdict"]
    lines += ["", aligned([heads, *(check_cells(check) for check in verdict.checks)], left=2)]
    return "\n".join(lines)


def check_cells(check: Any) -> list[str]:
    """Return the cells of a check's row."""
    drop = check.gate.max_drop is not None
    if check.interval is None:
        value, between = "–", "–"
    elif drop:
        value, between = points(check.interval.estimate), ends(*check.interval)
    else:
        value, between = f"{check.interval.estimate:.4f}", f"{check.interval.low:.4f} to {check.interval.high:.4f}"
    return [
        check.gate.name,
        check.cohort,
        f"{check.rows:,}",
        value,
        between,
        points(check.limit) if drop else f"{check.limit:g}",
        "–" if check.detectable is None else f"{100 * check.detectable:.1f}",
        "–" if check.p_value is None else p_words(check.p_value),
        check.status,
    ]


def words_of_broken(result: Compared) -> str:
    """Return some broken rows as text, those of the most suspicious cohort first."""
    suspects = [cohort for cohort, _ in result.first.suspicious() if " × " not in cohort.by]
    tags = {suspects[0].by: suspects[0].name} if suspects and suspects[0].name != "(missing)" else {}
    rows = result.rows("broken", limit=MOST_ROWS, **tags)
    if not rows:
        return ""
    heads = ["broken row", "expected", "baseline", "candidate"]
    cells = [[str(row[key])[:40] for key in ("id", "expected", "baseline", "candidate")] for row in rows]
    return aligned([heads, *cells], left=4)


def hashes_of(result: Compared) -> str:
    """Name dataset and checkpoints by the first digits of their hashes."""
    marks = [run.manifest["checkpoint"] for run in (result.baseline, result.candidate)]
    told = ["unknown" if mark is None else mark["root"][:12] for mark in marks]
    return f"dataset {result.baseline.manifest['dataset']['hash'][:12]}, checkpoints {told[0]} and {told[1]}"
