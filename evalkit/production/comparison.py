"""What came of comparing two runs: counts and intervals, overall, per cohort and per class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evalkit._core.extras import needs
from evalkit._core.inputs import Array
from evalkit.paired import (
    ClusteredMean,
    clustered_difference_interval,
    holm,
    minimum_detectable_difference,
    worse_p_value,
)
from evalkit.production.joining import joined
from evalkit.production.runs import Run
from evalkit.production.sums import BySource, cells_of
from evalkit.streaming.paired import PairedTable
from evalkit.uncertainty import Interval

By = str | tuple[str, ...]
Kind = Literal["broken", "fixed", "both right", "both wrong", "lost", "regained"]
# The cells of a `PairedTable`, three times what the baseline made of the row plus what the candidate did.
CELLS = {
    "broken": {3},
    "fixed": {1},
    "both right": {4},
    "both wrong": {0},
    "lost": {2, 5},
    "regained": {6, 7},
}
CHANGES = ("broken", "fixed", "lost", "regained")
LOST = object()  # in the place of the candidate's answer, where only the baseline has one
FEW_SOURCES = 20  # below this, Student's interval over sources is not to be relied on


def name_of(by: By) -> str:
    """Return the name of a cohort column; crossed tags are joined."""
    return by if isinstance(by, str) else " × ".join(by)


@dataclass(frozen=True)
class Cohort:
    """The rows of one cohort, or of one class, or all rows.

    Attributes
    ----------
    by, name : str
        The tag, and its value.
    table : PairedTable
    scores : ClusteredMean
        The mean difference of the scores.
    by_source : BySource or None
        The same by source, if rows share sources.
    """

    by: str
    name: str
    table: PairedTable
    scores: ClusteredMean
    by_source: BySource | None

    def counted(self, lost_as_broken: bool) -> PairedTable:
        """Return the counts, lost rows as broken ones or left out."""
        return self.table.lost_as_broken() if lost_as_broken else self.table

    def interval(self, lost_as_broken: bool = False, level: float = 0.95) -> Interval:
        """Return the difference in accuracy with its interval: Tango's, for as many rows as there are or are worth."""
        table = self.counted(lost_as_broken)
        if not table.compared:
            return Interval(-1.0, 1.0, math.nan, level)
        if self.by_source is not None:
            sums = self.by_source.difference[lost_as_broken]
            return clustered_difference_interval(table.broken, table.fixed, sums, level)
        return table.interval(level)

    def p_worse(self, lost_as_broken: bool = False) -> float:
        """Return how often an equally good model would look that bad."""
        if self.by_source is not None:
            return self.by_source.difference[lost_as_broken].below_zero_p_value()
        table = self.counted(lost_as_broken)
        return worse_p_value(table.broken, table.fixed)

    def accuracy(self, which: Literal["baseline", "candidate"], lost_as_broken: bool = False) -> tuple[int, int]:
        """Return the rows that a run gets right, and those that both have an answer for."""
        table = self.counted(lost_as_broken)
        return table.both_right + (table.broken if which == "baseline" else table.fixed), table.compared

    @property
    def discordant(self) -> float:
        """The share of rows that only one of the runs gets right."""
        return (self.table.broken + self.table.fixed) / self.table.compared if self.table.compared else 0.0

    @property
    def detectable(self) -> float:
        """The smallest true difference that these rows would show in four of five cases."""
        if not self.table.compared:
            return 1.0
        n = self.table.compared if self.by_source is None else max(1, self.by_source.sources)
        # With no such row at all, one more row could have been one.
        return minimum_detectable_difference(n, max(self.discordant, 1 / (self.table.compared + 1)))

    def to_dict(self) -> dict[str, Any]:
        low, high = self.interval()
        right = {which: self.accuracy(which)[0] for which in ("baseline", "candidate")}
        counts = ("rows", "compared", "broken", "fixed", "both_right", "both_wrong", "lost", "regained", "neither")
        finite = [value if math.isfinite(value) else None for value in (self.table.difference, low, high)]
        return {
            **({"by": self.by, "cohort": self.name} if self.by else {}),
            **{name: getattr(self.table, name) for name in counts},
            "right": right,
            "delta": finite[0],
            "low": finite[1],
            "high": finite[2],
            "p_worse": self.p_worse(),
            "detectable": self.detectable,
            **({} if self.by_source is None else {"sources": self.by_source.sources}),
        }


@dataclass(frozen=True)
class Evaluated:
    """The comparison by one evaluator.

    Attributes
    ----------
    name : str
    overall : Cohort
    cohorts : dict from str to tuple of Cohort
        By the name of the tag.
    classes : tuple of Cohort
        Rows by what is expected of them: their difference is that of the class's recall.
    kinds : dict, or None
        How often each triple of truth, baseline's and candidate's answer occurs, where the baseline has an answer; the
        candidate's may be `LOST`. None if there are too many.
    kinds_by_source : three arrays, or None
        If rows share sources: a source, the place of a kind in `kinds`, and how many such rows the source has.
    """

    name: str
    overall: Cohort
    cohorts: Mapping[str, tuple[Cohort, ...]]
    classes: tuple[Cohort, ...]
    kinds: Mapping[tuple[Any, ...], int] | None
    kinds_by_source: tuple[Array, Array, Array] | None = None

    def suspicious(self) -> list[tuple[Cohort, float]]:
        """Return all cohorts with their p values adjusted for the number of cohorts, the most suspicious first."""
        found = [cohort for cohorts in self.cohorts.values() for cohort in cohorts]
        adjusted = holm([cohort.p_worse() for cohort in found])
        return sorted(zip(found, adjusted, strict=True), key=lambda pair: (pair[0].p_worse(), pair[0].table.difference))

    def confusions(self) -> list[tuple[Any, Any, int, int]]:
        """Return (truth, answer, rows of the baseline, rows of the candidate), the largest change first."""
        if self.kinds is None:
            return []
        before: dict[tuple[Any, Any], list[int]] = {}
        for (truth, one, two), n in self.kinds.items():
            if two is LOST:
                continue
            before.setdefault((truth, one), [0, 0])[0] += n
            before.setdefault((truth, two), [0, 0])[1] += n
        changed = [(t, a, n[0], n[1]) for (t, a), n in before.items() if n[0] != n[1]]
        return sorted(changed, key=lambda c: (-abs(c[3] - c[2]), str(c[0]), str(c[1])))

    def to_dict(self) -> dict[str, Any]:
        return {
            "evaluator": self.name,
            "overall": self.overall.to_dict(),
            "cohorts": [c.to_dict() for cohorts in self.cohorts.values() for c in cohorts],
            "classes": [c.to_dict() for c in self.classes],
            "confusions": [list(c) for c in self.confusions()[:100]],
        }


@dataclass(frozen=True)
class Compared:
    """What is known of two runs.

    Attributes
    ----------
    baseline, candidate : Run
    by : tuple
    evaluated : dict from str to Evaluated
        By the name of the evaluator, the first one being the one that counts if none is named.
    level : float
    backbone_swapped : bool
    """

    baseline: Run
    candidate: Run
    by: tuple[By, ...]
    evaluated: Mapping[str, Evaluated]
    level: float
    backbone_swapped: bool

    @property
    def first(self) -> Evaluated:
        """The comparison by the first evaluator."""
        return next(iter(self.evaluated.values()))

    def rows(
        self, kind: Kind = "broken", *, evaluator: str | None = None, limit: int | None = 100, **tags: Any
    ) -> list[dict[str, Any]]:
        """Return rows by what both runs made of them, in the order of the dataset.

        Parameters
        ----------
        kind : {"broken", "fixed", "both right", "both wrong", "lost", "regained"}
        evaluator : str, optional
            By default the first.
        limit : int, optional
            At most so many.
        **tags
            Only rows with these tags, such as `light="dark"`.
        """
        name = evaluator or self.first.name
        if kind not in CELLS:
            raise ValueError(f"kind must be one of {', '.join(CELLS)}, got {kind!r}.")
        found: list[dict[str, Any]] = []
        known = self.baseline.manifest["dataset"]["tags"]
        if unknown := set(tags) - set(known):
            raise ValueError(f"There is no tag {min(unknown)!r}; the dataset has {', '.join(known) or 'none'}.")
        for base, cand in joined(self.baseline, self.candidate):
            for place, cell in enumerate(cells_of(base, cand, name).tolist()):
                if cell in CELLS[kind]:
                    row = base.slice(place, 1).to_pylist()[0]
                    if all(row[tag] == str(value) for tag, value in tags.items()):
                        other = cand.slice(place, 1).to_pylist()[0]
                        found.append(_told(row, other, name, known))
                        if limit is not None and len(found) >= limit:
                            return found
        return found

    def write_changes(self, path: str | Path, *, evaluator: str | None = None) -> int:
        """Write the rows that changed to a Parquet file, in the order of the dataset, and return their number.

        It holds id, change ("broken", "fixed", "lost" or "regained"), what is expected, both answers, and the tags. The
        same runs give the same bytes with the same version of pyarrow.
        """
        needs("pyarrow")
        import pyarrow as pa
        import pyarrow.parquet as pq

        name = evaluator or self.first.name
        tags = self.baseline.manifest["dataset"]["tags"]
        names = ["id", "change", "expected", "baseline", "candidate", *tags]
        words: list[str | None] = [None] * 9
        for kind in CHANGES:
            for cell in CELLS[kind]:
                words[cell] = kind
        rows = 0
        with pq.ParquetWriter(path, pa.schema([(each, pa.string()) for each in names]), compression="zstd") as writer:
            for base, cand in joined(self.baseline, self.candidate):
                change = pa.array(words, pa.string()).take(pa.array(cells_of(base, cand, name)))
                columns = {"id": base.column("id"), "change": change, "expected": base.column("expected")}
                columns |= {"baseline": base.column("output"), "candidate": cand.column("output")}
                columns |= {tag: base.column(tag) for tag in tags}
                changed = pa.table(columns).filter(change.is_valid())
                if changed.num_rows:
                    writer.write_table(changed, row_group_size=changed.num_rows)
                    rows += changed.num_rows
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it: always the same for the same runs, without a time."""
        return {
            "format": "evalkit-comparison-1",
            "dataset": self.baseline.manifest["dataset"],
            "baseline": self.baseline.manifest["checkpoint"],
            "candidate": self.candidate.manifest["checkpoint"],
            "backbone_swapped": self.backbone_swapped,
            "level": self.level,
            "evaluated": [each.to_dict() for each in self.evaluated.values()],
        }


def _told(row: dict[str, Any], other: dict[str, Any], name: str, tags: Sequence[str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "input": row["input"],
        "expected": row["expected"],
        "baseline": row["output"],
        "candidate": other["output"],
        "reason": other["error"] or other[f"{name}.reason"],
        **{tag: row[tag] for tag in tags},
    }
