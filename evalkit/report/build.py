"""From a file of predictions to a report, in one pass and constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evalkit.report.classification import Classification
from evalkit.report.model import Report, ReportError
from evalkit.report.regression import RegressionPass
from evalkit.tables.files import FRACTIONS, TEXT, open_table

Progress = Callable[[int, int | None], None]


def build_report(
    path: str | Path,
    *,
    truth: str,
    pred: str | None = None,
    score: str | None = None,
    by: Sequence[str] = (),
    positive: str | None = None,
    threshold: float | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate a CSV or Parquet file of predictions.

    Parameters
    ----------
    path : path
        A `.csv` (also `.csv.gz`) or `.parquet` file with one row per prediction.
    truth : str
        The column of true labels; or of true numbers, if it holds fractions and there is no `score`.
    pred : str, optional
        The column of predicted labels or numbers. With a `score`, labels can be left to the threshold.
    score : str, optional
        The column of the positive class's score. Between 0 and 1 it is taken for a probability.
    by : sequence of str
        Columns whose values are the slices to evaluate apart.
    positive : str, optional
        The positive class, as it is written in the file. By default 1 or true, if the labels are 0 and 1 or −1 and 1.
    threshold : float, optional
        The score from which on a row is called positive, inclusive: without `pred` it makes the predicted labels (0.5
        by default), beside `pred` it is marked in the figures.
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
    2²⁰ bins of the score, and a handful of rows. Areas and curves come from the bins, with a bound on their error;
    everything else is exact.

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
    path = Path(path)
    columns = {"truth": truth, **({"pred": pred} if pred else {}), **({"score": score} if score else {})}
    needed = list(dict.fromkeys([*columns.values(), *by]))
    table = open_table(path, needed)
    regression = score is None and table.kind(truth) == FRACTIONS
    if regression and positive is not None:
        raise ReportError(f"Column {truth} holds fractions, so there is no class {positive!r} to be positive.")
    if pred is None and (regression or score is None):
        raise ReportError("Name the column of predictions with --pred, or a column of scores with --score.")
    if score is None and threshold is not None:
        raise ReportError("A threshold needs a column of scores: name it with --score.")
    task: Classification | RegressionPass
    if regression:
        assert pred is not None
        task = RegressionPass(truth, pred, by)
    else:
        task = Classification(table, truth, pred, score, by, positive, threshold)
    numeric = [truth, pred] if regression else [score]
    for column in numeric:
        if column is not None and table.kind(column) == TEXT:
            raise ReportError(f"Column {column} holds text, and numbers are needed.")
    rows = 0
    for batch in table.batches(needed, [name for name in numeric if name]):
        if batch.num_rows:
            task.update(batch, rows)
            rows += batch.num_rows
        if progress is not None:
            progress(rows, table.rows)
    if not rows:
        raise ReportError(f"{path.name} has no rows.")
    return task.report(path.name, rows, columns)
