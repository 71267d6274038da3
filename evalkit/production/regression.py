"""Did the candidate break what the model in production got right? Two runs, row by row.

    result = RegressionEval(baseline="runs/production", candidate="runs/candidate").compare(by=["light"])
    print(result)

Runs are compared only if they have the same rows, evaluators and preprocessing; otherwise the refusal names both
hashes and the first difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.extras import needs
from evalkit._core.inputs import Array
from evalkit.production.comparison import CELLS, LOST, By, Cohort, Compared, Evaluated, name_of
from evalkit.production.gates import Gate, Verdict
from evalkit.production.joining import joined
from evalkit.production.runs import Run
from evalkit.production.sums import GroupPairs, SourceSums, at_worst, cells_of
from evalkit.production.terminal import words_of_comparison
from evalkit.production.verdicts import Labels, judged
from evalkit.tables.canonical import hashes, values_of
from evalkit.tables.codes import MOST_LABELS, Codebook
from evalkit.tables.files import TableError
from evalkit.tables.groups import GroupedColumn
from evalkit.tables.writing import write_json

if TYPE_CHECKING:
    import pyarrow as pa

MOST_KINDS = 100_000  # different triples of truth and both answers


class ComparisonError(ValueError):
    """The runs cannot be compared; the message names the first difference."""


class UnknownTagError(ComparisonError):
    """The rows have no such tag."""


@dataclass(frozen=True)
class Comparison(Compared):
    """Two runs, compared. `print` it for one screen, `gate` it for a verdict, and write it to a page or a file."""

    def gate(self, gates: Sequence[Gate], labels: Labels | None = None) -> Verdict:
        """Return the verdict of some gates.

        A gate on a judge needs `labels`: for some ids, whether people call baseline's and candidate's answers good.
        """
        return judged(self, gates, labels)

    def to_html(self, path: str | Path, verdict: Verdict | None = None, *, dataset: Any = None) -> None:
        """Write a page that needs no other file. With the dataset, it shows the pictures of broken rows."""
        from evalkit.production.page import html_page

        Path(path).write_text(html_page(self, verdict, dataset=dataset), encoding="utf-8")

    def to_json(self, path: str | Path, verdict: Verdict | None = None) -> None:
        """Write all numbers to a file: always the same for the same runs, without a time."""
        write_json(path, {**self.to_dict(), **({} if verdict is None else {"verdict": verdict.to_dict()})})

    def __str__(self) -> str:
        return words_of_comparison(self)


class RegressionEval:
    """The comparison of two runs over the same rows.

    Parameters
    ----------
    baseline, candidate : Run or path
    backbone_swap : bool
        Whether the candidate may have another architecture. The difference then tells of the swap, too.

    Raises
    ------
    ComparisonError
        If the runs differ in anything but the model.
    """

    def __init__(self, baseline: Run | str | Path, candidate: Run | str | Path, *, backbone_swap: bool = False) -> None:
        self.baseline = baseline if isinstance(baseline, Run) else Run.load(baseline)
        self.candidate = candidate if isinstance(candidate, Run) else Run.load(candidate)
        self.backbone_swap = backbone_swap
        self._check()

    def compare(self, by: Sequence[By] = (), *, level: float = 0.95) -> Comparison:
        """Go through both runs once and count.

        Parameters
        ----------
        by : sequence of str, or of tuples of str
            Tags that part the rows into cohorts; a tuple crosses several, such as ("light", "camera").
        level : float
            Of the intervals.

        Returns
        -------
        Comparison
        """
        tags = self.baseline.manifest["dataset"]["tags"]
        for tag in (tag for each in by for tag in ([each] if isinstance(each, str) else each)):
            if tag not in tags:
                raise UnknownTagError(f"There is no tag {tag!r}; the dataset has {', '.join(tags) or 'none'}.")
        names = self.baseline.evaluators
        sources = bool(self.baseline.manifest["dataset"]["sources"])
        sums = {name: _Sums(name, by, sources) for name in names}
        try:
            for base, cand in joined(self.baseline, self.candidate):
                codes = _source_codes(base) if sources else None
                for each in sums.values():
                    each.update(base, cand, codes)
            evaluated = {name: each.result() for name, each in sums.items()}
        finally:
            for each in sums.values():
                each.close()
        return Comparison(self.baseline, self.candidate, tuple(by), evaluated, level, self._swapped())

    def _swapped(self) -> bool:
        marks = [run.manifest["checkpoint"] for run in (self.baseline, self.candidate)]
        return None not in marks and marks[0]["architecture"] != marks[1]["architecture"]

    def _check(self) -> None:
        one, two = self.baseline.manifest, self.candidate.manifest
        if one["dataset"]["hash"] != two["dataset"]["hash"]:
            raise ComparisonError(
                f"The runs have different rows: dataset {one['dataset']['hash'][:16]} and "
                f"{two['dataset']['hash'][:16]}. {self._first_difference()}"
            )
        if one["evaluators"] != two["evaluators"]:
            raise ComparisonError(f"The runs were evaluated differently: {_first_other(one, two)}.")
        if one["preprocess"] != two["preprocess"]:
            raise ComparisonError(
                f"The inputs were prepared differently: {one['preprocess']!r} and {two['preprocess']!r}."
            )
        if self._swapped() and not self.backbone_swap:
            marks = [run["checkpoint"]["architecture"][:16] for run in (one, two)]
            raise ComparisonError(
                f"The models have different architectures: {marks[0]} and {marks[1]}. If the backbone was meant to be "
                "swapped, say backbone_swap=True."
            )

    def _first_difference(self) -> str:
        """Say how the rows of two datasets differ."""
        one, two = self.baseline.manifest["dataset"], self.candidate.manifest["dataset"]
        if one["columns"] != two["columns"]:
            return f"The columns are {', '.join(one['columns'])} and {', '.join(two['columns'])}."
        shared = ["expected", *(["source_id"] if one["sources"] else []), *one["tags"]]
        try:
            for base, cand in joined(self.baseline, self.candidate):
                for name in shared:
                    if base.column(name) != cand.column(name):
                        pairs = zip(base.column(name).to_pylist(), cand.column(name).to_pylist(), strict=True)
                        rows = [place for place, (x, y) in enumerate(pairs) if x != y]
                        ids = ", ".join(base.column("id").take(rows[:3]).to_pylist())
                        return f"{len(rows)} rows of the first part that differs have another {name}: {ids}."
        except ValueError as error:
            return str(error)
        return "All ids, labels and tags are the same: the inputs have other contents."


def _first_other(one: dict[str, Any], two: dict[str, Any]) -> str:
    mine = {e["name"]: e for e in one["evaluators"]}
    theirs = {e["name"]: e for e in two["evaluators"]}
    if mine.keys() != theirs.keys():
        return f"by {', '.join(mine)} and by {', '.join(theirs)}"
    for name in mine:
        for key in mine[name]:
            if mine[name][key] != theirs[name].get(key):
                return f"{key} of {name} is {mine[name][key]!r} and {theirs[name].get(key)!r}"
    return "the evaluators have another order"


def _source_codes(table: pa.Table) -> Array:
    column = table.column("source_id").combine_chunks()
    encoded = column.dictionary_encode()
    known = hashes([value or "" for value in values_of(encoded.dictionary)])
    found: Array = np.asarray(known)[encoded.indices.fill_null(0).to_numpy()]
    return found


@dataclass
class _Kinds:
    """How often each triple of truth, first and second answer occurs; no longer counted once there are too many."""

    book: Codebook
    places: dict[tuple[int, int, int], int]
    rows: list[int]
    too_many: bool = False

    def update(self, columns: Sequence[pa.Array], known: Array, lost: Array) -> Array:
        """Return the place of each row's triple; -1 where it is not known."""
        found = np.full(len(known), -1)
        if self.too_many:
            return found
        try:
            codes = [self.book.encode(column, "output")[known].astype(np.int64) for column in columns]
        except TableError:
            self.too_many = True
            return found
        size = len(self.book.values) + 1  # one more, for what is lost
        codes[2][lost[known]] = size - 1
        keys, inverse, rows = np.unique(
            (codes[0] * size + codes[1]) * size + codes[2], return_inverse=True, return_counts=True
        )
        places = []
        for key, count in zip(keys.tolist(), rows.tolist(), strict=True):
            last = key % size
            triple = (key // size // size, key // size % size, -1 if last == size - 1 else last)
            place = self.places.setdefault(triple, len(self.rows))
            if place == len(self.rows):
                self.rows.append(0)
            self.rows[place] += count
            places.append(place)
        self.too_many = len(self.rows) > MOST_KINDS
        found[known] = np.array(places, np.int64)[inverse]
        return found

    def counts(self) -> dict[tuple[Any, ...], int] | None:
        """Return the triples and how often each occurs, in the order of their places."""
        if self.too_many:
            return None
        labels = [*self.book.values, LOST]  # the last one, by -1
        return {tuple(labels[c] for c in key): n for key, n in zip(self.places, self.rows, strict=True)}


class _Sums:
    """Everything that is counted for one evaluator."""

    def __init__(self, name: str, by: Sequence[By], sources: bool) -> None:
        self.name, self.by = name, by
        self.cells = np.zeros(9, np.int64)
        self.whole = GroupPairs.empty()
        self.groups = {name_of(each): GroupedColumn(name_of(each), GroupPairs.empty()) for each in by}
        self.classes: GroupedColumn[GroupPairs] | None = GroupedColumn("expected", GroupPairs.empty())
        self.kinds = _Kinds(Codebook(MOST_LABELS, ""), {}, [])
        self.sources = SourceSums(2 + len(by)) if sources else None

    def close(self) -> None:
        if self.sources is not None:
            self.sources.close()

    def update(self, base: pa.Table, cand: pa.Table, sources: Array | None) -> None:
        cells = cells_of(base, cand, self.name)
        scores = [table.column(f"{self.name}.score").to_numpy() for table in (base, cand)]
        values = (cells, scores[1] - scores[0])
        nowhere = np.zeros(len(cells), np.int64)
        self.whole = self.whole + GroupPairs.of(nowhere, 1, values)
        codes: list[Array] = [nowhere]
        for each, column in zip(self.by, self.groups.values(), strict=True):
            codes.append(column.update(_cohort_column(base, each), values))
        codes.append(self._classes(base, values, nowhere))
        known, lost = ~np.isnan(at_worst(cells)), np.isin(cells, sorted(CELLS["lost"]))
        outputs = [base.column("expected"), base.column("output"), cand.column("output")]
        kinds = self.kinds.update([column.combine_chunks() for column in outputs], known, lost)
        if self.sources is not None and sources is not None:
            self.sources.update(sources, codes, values, kinds)

    def _classes(self, base: pa.Table, values: tuple[Array, Array], nowhere: Array) -> Array:
        if self.classes is not None:
            try:
                return self.classes.update(base.column("expected").combine_chunks(), values)
            except TableError:  # the truth is no label of a class
                self.classes = None
        return nowhere

    def result(self) -> Evaluated:
        groupings: list[tuple[str, list[str], GroupPairs]] = [("", ["all"], self.whole)]
        groupings += [(name, column.names, column.sums) for name, column in self.groups.items()]
        if self.classes is not None:
            groupings.append(("expected", self.classes.names, self.classes.sums))
        clusters = None
        if self.sources is not None:
            clusters = self.sources.sums([len(names) for _, names, _ in groupings])
            whole = clusters[0][0].difference[0]
            if whole.clusters == whole.rows:  # every row is its own source
                clusters = None
        cohorts = [
            [
                Cohort(by, name, sums.table(i), sums.scores(i), None if clusters is None else clusters[place][i])
                for i, name in enumerate(names)
            ]
            for place, (by, names, sums) in enumerate(groupings)
        ]
        kinds = self.kinds.counts()
        shared = None if self.sources is None or clusters is None or kinds is None else self.sources.kinds()
        return Evaluated(
            self.name,
            cohorts[0][0],
            {
                by: tuple(found)
                for (by, _, _), found in zip(groupings[1:], cohorts[1:], strict=True)
                if by != "expected"
            },
            tuple(cohorts[-1]) if self.classes is not None else (),
            None if clusters is not None and shared is None else kinds,
            shared,
        )


def _cohort_column(table: pa.Table, by: By) -> pa.Array:
    needs("pyarrow")
    import pyarrow.compute as pc

    if isinstance(by, str):
        return table.column(by).combine_chunks()
    columns = [pc.fill_null(table.column(tag), "(missing)") for tag in by]
    return pc.binary_join_element_wise(*columns, " × ").combine_chunks()
