"""The epoch whose weights to keep: the first with the lowest validation loss."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    def curve(best: int, after: int) -> np.ndarray:
        """A loss that falls to its lowest value at `best` and rises again, all values distinct multiples of 1/128."""
        n = best + 1 + after
        steps = rng.integers(2, 9, size=n) / 128
        values = np.where(np.arange(n) <= best, steps[::-1], steps).cumsum()
        return np.asarray(0.25 + np.abs(values - values[best]))

    def epochs(low: int, high: int = 24) -> int:
        return int(rng.integers(low, high))

    ordinary = curve(epochs(4), epochs(3, 9))
    best = epochs(3)
    tied = curve(best, 7)
    tied[best + epochs(2, 6)] = tied[best]
    wild = 0.25 + rng.permutation(np.arange(2, 32)) / 16
    lowest = epochs(3, 25)
    wild[lowest] = 0.25
    wild[lowest + 2] = 0.28125
    broken = curve(best := epochs(6), epochs(3, 9))
    broken[epochs(1, best - 1)] = np.nan
    # Nothing is lower than NaN: whoever begins with it as the best so far never gets past it.
    begins = curve(epochs(3), epochs(3, 9))
    begins[0] = np.nan
    return [
        Case("falls, then rises", (ordinary,), 0.75),
        Case("the lowest value twice", (tied,), 0.5),
        Case("up and down", (wild,), 0.5),
        Case("one epoch is NaN", (broken,), 0.75),
        Case("the first epoch is NaN", (begins,), 0.5),
    ]


def reference(val_loss):
    from evalkit.training import History

    losses = val_loss.tolist()
    return History(train={"loss": losses}, valid={"loss": losses}).best_epoch


def wrong_argmin(val_loss):
    return int(np.argmin(val_loss))


def wrong_last_minimum(val_loss):
    lowest = np.nanmin(val_loss)
    return int(np.flatnonzero(val_loss == lowest)[-1])


def wrong_counts_from_one(val_loss):
    return int(np.nanargmin(val_loss)) + 1


def wrong_highest(val_loss):
    return int(np.nanargmax(val_loss))


def wrong_value(val_loss):
    return float(np.nanmin(val_loss))


def wrong_last_epoch(val_loss):
    return len(val_loss) - 1


def wrong_first_rise(val_loss):
    for epoch in range(len(val_loss) - 1):
        if not val_loss[epoch + 1] < val_loss[epoch]:
            return epoch
    return len(val_loss) - 1


def wrong_drops_nan(val_loss):
    known = val_loss[~np.isnan(val_loss)]
    return int(np.argmin(known))


def variant_loop(val_loss):
    best = None
    for epoch, loss in enumerate(val_loss):
        if np.isnan(loss):
            continue
        if best is None or loss < val_loss[best]:
            best = epoch
    return best


def variant_nanargmin(val_loss):
    return np.nanargmin(val_loss)


def variant_replace(val_loss):
    return int(np.argmin(np.where(np.isnan(val_loss), np.inf, val_loss)))


EXERCISE = Exercise(
    id="best_epoch",
    lesson="07_training_curves",
    objective="TC.3",
    points=3,
    signature="best_epoch(val_loss)",
    cases=cases,
    reference=reference,
    misconceptions={
        "nan-wins": Misconception(
            wrong_argmin,
            "Your answer is right until an epoch is NaN. To np.argmin a NaN is smaller than everything, so it names "
            "the broken epoch. Leave NaN out of the comparison without moving the other epochs.",
        ),
        "drops-nan": Misconception(
            wrong_drops_nan,
            "You removed the NaN epochs before you looked for the lowest loss. The epochs after them then move up, "
            "and the index you return belongs to the shortened curve. Keep every epoch in its place.",
        ),
        "last-minimum": Misconception(
            wrong_last_minimum,
            "Where the lowest value occurs twice you take the last of them. Take the first: the model trained longer "
            "for nothing in between.",
        ),
        "counts-from-one": Misconception(
            wrong_counts_from_one,
            "You count epochs from 1. This course counts them from 0, as Python indexes arrays, so that "
            "val_loss[best_epoch] is the lowest loss.",
        ),
        "highest": Misconception(
            wrong_highest,
            "You return the epoch with the highest loss. A loss is better the smaller it is; look for the minimum.",
        ),
        "value": Misconception(
            wrong_value,
            "You return the lowest loss itself. The question is when it was reached: return the index of the epoch.",
        ),
        "last-epoch": Misconception(
            wrong_last_epoch,
            "You return the last epoch. The validation loss may have risen before it; look for the epoch where it was"
            " lowest.",
        ),
        "first-rise": Misconception(
            wrong_first_rise,
            "You stop at the first epoch that is followed by a rise. Curves wobble: a later epoch can be lower still."
            " Look at all epochs before you choose.",
        ),
    },
    variants={"loop": variant_loop, "nanargmin": variant_nanargmin, "replace": variant_replace},
)
