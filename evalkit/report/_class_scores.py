"""What the scores of several classes are worth, one column for each class."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from evalkit._core.inputs import Array
from evalkit.metrics.calibration import N_BINS
from evalkit.report._tally import ScoreTally
from evalkit.report.model import ReportError, Value
from evalkit.streaming import LogLoss, TopLabelCalibration

MOST_AREAS = 30  # classes: each takes up to 20 megabytes
SUM_OFF = 1e-3  # how far the probabilities of a row may be from 1 together: they are often written with few digits


class ClassScores:
    """The accumulators of the columns of scores.

    Parameters
    ----------
    columns : mapping from the code of a class to the column of its score
    """

    def __init__(self, columns: Mapping[int, str]) -> None:
        self.columns = dict(columns)
        self.codes = np.array(list(columns), np.int16)
        self.are_probabilities = True  # until a row has some that do not add up to 1
        count = len(columns)
        self._loss, self._calibration = LogLoss(num_classes=count), TopLabelCalibration(labels=range(count))
        self._squared, self._rows = 0.0, 0
        self._tallies = [ScoreTally() for _ in columns] if count <= MOST_AREAS else []

    def places(self, true: Array, names: Mapping[int, str]) -> Array:
        """Return the column of the true class of each row, or say of which class there is none."""
        order = np.argsort(self.codes)
        place = np.minimum(np.searchsorted(self.codes[order], true), len(order) - 1)
        found: Array = order[place]
        missing = np.flatnonzero(self.codes[found] != true)
        if len(missing):
            raise ReportError(f"There is no column of scores for the class {names[int(true[missing[0]])]!r}.")
        return found

    def update(self, place: Array, scores: Array) -> Array:
        """Take in the place of the true class, shape (n,), and the scores, shape (n, K); return the place of the best.

        Of equal scores the first column counts.
        """
        for k, tally in enumerate(self._tallies):
            tally.update(place == k, scores[:, k])
        self._rows += len(place)
        if self.are_probabilities:
            total = scores.sum(axis=1)
            self.are_probabilities = bool(scores.min() >= 0 and np.abs(total - 1).max() <= SUM_OFF)
        if self.are_probabilities:
            scores = scores / total[:, None]
            self._loss.update(place, scores)
            self._calibration.update(place, scores)
            hit = scores[np.arange(len(place)), place]
            self._squared += float((scores * scores).sum() - 2 * hit.sum() + len(place))
        best: Array = scores.argmax(axis=1)
        return best

    def areas(self) -> list[float]:
        """Return the area under the ROC curve of each class against the others; nan where one side has no rows."""
        found = []
        for tally in self._tallies:
            counts = tally.counts()
            both = counts.positive.sum() and counts.negative.sum()
            found.append(counts.area()[0] if both else math.nan)
        return found

    def values(self) -> list[Value]:
        """Return the metrics of the scores."""
        values = []
        areas = np.array(self.areas())
        defined = areas[~np.isnan(areas)]
        if len(defined):
            off = max((tally.counts().area()[1] for tally in self._tallies if not tally.exact), default=0.0)
            mean = float(defined.mean())
            bounds = (max(mean - off, 0.0), min(mean + off, 1.0))
            values.append(Value.of("ROC AUC", mean, "each class against the others, mean", bounds=bounds))
        if self.are_probabilities:
            error = self._calibration.compute().expected_calibration_error
            values += [
                Value("Log-loss", self._loss.compute(), note="nats per row; lower is better"),
                Value(
                    "Brier score", self._squared / self._rows, note="summed over the classes, 0 to 2; lower is better"
                ),
                Value("Calibration error", error, note=f"of the best class; {N_BINS} bins; lower is better"),
            ]
        return values

    def notes(self) -> tuple[str, ...]:
        """Say what the reader must know about these numbers."""
        told = []
        if not self._tallies:
            told.append(f"With more than {MOST_AREAS} classes no areas under ROC curves are computed.")
        if not self.are_probabilities:
            told.append(
                "The scores of some rows do not add up to 1, so they are no probabilities: there is no log-loss, Brier "
                "score or calibration."
            )
        return tuple(told)
