"""Mean average precision of detections, as COCO defines it."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.html import value_table
from evalkit._core.inputs import Array, InvalidParameterError, check_choice, numbers
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics._matching import Matches, match
from evalkit.metrics._scenes import check_scenes
from evalkit.metrics.detection import precision_at

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
SMALL, MEDIUM, LARGEST = 32.0**2, 96.0**2, 1e10  # square pixels
AREAS = np.array([(0, LARGEST), (0, SMALL), (SMALL, MEDIUM), (MEDIUM, LARGEST)])  # all, small, medium, large
MOST_DETECTIONS = 1, 10, 100  # of a class in an image
BoxFormat = Literal["xyxy", "xywh", "cxcywh"]


@dataclass(frozen=True)
class DetectionReport:
    """COCO's twelve figures, and what they are made of.

    A figure without true objects to average over is nan (COCO's own code says −1).

    Attributes
    ----------
    map : float
        Average precision, averaged over the classes and the IoU thresholds, by default 0.50, 0.55, …, 0.95.
    map_50, map_75 : float
        The same at one threshold; nan if it is not among the thresholds.
    map_small, map_medium, map_large : float
        The same for true objects of up to 32² square pixels, up to 96², and above.
    mar_1, mar_10, mar_100 : float
        Recall, averaged over classes and thresholds, with at most 1, 10, 100 detections of a class in an image; nan if
        this is not among `max_detections`.
    mar_small, mar_medium, mar_large : float
        Recall with the most detections (by default 100) for small, medium and large true objects.
    classes : tuple
        All labels that occur, in the truth or in the detections, sorted.
    map_per_class, mar_100_per_class : tuple of float
        The parts of `map` and `mar_100`.
    n_truth : tuple of int
        True objects of each class, crowds left out.
    unscored_detections : dict from label to int
        Detections of classes without any true object. **They do not lower `map`**, whatever their number: the recall
        of such a class is 0/0, so COCO leaves it out of the mean.
    mar_at : dict from int to float
        Recall for each number of `max_detections`.
    mar_per_class : tuple of float
        The parts of the last of them.
    map_ties : tuple of float
        The lowest and the highest `map` when detections of equal score change places in the ranking. If the two
        differ, the scores are too coarse to rank the detections, and `map` itself depends on the order of the input.
    """

    map: float
    map_50: float
    map_75: float
    map_small: float
    map_medium: float
    map_large: float
    mar_1: float
    mar_10: float
    mar_100: float
    mar_small: float
    mar_medium: float
    mar_large: float
    classes: tuple[Any, ...]
    map_per_class: tuple[float, ...]
    mar_100_per_class: tuple[float, ...]
    n_truth: tuple[int, ...]
    unscored_detections: dict[Any, int]
    map_ties: tuple[float, float]
    mar_at: dict[int, float]
    mar_per_class: tuple[float, ...]

    def _repr_html_(self) -> str:
        return value_table("Detections, as COCO measures them", vars(self))


def mean_average_precision(
    y_true: Any,
    y_pred: Any,
    *,
    iou_type: Literal["bbox", "segm"] = "bbox",
    iou_thresholds: Any = None,
    max_detections: Sequence[int] = MOST_DETECTIONS,
    box_format: BoxFormat = "xyxy",
) -> DetectionReport:
    """Return COCO's mean average precision and mean average recall.

    Parameters
    ----------
    y_true : list of dict, one per image
        The true objects. Keys: "boxes", shape (n, 4), in pixels and in `box_format`, or with `iou_type="segm"` "masks",
        shape (n, height, width); "labels", shape (n,), numbers or text; optional "iscrowd", shape (n,), 1 for a region
        that stands for many objects; optional "area", shape (n,), in square pixels, by default that of the region.
    y_pred : list of dict, one per image, in the same order
        The detections. Keys "boxes" or "masks", "labels", and "scores", shape (n,), higher for surer.
    iou_type : {"bbox", "segm"}
        Compare boxes or masks.
    iou_thresholds : array-like of shape (t,), optional
        How much a detection must overlap, each in (0, 1]. By default 0.50, 0.55, …, 0.95.
    max_detections : sequence of int
        How many detections of a class in an image count, those with the highest scores; ascending. Precision is that of
        the last number, recall that of each.
    box_format : {"xyxy", "xywh", "cxcywh"}
        What the four numbers of a box are: two opposite corners, a corner and the size (as in COCO's files), or the
        centre and the size.

    Returns
    -------
    DetectionReport

    Raises
    ------
    ValueError
        If the number of images differs or is zero, a key is missing, the arrays of an image do not fit together, a
        value is NaN or infinite, or an option is out of its range.

    Warns
    -----
    UndefinedMetricWarning
        If no image has a true object. All figures are then nan.

    Notes
    -----
    The twelve figures are those of `pycocotools.cocoeval.COCOeval`; keys and names are those of
    `torchmetrics.detection.MeanAveragePrecision`, whose arguments come in the other order (detections first).

    Detections of equal score are ranked in the order given: by image, within an image by position. Another order of
    the images can therefore change the value; `map_ties` says by how much.

    :Formula: mean over overlaps and over classes that have a true object of the average precision at 101 recalls
    :Range: 0 to 1; higher is better
    :Misleads when: one class fails, or boxes fit loosely: the mean over classes and overlaps hides it

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; the definition of the figures is at
    https://cocodataset.org/#detection-eval.

    Examples
    --------
    Two cats, one found, and a false alarm with a lower score:

    >>> report = mean_average_precision(
    ...     [{"boxes": [[0, 0, 10, 10], [50, 50, 60, 60]], "labels": ["cat", "cat"]}],
    ...     [{"boxes": [[0, 0, 10, 8], [80, 80, 90, 90]], "labels": ["cat", "cat"], "scores": [0.9, 0.6]}],
    ... )
    >>> round(report.map_50, 3)  # 51 of the 101 recalls are reached, with precision 1
    0.505
    >>> round(report.map, 3)  # the box overlaps by 0.8: not enough for the three highest of the ten thresholds
    0.353
    >>> report.mar_100
    0.35
    """
    check_choice(iou_type, "iou_type", ("bbox", "segm"))
    check_choice(box_format, "box_format", ("xyxy", "xywh", "cxcywh"))
    thresholds, most = _check_thresholds(iou_thresholds), _check_most(max_detections)
    scenes = check_scenes(y_true, y_pred, iou_type, box_format)
    matches = match(scenes, thresholds, AREAS, most[-1])
    n_classes = len(scenes.classes)
    # COCO's arrays: precision of shape (classes, areas, thresholds), recall longer for fewer detections.
    precision = np.full((n_classes, len(AREAS), len(thresholds)), np.nan)
    recall = np.full((n_classes, len(most) + len(AREAS) - 1, len(thresholds)), np.nan)
    ties = np.full((2, n_classes, len(thresholds)), np.nan)
    to_find = np.array([bincount(scenes.truth.label[one], minlength=n_classes) for one in matches.counted])
    found_bounds = np.searchsorted(matches.found.label, np.arange(n_classes + 1))
    for k in range(n_classes):
        one_class = slice(found_bounds[k], found_bounds[k + 1])
        precision[k], ties[:, k] = _precisions(matches, one_class, to_find[:, k])
        recall[k] = _recalls(matches, one_class, to_find[:, k], most)

    if not to_find[0].any():
        warn("Mean average precision is ill-defined and set to nan without true objects.", UndefinedMetricWarning)
    crowded = bincount(scenes.truth.label[scenes.truth.crowd], minlength=n_classes)
    n_truth = bincount(scenes.truth.label, minlength=n_classes) - crowded
    n_found = bincount(scenes.found.label, minlength=n_classes)
    labels = scenes.classes.tolist()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)  # nan, as the report says
        map_all, map_small, map_medium, map_large = np.nanmean(precision, axis=(0, 2)).tolist()
        *mar_most, mar_small, mar_medium, mar_large = np.nanmean(recall, axis=(0, 2)).tolist()
        mar_at = dict(zip(most, mar_most, strict=True))
        per_class = dict(zip(most, recall.mean(axis=2).T.tolist(), strict=False))
        lowest, highest = np.nanmean(ties, axis=(1, 2)).tolist()
        return DetectionReport(
            map=map_all,
            map_50=float(np.nanmean(precision[:, 0, thresholds == 0.5])),
            map_75=float(np.nanmean(precision[:, 0, thresholds == 0.75])),
            map_small=map_small,
            map_medium=map_medium,
            map_large=map_large,
            mar_1=mar_at.get(1, np.nan),
            mar_10=mar_at.get(10, np.nan),
            mar_100=mar_at.get(100, np.nan),
            mar_small=mar_small,
            mar_medium=mar_medium,
            mar_large=mar_large,
            classes=tuple(labels),
            map_per_class=tuple(precision[:, 0].mean(axis=1).tolist()),
            mar_100_per_class=tuple(per_class.get(100, [np.nan] * n_classes)),
            n_truth=tuple(n_truth.tolist()),
            unscored_detections={
                label: int(found)
                for label, found, true in zip(labels, n_found, n_truth, strict=True)
                if found and not true
            },
            map_ties=(lowest, highest),
            mar_at=mar_at,
            mar_per_class=tuple(per_class[most[-1]]),
        )


def _precisions(matches: Matches, one_class: slice, to_find: Array) -> tuple[Array, Array]:
    """Return the average precision of one class, shape (areas, thresholds), and its range over ties."""
    score = matches.found.score[one_class]
    order = np.argsort(-score, kind="stable")
    hits, alarms = matches.hit[..., one_class][..., order], matches.false_alarm[..., one_class][..., order]
    precision = np.full(hits.shape[:2], np.nan)
    for area in np.flatnonzero(to_find):
        precision[area] = precision_at(hits[area], alarms[area], int(to_find[area]), RECALLS).mean(axis=-1)
    ties = np.array([precision[0], precision[0]])
    if to_find[0] and (np.diff(score[order]) == 0).any():
        for which, flags in enumerate((hits[0], alarms[0])):  # the lowest value has the hits last
            for threshold, last in enumerate(flags):
                again = np.lexsort((last, -score[order]))
                swapped = precision_at(hits[0, threshold, again], alarms[0, threshold, again], int(to_find[0]), RECALLS)
                ties[which, threshold] = swapped.mean()
    return precision, ties


def _recalls(matches: Matches, one_class: slice, to_find: Array, most: tuple[int, ...]) -> Array:
    """Return recall for the numbers of detections and all areas, then for the last and each area.

    The shape is (numbers + 3, thresholds).
    """
    hits = matches.hit[..., one_class]
    found = [hits[0][:, matches.rank[one_class] < limit].sum(axis=-1) for limit in most]
    found += [hits[area].sum(axis=-1) for area in range(1, len(AREAS))]
    total = np.array([to_find[0]] * len(most) + to_find[1:].tolist())[:, None]
    recall: Array = np.where(total > 0, found / np.maximum(total, 1), np.nan)
    return recall


def _check_thresholds(iou_thresholds: Any) -> Array:
    if iou_thresholds is None:
        return IOU_THRESHOLDS
    thresholds = numbers(iou_thresholds, "iou_thresholds").astype(np.float64)
    if thresholds.ndim != 1 or not len(thresholds) or not ((thresholds > 0) & (thresholds <= 1)).all():
        raise InvalidParameterError(
            f"The 'iou_thresholds' parameter must hold numbers above 0 and up to 1. Got {iou_thresholds!r} instead."
        )
    return thresholds


def _check_most(max_detections: Any) -> tuple[int, ...]:
    try:
        most = tuple(operator.index(number) for number in max_detections)
    except TypeError:
        most = ()
    if not most or most[0] < 1 or any(after <= before for before, after in pairwise(most)):
        raise InvalidParameterError(
            f"The 'max_detections' parameter must hold ascending whole numbers from 1 on. Got {max_detections!r}."
        )
    return most
