"""Log-loss: the mean surprise, −log of the probability that the model gave to what was true."""

from __future__ import annotations

from typing import Any, Self

from evalkit._core.forecasts import Forecast
from evalkit._core.sums import DoubleDouble, WeightedMean
from evalkit.metrics.probability import log_losses
from evalkit.streaming._rows import Classes, probabilities, same_length
from evalkit.streaming.accumulator import MeanAccumulator


class LogLoss(MeanAccumulator):
    """The mean of −ln p, where p is the probability given to the true label; in nats.

    The values, bounds and warnings are those of `evalkit.log_loss`, whose losses it adds up.

    Parameters
    ----------
    labels : sequence of K labels
        The labels in the order of the columns of `y_proba`; with two, the second is the positive class.
    num_classes : int, optional
        The same as `labels=range(num_classes)`.

    Notes
    -----
    Memory: three numbers.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), equations 4.90 and 4.108.

    Examples
    --------
    >>> loss = LogLoss(labels=("N", "P"))
    >>> _ = loss.update(["P", "N", "N", "P", "P", "P", "N"], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5])
    >>> round(loss.compute(), 4)
    0.4958
    """

    _name = "log-loss"

    def __init__(self, labels: Any = None, num_classes: int | None = None) -> None:
        self._classes = Classes((0, 1) if labels is None and num_classes is None else labels, num_classes)
        self._sum = WeightedMean()

    def update(self, y_true: Any, y_proba: Any) -> Self:
        """Take in true labels of shape (n,) and probabilities of shape (n,), of the positive class, or (n, K).

        Raises
        ------
        ValueError
            If a probability is not between 0 and 1, lengths differ, or a label is not among `labels`.

        Warns
        -----
        UserWarning
            If the probabilities of a row do not add up to 1.
        """
        proba, tolerance = probabilities(y_proba, len(self._classes))
        codes = self._classes.positives(y_true) if proba.ndim == 1 else self._classes.codes(y_true, "y_true")
        same_length(codes, proba, "y_proba")
        self._sum += Forecast(codes, proba, tolerance=tolerance).mean_of(log_losses)
        return self

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {"count": self._sum.weight, "total": list(self._sum.total)}

    def _restore(self, state: dict[str, Any]) -> None:
        self._sum = WeightedMean(DoubleDouble(*state["total"]), state["count"])
