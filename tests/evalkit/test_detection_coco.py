"""Mean average precision, checked against pycocotools and torchmetrics."""

from __future__ import annotations

import contextlib
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import UndefinedMetricWarning, mean_average_precision

FIGURES = ["map", "map_50", "map_75", "map_small", "map_medium", "map_large"]
FIGURES += ["mar_1", "mar_10", "mar_100", "mar_small", "mar_medium", "mar_large"]


def random_images(seed, n_images, n_classes=3, most=12, size=120, crowds=False, score_steps=0):
    """Images with true boxes, and detections that are shifted copies of them, others of them doubled, or invented."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(n_images):
        n = rng.integers(0, most + 1)
        corner = rng.integers(0, size, (n, 2))
        boxes = np.concatenate([corner, corner + rng.integers(1, size, (n, 2))], axis=1)
        labels = rng.integers(0, n_classes, n)
        truth.append({"boxes": boxes, "labels": labels})
        if crowds:
            truth[-1]["iscrowd"] = (rng.random(n) < 0.2).astype(int)
        copies = rng.integers(0, n, rng.integers(0, 2 * most)) if n else np.zeros(0, int)
        noisy = boxes[copies] + rng.integers(-6, 7, (len(copies), 4))
        noisy[:, 2:] = np.maximum(noisy[:, 2:], noisy[:, :2] + 1)
        invented = rng.integers(0, size, (rng.integers(0, 4), 2))
        noisy = np.concatenate([noisy, np.concatenate([invented, invented + 20], axis=1)])
        guess = np.concatenate([labels[copies], rng.integers(0, n_classes, len(invented))])
        scores = rng.integers(0, score_steps, len(noisy)) / score_steps if score_steps else rng.random(len(noisy))
        found.append({"boxes": noisy, "labels": guess, "scores": scores})
    return truth, found


def pycoco(truth, found, iou_type="bbox"):
    """Return the twelve figures of COCO's own code, nan instead of −1."""
    coco_module = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    mask_module = pytest.importorskip("pycocotools.mask")

    def annotations(scenes):
        rows = []
        for image, scene in enumerate(scenes):
            for i, label in enumerate(scene["labels"]):
                row = {"id": len(rows) + 1, "image_id": image + 1, "category_id": int(label) + 1, "iscrowd": 0}
                if iou_type == "bbox":
                    x1, y1, x2, y2 = map(float, scene["boxes"][i])
                    row |= {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
                else:
                    mask = np.asfortranarray(scene["masks"][i], dtype=np.uint8)
                    row |= {"segmentation": mask_module.encode(mask), "area": float(mask.sum())}
                if "iscrowd" in scene:
                    row["iscrowd"] = int(scene["iscrowd"][i])
                if "area" in scene:
                    row["area"] = float(scene["area"][i])
                if "scores" in scene:
                    row["score"] = float(scene["scores"][i])
                rows.append(row)
        return rows

    def dataset(rows):
        coco = coco_module.COCO()
        labels = {int(label) + 1 for scene in (*truth, *found) for label in scene["labels"]}
        coco.dataset = {
            "images": [{"id": i + 1, "height": 500, "width": 500} for i in range(len(truth))],
            "annotations": rows,
            "categories": [{"id": label} for label in sorted(labels)],
        }
        coco.createIndex()
        return coco

    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = cocoeval.COCOeval(dataset(annotations(truth)), dataset(annotations(found)), iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.where(evaluation.stats == -1, np.nan, evaluation.stats)


def figures(report):
    return np.array([getattr(report, name) for name in FIGURES])


# -------------------------------------------------------------------------------------------------------------- oracles
@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_images=st.integers(1, 6),
    n_classes=st.integers(1, 4),
    most=st.integers(1, 12),
    crowds=st.booleans(),
    score_steps=st.sampled_from([0, 1, 4]),
)
def test_the_twelve_figures_are_those_of_pycocotools(seed, n_images, n_classes, most, crowds, score_steps):
    truth, found = random_images(seed, n_images, n_classes, most, crowds=crowds, score_steps=score_steps)
    expected = pycoco(truth, found)
    if np.isnan(expected[0]):  # no true object at all
        with pytest.warns(UndefinedMetricWarning):
            np.testing.assert_array_equal(figures(mean_average_precision(truth, found)), expected)
        return
    np.testing.assert_allclose(figures(mean_average_precision(truth, found)), expected, rtol=1e-12)


def test_more_detections_than_are_looked_at():
    truth, found = random_images(5, 4, n_classes=1, most=90, size=60)
    assert max(len(scene["scores"]) for scene in found) > 110
    np.testing.assert_allclose(figures(mean_average_precision(truth, found)), pycoco(truth, found), rtol=1e-12)


def test_areas_given_by_the_caller():
    truth, found = random_images(11, 8)
    rng = np.random.default_rng(0)
    for scene in truth:
        scene["area"] = rng.choice([32.0**2, 96.0**2, 5000, 20000], len(scene["labels"]))  # the limits belong to both
    np.testing.assert_allclose(figures(mean_average_precision(truth, found)), pycoco(truth, found), rtol=1e-12)


@pytest.mark.parametrize("crowds", [False, True])
def test_masks(crowds):
    truth, found = random_images(3, 6, size=60, crowds=crowds)
    for scene in (*truth, *found):
        rows, columns = np.mgrid[:130, :140]
        x1, y1, x2, y2 = (side[:, None, None] for side in np.reshape(scene.pop("boxes"), (-1, 4)).T)
        scene["masks"] = (columns >= x1) & (columns < x2) & (rows >= y1) & (rows < y2) & ((rows + columns) % 5 > 0)
        scene["masks"][:, 0, 0] = True
    report = mean_average_precision(truth, found, iou_type="segm")
    assert 0 < report.map < 1
    np.testing.assert_allclose(figures(report), pycoco(truth, found, "segm"), rtol=1e-12)


def test_torchmetrics_agrees_class_by_class():
    torch = pytest.importorskip("torch")
    detection = pytest.importorskip("torchmetrics.detection")
    truth, found = random_images(7, 10, n_classes=4)
    # By default torchmetrics takes the 101 recalls in float32, where 0.2 is more than 1/5: it then misses some points.
    exact = {"iou_thresholds": np.linspace(0.5, 0.95, 10).tolist(), "rec_thresholds": np.linspace(0, 1, 101).tolist()}
    metric = detection.MeanAveragePrecision(class_metrics=True, **exact)

    def tensors(scenes):
        kinds = {"boxes": torch.float32, "labels": torch.int64, "scores": torch.float64}
        return [{k: torch.as_tensor(np.asarray(v)).to(kinds[k]) for k, v in scene.items()} for scene in scenes]

    metric.update(tensors(found), tensors(truth))
    expected = metric.compute()
    report = mean_average_precision(truth, found)
    np.testing.assert_allclose(figures(report), [expected[name].item() for name in FIGURES], rtol=1e-6)
    assert report.classes == tuple(expected["classes"].tolist())
    np.testing.assert_allclose(report.map_per_class, expected["map_per_class"], rtol=1e-6)
    np.testing.assert_allclose(report.mar_100_per_class, expected["mar_100_per_class"], rtol=1e-6)
    assert report == mean_average_precision(tensors(truth), tensors(found))  # tensors are welcome


# ----------------------------------------------------------------------------------------------------------- edge cases
BOX = [0, 0, 10, 10]
FAR = [50, 50, 60, 60]


def image(boxes, labels, scores=None, **more):
    return {"boxes": boxes, "labels": labels} | ({} if scores is None else {"scores": scores}) | more


def test_perfect_detections():
    truth = [image([BOX, FAR], ["cat", "dog"]), image([], [])]
    found = [image([BOX, FAR], ["cat", "dog"], [0.5, 0.1]), image([], [], [])]
    report = mean_average_precision(truth, found)
    assert report.map == report.map_75 == report.mar_100 == report.map_small == 1
    assert report.classes == ("cat", "dog")
    assert report.n_truth == (1, 1)
    assert math.isnan(report.map_large)
    assert math.isnan(report.mar_medium)


def test_false_alarms_of_a_class_without_truth_are_reported_though_not_scored():
    truth = [image([BOX], ["cat"])]
    found = [image([BOX, BOX, FAR], ["cat", "dog", "dog"], [0.3, 0.9, 0.8])]
    report = mean_average_precision(truth, found)
    assert report.map == 1
    assert report.unscored_detections == {"dog": 2}
    assert report.n_truth == (1, 0)
    assert math.isnan(report.map_per_class[1])
    assert math.isnan(report.mar_100_per_class[1])


def test_equal_scores_keep_the_order_given_and_the_range_is_reported():
    truth = [image([BOX], [0])]
    hit_first = mean_average_precision(truth, [image([BOX, FAR], [0, 0], [0.5, 0.5])])
    alarm_first = mean_average_precision(truth, [image([FAR, BOX], [0, 0], [0.5, 0.5])])
    assert (hit_first.map, alarm_first.map) == (1, 0.5)
    assert hit_first.map_ties == alarm_first.map_ties == (0.5, 1)


@pytest.mark.parametrize("score_steps", [0, 1, 3])
def test_the_value_lies_in_the_range_of_ties(score_steps):
    report = mean_average_precision(*random_images(2, 8, score_steps=score_steps))
    low, high = report.map_ties
    assert low - 1e-12 <= report.map <= high + 1e-12
    assert (low < high) == (score_steps > 0)


def test_a_true_object_is_matched_once():
    report = mean_average_precision([image([BOX], [0])], [image([BOX, BOX], [0, 0], [0.9, 0.8])])
    assert report.map == 1  # the second is a false alarm, but the recall was complete before it
    report = mean_average_precision([image([BOX, FAR], [0, 0])], [image([BOX, BOX, FAR], [0] * 3, [0.9, 0.8, 0.7])])
    assert report.map == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_an_overlap_equal_to_the_threshold_is_a_match():
    report = mean_average_precision([image([[0, 0, 10, 10]], [0])], [image([[0, 0, 10, 5]], [0], [1])])
    assert report.map_50 == 1
    assert report.map == pytest.approx(0.1)


def test_boxes_without_area_match_nothing():
    point = [[3, 3, 3, 3]]
    assert mean_average_precision([image(point, [0])], [image(point, [0], [1])]).map == 0


def test_without_any_truth_everything_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="without true objects"):
        report = mean_average_precision([image([], [])], [image([BOX], [1], [0.5])])
    assert np.isnan(figures(report)).all()
    assert report.unscored_detections == {1: 1}


def test_a_class_of_crowds_only_is_not_scored():
    with pytest.warns(UndefinedMetricWarning):
        report = mean_average_precision([image([BOX], [0], iscrowd=[1])], [image([BOX], [0], [0.5])])
    assert math.isnan(report.map)
    assert report.n_truth == (0,)


def test_unsigned_scores_are_ranked_as_numbers():
    found = [image([FAR, BOX], [0, 0], np.array([0, 200], np.uint8))]
    assert mean_average_precision([image([BOX], [0])], found).map == 1


@pytest.mark.parametrize(
    ("truth", "found", "message"),
    [
        ([], [], "empty"),
        ([image([BOX], [0])], [], "y_true has 1 images and y_pred 0"),
        (image([BOX], [0]), image([BOX], [0], [1]), "y_true must be a list of dicts"),
        ([image([BOX], [0], [1])], [image([BOX], [0])], r"y_pred\[0\] has no 'scores'. The true objects come first"),
        ([{"boxes": [BOX]}], [image([BOX], [0], [1])], r"y_true\[0\] has no 'labels'"),
        ([image([BOX], [0, 1])], [image([BOX], [0], [1])], r"y_true\[0\]\['labels'\] must have one value"),
        ([image([BOX], [0])], [image([BOX], [0], [np.nan])], r"y_pred\[0\]\['scores'\] contains NaN"),
        ([image([BOX], [0])], [image([[9, 0, 1, 1]], [0], [1])], r"y_pred\[0\]\['boxes'\] must hold boxes with x1"),
        ([image([BOX], [0])], [image([BOX], ["cat"], [1])], "Mix of label input types"),
        ([image([BOX], [np.nan])], [image([BOX], [0], [1])], r"y_true\[0\]\['labels'\] contains NaN"),
        ([image([BOX], [0], area=[np.inf])], [image([BOX], [0], [1])], r"\['area'\] contains infinity"),
    ],
)
def test_wrong_input_is_refused(truth, found, message):
    with pytest.raises(ValueError, match=message):
        mean_average_precision(truth, found)


def test_masks_of_different_sizes_are_refused():
    truth = [{"masks": np.ones((1, 2, 2), bool), "labels": [0]}]
    found = [{"masks": np.ones((1, 2, 3), bool), "labels": [0], "scores": [1]}]
    with pytest.raises(ValueError, match="masks of image 0 have different sizes"):
        mean_average_precision(truth, found, iou_type="segm")


def test_an_unknown_iou_type_is_refused():
    with pytest.raises(ValueError, match="'iou_type' parameter must be one of 'bbox', 'segm'"):
        mean_average_precision([], [], iou_type="keypoints")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("box_format", ["xyxy", "xywh", "cxcywh"])
def test_thresholds_limits_and_formats_are_torchmetrics(box_format, seed):
    torch = pytest.importorskip("torch")
    detection = pytest.importorskip("torchmetrics.detection")
    pytest.importorskip("pycocotools")
    from torchvision.ops import box_convert

    truth, found = random_images(seed, 6)
    thresholds, limits = [0.3, 0.5, 0.62], [2, 5, 20]
    for scene in (*truth, *found):
        scene["boxes"] = box_convert(torch.tensor(scene["boxes"], dtype=torch.float64), "xyxy", box_format).numpy()
    oracle = detection.MeanAveragePrecision(
        box_format=box_format,
        iou_thresholds=thresholds,
        max_detection_thresholds=limits,
        rec_thresholds=np.linspace(0, 1, 101).tolist(),  # by default they are rounded to float32
    )
    oracle.warn_on_many_detections = False
    as_tensors = [
        [{key: torch.as_tensor(np.asarray(values)) for key, values in scene.items()} for scene in scenes]
        for scenes in (found, truth)
    ]
    oracle.update(*as_tensors)
    expected = {key: float(value) for key, value in oracle.compute().items() if key != "classes"}
    report = mean_average_precision(
        truth, found, iou_thresholds=thresholds, max_detections=limits, box_format=box_format
    )
    assert list(report.mar_at) == limits
    for limit in limits:
        assert report.mar_at[limit] == pytest.approx(expected[f"mar_{limit}"], abs=1e-6)
    assert report.map_50 == pytest.approx(expected["map_50"], abs=1e-6)
    # torchmetrics says −1 for `map` here, because pycocotools looks for 100 detections.
    each = [
        mean_average_precision(truth, found, iou_thresholds=[t], max_detections=limits, box_format=box_format).map
        for t in thresholds
    ]
    assert report.map == pytest.approx(np.mean(each))
    assert each[1] == report.map_50
    assert math.isnan(report.map_75)
    assert math.isnan(report.mar_100)
    assert np.mean(report.mar_per_class) == pytest.approx(report.mar_at[20])


@pytest.mark.parametrize(
    "options",
    [
        {"iou_thresholds": []},
        {"iou_thresholds": [0.5, 1.5]},
        {"iou_thresholds": 0.5},
        {"max_detections": [10, 1]},
        {"max_detections": []},
        {"max_detections": [0.5]},
        {"box_format": "xxyy"},
    ],
)
def test_options_out_of_range(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        mean_average_precision([{"boxes": [], "labels": []}], [{"boxes": [], "labels": [], "scores": []}], **options)


def test_a_box_of_negative_size():
    with pytest.raises(ValueError, match=r"y_true\[0\]\['boxes'\] must hold boxes whose width"):
        mean_average_precision(
            [{"boxes": [[0, 0, -1, 2]], "labels": [0]}],
            [{"boxes": [], "labels": [], "scores": []}],
            box_format="xywh",
        )
