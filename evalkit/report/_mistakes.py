"""The worst mistakes: wrong rows whose score was furthest on the wrong side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit.report._scores import Scores
from evalkit.report.model import Mistake
from evalkit.tables.rows import TopRows

SHOWN = 10


def worst_rows(top: TopRows, slices: Mapping[str, list[str]], meant: Callable[[Any], Any]) -> tuple[Mistake, ...]:
    """Return the kept rows that are wrong at all, worst first.

    Parameters
    ----------
    top : TopRows
        With the columns "true", "pred", "by …" and perhaps "id"; the value is how wrong a row is.
    slices : mapping from column to the names of its slices
    meant : callable
        Turns what was kept as truth and prediction into what is shown.
    """
    kept = top.columns
    return tuple(
        Mistake(
            int(row),
            meant(kept["true"][i]),
            meant(kept["pred"][i]),
            None,
            {column: names[int(kept[f"by {column}"][i])] for column, names in slices.items()},
            str(kept["id"][i]) if "id" in kept else None,
        )
        for i, row in enumerate(top.row)
        if top.value[i] > 0
    )


class Mistakes:
    """The ten worst wrong rows so far.

    With scores, false positives with the highest and false negatives with the lowest are kept apart: which of them are
    worse depends on the threshold, which is settled at the end. With a score for each class (`sure`), those are the
    worst of which the model was most sure. Without scores no mistake is worse than another, and the first ones are
    kept.
    """

    def __init__(self, by: Sequence[str], scored: bool, *, named: bool = False, sure: bool = False) -> None:
        self._by, self._sure = list(by), sure
        kept = ["true", "pred", *(["score"] if scored else []), *(["id"] if named else [])]
        kept += [f"by {column}" for column in by]
        self._false_positives, self._false_negatives = TopRows(SHOWN, kept), TopRows(SHOWN, kept)

    def update(
        self,
        rows: Array,
        wrong: Array,
        is_positive: Array,
        called: Array,
        true: Array,
        pred: Array,
        score: Array | None,
        slices: Mapping[str, Array],
        ids: Callable[[Array], Array] | None = None,
    ) -> None:
        """Offer the rows of a batch with their numbers in the file, all arrays of shape (n,)."""
        columns = {"true": true, "pred": pred, **({} if score is None else {"score": score})}
        columns |= {f"by {column}": codes for column, codes in slices.items()}
        if score is None or self._sure:
            self._offer(self._false_positives, wrong, rows, score, 1, columns, ids)
        else:
            self._offer(self._false_positives, called & ~is_positive, rows, score, 1, columns, ids)
            self._offer(self._false_negatives, is_positive & ~called, rows, score, -1, columns, ids)

    def _offer(
        self,
        top: TopRows,
        wrong: Array,
        rows: Array,
        score: Array | None,
        sign: int,
        columns: Mapping[str, Array],
        ids: Callable[[Array], Array] | None,
    ) -> None:
        """Offer the wrong rows; the worst have the highest score, or the lowest where the sign is −1."""
        if score is None and top.is_full:
            return  # the first ones of the file are enough
        if score is not None and top.is_full:  # most batches hold none that is worse
            wrong = wrong & (score > top.least if sign > 0 else score < -top.least)
        index = np.flatnonzero(wrong)
        if score is None:
            index = index[: top.size]
        if not len(index):
            return
        kept = {name: column[index] for name, column in columns.items()}
        if ids is not None:
            kept["id"] = ids(index)
        row = rows[index]
        top.update(-row.astype(np.float64) if score is None else sign * score[index], row, **kept)

    def result(
        self, labels: Mapping[int, Any], slices: Mapping[str, list[str]], scores: Scores | None
    ) -> tuple[tuple[Mistake, ...], str]:
        """Return the worst mistakes and the sentence that says in which way they are the worst.

        Parameters
        ----------
        labels : mapping from code to label
        slices : mapping from column to the names of its slices
        scores : Scores, optional
        """
        ranked = []
        middle = 0.0 if scores is None or self._sure else scores.middle
        for top, sign in ((self._false_positives, 1.0), (self._false_negatives, -1.0)):
            for i, row in enumerate(top.row.tolist()):
                kept = {name: column[i : i + 1].tolist()[0] for name, column in top.columns.items()}
                names = {column: slices[column][int(kept[f"by {column}"])] for column in self._by}
                truth, predicted = labels[int(kept["true"])], labels[int(kept["pred"])]
                mistake = Mistake(row, truth, predicted, kept.get("score"), names, kept.get("id"))
                ranked.append((top.value[i] - sign * middle, mistake))
        ranked.sort(key=lambda pair: (-pair[0], pair[1].row))
        worst = tuple(mistake for _, mistake in ranked[:SHOWN])
        if not worst:
            return (), "No row is wrong."
        if scores is None:
            return worst, "The first wrong rows of the file: without a score no mistake is worse than another."
        if self._sure:
            return worst, "Wrong rows, those first of which the model was most sure."
        return worst, f"Wrong rows whose score lies furthest on the wrong side of {middle:g}."
