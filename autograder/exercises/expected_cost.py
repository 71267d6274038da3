"""Expected cost: what the mistakes cost, on average for one sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._class_cases import from_counts


def cases(rng: np.random.Generator) -> list[Case]:
    # More misses than false alarms or the other way round, never as many: exchanging the costs always shows.
    def draw(fn: tuple[int, int], fp: tuple[int, int], tn: tuple[int, int], low: int, high: int) -> tuple[Any, ...]:
        counts = [int(rng.integers(*ends)) for ends in ((3, 8), fn, fp, tn)]
        return (*counts, *(float(rng.integers(*ends)) / 2 for ends in ((low, low + 3), (high, high + 9))))

    def telling(tp: int, fn: int, fp: int, tn: int, low: float, high: float) -> bool:
        n = tp + fn + fp + tn
        return needs_digits((fn * high + fp * low) / n, (fn * low + fp * high) / n, (fn + fp) * low / n)

    *counts, low, high = until(telling, lambda: draw((6, 13), (2, 6), (9, 29), 2, 8))
    mixed = from_counts(rng, *counts)
    *counts, cheap, dear = until(telling, lambda: draw((1, 4), (5, 13), (51, 80), 3, 20))
    rare = from_counts(rng, *counts)
    *counts, same, _ = until(telling, lambda: draw((2, 6), (7, 13), (6, 21), 5, 9))
    equal = from_counts(rng, *counts)
    flawless = from_counts(rng, 0, 0, 0, int(rng.integers(4, 18)))
    return [
        Case("a miss costs more", (*mixed, low, high), 1),
        Case("a false alarm costs more, few positives", (*rare, dear, cheap), 0.5),
        Case("both cost the same", (*equal, same, same), 0.25),
        Case("no mistakes, and no positives", (*flawless, 2.0, 5.0), 0.25),
    ]


def reference(y_true, y_pred, cost_fp, cost_fn):
    from evalkit import ConfusionMatrix

    # With the labels given, row 0 is always the negatives, whatever occurs in the data.
    table = ConfusionMatrix.from_labels(y_true, y_pred, labels=[0, 1]).table
    return float((cost_fp * table[0, 1] + cost_fn * table[1, 0]) / table.sum())


def wrong_total(y_true, y_pred, cost_fp, cost_fn):
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    return float(cost_fp * fp + cost_fn * fn)


def wrong_costs_swapped(y_true, y_pred, cost_fp, cost_fn):
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    return float((cost_fn * fp + cost_fp * fn) / len(y_true))


def wrong_per_mistake(y_true, y_pred, cost_fp, cost_fn):
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    return float((cost_fp * fp + cost_fn * fn) / (fp + fn)) if fp + fn > 0 else 0.0


def wrong_error_rate(y_true, y_pred, cost_fp, cost_fn):
    return float(np.mean(y_true != y_pred))


def wrong_rates(y_true, y_pred, cost_fp, cost_fn):
    false_alarm_rate = np.mean(y_pred[y_true == 0] == 1)
    miss_rate = np.mean(y_pred[y_true == 1] == 0)
    return float(cost_fp * false_alarm_rate + cost_fn * miss_rate)


def wrong_rewards_hits(y_true, y_pred, cost_fp, cost_fn):
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    tp = np.sum((y_true == 1) & (y_pred == 1))
    return float((cost_fp * fp + cost_fn * fn - cost_fn * tp) / len(y_true))


def variant_loop(y_true, y_pred, cost_fp, cost_fn):
    total = 0
    for t, p in zip(y_true, y_pred):
        if p == 1 and t == 0:
            total += cost_fp
        if p == 0 and t == 1:
            total += cost_fn
    return total / len(y_true)


def variant_each_sample(y_true, y_pred, cost_fp, cost_fn):
    # +1 is a false alarm, -1 a miss, 0 is right.
    slip = y_pred - y_true
    return np.where(slip > 0, cost_fp, np.where(slip < 0, cost_fn, 0.0)).mean()


def variant_cost_table(y_true, y_pred, cost_fp, cost_fn):
    costs = np.array([[0.0, cost_fp], [cost_fn, 0.0]])  # rows are the truth, columns the prediction
    return float(np.mean(costs[y_true, y_pred]))


EXERCISE = Exercise(
    id="expected_cost",
    lesson="04_f1_and_averages",
    objective="FA.4",
    points=2,
    signature="expected_cost(y_true, y_pred, cost_fp, cost_fn)",
    cases=cases,
    reference=reference,
    misconceptions={
        "total": Misconception(
            wrong_total,
            "You returned the cost of all samples together. A test set twice as large would seem twice as bad: divide "
            "by the number of samples.",
        ),
        "costs-swapped": Misconception(
            wrong_costs_swapped,
            "You charged cost_fp for the misses and cost_fn for the false alarms. A false positive is a negative that "
            "was called positive: y_true is 0 and y_pred is 1.",
        ),
        "per-mistake": Misconception(
            wrong_per_mistake,
            "You divided by the number of mistakes, so a model with fewer of them gains nothing. Divide by the number "
            "of all samples.",
        ),
        "error-rate": Misconception(
            wrong_error_rate,
            "Your answer is the error rate: the costs do not enter it. Multiply each kind of mistake by its cost.",
        ),
        "rates": Misconception(
            wrong_rates,
            "You multiplied the costs by the share of negatives and the share of positives that went wrong. That "
            "forgets how many negatives and positives there are. Multiply by the counts FP and FN, and divide by the "
            "number of all samples.",
        ),
        "rewards-hits": Misconception(
            wrong_rewards_hits,
            "You took something off for every true positive. Right predictions cost nothing and earn nothing here: "
            "only FP and FN count.",
        ),
    },
    variants={"loop": variant_loop, "each-sample": variant_each_sample, "cost-table": variant_cost_table},
)
