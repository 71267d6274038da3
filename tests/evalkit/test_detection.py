"""Boxes, masks and average precision, checked against torchvision, pycocotools and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalkit import UndefinedMetricWarning, average_precision, box_iou, mask_iou
from evalkit.metrics.boxes import PIXELS

COORDINATE = st.floats(-1e4, 1e4, width=32)


@st.composite
def boxes(draw, most=6):
    """Boxes of at least a thousandth in width and height."""
    n = draw(st.integers(0, most))
    corners = draw(arrays(np.float64, (n, 2), elements=COORDINATE))
    sizes = draw(arrays(np.float64, (n, 2), elements=st.floats(1e-3, 1e4)))
    return np.concatenate([corners, corners + sizes], axis=1)


# ------------------------------------------------------------------------------------------------------------------ IoU
@given(boxes(), boxes())
def test_box_iou_is_that_of_torchvision(a, b):
    torch = pytest.importorskip("torch")
    ops = pytest.importorskip("torchvision.ops")
    expected = ops.box_iou(torch.from_numpy(a), torch.from_numpy(b)).numpy()
    np.testing.assert_allclose(box_iou(a, b), expected, rtol=1e-12, atol=1e-15)


@given(boxes(), boxes())
def test_box_iou_is_symmetric_and_a_box_is_itself(a, b):
    np.testing.assert_array_equal(box_iou(a, b), box_iou(b, a).T)
    np.testing.assert_allclose(np.diag(box_iou(a, a)), 1)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 2, 2], [0, 0, 2, 2], 1.0),
        ([0, 0, 2, 2], [2, 0, 4, 2], 0.0),  # they touch
        ([0, 0, 2, 2], [3, 3, 4, 4], 0.0),
        ([0, 0, 4, 4], [1, 1, 3, 3], 0.25),  # one inside the other
        ([-2, -2, 0, 0], [-1, -1, 1, 1], 1 / 7),
        ([0, 0, 0, 5], [0, 0, 5, 5], 0.0),  # a line
    ],
)
def test_box_iou_by_hand(a, b, expected):
    value = box_iou(a, b)
    assert type(value) is float
    assert value == pytest.approx(expected)


def test_box_iou_shapes():
    one, two = [0, 0, 1, 1], [[0, 0, 1, 1], [0, 0, 2, 1]]
    assert box_iou(one, two).tolist() == [1.0, 0.5]
    assert box_iou(two, one).tolist() == [1.0, 0.5]
    assert box_iou([one], one).shape == (1,)
    assert box_iou(two, []).shape == (2, 0)
    assert box_iou(np.zeros((0, 4)), two).shape == (0, 2)


def test_unsigned_coordinates_do_not_wrap_around():
    a, b = np.array([200, 200, 250, 250], np.uint8), np.array([0, 0, 10, 10], np.uint8)
    assert box_iou(a, b) == 0


def test_two_boxes_without_area_have_no_iou():
    with pytest.warns(UndefinedMetricWarning, match="without area"):
        assert math.isnan(box_iou([1, 1, 1, 1], [1, 1, 1, 1]))


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([0, 0, 1], "b must hold boxes"),
        ([[0, 0, 1]], "b must hold boxes"),
        (np.zeros((1, 1, 4)), "b must hold boxes"),
        ([[0, 0, 1, 1], [2, 0, 1, 1]], r"b must hold boxes with x1 <= x2.*index 1"),
        ([0, 0, np.nan, 1], "b contains NaN"),
        ([0, 0, np.inf, 1], "b contains infinity"),
        ("0011", "'b'"),
    ],
)
def test_wrong_boxes_are_refused(boxes, message):
    with pytest.raises(ValueError, match=message):
        box_iou([0, 0, 1, 1], boxes)


@pytest.mark.slow
@given(st.data())
def test_mask_iou_is_that_of_pycocotools(data):
    coco = pytest.importorskip("pycocotools.mask")
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    n, m = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    a, b = (data.draw(arrays(np.uint8, (k, height, width), elements=st.integers(0, 1))) for k in (n, m))
    a[:, 0, 0] = 1  # never two empty masks
    encoded = [coco.encode(np.asfortranarray(x.transpose(1, 2, 0))) for x in (a, b)]
    np.testing.assert_allclose(mask_iou(a, b), coco.iou(*encoded, [0] * m), rtol=1e-15)


def test_mask_iou_counts_every_pixel_of_large_masks():
    mask = np.ones((3, PIXELS), dtype=bool)
    other = mask.copy()
    other[1:] = False
    assert mask_iou(mask, other) == 1 / 3
    assert mask_iou([mask, other], other).tolist() == [1 / 3, 1]
    assert mask_iou(mask, [mask, other]).tolist() == [1, 1 / 3]
    assert mask_iou([mask, other], []).shape == (2, 0)


def test_two_empty_masks_have_no_iou():
    empty = np.zeros((2, 2), bool)
    with pytest.warns(UndefinedMetricWarning):
        assert math.isnan(mask_iou(empty, empty))
    assert mask_iou(empty, ~empty) == 0


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([[0, 255]], "b must hold masks of 0 and 1, got 255"),
        ([[0.2, 0.9]], "got 0.2"),
        ([[0, np.nan]], "b contains NaN"),
        ([0, 1], "b must have shape"),
        ([[0, 1, 1]], "different sizes"),
    ],
)
def test_wrong_masks_are_refused(mask, message):
    with pytest.raises(ValueError, match=message):
        mask_iou([[0, 1]], mask)


# ---------------------------------------------------------------------------------------------------- average precision
def area_by_definition(matches, n_truth):
    """Integrate the greatest precision at a recall of at least r over r, one true object at a time."""
    curve = [(sum(matches[: i + 1]) / n_truth, sum(matches[: i + 1]) / (i + 1)) for i in range(len(matches))]
    steps = [max([p for r, p in curve if r >= k / n_truth - 1e-9], default=0) for k in range(1, n_truth + 1)]
    return sum(steps) / n_truth


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 5))
def test_every_point_is_the_area_under_the_envelope(matches, missed):
    n_truth = max(1, sum(matches) + missed)
    assert average_precision(matches, n_truth) == pytest.approx(area_by_definition(matches, n_truth), abs=1e-12)


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5), st.sampled_from([11, 101]))
def test_recall_points_average_the_envelope(matches, missed, points):
    n_truth = sum(matches) + missed
    hits = np.cumsum(matches)
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / n_truth
    heights = [max(precision[recall >= r], default=0) for r in np.linspace(0, 1, points)]
    assert average_precision(matches, n_truth, recall_points=points) == pytest.approx(np.mean(heights), abs=1e-12)


@given(st.lists(st.booleans(), min_size=1, max_size=30).filter(any))
def test_the_envelope_never_lowers_scikit_learns_value(matches):
    sklearn = pytest.importorskip("sklearn.metrics")
    without = sklearn.average_precision_score(matches, -np.arange(len(matches)))
    value = average_precision(matches, sum(matches))
    assert value >= without - 1e-12
    if value == pytest.approx(without):
        return
    assert np.any(np.diff(np.cumsum(matches) / np.arange(1, len(matches) + 1)) > 0)  # there were teeth to fill


@pytest.mark.parametrize(
    ("matches", "n_truth", "expected"),
    [([1, 1], 2, 1.0), ([1], 2, 0.5), ([0, 0], 2, 0.0), ([], 3, 0.0), ([0, 1], 1, 0.5), ([0, 1, 1], 2, 2 / 3)],
)
def test_average_precision_by_hand(matches, n_truth, expected):
    value = average_precision(np.array(matches, dtype=float), np.int64(n_truth))
    assert type(value) is float
    assert value == pytest.approx(expected)


def test_nothing_detected_is_zero_for_recall_points_too():
    assert average_precision([], 3, recall_points=101) == 0


def test_without_truth_average_precision_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="without true objects"):
        assert math.isnan(average_precision([0, 0], 0))


@pytest.mark.parametrize(
    ("matches", "n_truth", "points", "message"),
    [
        ([1, 1], 1, None, "2 matches but n_truth is 1"),
        ([0.5], 1, None, "is_match must hold 0 and 1, got 0.5"),
        ([np.nan], 1, None, "is_match contains NaN"),
        ([[1]], 1, None, "is_match must be one-dimensional"),
        ([1], -1, None, "n_truth must be at least 0"),
        ([1], 1.5, None, "n_truth must be a whole number"),
        ([1], 1, 1, "recall_points must be at least 2"),
        ([1], 1, "coco", "recall_points must be a whole number"),
    ],
)
def test_wrong_arguments_of_average_precision_are_refused(matches, n_truth, points, message):
    with pytest.raises(ValueError, match=message):
        average_precision(matches, n_truth, recall_points=points)
