"""The threshold with the lowest cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import edited, mistake
from autograder.exercises._scored import Scored, scored, tied


def cases(rng: np.random.Generator) -> list[Case]:
    def draw(make: Callable[[], Scored], cost_fp: int, cost_fn: int, accept: Callable[..., bool]) -> tuple:  # type: ignore[type-arg]
        """Inputs on which the answer turns on what the case is about."""
        while True:
            y_true, scores = make()
            if accept(y_true, scores, cost_fp, cost_fn):
                return y_true, scores, cost_fp, cost_fn

    def telling(y_true, scores, cost_fp, cost_fn):
        # One cheapest threshold, finite, and another one for every way to get it wrong.
        best = reference(y_true, scores, cost_fp, cost_fn)
        others = [
            wrong(y_true, scores, cost_fp, cost_fn)
            for wrong in (wrong_costs_swapped, wrong_fewest_errors, wrong_strictly_above, wrong_f1)
        ]
        return _cheapest(y_true, scores, cost_fp, cost_fn).size == 1 and best not in [np.inf, *others]

    def several(y_true, scores, cost_fp, cost_fn):
        cheapest = _cheapest(y_true, scores, cost_fp, cost_fn)
        others = [wrong(y_true, scores, cost_fp, cost_fn) for wrong in (wrong_in_order_of_rows, wrong_every_second)]
        return cheapest.size >= 2 and np.isfinite(cheapest).all() and cheapest[0] not in others

    def in_ties(y_true, scores, cost_fp, cost_fn):
        # Samples with the same score are called together, and the negatives among them count.
        cheapest = _cheapest(y_true, scores, cost_fp, cost_fn)
        others = [
            wrong(y_true, scores, cost_fp, cost_fn)
            for wrong in (wrong_within_ties, wrong_before_ties, wrong_alarms_above, wrong_strictly_above)
        ]
        return cheapest.size == 1 and cheapest[0] not in others

    def as_good(y_true, scores, cost_fp, cost_fn):
        cheapest = _cheapest(y_true, scores, cost_fp, cost_fn)
        return cheapest.size >= 2 and cheapest[0] == np.inf

    def never(y_true, scores, cost_fp, cost_fn):
        return reference(y_true, scores, cost_fp, cost_fn) == np.inf

    def fine(positives: int, negatives: int) -> Scored:
        """Scores with three decimals, so that a rounded threshold is another one."""
        return scored(rng, positives, negatives, decimals=3)

    def fine_ties() -> Scored:
        y_true, scores = tied(rng, 6, 12)
        return y_true, (scores + int(rng.integers(1, 10)) / 1000).round(3)

    dear_miss, dear_alarm = int(rng.integers(3, 6)), int(rng.integers(9, 15))
    return [
        Case("a miss costs more", draw(lambda: fine(6, 12), 1, dear_miss, telling), 0.75),
        Case("a false alarm costs more", draw(lambda: fine(12, 6), dear_miss, 1, telling), 0.75),
        Case("several cheapest thresholds", draw(lambda: fine(7, 8), 1, 1, several), 0.75),
        Case("equal scores", draw(fine_ties, 1, 2, in_ties), 0.5),
        Case("better never to say yes", draw(lambda: scored(rng, 3, 9, lift=-0.5), dear_alarm, 1, never), 0.125),
        Case("never is as good as a threshold", draw(lambda: fine(3, 6), 2, 1, as_good), 0.125),
    ]


def _cheapest(y_true, scores, cost_fp, cost_fn):
    """All thresholds of the lowest cost, the highest first."""
    from evalkit import confusion_matrix_at_thresholds

    _, fps, fns, tps, thresholds = confusion_matrix_at_thresholds(y_true, scores)
    costs = np.concatenate([[tps[-1] * cost_fn], fps * cost_fp + fns * cost_fn])
    return np.concatenate([[np.inf], thresholds])[costs == costs.min()]


def reference(y_true, scores, cost_fp, cost_fn):
    return float(_cheapest(y_true, scores, cost_fp, cost_fn)[0])


def wrong_f1(y_true, scores, cost_fp, cost_fn):
    best, highest = np.inf, 0.0
    for threshold in np.unique(scores)[::-1]:
        yes = scores >= threshold
        f1 = 2 * np.sum(yes & (y_true == 1)) / (np.sum(yes) + np.sum(y_true == 1))
        if f1 > highest:
            best, highest = float(threshold), f1
    return best


def wrong_formula(y_true, scores, cost_fp, cost_fn):
    return cost_fp / (cost_fp + cost_fn)


def variant_all_candidates(y_true, scores, cost_fp, cost_fn):
    candidates = np.concatenate([[np.inf], np.unique(scores)[::-1]])
    yes = scores >= candidates[:, np.newaxis]
    false_alarms = (yes & (y_true == 0)).sum(axis=1)
    misses = (~yes & (y_true == 1)).sum(axis=1)
    return candidates[np.argmin(cost_fp * false_alarms + cost_fn * misses)]


def variant_walk_down(y_true, scores, cost_fp, cost_fn):
    cost = cost_fn * int(np.sum(y_true == 1))
    best, lowest = float("inf"), cost
    order = np.argsort(-scores)
    for place, i in enumerate(order):
        cost += -cost_fn if y_true[i] == 1 else cost_fp
        is_last_of_tie = place + 1 == len(order) or scores[order[place + 1]] < scores[i]
        if is_last_of_tie and cost < lowest:
            best, lowest = float(scores[i]), cost
    return best


def variant_smallest_pair(y_true, scores, cost_fp, cost_fn):
    options = []
    for threshold in set(scores.tolist()) | {float("inf")}:
        cost = 0
        for label, score in zip(y_true.tolist(), scores.tolist()):
            if score >= threshold and label == 0:
                cost += cost_fp
            if score < threshold and label == 1:
                cost += cost_fn
        options.append((cost / len(y_true), -threshold))
    return -min(options)[1]


wrong_costs_swapped = edited(
    variant_all_candidates, {"cost_fp * false_alarms + cost_fn * misses": "cost_fn * false_alarms + cost_fp * misses"}
)
wrong_fewest_errors = edited(
    variant_all_candidates, {"cost_fp * false_alarms + cost_fn * misses": "false_alarms + misses"}
)
wrong_strictly_above = edited(variant_all_candidates, {">=": ">"})
wrong_in_order_of_rows = edited(variant_all_candidates, {"np.unique(scores)[::-1]": "scores[::-1]"})
wrong_every_second = edited(variant_all_candidates, {"[::-1]": "[::-2]"})
wrong_within_ties = edited(variant_walk_down, {"is_last_of_tie and cost": "cost"})
wrong_before_ties = edited(variant_walk_down, {"]] < scores[i]": "]] <= scores[i]"})
wrong_alarms_above = edited(variant_smallest_pair, {"if score >= threshold": "if score > threshold"})


EXERCISE = Exercise(
    id="best_threshold",
    lesson="05_ranking_and_probability",
    objective="RP.6",
    points=3,
    signature="best_threshold(y_true, scores, cost_fp, cost_fn)",
    cases=cases,
    reference=reference,
    misconceptions={
        "costs-swapped": Misconception(
            wrong_costs_swapped,
            "You have the two costs the wrong way round: cost_fp is for a negative that is called positive, cost_fn "
            "for a positive that is missed.",
        ),
        "fewest-errors": Misconception(
            wrong_fewest_errors,
            "You look for the fewest mistakes, which is the best accuracy. Mistakes of the two kinds cost different "
            "amounts: multiply each number by its cost before you add.",
        ),
        "lowest-of-ties": mistake(
            variant_all_candidates,
            {"np.concatenate([[np.inf], np.unique(scores)[::-1]])": "np.concatenate([np.unique(scores), [np.inf]])"},
            "Your costs are right. Where several thresholds cost the same, you take the lowest of them; the exercise "
            "asks for the highest.",
        ),
        "strictly-above": Misconception(
            wrong_strictly_above,
            "You call a sample positive only if its score is above the threshold. A score at the threshold is positive "
            "too: compare with >=.",
        ),
        "must-say-yes": mistake(
            variant_all_candidates,
            {"np.concatenate([[np.inf], np.unique(scores)[::-1]])": "np.unique(scores)[::-1]"},
            "You try the scores alone, so your model always says yes at least once. Never to say yes can be the "
            "cheapest: np.inf is a candidate too.",
        ),
        "dearest": mistake(
            variant_all_candidates,
            {"np.argmin": "np.argmax"},
            "You return the threshold of the highest cost. Your costs are right, and the lowest of them is asked for.",
        ),
        "returns-cost": mistake(
            variant_all_candidates,
            {"candidates[np.argmin(": "np.min(", "misses)]": "misses)"},
            "You return the lowest cost. The exercise asks for the threshold at which it is reached.",
        ),
        "f1": Misconception(
            wrong_f1,
            "You look for the highest F1, which knows nothing of the two costs. Add up what the mistakes cost at each "
            "threshold instead.",
        ),
        "formula": Misconception(
            wrong_formula,
            "You computed cost_fp / (cost_fp + cost_fn). That is the best threshold where the scores are calibrated "
            "probabilities, which nobody promised here. Count the cost on the data at every threshold.",
        ),
        "position": mistake(
            variant_all_candidates,
            {"candidates[np.argmin(": "int(np.argmin(", "cost_fn * misses)]": "cost_fn * misses))"},
            "You return the place of the cheapest threshold in your list. Look up what stands there: the threshold "
            "itself is asked for.",
        ),
        "grid": mistake(
            variant_all_candidates,
            {"np.concatenate([[np.inf], np.unique(scores)[::-1]])": "np.linspace(0, 1, 101)"},
            "You try a grid of thresholds from 0 to 1. Only the distinct scores matter, since between two of them no "
            "answer changes; and never to say yes, np.inf, is a candidate as well.",
        ),
    },
    variants={
        "all-candidates": variant_all_candidates,
        "walk-down": variant_walk_down,
        "smallest-pair": variant_smallest_pair,
    },
)
