"""The kinds of input a user has, and the messages for those that cannot be scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn.metrics

import evalkit
from evalkit import (
    InvalidParameterError,
    accuracy_score,
    by_group,
    confusion_matrix,
    f1_score,
    log_loss,
    mean_squared_error,
    roc_auc_score,
)
from evalkit.streaming import LabelCounts

TRUTH, CALLED = [0, 1, 1, 2, 0], [0, 1, 2, 2, 1]
NAMES = np.array(["ant", "bee", "cat"])

CONTAINERS = {
    "tuple": tuple,
    "column vector": lambda v: np.array(v).reshape(-1, 1),
    "strided": lambda v: np.repeat(v, 2)[::2],
    "big-endian": lambda v: np.array(v, dtype=">i4"),
    "float16": lambda v: np.array(v, dtype=np.float16),
    "uint64": lambda v: np.array(v, dtype=np.uint64),
    "read-only": lambda v: np.frombuffer(np.array(v, dtype=np.int64).tobytes(), dtype=np.int64),
    "Series": pd.Series,
    "objects": lambda v: np.array(v, dtype=object),
    "Series after dropna": lambda v: pd.Series([None, *v], dtype=object).dropna(),
    "objects of floats": lambda v: pd.Series([*map(float, v)], dtype=object),
    "nullable Series": lambda v: pd.Series(v, dtype="Int64"),
    "categorical": lambda v: pd.Series(v).astype("category"),
    "Index": pd.Index,
    "DataFrame column": lambda v: pd.DataFrame({"y": v})[["y"]],
    "pyarrow": pa.array,
    "pyarrow chunks": lambda v: pa.chunked_array([v[:2], v[2:]]),
}
TEXT = {
    "array": np.array,
    "bytes order": lambda v: np.array(v).astype(np.array(v).dtype.newbyteorder(">")),
    "object": lambda v: np.array(v, dtype=object),
    "StringDType": lambda v: np.array(v, dtype=np.dtypes.StringDType()),
    "Series": pd.Series,
    "categorical": lambda v: pd.Series(v).astype("category"),
    "pyarrow": pa.array,
    "pyarrow dictionary": lambda v: pa.array(v).dictionary_encode(),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_of_numbers(container):
    convert = CONTAINERS[container]
    expected = [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert confusion_matrix(convert(TRUTH), convert(CALLED)).tolist() == expected
    assert confusion_matrix(convert(TRUTH), CALLED).tolist() == expected
    assert mean_squared_error(convert(TRUTH), convert(CALLED)) == 0.4


@pytest.mark.parametrize("container", TEXT)
def test_containers_of_text(container):
    convert = TEXT[container]
    truth, called = NAMES[TRUTH].tolist(), NAMES[CALLED].tolist()
    expected = [[1, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert confusion_matrix(convert(truth), convert(called)).tolist() == expected
    assert confusion_matrix(truth, convert(called)).tolist() == expected


TRUTH_VALUES = {
    "list": list,
    "objects": lambda v: np.array(v, dtype=object),
    "Series after dropna": lambda v: pd.Series([None, *v]).dropna(),
    "nullable Series": lambda v: pd.Series(v, dtype="boolean"),
    "nullable after dropna": lambda v: pd.Series([None, *v], dtype="boolean").dropna(),
    "pyarrow Series": lambda v: pd.Series(v, dtype="bool[pyarrow]"),
    "categorical": lambda v: pd.Series(v).astype("category"),
    "pyarrow": pa.array,
    "pyarrow chunks": lambda v: pa.chunked_array([v[:2], v[2:]]),
}


@pytest.mark.parametrize("container", TRUTH_VALUES)
def test_containers_of_truth_values(container):
    convert = TRUTH_VALUES[container]
    truth, called, score = [True, False, False, True], [True, True, False, True], [0.9, 0.4, 0.1, 0.3]
    assert f1_score(convert(truth), convert(called)) == f1_score(truth, [1, 1, 0, 1]) == 0.8
    assert roc_auc_score(convert(truth), score) == 0.75
    assert log_loss(convert(truth), score) == log_loss([1, 0, 0, 1], score)
    assert mean_squared_error(convert(truth), [1, 0, 0, 1]) == 0
    table = LabelCounts(labels=[False, True]).update(convert(truth), convert(called)).compute().table
    assert table.tolist() == [[1, 1], [0, 2]]


MISSING = {
    "None in a list": [True, None, False],
    "nullable": pd.Series([True, None, False], dtype="boolean"),
    "nullable array": pd.array([True, None, False], dtype="boolean"),
    "pyarrow": pa.array([True, None, False]),
    "pyarrow Series": pd.Series([True, None, False], dtype="bool[pyarrow]"),
    "objects": pd.Series([1, None, 0], dtype=object),
    "first": np.array([None, "b", "a"], dtype=object),
    "text": pd.Series(["a", None, "b"]),
    "text of pyarrow": pa.array(["a", None, "b"]),
    "text and NaN": np.array(["a", np.nan, "b"], dtype=object),
}


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("metric", [accuracy_score, roc_auc_score, log_loss])
def test_a_missing_value_is_named(metric, kind):
    labels = MISSING[kind]
    index, other = (0 if kind == "first" else 1), ["a", "b", "a"] if "text" in kind or kind == "first" else [1, 0, 1]
    named = f" contains missing values. First at index {index}: (None|nan|<NA>)"
    with pytest.raises(ValueError, match="y_true" + named):
        metric(labels, other if metric is accuracy_score else [0.9, 0.2, 0.8])
    with pytest.raises(ValueError, match="by" + named):
        by_group(accuracy_score, [1, 0, 1], [1, 1, 1], by=labels)


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    truth, called = torch.tensor(TRUTH), torch.tensor(CALLED)
    assert accuracy_score(truth, called) == 0.6
    scores = truth.to(torch.bfloat16).requires_grad_()
    assert mean_squared_error(scores, called) == 0.4


# Messages are read by learners: each names the argument at fault.
@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0.0, np.nan], r"y_pred contains NaN\. First at index 1"),
        ([0, np.inf], [0, 1], r"y_true contains infinity.*index 1"),
        ([0, 1], [0], r"\[2, 1\] \(y_true, y_pred\)"),
        ([], [], r"empty input array.*`y_true` or `y_pred`"),
        (["a", 1], ["a", "b"], "string and number.*y_true"),
        (["a", "b"], [1, 2], "string and number.*y_true.*y_pred"),
        (np.array(["a", 1], dtype=object), ["a", "b"], "y_true must hold text only: found 1 of type int at index 1"),
        (np.array([1, "a"], dtype=object), ["a", "b"], "string and number.*y_true"),
        (np.array([2**70, 1], dtype=object), [1, 1], "y_true holds whole numbers beyond 64 bits"),
        (np.array(["a", None], dtype=object), ["a", "b"], r"y_true contains missing values\. First at index 1: None"),
        (["a", "b"], pd.Series(["a", None], dtype=object), r"y_pred contains missing values\. First at index 1"),
        (pd.Series([1, None], dtype="Int64"), [1, 1], "y_true"),
        (pa.array([1, None]), [1, 1], "y_true contains NaN"),
        (np.ma.masked_array([1, 2], [False, True]), [1, 2], "y_true has masked"),
        ([[1, 2], [3]], [1, 2], "y_true is not a regular array"),
        ({1, 2}, [1, 2], "'y_true' parameter must be an array-like"),
        (np.array([2**64 - 1], dtype=np.uint64), [1], "y_true holds labels above"),
        (np.array(["2020-01-01"], dtype="M8[D]"), [1], "y_true has dtype"),
        ([1 + 1j], [1], "y_true has dtype complex"),
        (2 * scipy.sparse.eye_array(2).tocsr(), [[1, 0], [0, 1]], "y_true is a sparse matrix with other values"),
    ],
)
def test_messages_name_the_argument(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        accuracy_score(y_true, y_pred)


def test_a_wrong_kind_of_argument_is_a_type_error_too():
    assert issubclass(InvalidParameterError, TypeError)
    with pytest.raises(TypeError, match="y_true"):
        accuracy_score(3, [3])


class Foreign:
    """An array of another library, of which only the protocol of DLPack is known."""

    def __init__(self, values, device=1):
        self._values, self._device, self.moves = np.asarray(values), device, 0

    def __dlpack_device__(self):
        return self._device, 0

    def __dlpack__(self, *, dl_device=None, **options):
        if self._device != 1:
            assert dl_device == (1, 0)  # asked to move it into memory
            self.moves += 1
        return self._values.__dlpack__(**options)


class OnDevice(Foreign):
    """CuPy's arrays refuse to be moved silently."""

    def __len__(self):
        return len(self._values)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


@pytest.mark.parametrize("make", [Foreign, lambda v: Foreign(v, device=2), lambda v: OnDevice(v, device=2)])
def test_dlpack(make):
    truth = make(TRUTH)
    assert accuracy_score(truth, CALLED) == 0.6
    assert truth.moves == (truth.__dlpack_device__()[0] != 1)
    assert mean_squared_error(np.asarray(TRUTH, float), make(np.asarray(CALLED, float))) == 0.4


def test_sparse_indicators():
    rng = np.random.default_rng(0)
    truth, called = rng.integers(0, 2, (2, 40, 5))
    truth[:, 0] = called[:, 0] = 1  # every row has a label, so that every score is defined
    for sparse in (scipy.sparse.csr_array, scipy.sparse.coo_matrix):
        for name in ("accuracy_score", "f1_score", "hamming_loss", "jaccard_score", "classification_report"):
            options = {"average": "macro"} if name in ("f1_score", "jaccard_score") else {}
            expected = getattr(sklearn.metrics, name)(scipy.sparse.csr_matrix(truth), called, **options)
            actual = getattr(evalkit, name)(sparse(truth), sparse(called.astype(float)), **options)
            assert actual == pytest.approx(expected) if options else actual == expected
    assert evalkit.coverage_error(scipy.sparse.csr_array(truth), rng.random((40, 5))) > 0


def test_inputs_are_left_as_they_were():
    truth, called, weight = np.array(TRUTH), np.array(CALLED), np.ones(5)
    copies = truth.copy(), called.copy(), weight.copy()
    confusion_matrix(truth, called, sample_weight=weight)
    mean_squared_error(truth, called, sample_weight=weight)
    for now, before in zip((truth, called, weight), copies, strict=True):
        assert np.array_equal(now, before)
