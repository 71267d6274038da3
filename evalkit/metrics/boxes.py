"""Overlap of boxes and of masks: intersection over union.

The intersection over union (IoU, the Jaccard index) of two regions is the area that both cover over the area that at
least one covers: 1 for the same region, 0 for regions apart.

>>> box_iou([0, 0, 2, 2], [1, 0, 3, 2])  # they share 2 of 6
0.3333333333333333
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.inputs import Array, check_finite, numbers, to_array
from evalkit._core.warn import UndefinedMetricWarning, warn

PIXELS = 1 << 16  # pixels of a mask in one product: small working arrays, and counts that float32 holds exactly


def box_iou(a: Any, b: Any) -> Any:
    """Return the intersection over union of every box of `a` with every box of `b`.

    Parameters
    ----------
    a, b : array-like of shape (4,), (n, 4) and (m, 4)
        Boxes as x1, y1, x2, y2: two opposite corners with x1 ≤ x2 and y1 ≤ y2, in any unit of length.

    Returns
    -------
    float, or array of shape (n, m)
        A float for two single boxes of shape (4,). With one single box its axis is left out.

    Raises
    ------
    ValueError
        If a shape is wrong, a coordinate is NaN or infinite, or a box has its corners the wrong way round.

    Warns
    -----
    UndefinedMetricWarning
        If two boxes both have no area: their IoU is 0/0. The value is then nan.

    Notes
    -----
    Values and the order of coordinates are those of `torchvision.ops.box_iou`. The width of a box is x2 − x1, without
    the extra pixel that Pascal VOC adds. Everything is computed in float64: unsigned coordinates do not wrap around.

    :Formula: area of the overlap / area of the union
    :Range: 0 to 1; higher is better
    :Misleads when: boxes do not overlap: near misses and far ones are both 0

    References
    ----------
    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912).

    Examples
    --------
    >>> box_iou([0, 0, 2, 2], [0, 0, 2, 1])
    0.5
    >>> box_iou([[0, 0, 2, 2], [5, 5, 6, 6]], [[0, 0, 2, 2], [0, 0, 1, 2], [4, 4, 6, 6]])
    array([[1.  , 0.5 , 0.  ],
           [0.  , 0.  , 0.25]])
    """
    first, second = check_boxes(a, "a"), check_boxes(b, "b")
    rows, columns = first.reshape(-1, 1, 4), second.reshape(1, -1, 4)
    iou = ratio(box_intersection(rows, columns), box_area(rows), box_area(columns))
    return _shaped(iou, first.ndim == 1, second.ndim == 1)


def mask_iou(a: Any, b: Any) -> Any:
    """Return the intersection over union of every mask of `a` with every mask of `b`.

    Parameters
    ----------
    a, b : array-like of shape (height, width), (n, height, width) and (m, height, width)
        Masks of booleans, or of 0 and 1.

    Returns
    -------
    float, or array of shape (n, m)
        A float for two single masks of shape (height, width). With one single mask its axis is left out.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a mask holds another value than 0 and 1.

    Warns
    -----
    UndefinedMetricWarning
        If two masks are both empty: their IoU is 0/0. The value is then nan.

    Notes
    -----
    With the pixels of a mask as a vector of 0 and 1, the pixels that two masks share are counted by their dot product,
    so one matrix product serves all pairs.

    :Formula: pixels in both / pixels in either
    :Range: 0 to 1; higher is better
    :Misleads when: objects are small: a border of one pixel costs much

    References
    ----------
    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912).

    Examples
    --------
    >>> mask_iou([[1, 1], [0, 0]], [[1, 0], [0, 0]])
    0.5
    """
    first, second = check_masks(a, "a"), check_masks(b, "b")
    if first.shape[-2:] != second.shape[-2:] and first.size and second.size:
        raise ValueError(f"The masks of a and b have different sizes: {first.shape[-2:]} and {second.shape[-2:]}.")
    rows, columns = (masks if masks.ndim == 3 else masks[None] for masks in (first, second))
    iou = ratio(mask_intersection(rows, columns), mask_area(rows)[:, None], mask_area(columns))
    return _shaped(iou, first.ndim == 2, second.ndim == 2)


# --------------------------------------------------------------------------------- areas, for detection metrics as well
def box_area(boxes: Array) -> Array:
    """Return the areas of boxes of shape (..., 4)."""
    area: Array = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return area


def box_intersection(a: Array, b: Array) -> Array:
    """Return the areas that the boxes of `a` and `b` share, pair by pair as NumPy broadcasts them."""
    width = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    height = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    shared: Array = width.clip(min=0) * height.clip(min=0)
    return shared


def mask_area(masks: Array) -> Array:
    """Return the number of pixels of masks of shape (n, height, width)."""
    area: Array = np.count_nonzero(masks, axis=(1, 2)).astype(np.float64)
    return area


def mask_intersection(a: Array, b: Array) -> Array:
    """Count the pixels that every mask of `a`, (n, height, width), shares with every mask of `b`: shape (n, m)."""
    shared = np.zeros((len(a), len(b)))
    if not shared.size:
        return shared
    rows, columns = a.reshape(len(a), -1), b.reshape(len(b), -1)
    for start in range(0, rows.shape[1], PIXELS):
        piece = slice(start, start + PIXELS)
        shared += rows[:, piece].astype(np.float32) @ columns[:, piece].astype(np.float32).T
    return shared


def ratio(shared: Array, area_a: Array, area_b: Array) -> Array:
    """Return intersection over union, nan with a warning where both regions are empty."""
    union = area_a + area_b - shared
    empty = union == 0
    if empty.any():
        warn("IoU is ill-defined and set to nan for two regions without area.", UndefinedMetricWarning)
    iou: Array = np.where(empty, np.nan, shared / np.where(empty, 1, union))
    return iou


# --------------------------------------------------------------------------------------------------------------- checks
def check_boxes(boxes: Any, name: str) -> Array:
    """Return boxes as a float64 array of shape (4,) or (n, 4); an empty list is no boxes, shape (0, 4)."""
    array = numbers(boxes, name).astype(np.float64, copy=False)
    if array.size == 0 and array.ndim <= 2:
        return array.reshape(0, 4)
    if array.ndim > 2 or array.shape[-1] != 4:
        raise ValueError(f"{name} must hold boxes x1, y1, x2, y2 in shape (4,) or (n, 4), got shape {array.shape}.")
    check_finite(array, name)
    wrong = (array[..., 2:] < array[..., :2]).any(axis=-1)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{name} must hold boxes with x1 <= x2 and y1 <= y2. First wrong at index {first}: "
            f"{array.reshape(-1, 4)[first].tolist()}."
        )
    return array


def to_corners(boxes: Any, box_format: str, name: str) -> Array:
    """Return boxes of one of torchvision's formats as x1, y1, x2, y2, checked."""
    if box_format == "xyxy":
        return check_boxes(boxes, name)
    array = numbers(boxes, name).astype(np.float64, copy=False)
    if array.size == 0 or array.ndim > 2 or array.shape[-1] != 4:
        return check_boxes(array, name)
    check_finite(array, name)
    if (array[..., 2:] < 0).any():
        raise ValueError(f"{name} must hold boxes whose width and height are not negative.")
    first, size = array[..., :2], array[..., 2:]
    if box_format == "cxcywh":
        first = first - size / 2
    return np.concatenate([first, first + size], axis=-1)


def check_masks(masks: Any, name: str) -> Array:
    """Return masks as a boolean array of shape (height, width) or (n, height, width); an empty list is no masks."""
    array = to_array(masks, name)
    if array.size == 0 and array.ndim == 1:
        return np.zeros((0, 0, 0), dtype=bool)
    if array.ndim not in (2, 3):
        raise ValueError(f"{name} must have shape (height, width) or (n, height, width), got {array.shape}.")
    if array.dtype.kind == "b":
        return array
    array = numbers(array, name)
    on: Array = array == 1
    if not (on | (array == 0)).all():
        check_finite(array, name)
        other = array[~on & (array != 0)][0]
        raise ValueError(f"{name} must hold masks of 0 and 1, got {other.item()!r}. Compare with a threshold first.")
    return on


def _shaped(iou: Array, single_a: bool, single_b: bool) -> Any:
    """Leave out the axis of an argument that was a single region."""
    if single_a and single_b:
        return float(iou[0, 0])
    if single_a:
        return iou[0]
    return iou[:, 0] if single_b else iou
