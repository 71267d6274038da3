"""The worst mistakes: wrong rows whose score was furthest on the wrong side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit.report._scores import Scores
from evalkit.report.model import Mistake
from evalkit.tables.rows import TopRows

SHOWN = 10


class Mistakes:
    """The ten worst wrong rows so far.

    With scores, false positives with the highest and false negatives with the lowest are kept apart: which of them are
    worse depends on the threshold, which is settled at the end. Without scores no mistake is worse than another, and
    the first ones are kept.
    """

    def __init__(self, by: Sequence[str], scored: bool) -> None:
        self._by = list(by)
        kept = ["true", "pred", *(["score"] if scored else []), *(f"by {column}" for column in by)]
        self._false_positives, self._false_negatives = TopRows(SHOWN, kept), TopRows(SHOWN, kept)

    def update(
        self,
        start: int,
        wrong: Array,
        is_positive: Array,
        called: Array,
        true: Array,
        pred: Array,
        score: Array | None,
        slices: Mapping[str, Array],
    ) -> None:
        """Offer the rows of a batch, all arrays of shape (n,), beginning with row `start` of the file."""
        columns = {"true": true, "pred": pred, **({} if score is None else {"score": score})}
        columns |= {f"by {column}": codes for column, codes in slices.items()}
        if score is None:
            self._offer(self._false_positives, np.flatnonzero(wrong), start, None, columns)
        else:
            self._offer(self._false_positives, np.flatnonzero(called & ~is_positive), start, score, columns)
            self._offer(self._false_negatives, np.flatnonzero(is_positive & ~called), start, -score, columns)

    def _offer(self, top: TopRows, index: Array, start: int, value: Array | None, columns: Mapping[str, Array]) -> None:
        kept = {name: column[index] for name, column in columns.items()}
        row = start + index
        top.update(-row.astype(np.float64) if value is None else value[index], row, **kept)

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
        middle = 0.0 if scores is None else scores.middle
        for top, sign in ((self._false_positives, 1.0), (self._false_negatives, -1.0)):
            for i, row in enumerate(top.row.tolist()):
                kept = {name: column[i].item() for name, column in top.columns.items()}
                names = {column: slices[column][int(kept[f"by {column}"])] for column in self._by}
                truth, predicted = labels[int(kept["true"])], labels[int(kept["pred"])]
                ranked.append((top.value[i] - sign * middle, Mistake(row, truth, predicted, kept.get("score"), names)))
        ranked.sort(key=lambda pair: (-pair[0], pair[1].row))
        worst = tuple(mistake for _, mistake in ranked[:SHOWN])
        if not worst:
            return (), "No row is wrong."
        if scores is None:
            return worst, "The first wrong rows of the file: without a score no mistake is worse than another."
        return worst, f"Wrong rows whose score lies furthest on the wrong side of {middle:g}."
