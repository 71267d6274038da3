"""Watch the data in production, with a promise: how often it alarms although nothing has changed.

    monitor = DriftMonitor(reference, batch=200, false_alarms=1 / 1000)
    state = monitor.update(embeddings_of_today)
    state.alarm

A monitor that alarms all the time is switched off. So the threshold is not a number from a book: it is found by drawing
batches from the reference itself, where there is no drift, and seeing how the statistic varies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit._core.inputs import Array, InvalidParameterError
from evalkit.analysis.drift import DriftTest, classifier_test, ks, mmd, psi
from evalkit.streaming.paired import PairedTable

Method = Literal["classifier", "ks", "psi", "mmd"]
DRAWS = 1000
SURE = 0.9  # that the threshold keeps the promise, the draws being a sample themselves
WINDOW, NEEDED = 3, 2  # alarm after two of three batches
MOST_FEATURES_TOLD = 5


@dataclass(frozen=True)
class DriftState:
    """What the monitor says after a batch.

    Attributes
    ----------
    test : DriftTest
        Of this batch.
    threshold : float
        The statistic above which a batch is suspicious.
    suspicious : bool
        Whether this batch is.
    alarm : bool
        Whether two of the last three batches were.
    features : tuple of DriftTest
        The features that moved most (adjusted p ≤ 0.05), as an explanation.
    """

    test: DriftTest
    threshold: float
    suspicious: bool
    alarm: bool
    features: tuple[DriftTest, ...]


class DriftMonitor:
    """Compare batch after batch with a reference.

    Parameters
    ----------
    reference : array-like of shape (n, features) or (n,)
        The data that the model was tested on: an encoder's outputs, or the model's confidence.
    batch : int
        Rows of a batch. Half of the reference must be at least twice as large.
    false_alarms : float
        The promised rate: alarms per batch where nothing has changed, for example 1 / 1000.
    method : {"classifier", "ks", "psi", "mmd"}
        The test; "psi" for one feature only.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If the reference is too small for such batches.

    Notes
    -----
    Half of the reference is kept to compare with. Batches drawn from the other half say how large the statistic gets
    by chance, *given this reference*: the luck of a fixed reference stays in every batch. A batch is suspicious if its
    statistic lies above the quantile at which two of three in a row are as rare as was promised; 1,000 draws
    find that quantile, or one above it, with 90 % certainty.
    """

    def __init__(
        self, reference: Any, *, batch: int, false_alarms: float = 0.001, method: Method = "classifier", seed: int = 0
    ) -> None:
        if not 0 < false_alarms < 0.5:
            raise InvalidParameterError(
                f"The 'false_alarms' parameter must be between 0 and 0.5. Got {false_alarms!r}."
            )
        rows = np.asarray(reference, dtype=np.float64)
        rows = rows.reshape(-1, 1) if rows.ndim == 1 else rows
        if len(rows) < 4 * batch:
            raise ValueError(f"The reference has {len(rows)} rows; batches of {batch} need at least {4 * batch}.")
        if method == "psi" and rows.shape[1] != 1:
            raise InvalidParameterError("The 'method' parameter can be 'psi' for one feature only.")
        order = np.random.default_rng(seed).permutation(len(rows))
        self._kept, self._spare = rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]
        self.batch, self.method, self.false_alarms, self._seed = batch, method, false_alarms, seed
        self.per_batch = _rate_of_one(false_alarms)
        self.threshold = self._calibrated()
        self._last: deque[bool] = deque(maxlen=WINDOW)

    def update(self, live: Any) -> DriftState:
        """Look at the next batch.

        Raises
        ------
        ValueError
            If it has another number of rows than the monitor was calibrated for.
        """
        rows = np.asarray(live, dtype=np.float64)
        rows = rows.reshape(-1, 1) if rows.ndim == 1 else rows
        if len(rows) != self.batch:
            raise ValueError(f"The monitor was calibrated for batches of {self.batch} rows, got {len(rows)}.")
        test = self._test(rows)
        suspicious = test.statistic > self.threshold
        self._last.append(suspicious)
        moved = [each for each in ks(self._kept, rows) if each.p_value <= 0.05] if suspicious else []
        features = tuple(sorted(moved, key=lambda each: each.p_value)[:MOST_FEATURES_TOLD])
        return DriftState(test, self.threshold, suspicious, sum(self._last) >= NEEDED, features)

    def _test(self, rows: Array) -> DriftTest:
        if self.method == "ks":  # the feature that moved most
            return max(ks(self._kept, rows), key=lambda each: each.statistic)
        if self.method == "psi":
            return psi(self._kept[:, 0], rows[:, 0])
        tests: dict[str, Callable[..., DriftTest]] = {"classifier": classifier_test, "mmd": mmd}
        return tests[self.method](self._kept, rows, seed=self._seed, permutations=1)  # the threshold is its own

    def _calibrated(self) -> float:
        rng = np.random.default_rng(self._seed + 1)
        drawn = [
            self._test(self._spare[rng.choice(len(self._spare), self.batch, replace=False)]).statistic
            for _ in range(DRAWS)
        ]
        return float(np.sort(drawn)[_place(self.per_batch)])


def _place(rate: float) -> int:
    """Return which of the sorted draws lies, with 90 % certainty, above all but this share of all possible ones.

    S. S. Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics 12
    (1941): the number of draws below the true quantile is binomial.
    """
    below, chance = 0.0, (1 - rate) ** DRAWS  # that no draw, one draw … lies beyond the quantile
    for beyond in range(DRAWS):
        below += chance
        if below > 1 - SURE:
            return DRAWS - beyond - 1 if beyond == 0 else DRAWS - beyond
        chance *= (DRAWS - beyond) / (beyond + 1) * rate / (1 - rate)
    return DRAWS - 1


def _rate_of_one(rate: float) -> float:
    """Return how often one batch may be suspicious so that a window of three holds two or more at this rate.

    At least two of three: 3 p² (1 − p) + p³.
    """
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 3 * middle**2 - 2 * middle**3 < rate else (low, middle)
    return low


def retraining_due(state: DriftState, labelled: PairedTable | None, *, max_drop: float) -> tuple[bool, str]:
    """Say whether the model should be trained again: only if the data drifted *and* it got worse.

    Inputs may change without harm, and harm may come without a change of the inputs.

    Parameters
    ----------
    state : DriftState
    labelled : PairedTable or None
        Labelled rows since then: what the model got right when it was tested (first) and now (second); None if there
        are none.
    max_drop : float
        How much worse it may be.

    Returns
    -------
    due : bool
    reason : str
    """
    if not state.alarm:
        return False, "no drift has been seen"
    if labelled is None or not labelled.compared:
        return False, "the data has drifted; label some rows to see whether it does harm"
    low, high = labelled.interval()
    if high < 0 and labelled.difference < -max_drop:
        return True, f"the data has drifted and the model is worse by {-100 * labelled.difference:.1f} points"
    if low > -max_drop:
        return False, "the data has drifted, and the model is as good as before"
    return False, "the data has drifted; more labelled rows are needed to see whether it does harm"
