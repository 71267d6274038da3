"""What the scores of the positive class are worth: ranking, probabilities, and labels by a threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evalkit._core.codes import Codes
from evalkit._core.forecasts import Forecast
from evalkit._core.inputs import Array
from evalkit._core.sums import WeightedMean
from evalkit._core.threads import SecondThread
from evalkit.metrics.calibration import N_BINS, CalibrationBins, uniform_edges
from evalkit.metrics.probability import log_losses, squared_distances
from evalkit.report._intervals import area_interval, average_precision_interval
from evalkit.report._score_counts import ScoreCounts
from evalkit.report._tally import RowsByBin, ScoreTally
from evalkit.report.model import ReportError, Value
from evalkit.streaming import CalibrationCurve


class Scores:
    """The accumulators of a column of scores.

    Parameters
    ----------
    column : str
    threshold : float, optional
        The score from which on a row is called positive.
    makes_labels : bool
        Whether there are no predicted labels but those of the threshold, by default 0.5.
    elsewhere : RowsByBin, optional
        Where the rows of each bin of the score are counted anyway.
    second : SecondThread
        What adds up the losses.
    """

    def __init__(
        self,
        column: str,
        threshold: float | None,
        makes_labels: bool,
        elsewhere: RowsByBin | None,
        second: SecondThread,
    ) -> None:
        if threshold is not None and not math.isfinite(threshold):
            raise ReportError(f"The threshold must be a number, not {threshold}.")
        self._column = column
        self._guessed = makes_labels and threshold is None
        self.threshold = 0.5 if self._guessed else threshold
        self.are_probabilities = True  # until one lies outside 0 to 1
        self._tally = ScoreTally(elsewhere)
        self._loss, self._squared = WeightedMean(), WeightedMean()
        self._calibration = CalibrationBins.empty(uniform_edges(N_BINS))
        self._second, self._adding = second, second.submit(lambda: None)
        self._rows = np.zeros(2, np.int64)

    def update(self, is_positive: Array, score: Array, bins: Codes) -> Array:
        """Take in a batch, with the bins of the scores, and return which rows the threshold calls positive."""
        self._tally.update(is_positive, score, bins)
        positives = int(np.count_nonzero(is_positive))
        self._rows += [len(is_positive) - positives, positives]
        if self.are_probabilities and not 0 <= score.min() <= score.max() <= 1:
            self.are_probabilities = False
            if self._guessed:
                raise ReportError(
                    f"Column {self._column!r} holds scores outside 0 to 1: say with --threshold from which on they "
                    "mean the positive class."
                )
        self._adding.result()  # of the batch before
        if self.are_probabilities:
            self._adding = self._second.submit(self._add, is_positive, score)
        called: Array = score >= (0.5 if self.threshold is None else self.threshold)
        return called

    def _add(self, is_positive: Array, score: Array) -> None:
        """Add up what the probabilities lose."""
        for part in Forecast(is_positive, score).parts(len(score)):  # the batch as it is: two threads meet less often
            self._loss += WeightedMean.of(log_losses(part))
            self._squared += WeightedMean.of(squared_distances(part))
            self._calibration = self._calibration.add_part(part)

    @property
    def has_both_classes(self) -> bool:
        """Without positives or without negatives there is nothing to rank."""
        return bool(self._rows.all())

    @property
    def middle(self) -> float:
        """The score that mistakes are measured from: the threshold, or where it would usually be."""
        return self.threshold if self.threshold is not None else 0.5 if self.are_probabilities else 0.0

    def values(self) -> list[Value]:
        """Return the metrics of the scores."""
        self._adding.result()
        values = [Value("ROC AUC", math.nan, note="one class has no rows")]
        if self.has_both_classes:
            values = area_and_precision(self._tally.counts())
        if self.are_probabilities:
            error = self._calibration.expected_error()
            values += [
                Value("Log-loss", self._loss.mean(), note="nats per row; lower is better"),
                Value("Brier score", self._squared.mean() / 2, note="lower is better"),
                Value("Calibration error", error, note=f"{N_BINS} bins of equal width; lower is better"),
            ]
        return values

    def for_figures(self) -> dict[str, Any]:
        """Return what the figures of the scores are drawn from."""
        self._adding.result()
        return {
            "threshold": self.threshold,
            "scores": self._tally.counts() if self.has_both_classes else None,
            "calibration": CalibrationCurve.of(self._calibration) if self.are_probabilities else None,
        }

    def notes(self) -> tuple[str, ...]:
        """Say what the reader must know about these numbers."""
        if self.are_probabilities:
            return ()
        return (
            f"Some scores in {self._column!r} lie outside 0 to 1, so they are no probabilities: there is no log-loss, "
            "Brier score or calibration.",
        )


def area_and_precision(counts: ScoreCounts) -> list[Value]:
    """Return the area under the ROC curve and the average precision, each with its interval and its bounds."""
    area, off = counts.area()
    precision, worst, best = counts.average_precision()
    ends, drawn = area_interval(counts), average_precision_interval(counts)
    within = (max(area - off, 0.0), min(area + off, 1.0))
    return [
        Value.of("ROC AUC", area, "DeLong" if ends else "", ends, within),
        Value.of("Average precision", precision, "Boyd, Eng and Page" if drawn else "", drawn, (worst, best)),
    ]
