"""From a file of predictions to a report, in one pass and constant memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.threads import SecondThread
from evalkit.report._paired import PairedErrors, PairedLabels
from evalkit.report.classification import Classification
from evalkit.report.columns import Columns, columns_of
from evalkit.report.model import Origin, Report, ReportError
from evalkit.report.multilabel import MultilabelPass
from evalkit.report.regression import RegressionPass
from evalkit.report.task import TASKS, guess, look_at
from evalkit.tables.codes import NotALabelError, as_label, missing_in
from evalkit.tables.files import BOOLEAN, WHOLE, CsvFormat, Table, open_table

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int, int | None], None]


def build_report(
    path: str | Path,
    *,
    truth: str | Sequence[str],
    pred: str | Sequence[str] | None = None,
    score: str | Sequence[str] | None = None,
    by: Sequence[str] = (),
    id: str | None = None,
    task: str | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    drop_missing: bool = False,
    written: CsvFormat | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate a CSV or Parquet file of predictions.

    Parameters
    ----------
    path : path
        A `.csv` (also `.csv.gz`) or `.parquet` file with one row per prediction, or a folder of Parquet files.
    truth : str, or sequence of str
        The column of true labels or numbers. Where rows can have several labels: a column of 0 and 1 for each, by a
        pattern such as ``"y_*"``, where the star stands for the label, or as ``"cat=is_cat"``.
    pred : str, or sequence of str, optional
        The column of predicted labels or numbers; with several labels a row, columns as for `truth`. Two columns are
        two models, which are compared. With scores, labels can be left to the threshold, or to the highest score.
    score : str, or sequence of str, optional
        The column of the positive class's score, or a column for each class, as for `truth`. Between 0 and 1 it is
        taken for a probability.
    by : sequence of str
        Columns whose values are the slices to evaluate apart.
    id : str, optional
        The column of the rows' names, for the list of the worst mistakes.
    task : {"binary", "multiclass", "multilabel", "regression"}, optional
        By default it is guessed from the first 20,000 rows; the report says why.
    positive : str, optional
        The positive class, as it is written in the file. By default 1 or true, if the labels are 0 and 1 or −1 and 1.
    threshold : float, optional
        The score from which on a row is called positive, inclusive: without `pred` it makes the predicted labels (0.5
        by default), beside `pred` it is marked in the figures.
    drop_missing : bool
        Leave out rows without a truth, a prediction or a score, and say how many. By default they are an error.
    written : CsvFormat, optional
        How a CSV file is written: separator, decimal sign, thousands, encoding.
    name : str, optional
        What to call the file.
    progress : callable, optional
        Called after each batch with the rows so far and, if known, all rows.

    Returns
    -------
    Report

    Raises
    ------
    ReportError
        A `ValueError` of one sentence: a column is missing, a value is missing, NaN or of the wrong kind, the file is
        of another type or empty, or the positive class is not known.

    Notes
    -----
    Memory does not grow with the rows: counts per pair of labels (at most 1,000 labels) and per slice (at most 10,000),
    the rows of up to 131,072 different scores or else of 2²⁰ bins, and a handful of rows. Where there are more scores,
    areas and curves come from the bins, with a bound on their error; everything else is exact.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "predictions.csv"
    ...     _ = path.write_text("y,yhat\\ncat,cat\\ncat,dog\\ndog,dog\\n")
    ...     report = build_report(path, truth="y", pred="yhat")
    >>> report.labels.confusion.table.tolist(), report.values[0].name, round(report.values[0].value, 4)
    ([[1, 1], [0, 1]], 'Accuracy', 0.6667)
    """
    if task is not None and task not in TASKS:
        raise ReportError(f"There is no task {task!r}; there are {', '.join(TASKS)}.")
    table = open_table(Path(path), [], written)
    asked = _Asked.of(table, truth, pred, score, by, id, task, threshold)
    with ThreadPoolExecutor(1) as pool, SecondThread(table.rows or 0) as second:
        digest = pool.submit(_sha256, table.files)
        asked, one_pass, reason = asked.start(table, positive, threshold, second)
        rows, dropped = _read(table, asked, one_pass, drop_missing, progress, second)
        report = one_pass.report(name or table.path.name, rows, asked.columns)
        notes = report.notes
        if dropped:
            told = "1 row with a missing value was" if dropped == 1 else f"{dropped:,} rows with a missing value were"
            notes = (f"{told} left out.", *notes)
        return replace(report, reason=reason, task=one_pass.task, notes=notes, origin=_origin(digest))


@dataclass(frozen=True)
class _Asked:
    """What the report is asked for, with the columns that are in the file."""

    truth: dict[str, str]
    preds: tuple[dict[str, str], ...]
    scores: dict[str, str]
    by: tuple[str, ...]
    id: str | None
    task: str | None

    @classmethod
    def of(
        cls,
        table: Table,
        truth: str | Sequence[str],
        pred: str | Sequence[str] | None,
        score: str | Sequence[str] | None,
        by: Sequence[str],
        id: str | None,
        task: str | None,
        threshold: float | None,
    ) -> _Asked:
        source, names = table.path.name, table.schema.names
        true = columns_of(source, names, _listed(truth), "--truth")
        columns_of(source, names, [f"{i}={column}" for i, column in enumerate([*by, *([id] if id else [])])], "--by")
        several = task == "multilabel" or "" not in true
        if task not in (None, "multilabel") and several:
            raise ReportError(f"--task {task} needs one column of truth; {len(true)} are named.")
        if task == "multilabel" and "" in true:
            raise ReportError("--task multilabel needs a column for each label: --truth 'y_*', or LABEL=COLUMN.")
        wanted = _listed(pred)
        preds = (
            (columns_of(source, names, wanted, "--pred"),) * bool(wanted)
            if several
            else tuple(columns_of(source, names, [each], "--pred") for each in wanted)
        )
        scores = columns_of(source, names, _listed(score), "--score")
        if len(preds) > 2:
            raise ReportError("Two models can be compared: name at most two columns with --pred.")
        if len(preds) == 2 and scores:
            raise ReportError("Two models are compared by their predictions: leave --score out, or one --pred.")
        if not preds and not scores:
            raise ReportError("Name the column of predictions with --pred, or columns of scores with --score.")
        if not scores and threshold is not None:
            raise ReportError("A threshold needs a column of scores: name it with --score.")
        return cls(true, preds, scores, tuple(by), id, "multilabel" if several else task)

    @property
    def columns(self) -> dict[str, str]:
        """The columns by their role, as text."""
        told = {"truth": ", ".join(self.truth.values())}
        if self.preds:
            told["pred"] = " and ".join(", ".join(each.values()) for each in self.preds)
        if self.scores:
            told["score"] = ", ".join(self.scores.values())
        return told

    @property
    def judged(self) -> list[str]:
        """The columns that must have a value in every row."""
        columns = [*self.truth.values(), *(c for each in self.preds for c in each.values()), *self.scores.values()]
        return list(dict.fromkeys(columns))

    @property
    def needed(self) -> list[str]:
        """All columns to read."""
        return list(dict.fromkeys([*self.judged, *self.by, *([self.id] if self.id else [])]))

    @property
    def floats(self) -> list[str]:
        """The columns of numbers with fractions."""
        return self.judged if self.task == "regression" else list(self.scores.values())

    def start(
        self, table: Table, positive: str | None, threshold: float | None, second: SecondThread
    ) -> tuple[_Asked, _Pass, str]:
        """Return what is asked with the task filled in, the pass to make over the rows, and why if that was guessed."""
        if self.task == "multilabel":
            pred = self.preds[0] if self.preds else {}
            told = MultilabelPass(self.truth, pred, self.scores, self.by, self.id, threshold, table.written)
            return self, _Pass(self.task, [told]), ""
        truth = next(iter(self.truth.values()))
        preds: list[str | None] = [next(iter(each.values())) for each in self.preds] or [None]
        columns = [Columns(truth, each, self.scores, self.by, self.id) for each in preds]
        looks = _looks(table, [truth, *(each for each in preds if each)])
        task, reason = self.task, ""
        if task is None:
            regression, reason = guess(looks[0], looks[1] if len(looks) > 1 else None, bool(self.scores))
            task = "regression" if regression else None
        if task == "regression":
            if positive is not None:
                raise ReportError(f"Column {truth!r} holds numbers, so there is no class {positive!r} to be positive.")
            if self.scores or preds[0] is None:
                raise ReportError("A regression needs a column of predicted numbers: name it with --pred, no --score.")
            return (
                replace(self, task=task),
                _Pass(task, [RegressionPass(each, table.written) for each in columns]),
                reason,
            )
        kinds = {look.kind for look in looks}
        meant = _meaning(fractions=self.task is not None, booleans_are_numbers={BOOLEAN, WHOLE} <= kinds)
        # True is not 1 in a file: where truth is told by true and false, these are the labels.
        usual = "True" if BOOLEAN in kinds and WHOLE not in kinds else "1"
        passes = [
            Classification(each, meant, positive, usual, threshold, self.task, table.written, second)
            for each in columns
        ]
        return self, _Pass(None, passes), reason


def _meaning(*, fractions: bool, booleans_are_numbers: bool) -> Callable[[Any], Any]:
    """Return what a value of a column of labels stands for."""

    def meant(value: Any) -> Any:
        try:
            label = as_label(value)
        except NotALabelError:
            if fractions:
                return str(value)
            raise
        if fractions or not isinstance(label, str):
            return int(label) if booleans_are_numbers and isinstance(label, bool) else label
        if _is_fraction(label):
            raise NotALabelError(label)
        return label

    return meant


def _is_fraction(label: str) -> bool:
    """Whether a text is a number with a fraction, such as 2.5 or 1e-3."""
    try:
        return not float(label).is_integer() and label[-1].isdigit()
    except (ValueError, OverflowError):
        return False


def _looks(table: Table, columns: list[str]) -> list[Any]:
    batch = next(table.batches(list(dict.fromkeys(columns)), [], text=columns), None)
    if batch is None:
        raise ReportError(f"{table.path.name} has no rows.")
    return [look_at(batch[column], column, table.written) for column in columns]


class _Pass:
    """One pass over the rows, for one model or for two."""

    def __init__(self, task: str | None, passes: list[Any]) -> None:
        self._task, self._passes = task, passes
        self._paired: Any = None
        if len(passes) == 2:
            self._paired = PairedErrors() if task == "regression" else PairedLabels()

    @property
    def task(self) -> str:
        """What the rows turned out to be about."""
        task: str = self._task or self._passes[0].task
        return task

    def update(self, batch: pa.RecordBatch, rows: Array) -> None:
        """Take in a batch; `rows` are the numbers of its rows in the file."""
        for each in self._passes:
            each.update(batch, rows)
        if self._paired is not None:
            name = "absolute" if self._task == "regression" else "right"
            self._paired.update(*(getattr(each, name) for each in self._passes))

    def report(self, source: str, rows: int, columns: dict[str, str]) -> Report:
        """Return the report on all rows."""
        names = columns["pred"].split(" and ") if self._paired is not None else []
        told = [{**columns, "pred": name} for name in names] or [columns]
        reports: list[Report] = [
            each.report(source, rows, about) for each, about in zip(self._passes, told, strict=True)
        ]
        if len(reports) == 1:
            return reports[0]
        first, second = reports
        return replace(first, other=replace(second, task=self.task), differences=self._paired.values())


def _read(
    table: Table,
    asked: _Asked,
    one_pass: _Pass,
    drop_missing: bool,
    progress: Progress | None,
    second: SecondThread,
) -> tuple[int, int]:
    """Take in all rows; return how many count, and how many were left out."""
    seen = counted = 0
    text = [name for name in asked.needed if name not in asked.floats]
    for batch in second.read_ahead(table.batches(asked.needed, asked.floats, text)):
        rows = np.arange(seen, seen + batch.num_rows)
        seen += batch.num_rows
        if drop_missing:
            batch, rows = _without_missing(batch, asked.judged, rows)
        counted += len(rows)
        if len(rows):
            one_pass.update(batch, rows)
        if progress is not None:
            progress(seen, table.rows)
    if not counted:
        raise ReportError(f"{table.path.name} has no rows{' without a missing value' if seen else ''}.")
    return counted, seen - counted


def _without_missing(batch: pa.RecordBatch, columns: Sequence[str], rows: Array) -> tuple[pa.RecordBatch, Array]:
    import pyarrow as pa

    keep = np.ones(len(rows), bool)
    for column in columns:
        missing = missing_in(batch[column])
        if missing is not None:
            keep &= ~missing
    return (batch, rows) if keep.all() else (batch.filter(pa.array(keep)), rows[keep])


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def _sha256(files: Sequence[Path]) -> str:
    """Return the digest of a file; of several, that of their digests, in order."""
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _origin(digest: Future[str]) -> Origin:
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Origin(digest.result(), made, {name: version(name) for name in ("evalkit-course", "numpy", "pyarrow")})
