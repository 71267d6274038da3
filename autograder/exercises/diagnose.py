"""Overfitting, underfitting or good, by a rule with numbers."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

Curves = tuple[np.ndarray, np.ndarray]


def cases(rng: np.random.Generator) -> list[Case]:
    def curves(rise: float, left: float, *, late: bool = False, exact: bool = False) -> Curves:
        """Losses of six to nine epochs in some unit.

        The validation loss ends at 1 + `rise` of its lowest value, the training loss at the share `left` of its first.
        With `late` the training loss has been lower before, and the validation loss has been far higher in between.
        With `exact` the first and the lowest loss are powers of two: then all ways to write a limit agree on it.
        """
        n = int(rng.integers(6, 10))
        first, lowest = 2.0 ** rng.integers(-1, 2, 2) if exact else rng.uniform(0.8, 3, 2)
        train = first * (left + (1 - left) * np.linspace(1, 0, n) ** 2)
        lowest_at = n - 3 if rise else n - 1
        down = lowest * (1 + rng.uniform(0.6, 0.9) * np.linspace(1, 0, lowest_at + 1) ** 1.5)
        val = np.concatenate([down, lowest * (1 + rise * np.linspace(0, 1, n - lowest_at)[1:])])
        if late:
            train[n - 3] = 0.8 * train[-1]
            val[lowest_at - 1] = 1.7 * lowest
        return train, val

    def u(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def case(name: str, *pairs: Curves) -> Case:
        order = rng.permutation(len(pairs))
        train, val = zip(*(pairs[i] for i in order), strict=True)
        return Case(name, (list(train), list(val)), 1)

    # A limit lies between two curves that are near to it. Rounding never decides: where a curve ends at the limit
    # itself, its numbers are exact.
    return [
        case(
            "clear curves",
            curves(u(0.4, 0.9), u(0.05, 0.2)),
            curves(0, u(0.05, 0.2)),
            curves(0, u(0.7, 0.9)),
            *[curves(0, u(0.05, 0.2)) if rng.random() < 0.5 else curves(0, u(0.7, 0.9)) for _ in range(3)],
        ),
        case(
            "the validation loss ends about 10 % above its lowest value",
            curves(u(0.101, 0.104), u(0.1, 0.3)),
            curves(u(0.104, 0.12), u(0.1, 0.3)),
            curves(0.1, u(0.1, 0.3), exact=True),
            curves(u(0.096, 0.099), u(0.1, 0.3)),
            curves(u(0.08, 0.096), u(0.1, 0.3)),
            curves(0.098 if rng.random() < 0.5 else 0.102, u(0.1, 0.3)),
            curves(u(0.096, 0.099), u(0.6, 0.8)),
        ),
        case(
            "the training loss ends at about half of its first value",
            curves(0, u(0.501, 0.504)),
            curves(0, u(0.504, 0.52)),
            curves(0, 0.5, exact=True),
            curves(0, u(0.496, 0.499)),
            curves(0, u(0.48, 0.496)),
            curves(u(0.02, 0.06), 0.498 if rng.random() < 0.5 else 0.502),
        ),
        case(
            "both at once, and curves that wobble",
            curves(u(0.15, 0.3), u(0.6, 0.8)),
            curves(u(0.12, 0.15), u(0.52, 0.6)),
            curves(u(0.01, 0.05), u(0.1, 0.3), late=True),
            curves(u(0.01, 0.05), u(0.55, 0.6), late=True),
            curves(u(0.01, 0.05), u(0.42, 0.48), late=True),
            curves(*((0.3, 0.2) if rng.random() < 0.5 else (0.03, 0.2)), late=True),
        ),
    ]


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
    probe="autograder.exercises._diagnose_probe",
)
