"""Early stopping: the last epoch that is run."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    # All losses are multiples of 1/64: sums and differences are exact, so no rounding decides a comparison.
    def curve(*steps: int, end: int = 0, far: int = 30) -> np.ndarray:
        """At most `far` epochs that all improve by much, then these steps; the lowest loss is `end`/64."""
        falls = -rng.integers(8, 14, size=int(rng.integers(min(1, far), far + 1)))
        losses = np.cumsum([0, *falls, *steps])
        return np.asarray((losses - losses.min() + (end or int(rng.integers(20, 60)))) / 64)

    # Wobbles once, falls to its best, then stays above it; a rescue comes too late.
    ordinary = curve(-6, 3, -9, 4, 2, -1, 2, 1, -12)
    # Above the best, but lower than the epoch before again and again.
    slide = curve(-12, 9, -2, -1, -1, 3, -1, -1)
    # Single bad epochs, each followed by a new best.
    wobble = curve(2, -6, 3, -7, 2, -8, 4, 3, 2, 1)
    # As good as the best, never better.
    level = curve(-6, 0, 2, -2, 0, 1, -1, 0, 3)
    # Gains of exactly 4/64 and less, which min_delta = 4/64 does not count, but which add up. Where losses are below 1,
    # 4/64 of the best is less than 4/64; where they are above 2, it is more.
    creep = curve(-9, -4, -3, -2, -9, -3, 1, -2, 1, 1, end=int(rng.integers(12, 16)))
    high = curve(-9, -6, 2, -5, 1, -1, 1, 2, -9, end=int(rng.integers(140, 160)))
    falling = curve(-5, -4, -3, -2, -2, -1, -1)
    return [
        Case("patience 3", (ordinary, 3), 0.75),
        Case("better than the epoch before, worse than the best", (slide, 4), 0.5),
        Case("bad epochs that do not follow each other", (wobble, 3), 0.5),
        Case("epochs as good as the best", (level, 4), 0.5),
        Case("gains below min_delta", (creep, 3, 0.0625), 0.5),
        Case("gains above min_delta", (high, 3, 0.0625), 0.5),
        Case("never stops", (falling, 2), 0.25),
        Case("the first epoch is the best", (curve(3, 1, -2, 1, 2, -1, 1, 1, far=0), int(rng.integers(2, 7))), 0.125),
        Case("the second epoch is the best", (curve(-9, 2, 1, -1, 2, 1, 1, 1, far=0), int(rng.integers(2, 7))), 0.125),
        Case("patience 1", (curve(-3, 2, -9, -1), 1), 0.25),
    ]


def reference(val_loss, patience, min_delta=0.0):
    from evalkit.training import EarlyStopping

    return EarlyStopping(patience=patience, min_delta=min_delta).last_epoch(val_loss)


def variant_loop(val_loss, patience, min_delta=0.0):
    best, waited = float("inf"), 0
    for epoch, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best = loss
            waited = 0
        else:
            waited += 1
        if waited >= patience:
            return epoch
    return len(val_loss) - 1


def variant_last_improvement(val_loss, patience, min_delta=0.0):
    improved = 0
    for epoch in range(1, len(val_loss)):
        if val_loss[improved] - val_loss[epoch] > min_delta:
            improved = epoch
        elif epoch - improved >= patience:
            return epoch
    return len(val_loss) - 1


def variant_while(val_loss, patience, min_delta=0.0):
    epoch, left, best = 0, patience, val_loss[0]
    while left > 0 and epoch < len(val_loss) - 1:
        epoch += 1
        if best - val_loss[epoch] > min_delta:
            best, left = val_loss[epoch], patience
        else:
            left -= 1
    return epoch


EXERCISE = Exercise(
    id="early_stop",
    lesson="07_training_curves",
    objective="TC.4",
    points=4,
    signature="early_stop(val_loss, patience, min_delta=0.0)",
    cases=cases,
    reference=reference,
    misconceptions={
        "best-epoch": mistake(
            variant_loop,
            {
                "            best = loss\n": "            best, best_epoch = loss, epoch\n",
                "return epoch": "return best_epoch",
                "return len(val_loss) - 1": "return best_epoch",
            },
            "You return the best epoch. Its weights are the ones to keep, but training went on while patience lasted."
            " Return the index of the last epoch that was run.",
        ),
        "one-too-many": mistake(
            variant_loop,
            {"waited >= patience": "waited > patience"},
            "You wait for one epoch more than patience allows. Training stops with the epoch in which the number of "
            "epochs without improvement reaches patience, not when it exceeds it.",
        ),
        "epoch-before": mistake(
            variant_loop,
            {
                "            best = loss\n": "",
                "            waited += 1\n": "            waited += 1\n        best = loss\n",
            },
            "You compare each epoch with the one before it. A loss can fall from one epoch to the next and still be "
            "worse than the best so far. Remember the best value, and compare with that.",
        ),
        "never-resets": mistake(
            variant_loop,
            {"            waited = 0\n": ""},
            "You count all epochs without improvement. Patience means epochs in a row: set your counter back to zero "
            "whenever an epoch improves.",
        ),
        "no-min-delta": mistake(
            variant_loop,
            {"best - min_delta": "best"},
            "You do not use min_delta. An epoch improves only if it is lower than the best so far by more than "
            "min_delta; a smaller gain counts as none.",
        ),
        "small-gains-move-best": mistake(
            variant_loop,
            {
                "            best = loss\n": "",
                "            waited += 1\n": "            waited += 1\n        best = min(best, loss)\n",
            },
            "You lower your best value even where the gain is too small to count. Then many small gains never add up "
            "to an improvement. Change the best value only when an epoch improves.",
        ),
        "counts-epochs": mistake(
            variant_loop,
            {"return epoch": "return epoch + 1", "return len(val_loss) - 1": "return len(val_loss)"},
            "You return how many epochs were run. Asked for is the index of the last one, and indices start at 0: it "
            "is one less.",
        ),
        "equal-counts": mistake(
            variant_loop,
            {"loss < best - min_delta": "loss <= best - min_delta"},
            "You count a gain of exactly min_delta as an improvement; with min_delta 0 even the same loss once more. "
            "An epoch must be lower by more than min_delta: compare with <, not <=.",
        ),
        "delta-added": mistake(
            variant_loop,
            {"loss < best - min_delta": "loss < best + min_delta", "best = loss\n": "best = min(best, loss)\n"},
            "You add min_delta to the best loss, so an epoch that is a little worse counts as better. Subtract it: "
            "the loss has to fall below best − min_delta.",
        ),
    },
    variants={"loop": variant_loop, "last-improvement": variant_last_improvement, "while": variant_while},
)
