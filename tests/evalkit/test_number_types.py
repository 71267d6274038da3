"""Every number type gives the value of the same numbers in float64: half precision, bfloat16, and their edges.

A number of a narrow type is a number of float64 too, so there is nothing to round. What goes wrong in other libraries
are sums in the narrow type, thresholds that meet edges, and bins of exactly 1.
"""

from __future__ import annotations

import warnings
from itertools import permutations

import numpy as np
import pytest

import evalkit
from evalkit import streaming

N = 3000  # more rows than float16 has whole numbers in a row
CLASSES = 4


def torch_bfloat16(values):
    torch = pytest.importorskip("torch")
    return torch.tensor(np.asarray(values), dtype=torch.bfloat16)


def torch_float16(values):
    torch = pytest.importorskip("torch")
    return torch.tensor(np.asarray(values), dtype=torch.float16)


def ml_bfloat16(values):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    return np.asarray(values).astype(ml_dtypes.bfloat16)


TYPES = {
    "float16": lambda values: np.asarray(values, np.float16),
    "float32": lambda values: np.asarray(values, np.float32),
    "float64": lambda values: np.asarray(values, np.float64),
    "torch float16": torch_float16,
    "torch bfloat16": torch_bfloat16,
    "ml_dtypes bfloat16": ml_bfloat16,
}
EPS = {"float16": 2.0**-10, "float32": 2.0**-23, "float64": 2.0**-52, "bfloat16": 2.0**-7}


def in_float64(values):
    return np.asarray(values.float() if hasattr(values, "detach") else values).astype(np.float64)


def edges(name):
    """0 and 1, and what lies beside them: the next number, and the smallest one that is not zero."""
    eps = EPS[name.split()[-1]]
    return [0.0, 1.0, 1.0 - eps / 2, 2.0**-14, eps, 0.5, 0.5 + eps / 2]


def of_two_classes(name, rng):
    proba = np.append(rng.random(N), np.repeat(edges(name), 20))
    return rng.integers(0, 2, len(proba)), proba


def of_classes(name, rng):
    logits = 3 * rng.normal(size=(N, CLASSES))
    proba = np.exp(logits)
    proba /= proba.sum(axis=1, keepdims=True)
    corner = np.eye(CLASSES)[rng.integers(0, CLASSES, 50)]
    return rng.integers(0, CLASSES, N + 50), np.concatenate([proba, corner])


def numbers(name, rng):
    truth = np.append(rng.uniform(0.5, 90, N), [0.5, 1.0, 2.0])
    return truth, truth + rng.normal(size=len(truth)) / 4


def streamed(make, *arrays):
    accumulator = make()
    for start in range(0, len(arrays[0]), 700):
        accumulator.update(*(array[start : start + 700] for array in arrays))
    return accumulator.compute()


def of(accumulator, **settings):
    return lambda *arrays: streamed(lambda: accumulator(**settings), *arrays)


PROBABILITIES = {
    name: getattr(evalkit, name)
    for name in (
        "average_precision_score",
        "brier_score_loss",
        "calibration_curve",
        "confusion_matrix_at_thresholds",
        "d2_brier_score",
        "d2_log_loss_score",
        "det_curve",
        "expected_calibration_error",
        "hinge_loss",
        "log_likelihood",
        "log_loss",
        "precision_recall_curve",
        "roc_auc_score",
        "roc_curve",
    )
} | {
    "top_k_accuracy_score": lambda y, p: evalkit.top_k_accuracy_score(y, p, k=1),
    "calibration_curve quantile": lambda y, p: evalkit.calibration_curve(y, p, strategy="quantile"),
    "many bins": lambda y, p: evalkit.expected_calibration_error(y, p, n_bins=100),
    "partial area": lambda y, p: evalkit.roc_auc_score(y, p, max_fpr=0.2),
    "precision_at_k": lambda y, p: evalkit.precision_at_k(y, p, 500),
    "from_scores": lambda y, p: evalkit.ConfusionMatrix.from_scores(y, p, 0.5).table,
    "Calibration": of(streaming.Calibration),
    "Calibration of many bins": of(streaming.Calibration, n_bins=100),
    "LogLoss": of(streaming.LogLoss),
    "ExactAUC": of(streaming.ExactAUC),
    "BinnedAUC": of(streaming.BinnedAUC),
}
OF_CLASSES = {
    "brier_score_loss": evalkit.brier_score_loss,
    "expected_calibration_error": evalkit.expected_calibration_error,
    "log_loss": evalkit.log_loss,
    "average_precision_score": evalkit.average_precision_score,
    "top_k_accuracy_score": evalkit.top_k_accuracy_score,
    "TopLabelCalibration": of(streaming.TopLabelCalibration, labels=range(CLASSES)),
    "LogLoss": of(streaming.LogLoss, num_classes=CLASSES),
    "TopK": of(streaming.TopK, k=2, num_classes=CLASSES),
    "ndcg_score": lambda y, p: evalkit.ndcg_score(np.eye(CLASSES)[y], p),
    "dcg_score": lambda y, p: evalkit.dcg_score(np.eye(CLASSES)[y], p),
    "coverage_error": lambda y, p: evalkit.coverage_error(np.eye(CLASSES, dtype=int)[y], p),
    "label_ranking_loss": lambda y, p: evalkit.label_ranking_loss(np.eye(CLASSES, dtype=int)[y], p),
    "label_ranking_average_precision_score": lambda y, p: evalkit.label_ranking_average_precision_score(
        np.eye(CLASSES, dtype=int)[y], p
    ),
}
OF_NUMBERS = {
    name: getattr(evalkit, name)
    for name in (
        "d2_absolute_error_score",
        "d2_pinball_score",
        "d2_tweedie_score",
        "explained_variance_score",
        "max_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_gamma_deviance",
        "mean_pinball_loss",
        "mean_poisson_deviance",
        "mean_squared_error",
        "mean_squared_log_error",
        "mean_tweedie_deviance",
        "median_absolute_error",
        "r2_score",
        "root_mean_squared_error",
        "root_mean_squared_log_error",
    )
} | {"Regression": of(streaming.Regression), "auc": lambda y, p: evalkit.auc(np.sort(in_float64(y)), p)}
CASES = [
    *((name, metric, of_two_classes) for name, metric in PROBABILITIES.items()),
    *((name, metric, of_classes) for name, metric in OF_CLASSES.items()),
    *((name, metric, numbers) for name, metric in OF_NUMBERS.items()),
]


def flat(value):
    """All numbers of a result, whatever its shape."""
    if hasattr(value, "__dataclass_fields__"):
        return flat(tuple(vars(value).values()))
    if isinstance(value, tuple | list):
        return np.concatenate([flat(part) for part in value])
    return np.ravel(value).astype(np.float64)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("name", "metric", "data"), CASES, ids=[f"{n}-{d.__name__}" for n, _, d in CASES])
def test_a_narrow_type_has_the_value_of_its_numbers(name, metric, data, kind):
    truth, given = data(kind, np.random.default_rng(7))
    given = TYPES[kind](given)
    if data is numbers:
        truth = TYPES[kind](truth)
    actual = metric(truth, given)  # a warning is an error here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rounded probabilities do not add up to one as those of float64 should
        expected = metric(in_float64(truth) if data is numbers else truth, in_float64(given))
    # The difference of two float32 numbers is rounded to float32, as in scikit-learn.
    rtol = 1e-6 if data is numbers and kind == "float32" else 1e-12
    np.testing.assert_allclose(flat(actual), flat(expected), rtol=rtol, atol=1e-300)


def areas(y_true, y_score):
    """What "ovr" and "ovo" are the means of, one binary area after the other."""
    rest = [evalkit.roc_auc_score(y_true == k, y_score[:, k]) for k in range(CLASSES)]
    pairs = []
    for a, b in permutations(range(CLASSES), 2):
        both = (y_true == a) | (y_true == b)
        pairs.append(evalkit.roc_auc_score(y_true[both] == a, y_score[both, a]))
    return {"ovr": np.mean(rest), "ovo": np.mean(pairs)}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
def test_areas_of_softmax(multi_class, kind):
    truth, proba = of_classes(kind, np.random.default_rng(8))
    given = TYPES[kind](proba)
    expected = areas(truth, in_float64(given))[multi_class]
    assert evalkit.roc_auc_score(truth, given, multi_class=multi_class) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", TYPES)
def test_what_does_not_add_up_in_its_own_precision_is_still_said(kind):
    truth, proba = [0, 1, 2, 0], np.tile([0.5, 0.5, 0.25], (4, 1))
    with pytest.raises(ValueError, match="sum up to 1"):
        evalkit.roc_auc_score(truth, TYPES[kind](proba), multi_class="ovr")
    for metric in (evalkit.log_loss, evalkit.brier_score_loss, streaming.LogLoss(num_classes=3).update):
        with pytest.warns(UserWarning, match="do not sum to one"):
            metric(truth, TYPES[kind](proba))


def test_float32_is_not_given_the_tolerance_of_half_precision():
    proba = np.array([[0.5, 0.502], [0.5, 0.502]])
    for kind in ("float16", "torch bfloat16"):
        evalkit.log_loss([0, 1], TYPES[kind](proba))
    for kind in ("float32", "float64"):
        with pytest.warns(UserWarning, match="do not sum to one"):
            evalkit.log_loss([0, 1], TYPES[kind](proba))


@pytest.mark.parametrize("kind", ["float16", "float32", "torch bfloat16"])
def test_weights_are_added_up_in_float64(kind):
    rng = np.random.default_rng(9)
    weight = TYPES[kind](rng.uniform(30, 60, N))  # their sum is beyond float16
    wide = in_float64(weight)
    truth, called, score = rng.integers(0, 3, N), rng.integers(0, 3, N), rng.random((N, 3))
    several = rng.integers(0, 2, (2, N, 3))
    for metric, *rows in (
        (evalkit.accuracy_score, truth, called),
        (evalkit.accuracy_score, *several),
        (evalkit.confusion_matrix, truth, called),
        (evalkit.precision_recall_fscore_support, truth, called),
        (evalkit.top_k_accuracy_score, truth, score),
        (evalkit.mean_squared_error, truth, score[:, 0]),
        (evalkit.average_precision_score, several[0], score),
        (evalkit.roc_auc_score, several[0], score),
        (evalkit.brier_score_loss, truth, score / score.sum(axis=1, keepdims=True)),
    ):
        actual, expected = metric(*rows, sample_weight=weight), metric(*rows, sample_weight=wide)
        np.testing.assert_array_equal(flat(actual[:3]) if isinstance(actual, tuple) else actual, flat(expected[:3])
                                      if isinstance(expected, tuple) else expected)  # fmt: skip
    weighted = evalkit.average_precision_score(several[0], score, average="weighted", sample_weight=weight)
    assert weighted == evalkit.average_precision_score(several[0], score, average="weighted", sample_weight=wide)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_a_column_of_certainties_in_a_file(kind, tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from evalkit.distributed import evaluate

    truth, proba = of_two_classes(kind, np.random.default_rng(10))
    proba = TYPES[kind](proba)
    parquet.write_table(pa.table({"y": truth, "p": proba}), tmp_path / "rows.parquet")
    metrics = {"calibration": streaming.Calibration(), "loss": streaming.LogLoss(), "area": streaming.BinnedAUC()}
    columns = {name: streaming.Bundle({name: metric}, columns=("truth", "score")) for name, metric in metrics.items()}
    result = evaluate(tmp_path / "rows.parquet", truth="y", score="p", metrics=metrics, progress=False)
    for name, metric in columns.items():
        expected = metric.update(truth, in_float64(proba)).compute()[name]
        np.testing.assert_allclose(flat(result.metrics[name]), flat(expected), rtol=1e-12)


def test_unsigned_numbers_do_not_wrap_around():
    falling = np.array([4, 2, 0], np.uint8)
    assert evalkit.auc(falling, np.array([1, 3, 5], np.uint8)) == evalkit.auc([4, 2, 0], [1, 3, 5]) == 12
