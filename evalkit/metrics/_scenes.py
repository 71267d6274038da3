"""The inputs of detection metrics: the true and the detected objects of all images, checked and laid end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from evalkit._core.inputs import EMPTY, Array, InvalidParameterError, check_finite, numbers, to_array
from evalkit.metrics.boxes import box_area, box_intersection, check_masks, mask_area, mask_intersection, to_corners

PAIRS = 1 << 18  # pairs of boxes compared at once


@dataclass(frozen=True)
class Objects:
    """The objects of all images, one after another. Every array has one entry per object.

    `group` says of which class and in which image an object is: only objects of one group can match. The objects are
    sorted by group; detections within a group by falling score, those of equal score in the order given.
    """

    group: Array
    label: Array  # the index of the class
    image: Array
    row: Array  # the index within the image
    area: Array  # says whether it is small, medium or large; the caller may give it
    extent: Array  # the area of the region itself, which the IoU needs
    boxes: Array | None
    score: Array  # nan for true objects
    crowd: Array  # whether it stands for a crowd: a true region in which any number of detections may lie

    def __len__(self) -> int:
        return len(self.group)

    def take(self, order: Array) -> Objects:
        """Return the objects at these places."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        picked: dict[str, Any] = {name: None if array is None else array[order] for name, array in arrays.items()}
        return Objects(**picked)


@dataclass(frozen=True)
class Scenes:
    """All true and all detected objects, and the labels of the classes, sorted."""

    truth: Objects
    found: Objects
    classes: Array
    masks: tuple[list[Array], list[Array]] | None

    def candidate_pairs(self, lowest_iou: float) -> tuple[Array, Array, Array]:
        """Return all pairs of a detection and a true object of its group with at least this IoU.

        Returns
        -------
        found, truth : arrays of shape (pairs,)
            The places of the two objects.
        iou : array of shape (pairs,)
        """
        start = np.searchsorted(self.truth.group, self.found.group)
        count = np.searchsorted(self.truth.group, self.found.group, side="right") - start
        kept: list[tuple[Array, Array, Array]] = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0))]
        ends = np.cumsum(count)
        first = 0
        while first < len(count):  # as many detections as have about PAIRS partners, at least one
            done = ends[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(ends, done + PAIRS, side="right")))
            part = np.arange(first, last)
            found = np.repeat(part, count[part])
            truth = np.arange(len(found)) + np.repeat(start[part] - (ends[part] - count[part] - done), count[part])
            iou = self._iou(found, truth)
            near = iou >= lowest_iou
            kept.append((found[near], truth[near], iou[near]))
            first = last
        pairs = [np.concatenate(arrays) for arrays in zip(*kept, strict=True)]
        return pairs[0], pairs[1], pairs[2]

    def _iou(self, found: Array, truth: Array) -> Array:
        """Return the IoU of each pair. In a crowd it is the share of the detection that lies in the crowd's region."""
        if self.found.boxes is not None and self.truth.boxes is not None:
            shared = box_intersection(self.found.boxes[found], self.truth.boxes[truth])
        else:
            shared = self._shared_pixels(found, truth)
        area, crowd = self.found.extent[found], self.truth.crowd[truth]
        union = np.where(crowd, area, area + self.truth.extent[truth] - shared)
        iou: Array = shared / np.where(union == 0, 1, union)  # two points without area share nothing
        return iou

    def _shared_pixels(self, found: Array, truth: Array) -> Array:
        assert self.masks is not None
        shared = np.zeros(len(found))
        image = self.found.image[found]
        for i in np.unique(image):
            here = image == i
            table = mask_intersection(self.masks[1][i], self.masks[0][i])
            shared[here] = table[self.found.row[found[here]], self.truth.row[truth[here]]]
        return shared


# --------------------------------------------------------------------------------------------------------------- checks
def check_scenes(y_true: Any, y_pred: Any, iou_type: str, box_format: str = "xyxy") -> Scenes:
    """Check the objects of all images and sort them.

    Raises
    ------
    ValueError
        If the number of images differs or is zero, a key is missing, or the arrays of an image do not fit together.
    """
    for scenes, name in ((y_true, "y_true"), (y_pred, "y_pred")):
        if not isinstance(scenes, Sequence) or not all(isinstance(scene, Mapping) for scene in scenes):
            raise InvalidParameterError(f"{name} must be a list of dicts, one per image.")
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} images and y_pred {len(y_pred)}.")
    if not y_true:
        raise ValueError(EMPTY)
    truth = [_Scene.check(scene, f"y_true[{i}]", iou_type, box_format, scored=False) for i, scene in enumerate(y_true)]
    found = [_Scene.check(scene, f"y_pred[{i}]", iou_type, box_format, scored=True) for i, scene in enumerate(y_pred)]
    for i, (one, other) in enumerate(zip(truth, found, strict=True)):
        if iou_type == "segm" and len(one.labels) and len(other.labels):
            sizes = one.regions.shape[1:], other.regions.shape[1:]
            if sizes[0] != sizes[1]:
                raise ValueError(f"The masks of image {i} have different sizes in y_true and y_pred: {sizes}.")
    filled = [scene.labels for scene in truth + found if len(scene.labels)]
    if len({array.dtype.kind in "OUT" for array in filled}) > 1:
        raise ValueError("Mix of label input types (string and number) in y_true and y_pred.")
    labels = np.concatenate(filled) if filled else np.zeros(0, int)
    classes, codes = np.unique(labels, return_inverse=True)
    n_true = sum(len(scene.labels) for scene in truth)
    masks = ([s.regions for s in truth], [s.regions for s in found]) if iou_type == "segm" else None
    return Scenes(
        _sorted_objects(truth, codes[:n_true], iou_type),
        _sorted_objects(found, codes[n_true:], iou_type),
        classes,
        masks,
    )


@dataclass(frozen=True)
class _Scene:
    """The objects of one image."""

    labels: Array
    regions: Array  # boxes or masks
    extent: Array
    area: Array
    scores: Array
    crowd: Array

    @classmethod
    def check(cls, scene: Mapping[str, Any], name: str, iou_type: str, box_format: str, scored: bool) -> _Scene:
        region = "boxes" if iou_type == "bbox" else "masks"
        needed = (region, "labels", "scores") if scored else (region, "labels")
        missing = [key for key in needed if key not in scene]
        if missing:
            hint = " The true objects come first, then the detections." if missing == ["scores"] else ""
            raise ValueError(f"{name} has no {', '.join(map(repr, missing))}.{hint}")
        if iou_type == "bbox":
            regions = np.atleast_2d(to_corners(scene["boxes"], box_format, f"{name}['boxes']"))
            extent = box_area(regions)
        else:
            regions = check_masks(scene["masks"], f"{name}['masks']")
            regions = regions[None] if regions.ndim == 2 else regions
            extent = mask_area(regions)
        n = len(regions)
        labels = _column(scene["labels"], f"{name}['labels']", n)
        if labels.dtype.kind == "f" and n:
            check_finite(labels, f"{name}['labels']")
        if scored:
            scores, crowd = _numbers(scene["scores"], f"{name}['scores']", n), np.zeros(n, bool)
        else:
            scores, crowd = np.full(n, np.nan), _numbers(scene.get("iscrowd", [0] * n), f"{name}['iscrowd']", n) != 0
        area = _numbers(scene["area"], f"{name}['area']", n) if "area" in scene and not scored else extent
        return cls(labels, regions, extent, area, scores, crowd)


def _column(values: Any, name: str, n: int) -> Array:
    array = to_array(values, name)
    if array.shape != (n,):
        raise ValueError(f"{name} must have one value for each of the {n} regions, got shape {array.shape}.")
    return array


def _numbers(values: Any, name: str, n: int) -> Array:
    array = numbers(_column(values, name, n), name)
    check_finite(array, name)
    return array


def _sorted_objects(scenes: list[_Scene], codes: Array, iou_type: str) -> Objects:
    lengths = [len(scene.labels) for scene in scenes]
    image = np.repeat(np.arange(len(scenes)), lengths)
    row = np.concatenate([np.arange(n) for n in lengths])
    group = codes * len(scenes) + image
    extent, area, score, crowd = (
        np.concatenate([getattr(scene, name) for scene in scenes]) for name in ("extent", "area", "scores", "crowd")
    )
    boxes = np.concatenate([scene.regions for scene in scenes]) if iou_type == "bbox" else None
    score = score.astype(np.float64)
    objects = Objects(group, codes, image, row, area, extent, boxes, score, crowd)
    return objects.take(np.lexsort((-score, group)))  # lexsort is stable: equal scores keep their order
