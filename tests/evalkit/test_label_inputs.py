"""The kinds of input a user has, and the messages for those that cannot be scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse

from evalkit import InvalidParameterError, accuracy_score, confusion_matrix, mean_squared_error

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
        (np.array(["a", None], dtype=object), ["a", "b"], "y_true must hold text only: found None"),
        (["a", "b"], pd.Series(["a", None], dtype=object), "y_pred must hold text only: found"),
        (pd.Series([1, None], dtype="Int64"), [1, 1], "y_true"),
        (pa.array([1, None]), [1, 1], "y_true contains NaN"),
        (np.ma.masked_array([1, 2], [False, True]), [1, 2], "y_true has masked"),
        ([[1, 2], [3]], [1, 2], "y_true is not a regular array"),
        ({1, 2}, [1, 2], "'y_true' parameter must be an array-like"),
        (np.array([2**64 - 1], dtype=np.uint64), [1], "y_true holds labels above"),
        (np.array(["2020-01-01"], dtype="M8[D]"), [1], "y_true has dtype"),
        ([1 + 1j], [1], "y_true has dtype complex"),
        (scipy.sparse.eye_array(2).tocsr(), [[1, 0], [0, 1]], "y_true is a sparse matrix"),
    ],
)
def test_messages_name_the_argument(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        accuracy_score(y_true, y_pred)


def test_a_wrong_kind_of_argument_is_a_type_error_too():
    assert issubclass(InvalidParameterError, TypeError)
    with pytest.raises(TypeError, match="y_true"):
        accuracy_score(3, [3])


def test_inputs_are_left_as_they_were():
    truth, called, weight = np.array(TRUTH), np.array(CALLED), np.ones(5)
    copies = truth.copy(), called.copy(), weight.copy()
    confusion_matrix(truth, called, sample_weight=weight)
    mean_squared_error(truth, called, sample_weight=weight)
    for now, before in zip((truth, called, weight), copies, strict=True):
        assert np.array_equal(now, before)
