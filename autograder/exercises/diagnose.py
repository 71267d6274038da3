"""Overfitting, underfitting or good, by a rule with numbers."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

# The losses in training and in validation, epoch by epoch.
CURVES = {
    "the validation loss turns upwards": ((1.0, 0.62, 0.41, 0.25, 0.14, 0.08), (1.05, 0.74, 0.62, 0.68, 0.79, 0.9)),
    "both fall far and stay close": ((1.0, 0.55, 0.34, 0.25, 0.2, 0.18), (1.02, 0.6, 0.4, 0.31, 0.27, 0.26)),
    "both stay high": ((1.0, 0.93, 0.88, 0.84, 0.81, 0.79), (1.01, 0.95, 0.9, 0.87, 0.84, 0.83)),
    "a gap, but no rise": ((1.0, 0.5, 0.25, 0.12, 0.06, 0.03), (1.1, 0.7, 0.5, 0.42, 0.38, 0.37)),
    "a rise too small to count": ((1.0, 0.6, 0.4, 0.3, 0.24, 0.2), (1.0, 0.64, 0.46, 0.4, 0.41, 0.42)),
    "a rise while the training loss is high": ((1.0, 0.9, 0.82, 0.76, 0.71, 0.67), (1.02, 0.97, 0.94, 0.99, 1.1, 1.25)),
    "one bad epoch in between": ((1.0, 0.6, 0.45, 0.52, 0.3, 0.22), (1.04, 0.66, 0.5, 0.75, 0.41, 0.36)),
    "a hard validation set, a training loss that halves": (
        (1.0, 0.75, 0.6, 0.5, 0.42, 0.38),
        (1.3, 1.1, 0.98, 0.9, 0.85, 0.83),
    ),
}


def cases(rng: np.random.Generator) -> list[Case]:
    def scaled(*values: float) -> np.ndarray:
        """Losses in another unit, which changes no ratio, with noise far smaller than the distance to any limit."""
        noise = 1 + 0.004 * rng.uniform(-1, 1, size=len(values))
        return np.array(values) * noise * scale

    scale = float(rng.uniform(0.8, 2.5))
    return [Case(name, (scaled(*train), scaled(*val)), 0.5) for name, (train, val) in CURVES.items()]


def reference(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * val_loss.min():
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"


def wrong_underfitting_first(train_loss, val_loss):
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    if val_loss[-1] >= 1.1 * np.min(val_loss):
        return "overfitting"
    return "good"


def wrong_highest(train_loss, val_loss):
    lowest = np.min(val_loss)
    after = val_loss[np.argmin(val_loss) :]
    worst_step = np.max(np.diff(val_loss))
    if np.max(after) >= 1.1 * lowest or worst_step >= 0.1 * lowest:
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"


def variant_ratios(train_loss, val_loss):
    rise = val_loss[-1] / np.min(val_loss) - 1
    left = train_loss[-1] / train_loss[0]
    if rise >= 0.1:
        return "overfitting"
    return "underfitting" if left > 0.5 else "good"


def variant_loop(train_loss, val_loss):
    lowest = val_loss[0]
    for loss in val_loss:
        if loss < lowest:
            lowest = loss
    if val_loss[len(val_loss) - 1] - lowest >= lowest / 10:
        return "overfitting"
    if 2 * train_loss[len(train_loss) - 1] > train_loss[0]:
        return "underfitting"
    return "good"


def variant_good_first(train_loss, val_loss):
    rose = val_loss[-1] >= 1.1 * min(val_loss)
    stayed_high = train_loss[-1] > train_loss[0] / 2
    if not rose and not stayed_high:
        return "good"
    return ["underfitting", "overfitting"][int(rose)]


EXERCISE = Exercise(
    id="diagnose",
    lesson="07_training_curves",
    objective="TC.2",
    points=4,
    signature="diagnose(train_loss, val_loss)",
    cases=cases,
    reference=reference,
    misconceptions={
        "gap": mistake(
            reference,
            {"1.1 * val_loss.min()": "1.1 * train_loss[-1]"},
            "You call it overfitting when the validation loss lies above the training loss. Nearly every model is "
            "better on the data it learned from. The rule asks whether the validation loss has risen above its own "
            "lowest value.",
        ),
        "any-rise": mistake(
            reference,
            {">= 1.1 * val_loss.min()": "> val_loss.min()"},
            "You call every rise overfitting, however small. Validation losses wobble. The rule asks for an end that "
            "is at least 10 % above the lowest value.",
        ),
        "underfitting-first": Misconception(
            wrong_underfitting_first,
            "You test for underfitting first. Where both apply the rule says overfitting, so test for that first.",
        ),
        "any-epoch": Misconception(
            wrong_highest,
            "You look for a rise anywhere in the curve. One bad epoch that is made good again is no overfitting. "
            "Compare the last validation loss with the lowest one.",
        ),
        "validation-stays-high": mistake(
            reference,
            {"train_loss[-1] > 0.5 * train_loss[0]": "val_loss[-1] > 0.5 * val_loss[0]"},
            "You judge underfitting by the validation loss. Underfitting means that the model does not even learn its"
            " training data: look at the training loss, last against first.",
        ),
        "swapped-names": mistake(
            reference,
            {
                '"overfitting"\n': '"underfitting"\n',
                'train_loss[0]:\n        return "underfitting"': 'train_loss[0]:\n        return "overfitting"',
            },
            "You exchanged the two names. Overfitting: the model keeps learning its training data and gets worse on "
            "others. Underfitting: it has not learned its training data.",
        ),
        "training-rise": mistake(
            reference,
            {"val_loss[-1] >= 1.1 * val_loss.min()": "train_loss[-1] >= 1.1 * train_loss.min()"},
            "You look for the rise in the training loss. A model that overfits is getting better and better on its "
            "training data; it is the validation loss that rises.",
        ),
    },
    variants={"ratios": variant_ratios, "loop": variant_loop, "good-first": variant_good_first},
)
