"""Average precision of detections: the area under the envelope of precision over recall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Ranked = tuple[NDArray[np.int64], int]


def cases(rng: np.random.Generator) -> list[Case]:
    def ranked(hits: tuple[int, int], alarms: tuple[int, int], missed: int, first: int | None = None) -> Ranked:
        """Detections by falling score: some hits, some false alarms, and objects that no detection finds."""

        def draw() -> Ranked:
            found, false = int(rng.integers(*hits)), int(rng.integers(*alarms))
            listed = rng.permutation(np.repeat([1, 0], [found, false]))
            if first is not None:
                where = int(np.flatnonzero(listed == first)[0])
                listed[[0, where]] = listed[[where, 0]]
            return listed, found + missed

        # The envelope has to lift something.
        def telling(is_match: NDArray[np.int64], n_truth: int) -> bool:
            return needs_digits(reference(is_match, n_truth)) and bool(np.any(np.diff(is_match) > 0))

        return until(telling, draw)

    def in_steps() -> Ranked:
        """The envelope has several heights below 1."""
        return until(
            lambda is_match, n_truth: len(set(heights(is_match)) - {1.0}) > 1,
            lambda: ranked((4, 8), (4, 7), int(rng.integers(2, 4)), first=1),
        )

    quiet = np.zeros(int(rng.integers(2, 9)), np.int64)
    return [
        Case("some objects are missed", in_steps(), 1),
        Case("every object is found", ranked((5, 9), (3, 6), 0), 1),
        Case("false alarms come first", ranked((4, 7), (3, 6), 1, first=0), 1),
        Case("most objects are missed", ranked((3, 5), (5, 9), int(rng.integers(8, 14))), 1),
        Case("no detection is a match", (quiet, int(rng.integers(2, 9))), 0.5),
        Case("nothing is detected", (quiet[:0], int(rng.integers(1, 99))), 0.5),
    ]


def reference(is_match, n_truth):
    from evalkit.metrics.detection import average_precision

    return average_precision(is_match, n_truth)


def heights(is_match):
    """The envelope's height at each match."""
    precision = np.cumsum(is_match) / np.arange(1, len(is_match) + 1)
    return np.maximum.accumulate(precision[::-1])[::-1][is_match == 1]


def right(is_match, n_truth):
    precision = np.cumsum(is_match) / np.arange(1, len(is_match) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return np.sum(envelope[is_match == 1]) / n_truth


def wrong_eleven(is_match, n_truth):
    found = np.cumsum(is_match)
    precision = found / np.arange(1, len(is_match) + 1)
    reached = [precision[found / n_truth >= recall - 1e-12] for recall in np.linspace(0, 1, 11)]
    return np.mean([np.max(some, initial=0) for some in reached])


def wrong_all_together(is_match, n_truth):
    return np.sum(is_match) / len(is_match) if len(is_match) else 0.0


def wrong_recall(is_match, n_truth):
    return np.sum(is_match) / n_truth


def variant_from_the_end(is_match, n_truth):
    found, best, area = sum(is_match), 0.0, 0.0
    for rank in range(len(is_match), 0, -1):
        best = max(best, found / rank)
        if is_match[rank - 1]:
            area += best / n_truth
            found -= 1
    return area


def variant_steps(is_match, n_truth):
    recall, precision, found = [0.0], [0.0], 0
    for rank, match in enumerate(is_match, start=1):
        found += match
        recall.append(found / n_truth)
        precision.append(found / rank)
    return sum((recall[i] - recall[i - 1]) * max(precision[i:]) for i in range(1, len(recall)))


def variant_ranks(is_match, n_truth):
    ranks = np.flatnonzero(is_match) + 1
    heights = [max((j + 1) / ranks[j] for j in range(i, len(ranks))) for i in range(len(ranks))]
    return sum(heights) / n_truth


EXERCISE = Exercise(
    id="average_precision",
    lesson="11_task_metrics",
    objective="TM.2",
    points=5,
    signature="average_precision(is_match, n_truth)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-envelope": mistake(
            right,
            {"np.maximum.accumulate(precision[::-1])[::-1]": "precision"},
            "You add up the precisions as they are. This exercise asks for the envelope: each precision is first "
            "raised to the highest that is reached at the same place or further down the list.",
        ),
        "envelope-from-the-front": mistake(
            right,
            {"np.maximum.accumulate(precision[::-1])[::-1]": "np.maximum.accumulate(precision)"},
            "Your envelope runs from the front: it carries the best precision *so far* down the list. It has to look "
            "the other way: the best precision from here to the end.",
        ),
        "per-found": mistake(
            right,
            {"/ n_truth": "/ max(1, np.sum(is_match))"},
            "You divide by the objects that were found. Then those that were missed cost nothing, and one sure hit is "
            "enough for 1. Divide by all true objects.",
        ),
        "no-envelope-per-found": mistake(
            right,
            {
                "np.maximum.accumulate(precision[::-1])[::-1]": "precision",
                "/ n_truth": "/ max(1, np.sum(is_match))",
            },
            "You compute average precision as for a ranking of lesson 05, where every positive is in the list. Two "
            "things differ here: objects that were missed count in the denominator, and the envelope is asked for.",
        ),
        "all-detections": mistake(
            right,
            {"np.sum(envelope[is_match == 1]) / n_truth": "np.sum(envelope) / max(1, len(envelope))"},
            "You take the mean over all detections, the false alarms too. Recall moves only where a detection matches: "
            "add up the heights at the matches, and divide by all true objects.",
        ),
        "recall": Misconception(
            wrong_recall,
            "You return the share of the objects that were found: recall at the end of the list. Where the false "
            "alarms stand makes no difference to it. Weigh each match with the height of the envelope there.",
        ),
        "precision": Misconception(
            wrong_all_together,
            "You return the share of the detections that match: precision at the end of the list. The order of the "
            "list makes no difference to it, and missed objects cost nothing.",
        ),
        "eleven-points": Misconception(
            wrong_eleven,
            "You average the envelope at the eleven recalls 0, 0.1, …, 1, as a competition did until 2009. Asked for "
            "is the whole area: each match moves the recall by 1 / n_truth; the envelope is the height of that step.",
        ),
        "hundred-and-one-points": mistake(
            wrong_eleven,
            {"np.linspace(0, 1, 11)": "np.linspace(0, 1, 101)"},
            "You average the envelope at 101 recalls, as COCO does. Asked for is the whole area: each match moves the "
            "recall by 1 / n_truth, and the envelope is the height of that step.",
        ),
    },
    variants={"from_the_end": variant_from_the_end, "steps": variant_steps, "ranks": variant_ranks},
)
