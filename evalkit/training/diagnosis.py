"""What do the curves of a training run say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.training.history import History

Label = Literal["good", "overfitting", "underfitting", "unstable", "leaking-suspect"]

# All but the last two are shares of the first loss: what the model achieves before it has learnt anything. So they do
# not depend on the unit of the loss or on the number of classes. They were set on real runs; the tests repeat these.
TO_AND_FRO = 0.012  # movement of the validation loss per epoch, beyond one fall and one rise
BURST = 1.25  # a training loss that far above the start
RISE = 0.03  # of the validation loss since its lowest value
GAP = 0.10  # between validation and training loss at the end
STILL_HIGH = 0.5  # training loss at the end
STILL_FALLING = 0.03  # fall of the validation loss per epoch at the end
MEMORISED = 0.025  # training loss at the end
NO_GAP = 1.2  # validation loss over training loss, where the training data are memorised
TOO_EASY = 0.8  # validation loss over training loss, anywhere
FEWEST_EPOCHS = 3

UNKNOWN = (
    "That is suspicious only if nothing random, such as dropout, mixing or augmentation, made training harder, and "
    "nobody has looked: History(dropout=False) says that there was none."
)


@dataclass(frozen=True)
class Diagnosis:
    """What a training run looks like, and why.

    Parameters
    ----------
    label : {"good", "overfitting", "underfitting", "unstable", "leaking-suspect"}
    evidence : tuple of str
        Sentences with the numbers that led to the label.
    advice : str
        What to try or to check next.
    """

    label: Label
    evidence: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        return f"{self.label}: {' '.join(self.evidence)} {self.advice}"


ADVICE: dict[Label, str] = {
    "good": "Confirm it on test data that played no part in any choice.",
    "overfitting": "Stop at the best epoch, get more data or augment it, or use a smaller or more regularised model.",
    "underfitting": "Train longer, raise the learning rate, or use a larger model; then ask whether the inputs hold "
    "what the labels depend on.",
    "unstable": "Lower the learning rate, by a factor of ten to begin with; clip the gradients; look for broken rows.",
    "leaking-suspect": "Look for the same samples on both sides with evalkit.analysis.leakage, and split by person, "
    "place or time where samples belong together. If nothing is found, the task may really be that easy, or the "
    "training data are made harder by augmentation.",
}


def diagnose(history: History) -> Diagnosis:
    """Say what the loss curves of a run look like: the first that applies of unstable, overfitting, leaking-suspect,
    underfitting, good.

    It is a rule of thumb about curves. It sees no data, so it can raise a suspicion of leakage but never rule it out:
    copies of a part of the validation data leave no trace in the curves. Nor does it know the best loss that the task
    allows; labels that are partly chance look like underfitting.

    * **unstable**: a loss is not finite because of the weights (see `History.nan_weights`), the training loss is above
      1.25 times the first loss, or the validation loss goes to and fro: it moves by 1.2 % of the first loss an epoch
      more than one fall and one rise would take.
    * **overfitting**: the validation loss has risen by more than 3 % of the first loss since its best epoch while the
      training loss fell, or ends more than 10 % of the first loss above the training loss.
    * **leaking-suspect**: with nothing random in training (see `History.dropout`), the model is as good on validation
      data as on training data that it has memorised (loss below 2.5 % of the first), or clearly better than on training
      data. Where nobody has looked for something random, the label is another one and the evidence says this.
    * **underfitting**: the training loss ends above half of the first loss, or the validation loss still falls by more
      than 3 % of the first loss in every epoch.
    * **good**: none of these.

    Parameters
    ----------
    history : History
        At least 3 epochs, unless a loss is not finite. Where the best weights were restored, the curves count as ending
        at the best epoch. Without `first_loss`, the training loss of the first epoch takes its place. Epochs in which
        nothing was validated, or a batch had no loss, are left out.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If there are fewer than 3 epochs, or the first loss is not positive.

    Examples
    --------
    >>> history = History(train={"loss": [2.0, 0.9, 0.5, 0.2, 0.1]}, valid={"loss": [1.9, 1.0, 0.9, 1.1, 1.3]})
    >>> diagnosis = diagnose(history)
    >>> diagnosis.label
    'overfitting'
    >>> diagnosis.evidence[0]
    'The validation loss rose from 0.9 at epoch 2 to 1.3 while the training loss fell from 0.5 to 0.1.'
    """
    if not history.epochs:
        raise ValueError(f"A diagnosis needs at least {FEWEST_EPOCHS} epochs, got none.")
    train, valid = np.array(history.train["loss"]), np.array(history.valid["loss"])
    finite = np.isfinite(train) & np.isfinite(valid)
    broken = np.flatnonzero(_diverged(history, train, valid))
    if broken.size:
        return _diagnosis("unstable", f"At epoch {broken[0]} the loss was no longer a finite number.")
    epochs = np.flatnonzero(finite)
    if len(epochs) < FEWEST_EPOCHS:
        without = f" with finite losses of training and validation: {'; '.join(history.notes)}" if history.notes else ""
        raise ValueError(f"A diagnosis needs at least {FEWEST_EPOCHS} epochs, got {len(epochs)}{without}.")
    notes: tuple[str, ...] = ()
    if len(epochs) < history.epochs:
        notes = (f"{history.epochs - len(epochs)} of {history.epochs} epochs lack a finite loss, and do not count.",)
    train, valid = train[epochs], valid[epochs]
    start = float(train[0]) if history.first_loss is None else history.first_loss
    if not start > 0:
        raise ValueError(f"A diagnosis needs a loss that starts above zero, got {start}.")
    unstable = _unstable(train, valid, start, epochs)
    if unstable:
        return _diagnosis("unstable", *unstable, *notes)
    if history.restored and history.best_epoch + 1 < history.epochs:
        notes += (f"The model has the weights of epoch {history.best_epoch}; what came after it does not count.",)
        counts = epochs <= history.best_epoch
        train, valid, epochs = train[counts], valid[counts], epochs[counts]
    label, evidence = _End(train, valid, start, epochs).verdict(history.dropout)
    return _diagnosis(label, *evidence, *notes)


def _diverged(history: History, train: NDArray[Any], valid: NDArray[Any]) -> NDArray[Any]:
    """In which epochs a loss that is not finite speaks of the weights, and not of a row or of a missing validation."""
    infinite = np.isinf(train) | np.isinf(valid)
    if history.nan_weights is None:
        return np.asarray(infinite | np.isnan(train))
    return np.asarray(infinite | ((np.isnan(train) | np.isnan(valid)) & history.nan_weights))


def _diagnosis(label: Label, *evidence: str) -> Diagnosis:
    return Diagnosis(label, evidence, ADVICE[label])


def _unstable(train: NDArray[Any], valid: NDArray[Any], start: float, epochs: NDArray[Any]) -> list[str]:
    evidence = []
    if train.max() > BURST * start:
        evidence.append(
            f"The mean training loss was {train.max():.3g} at epoch {epochs[train.argmax()]}, above the {start:.3g} "
            "that the model started with."
        )
    moved = np.abs(np.diff(valid)).sum() - (valid[0] - valid.min()) - (valid[-1] - valid.min())
    wasted = float(moved) / (len(valid) - 1)
    if wasted > TO_AND_FRO * start:
        evidence.append(
            f"The validation loss goes to and fro: in an epoch it moves {wasted:.2g} more than one fall and one rise "
            f"would take, {wasted / start:.1%} of the first loss {start:.3g}."
        )
    return evidence


class _End:
    """How the curves end. The last tenth of the epochs is taken together, so that one lucky epoch decides nothing."""

    def __init__(self, train: NDArray[Any], valid: NDArray[Any], start: float, epochs: NDArray[Any]) -> None:
        self.train, self.valid, self.start = train, valid, start
        self.tail = max(1, len(train) // 10)
        self.last_train = float(np.median(train[-self.tail :]))
        self.last_valid = float(np.median(valid[-self.tail :]))
        self.best = int(valid.argmin())
        self.best_epoch = int(epochs[self.best])

    def verdict(self, random: bool | None) -> tuple[Label, list[str]]:
        """Return the first label that applies; `random` says whether something makes the training data harder."""
        suspicion = (
            [] if random else self._leaking(", and nothing random was found in training" if random is False else "")
        )
        label, evidence = self._label([] if random is None else suspicion)
        if random is None and suspicion and label != "overfitting":
            evidence += [*suspicion, UNKNOWN]
        return label, evidence

    def _label(self, leaking: list[str]) -> tuple[Label, list[str]]:
        checks: list[tuple[Label, list[str]]] = [
            ("overfitting", self._overfitting()),
            ("leaking-suspect", leaking),
            ("underfitting", self._underfitting()),
        ]
        for label, evidence in checks:
            if evidence:
                return label, evidence
        return "good", [
            f"The training loss fell from {self.start:.3g} to {self.last_train:.3g}, the validation loss to "
            f"{self.last_valid:.3g}; it is lowest at epoch {self.best_epoch} and has not risen much since."
        ]

    def _overfitting(self) -> list[str]:
        evidence = []
        lowest = float(self.valid[self.best])
        if self.last_valid - lowest > RISE * self.start and self.last_train < self.train[self.best]:
            evidence.append(
                f"The validation loss rose from {lowest:.3g} at epoch {self.best_epoch} to {self.last_valid:.3g} while "
                f"the training loss fell from {self.train[self.best]:.3g} to {self.last_train:.3g}."
            )
        if self.last_valid - self.last_train > GAP * self.start:
            evidence.append(
                f"At the end the validation loss is {self.last_valid:.3g} and the training loss {self.last_train:.3g}: "
                f"a gap of {(self.last_valid - self.last_train) / self.start:.0%} of the first loss {self.start:.3g}."
            )
        return evidence

    def _leaking(self, looked: str) -> list[str]:
        # The training loss of an epoch is taken while it runs, so it is compared with the validation loss before it:
        # then the later weights are on the side of the training loss, and an honest ratio is above 1.
        ratio = float(np.median((self.valid[:-1] / np.maximum(self.train[1:], 1e-12))[-max(2, len(self.valid) // 5) :]))
        if self.last_train < MEMORISED * self.start and ratio < NO_GAP:
            return [
                f"The training loss is down to {self.last_train:.2g}, {self.last_train / self.start:.1%} of the first "
                f"loss: the model has memorised its training data. Yet it is as good on the validation data "
                f"({self.last_valid:.2g}), as if it had seen them."
            ]
        if ratio < TOO_EASY:
            return [f"The validation loss is {ratio:.2f} times the training loss of the epoch after it{looked}."]
        return []

    def _underfitting(self) -> list[str]:
        evidence = []
        if self.last_train > STILL_HIGH * self.start:
            evidence.append(
                f"The training loss ends at {self.last_train:.3g}, {self.last_train / self.start:.0%} of the "
                f"{self.start:.3g} that the model started with."
            )
        falls = -np.diff(self.valid[-FEWEST_EPOCHS:])
        if falls.size and falls.min() > STILL_FALLING * self.start:
            evidence.append(
                f"The validation loss still fell by {falls.mean():.2g} an epoch when training ended at "
                f"{self.last_valid:.3g}."
            )
        return evidence
