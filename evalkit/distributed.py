"""Evaluation of data larger than memory, or spread over many machines.

`evaluate` reads the rows piece by piece, feeds them to the accumulators of `evalkit.streaming`, and merges the
summaries. What it needs in memory is a piece of the rows, not all of them. With a `dask.distributed` client the pieces
are read and summed up where the workers are, and the summaries are merged as a tree; because any partition in any order
gives the same result, a worker that dies costs time and nothing else.

dask, pyarrow and tqdm are loaded when they are needed (`pip install evalkit-course[scale]`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from evalkit._core.bars import new_bar
from evalkit._core.extras import needs
from evalkit.metrics.rates import Label
from evalkit.streaming import Accumulator, BinnedAUC, Bundle, LabelCounts, Slices
from evalkit.tables.sources import Piece, Reader, pieces_of

BRANCHES = 8  # summaries merged by one task of the tree


@dataclass(frozen=True)
class Evaluation:
    """The metrics of all rows and of each group.

    Attributes
    ----------
    rows : int
        The number of rows.
    metrics : dict
        The metrics of all rows, by the names given to `evaluate`.
    slices : dict
        The metrics of each group of `by`, in the order of the groups; empty without `by`.
    rows_per_slice : dict
        The number of rows of each group.
    accumulator : Accumulator
        The summary itself: `to_dict()` stores it, `merge` adds the summary of tomorrow's rows.
    """

    rows: int
    metrics: dict[str, Any]
    slices: dict[Label, dict[str, Any]]
    rows_per_slice: dict[Label, int]
    accumulator: Accumulator


def evaluate(
    source: Any,
    *,
    truth: Any,
    pred: Any = None,
    score: Any = None,
    by: Any = None,
    metrics: Mapping[str, Accumulator] | None = None,
    client: Any = None,
    progress: bool = True,
) -> Evaluation:
    """Compute metrics over Parquet files or a dask collection, in one pass.

    Parameters
    ----------
    source : path, list of paths, dask DataFrame, or dask Array of shape (n, columns)
        A Parquet file, a folder of them, several of either; or a collection of dask.
    truth : str, or int for an Array
        The column with the true labels or numbers.
    pred : str or int, optional
        The column with the predicted labels or numbers.
    score : str or int, optional
        The column with the scores or probabilities of the positive class.
    by : str or int, optional
        A column with groups. Every metric is also computed for each of them.
    metrics : mapping of str to Accumulator, optional
        What to compute, each an empty accumulator of `evalkit.streaming`. By default `"confusion"`, a confusion matrix
        of `pred`, and `"auc"`, the binned area under the ROC curve of `score` for labels 0 and 1.
    client : dask.distributed.Client, optional
        The cluster to work on. Its workers must be able to read the files. By default this process does the work.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If a column is missing or has missing values, there are no rows, or an accumulator refuses the rows.
    InvalidParameterError
        If `source` is of another type.

    Notes
    -----
    Memory in one process: 131,072 rows of the columns that are used, and the accumulators. `ExactAUC` keeps its scores,
    so it alone grows with the number of rows. With dask collections, one partition is in memory at a time.

    Examples
    --------
    >>> import tempfile, pyarrow, pyarrow.parquet
    >>> data = {"y": [0, 1, 1, 0], "yhat": [0, 1, 0, 0], "p": [0.1, 0.9, 0.4, 0.2], "site": list("abab")}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pyarrow.parquet.write_table(pyarrow.table(data), folder + "/predictions.parquet")
    ...     result = evaluate(folder, truth="y", pred="yhat", score="p", by="site", progress=False)
    >>> result.rows, result.metrics["confusion"].accuracy, result.metrics["auc"].value
    (4, 0.75, 1.0)
    >>> {site: values["confusion"].accuracy for site, values in result.slices.items()}
    {'a': 0.5, 'b': 1.0}
    """
    columns = {
        name: column for name, column in (("truth", truth), ("pred", pred), ("score", score)) if column is not None
    }
    chosen = _default_metrics(columns) if metrics is None else metrics
    if not chosen:
        raise ValueError("Give pred, score or both, or metrics: there is nothing to compute.")
    bundle = Bundle(chosen, columns=tuple(columns))
    pattern: Accumulator = bundle if by is None else Slices(bundle)
    pieces = pieces_of(source, [*([] if by is None else [by]), *columns.values()])
    if client is None or not pieces:
        total = _here(pattern, pieces, progress)
    else:
        total = _on_cluster(pattern, pieces, client, progress)
    return _evaluation(total)


def _default_metrics(columns: Mapping[str, Any]) -> dict[str, Accumulator]:
    defaults: dict[str, Accumulator] = {}
    if "pred" in columns:
        defaults["confusion"] = LabelCounts()
    if "score" in columns:
        defaults["auc"] = BinnedAUC()
    return defaults


def _evaluation(total: Accumulator) -> Evaluation:
    """Compute the metrics of a summary."""
    whole = total.total() if isinstance(total, Slices) else total
    assert isinstance(whole, Bundle)
    if not whole.rows:
        raise ValueError("source has no rows.")
    groups = total.groups if isinstance(total, Slices) else {}
    return Evaluation(
        rows=whole.rows,
        metrics=whole.compute(),
        slices={group: part.compute() for group, part in groups.items()},
        rows_per_slice={group: part.rows for group, part in groups.items() if isinstance(part, Bundle)},
        accumulator=total,
    )


# ------------------------------------------------------------------------------------------------ the two ways to work
def _summarise(pattern: Accumulator, read: Reader, what: Any) -> Accumulator:
    """Sum up a piece of the rows."""
    summary = pattern.empty()
    for batch in read(what):
        summary.update(*batch)
    return summary


def _merge_all(summaries: list[Accumulator]) -> Accumulator:
    return reduce(lambda one, other: one.merge(other), summaries)


def _here(pattern: Accumulator, pieces: list[Piece], progress: bool) -> Accumulator:
    """Work through the pieces in this process, one after the other."""
    total = pattern.empty()
    with _bar(len(pieces), progress) as bar:
        for piece in pieces:
            what = piece.what.compute(scheduler="synchronous") if hasattr(piece.what, "compute") else piece.what
            for batch in piece.read(what):
                total.update(*batch)
            bar.update()
    return total


def _bar(pieces: int, progress: bool) -> Any:
    needs("tqdm")
    from tqdm import tqdm

    return new_bar(total=pieces, desc="evaluate", unit="piece") if progress else tqdm(disable=True)


def _on_cluster(pattern: Accumulator, pieces: list[Piece], client: Any, progress: bool) -> Accumulator:
    """Sum up each piece on a worker and merge the summaries as a tree, eight at a time.

    A task depends on its inputs only. When a worker dies, dask runs again what was lost with it.
    """
    needs("dask")
    needs("distributed")
    from dask.delayed import delayed
    from distributed import as_completed

    # pure=False: a file may have changed since the last run, so an old result must not be used again.
    level = [delayed(_summarise, pure=False)(pattern, piece.read, piece.what) for piece in pieces]
    leaves = client.compute(level)
    level = leaves
    while len(level) > 1:
        groups = [level[start : start + BRANCHES] for start in range(0, len(level), BRANCHES)]
        level = [client.submit(_merge_all, group, pure=False) for group in groups]
    with _bar(len(leaves), progress) as bar:
        for leaf in as_completed(leaves):  # type: ignore[no-untyped-call]
            if leaf.status == "error":
                leaf.result()  # raises the error of the worker here
            bar.update()
            if leaf is not level[0]:
                leaf.release()  # the tree holds on to it as long as it is needed
    result: Accumulator = level[0].result()
    return result
