"""Mean average precision of detections, as COCO defines it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit._core.inputs import Array, check_choice
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics._matching import Matches, match
from evalkit.metrics._scenes import check_scenes
from evalkit.metrics.detection import precision_at

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
SMALL, MEDIUM, LARGEST = 32.0**2, 96.0**2, 1e10  # square pixels
AREAS = np.array([(0, LARGEST), (0, SMALL), (SMALL, MEDIUM), (MEDIUM, LARGEST)])  # all, small, medium, large
MOST_DETECTIONS = 1, 10, 100  # of a class in an image


@dataclass(frozen=True)
class DetectionReport:
    """COCO's twelve figures, and what they are made of.

    A figure without true objects to average over is nan (COCO's own code says −1).

    Attributes
    ----------
    map : float
        Average precision, averaged over the classes and the IoU thresholds 0.50, 0.55, …, 0.95.
    map_50, map_75 : float
        The same at one threshold.
    map_small, map_medium, map_large : float
        The same for true objects of up to 32² square pixels, up to 96², and above.
    mar_1, mar_10, mar_100 : float
        Recall, averaged over classes and thresholds, with at most 1, 10, 100 detections of a class in an image.
    mar_small, mar_medium, mar_large : float
        Recall with 100 detections for small, medium and large true objects.
    classes : tuple
        All labels that occur, in the truth or in the detections, sorted.
    map_per_class, mar_100_per_class : tuple of float
        The parts of `map` and `mar_100`.
    n_truth : tuple of int
        True objects of each class, crowds left out.
    unscored_detections : dict from label to int
        Detections of classes without any true object. **They do not lower `map`**, whatever their number: the recall
        of such a class is 0/0, so COCO leaves it out of the mean.
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


def mean_average_precision(y_true: Any, y_pred: Any, *, iou_type: Literal["bbox", "segm"] = "bbox") -> DetectionReport:
    """Return COCO's mean average precision and mean average recall.

    Parameters
    ----------
    y_true : list of dict, one per image
        The true objects. Keys: "boxes", shape (n, 4) as x1, y1, x2, y2 in pixels, or with `iou_type="segm"` "masks",
        shape (n, height, width); "labels", shape (n,), numbers or text; optional "iscrowd", shape (n,), 1 for a region
        that stands for many objects; optional "area", shape (n,), in square pixels, by default that of the region.
    y_pred : list of dict, one per image, in the same order
        The detections. Keys "boxes" or "masks", "labels", and "scores", shape (n,), higher for surer.
    iou_type : {"bbox", "segm"}
        Compare boxes or masks.

    Returns
    -------
    DetectionReport

    Raises
    ------
    ValueError
        If the number of images differs or is zero, a key is missing, the arrays of an image do not fit together, or a
        value is NaN or infinite.

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
    scenes = check_scenes(y_true, y_pred, iou_type)
    matches = match(scenes, IOU_THRESHOLDS, AREAS, MOST_DETECTIONS[-1])
    n_classes = len(scenes.classes)
    # COCO's arrays: precision of shape (classes, areas, thresholds), recall one longer for 1 and 10 detections.
    precision = np.full((n_classes, len(AREAS), len(IOU_THRESHOLDS)), np.nan)
    recall = np.full((n_classes, len(MOST_DETECTIONS) + len(AREAS) - 1, len(IOU_THRESHOLDS)), np.nan)
    ties = np.full((2, n_classes, len(IOU_THRESHOLDS)), np.nan)
    to_find = np.array([np.bincount(scenes.truth.label[one], minlength=n_classes) for one in matches.counted])
    found_bounds = np.searchsorted(matches.found.label, np.arange(n_classes + 1))
    for k in range(n_classes):
        one_class = slice(found_bounds[k], found_bounds[k + 1])
        precision[k], ties[:, k] = _precisions(matches, one_class, to_find[:, k])
        recall[k] = _recalls(matches, one_class, to_find[:, k])

    if not to_find[0].any():
        warn("Mean average precision is ill-defined and set to nan without true objects.", UndefinedMetricWarning)
    crowded = np.bincount(scenes.truth.label[scenes.truth.crowd], minlength=n_classes)
    n_truth = np.bincount(scenes.truth.label, minlength=n_classes) - crowded
    n_found = np.bincount(scenes.found.label, minlength=n_classes)
    labels = scenes.classes.tolist()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)  # nan, as the report says
        map_all, map_small, map_medium, map_large = np.nanmean(precision, axis=(0, 2)).tolist()
        mar_1, mar_10, mar_100, mar_small, mar_medium, mar_large = np.nanmean(recall, axis=(0, 2)).tolist()
        lowest, highest = np.nanmean(ties, axis=(1, 2)).tolist()
        return DetectionReport(
            map=map_all,
            map_50=float(np.nanmean(precision[:, 0, 0])),
            map_75=float(np.nanmean(precision[:, 0, 5])),
            map_small=map_small,
            map_medium=map_medium,
            map_large=map_large,
            mar_1=mar_1,
            mar_10=mar_10,
            mar_100=mar_100,
            mar_small=mar_small,
            mar_medium=mar_medium,
            mar_large=mar_large,
            classes=tuple(labels),
            map_per_class=tuple(precision[:, 0].mean(axis=1).tolist()),
            mar_100_per_class=tuple(recall[:, 2].mean(axis=1).tolist()),
            n_truth=tuple(n_truth.tolist()),
            unscored_detections={
                label: int(found)
                for label, found, true in zip(labels, n_found, n_truth, strict=True)
                if found and not true
            },
            map_ties=(lowest, highest),
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


def _recalls(matches: Matches, one_class: slice, to_find: Array) -> Array:
    """Return recall for 1, 10 and 100 detections and all areas, then for 100 and each area: shape (6, thresholds)."""
    hits = matches.hit[..., one_class]
    found = [hits[0][:, matches.rank[one_class] < most].sum(axis=-1) for most in MOST_DETECTIONS]
    found += [hits[area].sum(axis=-1) for area in range(1, len(AREAS))]
    total = np.array([to_find[0]] * len(MOST_DETECTIONS) + to_find[1:].tolist())[:, None]
    recall: Array = np.where(total > 0, found / np.maximum(total, 1), np.nan)
    return recall
