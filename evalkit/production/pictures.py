"""Evaluators for what a model says of a picture: boxes around its objects, and captions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from evalkit.metrics.boxes import box_iou
from evalkit.metrics.chair import chair
from evalkit.production.evaluators import Evaluation, Evaluator, GroundTruthMatch, without_score
from evalkit.tables.canonical import digest_of


class DetectionMatch(Evaluator):
    """Are the boxes of one picture the right ones? Boxes are matched first, then the F1 of the matches is the score.

    An output is a list of `{"box": [x1, y1, x2, y2], "label": …, "score": …}`; what is expected has no scores. The
    surest box takes the free true box of its label that it overlaps most, if their IoU reaches `iou`.

    Parameters
    ----------
    iou : float
    name : str
    """

    def __init__(self, *, iou: float = 0.5, name: str = "detection_match") -> None:
        self.name, self.iou = name, iou

    def settings(self) -> dict[str, Any]:
        return {"iou": self.iou}

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        if expected is None:
            return GroundTruthMatch.NO_TRUTH
        free, hits = list(expected), 0
        for found in sorted(output, key=lambda box: -box["score"]):
            overlaps = [
                (float(box_iou([found["box"]], [true["box"]])[0][0]), -place)
                for place, true in enumerate(free)
                if true["label"] == found["label"]
            ]
            best = max(overlaps, default=(0.0, 0))
            if overlaps and best[0] >= self.iou:
                del free[-best[1]]
                hits += 1
        wrong, missed = len(output) - hits, len(free)
        score = 2 * hits / (2 * hits + wrong + missed) if hits + wrong + missed else 1.0
        return self.scored(score, f"{hits} matched, {wrong} without a true box, {missed} missed")


class CaptionHallucination(Evaluator):
    """Does a caption name objects that are not in the picture (CHAIR)?

    The score is the share of mentions that are true; a caption has passed if all are. One that names no object of the
    vocabulary is "undecided". What is expected is the list of objects in the picture.

    Parameters
    ----------
    vocabulary : dict from str to list of str, or list of str
        As for `evalkit.chair`. It decides the score, so it belongs to the identity of the evaluator.
    name : str
    """

    CLAUSE = re.compile(r"[^,.;:!?]+")

    def __init__(
        self, vocabulary: Mapping[str, Iterable[str]] | Iterable[str], *, name: str = "caption_hallucination"
    ) -> None:
        table = vocabulary if isinstance(vocabulary, Mapping) else dict.fromkeys(vocabulary, ())
        self.vocabulary = {key: list(names) for key, names in table.items()}
        self.name = name

    def settings(self) -> dict[str, Any]:
        return {"vocabulary": digest_of(self.vocabulary)[:16]}

    def evaluate(self, *, output: Any = None, expected: Any = None, **given: Any) -> Evaluation:
        """Judge one caption: `output`, or `caption`; `expected`, or `image`, is the list of objects in the picture."""
        return super().evaluate(output=given.pop("caption", output), expected=given.pop("image", expected), **given)

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        if expected is None:
            return GroundTruthMatch.NO_TRUTH
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what has no value is told by the status
            result = chair([output], [expected], vocabulary=self.vocabulary)
            mentioned, invented = result.mentioned[0], result.hallucinated[0]
            if not mentioned:
                return without_score("undecided", "the caption names no object of the vocabulary")
            if not invented:
                return self.scored(1.0, f"names {', '.join(dict.fromkeys(mentioned))}: all are in the picture")
            clauses = [part.strip() for part in self.CLAUSE.findall(output)]
            where = [c for c in clauses if chair([c], [expected], vocabulary=self.vocabulary).hallucinated[0]]
        names = ", ".join(dict.fromkeys(invented))
        quoted = f": “{where[0]}”" if where else ""
        return self.scored(1 - len(invented) / len(mentioned), f"names {names}, not in the picture{quoted}")
