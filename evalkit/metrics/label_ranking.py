"""Rankings within a row: several labels, or documents, that a model puts in order for each row.

Multi-label problems: how far down must we go to find all true labels (`coverage_error`), and how pure is the list when
we meet each (`label_ranking_average_precision_score`, `label_ranking_loss`)? Search: how much is gained by reading the
list from the top, when later places count for less (`dcg_score`, `ndcg_score`)?

Names, arguments, values and errors are those of scikit-learn 1.9.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from evalkit._core.inputs import (
    Array,
    InvalidParameterError,
    check_finite,
    check_lengths,
    numbers,
    target_type,
)
from evalkit._core.scored import is_number, row_weights


def coverage_error(y_true: Any, y_score: Any, *, sample_weight: Any = None) -> float:
    """Return how many of the best-scored labels must be read, on average, to meet all true labels of a row.

    Parameters
    ----------
    y_true : array-like of shape (n, K)
        Indicators of the true labels.
    y_score : array-like of shape (n, K)
        The score of each label in each row.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.

    Returns
    -------
    float
        From 0 (no row has a label) to K. The best value is the mean number of labels of a row.

    Raises
    ------
    ValueError
        If `y_true` does not hold indicators, shapes differ, or a score is NaN or infinite.

    Notes
    -----
    :Formula: mean over the rows of the rank of the true label that is scored lowest
    :Range: 0 to the number of labels; lower is better
    :Misleads when: one hard label decides for its row

    References
    ----------
    G. Tsoumakas, I. Katakis and I. Vlahavas, "Mining multi-label data", Data Mining and Knowledge Discovery Handbook,
    2nd edition (2010), for all three metrics of labels.

    Examples
    --------
    >>> coverage_error([[1, 0, 0], [0, 1, 1]], [[1, 0, 0], [0, 1, 1]])
    1.5
    """
    relevant, scores, weight = _check_labels(y_true, y_score, sample_weight, need_two_dimensions=True)
    rank, _ = _ranks(relevant, scores)
    return float(np.average(np.where(relevant, rank, 0).max(axis=1), weights=weight))


def label_ranking_average_precision_score(y_true: Any, y_score: Any, *, sample_weight: Any = None) -> float:
    """Return, over the true labels, the mean share of true labels among those scored at least as high.

    A row with no true label, or with all, counts as 1.

    Parameters
    ----------
    y_true : array-like of shape (n, K)
        Indicators of the true labels.
    y_score : array-like of shape (n, K)
        The score of each label in each row.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float
        Above 0, at most 1.

    Raises
    ------
    ValueError
        If `y_true` does not hold indicators, shapes differ, or a score is NaN or infinite.

    Notes
    -----
    :Formula: mean over the rows of the mean over a row's true labels of (true labels scored at least as high) / (labels
        scored at least as high), where each label counts itself
    :Range: 0 to 1; higher is better
    :Misleads when: rows have no true label, or all: they count as perfect

    Examples
    --------
    >>> round(label_ranking_average_precision_score([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]]), 4)
    0.4167
    """
    relevant, scores, weight = _check_labels(y_true, y_score, sample_weight, single_column=True)
    rank, true_rank = _ranks(relevant, scores)
    n_relevant = relevant.sum(axis=1)
    precision = np.where(relevant, true_rank / rank, 0).sum(axis=1) / np.maximum(n_relevant, 1)
    precision[_one_sided(relevant)] = 1
    return float(np.average(precision, weights=weight))


def label_ranking_loss(y_true: Any, y_score: Any, *, sample_weight: Any = None) -> float:
    """Return the share of (true, other) pairs of labels of a row in which the other is scored at least as high.

    A row with no true label, or with all, counts as 0.

    Parameters
    ----------
    y_true : array-like of shape (n, K)
        Indicators of the true labels.
    y_score : array-like of shape (n, K)
        The score of each label in each row.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float
        From 0 (perfect) to 1.

    Raises
    ------
    ValueError
        If `y_true` does not hold indicators, shapes differ, or a score is NaN or infinite.

    Notes
    -----
    :Formula: wrongly ordered pairs / pairs of a true and another label, as a mean over the rows
    :Range: 0 to 1; lower is better
    :Misleads when: only the first places are looked at in use: it weighs all places alike

    Examples
    --------
    >>> label_ranking_loss([[1, 0, 0], [0, 0, 1]], [[0.75, 0.5, 1], [1, 0.2, 0.1]])
    0.75
    """
    relevant, scores, weight = _check_labels(y_true, y_score, sample_weight)
    rank, true_rank = _ranks(relevant, scores)
    n_relevant = relevant.sum(axis=1)
    wrong_pairs = np.where(relevant, rank - true_rank, 0).sum(axis=1)
    loss = wrong_pairs / np.maximum(n_relevant * (relevant.shape[1] - n_relevant), 1)
    return float(np.average(loss, weights=weight))


def dcg_score(
    y_true: Any,
    y_score: Any,
    *,
    k: int | None = None,
    log_base: float = 2,
    sample_weight: Any = None,
    ignore_ties: bool = False,
) -> float:
    """Return the discounted cumulative gain: the gains in the order of the scores, place p divided by log(p + 1).

    Parameters
    ----------
    y_true : array-like of shape (n, K)
        The gain of each document for each row (query).
    y_score : array-like of shape (n, K)
        The higher, the earlier in the list.
    k : int, optional
        Count only the first k places.
    log_base : float
        The base of the logarithm.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    ignore_ties : bool
        Put equal scores in any order. By default they share their places evenly.

    Returns
    -------
    float
        The mean over the rows, in units of gain.

    Raises
    ------
    ValueError
        If the input does not have two dimensions, shapes differ, or a number is NaN or infinite.

    Notes
    -----
    :Formula: Σ gain at place p / log₂(p + 1)
    :Range: 0 upwards for gains that are not negative; higher is better
    :Misleads when: rows with other gains are compared: `ndcg_score` divides by the best that was possible

    References
    ----------
    K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM Transactions on Information
    Systems 20 (2002). F. McSherry and M. Najork, "Computing information retrieval performance measures efficiently in
    the presence of tied scores", ECIR 2008.

    Examples
    --------
    >>> round(dcg_score([[10, 0, 0, 1, 5]], [[0.1, 0.2, 0.3, 4, 70]]), 2)
    9.5
    """
    gains, scores, weight = _check_gains(y_true, y_score, k, sample_weight)
    if not is_number(log_base) or not log_base > 0:
        raise InvalidParameterError(
            f"The 'log_base' parameter must be a float in the range (0.0, inf). Got {log_base!r} instead."
        )
    return float(np.average(_dcg(gains, scores, k, log_base, ignore_ties), weights=weight))


def ndcg_score(
    y_true: Any, y_score: Any, *, k: int | None = None, sample_weight: Any = None, ignore_ties: bool = False
) -> float:
    """Return the discounted cumulative gain divided by that of the best order; 0 for a row without any gain.

    Parameters
    ----------
    y_true : array-like of shape (n, K)
        The gain of each document for each row (query), none of them negative.
    y_score : array-like of shape (n, K)
        The higher, the earlier in the list.
    k : int, optional
        Count only the first k places. By default all.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    ignore_ties : bool, default False
        Put equal scores in any order. By default they share their places evenly.

    Returns
    -------
    float
        From 0 to 1 (perfect).

    Raises
    ------
    ValueError
        If the input does not have two dimensions, shapes differ, a number is NaN or infinite, or a gain is negative.

    Notes
    -----
    :Formula: DCG / DCG of the best order
    :Range: 0 to 1; higher is better
    :Misleads when: gains differ little: any order scores high

    Examples
    --------
    >>> round(ndcg_score([[10, 0, 0, 1, 5]], [[0.1, 0.2, 0.3, 4, 70]]), 2)
    0.7
    """
    gains, scores, weight = _check_gains(y_true, y_score, k, sample_weight, documents=True)
    best = _dcg(gains, gains, k, 2, ignore_ties=True)
    gained = _dcg(gains, scores, k, 2, ignore_ties)
    return float(np.average(np.divide(gained, best, out=np.zeros(len(best)), where=best != 0), weights=weight))


# ---------------------------------------------------------------------------------------------------------- the ranking
def _ranks(relevant: Array, scores: Array) -> tuple[Array, Array]:
    """Count, for each label of each row, the labels and the true labels with at least its score, itself included."""
    order = np.argsort(scores, axis=1)[:, ::-1]
    _, ends = _runs(np.take_along_axis(scores, order, axis=1))
    true_labels = np.cumsum(np.take_along_axis(relevant, order, axis=1), axis=1)
    rank, true_rank = np.empty_like(ends), np.empty_like(ends)
    np.put_along_axis(rank, order, ends + 1, axis=1)
    np.put_along_axis(true_rank, order, np.take_along_axis(true_labels, ends, axis=1), axis=1)
    return rank, true_rank


def _runs(ordered: Array) -> tuple[Array, Array]:
    """Return for each entry of each sorted row where its run of equal values begins and ends (inclusive)."""
    n_columns = ordered.shape[1]
    changes = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((len(ordered), 1), dtype=bool)
    place = np.arange(n_columns)
    starts = np.maximum.accumulate(np.where(np.hstack([edge, changes]), place, 0), axis=1)
    last = np.where(np.hstack([changes, edge]), place, n_columns)
    return starts, np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]


def _dcg(gains: Array, scores: Array, k: int | None, log_base: float, ignore_ties: bool) -> Array:
    """Return the discounted cumulative gain of each row."""
    discount = np.log(log_base) / np.log(np.arange(gains.shape[1]) + 2)
    if k is not None:
        discount[k:] = 0
    order = np.argsort(scores, axis=1)[:, ::-1]
    ranked = np.take_along_axis(gains, order, axis=1).astype(np.float64)
    if not ignore_ties:
        starts, ends = _runs(np.take_along_axis(scores, order, axis=1))
        before = np.hstack([np.zeros((len(ranked), 1)), np.cumsum(ranked, axis=1)])
        run_gain = np.take_along_axis(before, ends + 1, axis=1) - np.take_along_axis(before, starts, axis=1)
        ranked = run_gain / (ends - starts + 1)
    return np.asarray(ranked @ discount)


def _one_sided(relevant: Array) -> Array:
    """Mark the rows in which no label is true, or all are."""
    return np.asarray(relevant.all(axis=1) | ~relevant.any(axis=1))


# ------------------------------------------------------------------------------------------------------------- checking
def _check_labels(
    y_true: Any, y_score: Any, sample_weight: Any, need_two_dimensions: bool = False, single_column: bool = False
) -> tuple[Array, Array, Array | None]:
    """Return indicators (bool), scores and weights of a multi-label problem."""
    indicators, scores, weight = _check_pair(y_true, y_score, sample_weight, need_two_dimensions)
    if indicators.shape != scores.shape:
        raise ValueError("y_true and y_score have different shape")
    kind = target_type(indicators, "y_true")
    if kind != "multilabel-indicator" and not (single_column and kind == "binary" and indicators.ndim == 2):
        raise ValueError(f"{kind} format is not supported")
    return indicators != 0, scores, weight


def _check_gains(
    y_true: Any, y_score: Any, k: Any, sample_weight: Any, documents: bool = False
) -> tuple[Array, Array, Array | None]:
    """Return gains, scores and weights of a search problem."""
    if k is not None and (isinstance(k, bool) or not isinstance(k, Integral) or int(k) < 1):
        raise InvalidParameterError(
            f"The 'k' parameter must be an int in the range [1, inf) or None. Got {k!r} instead."
        )
    gains, scores, weight = _check_pair(y_true, y_score, sample_weight)
    if documents and gains.min() < 0:
        raise ValueError("ndcg_score should not be used on negative y_true values.")
    if documents and gains.ndim > 1 and gains.shape[1] <= 1:
        raise ValueError(
            f"Computing NDCG is only meaningful when there is more than 1 document. Got {gains.shape[1]} instead."
        )
    supported = ("multilabel-indicator", "continuous-multioutput", "multiclass-multioutput")
    kind = target_type(gains, "y_true")
    if kind not in supported:
        raise ValueError(f"Only {supported} formats are supported. Got {kind} instead")
    if gains.shape != scores.shape:
        raise ValueError(f"y_true has shape {gains.shape} but y_score has shape {scores.shape}.")
    return gains, scores, weight


def _check_pair(
    y_true: Any, y_score: Any, sample_weight: Any, need_two_dimensions: bool = False
) -> tuple[Array, Array, Array | None]:
    truth, scores = numbers(y_true, "y_true"), numbers(y_score, "y_score")
    if need_two_dimensions and 1 in (truth.ndim, scores.ndim):
        raise ValueError("Expected 2D array, got 1D array instead.")
    check_lengths(y_true=truth, y_score=scores)
    if truth.size == 0:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required (y_true).")
    check_finite(truth, "y_true")
    check_finite(scores, "y_score")
    return truth, scores, row_weights(sample_weight, truth)
