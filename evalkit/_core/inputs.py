"""The one place where inputs are checked and turned into NumPy arrays.

Every public function of evalkit starts here. The rules are the same everywhere:

* lists, NumPy arrays, pandas and pyarrow columns, torch tensors, sparse indicators, and whatever speaks DLPack (as the
  array API asks for) are all welcome; none of these libraries is imported, an object only has to know how to become an
  array. What lies on another device is moved once;
* whatever cannot be scored (NaN, infinity, missing values, different lengths, nothing at all, text mixed with numbers)
  raises a `ValueError` that names the argument. Nothing is skipped in silence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DLPACK_CPU = 1  # the number of the kind of device

EMPTY = "Found empty input array (e.g., `y_true` or `y_pred`) while a minimum of 1 sample is required."


class InvalidParameterError(ValueError, TypeError):
    """An argument has a type or a value that the function does not accept.

    It is a `ValueError` and a `TypeError` at once, because callers of scikit-learn catch either.
    """


# --------------------------------------------------------------------------------------------------------- conversion
def to_array(values: Any, name: str) -> Array:
    """Turn any array-like into a NumPy array, without copying where possible.

    Raises
    ------
    InvalidParameterError
        If `values` is a scalar, a string, a sparse matrix of other values than 0 and 1, or holds bytes, dates or
        complex numbers.
    ValueError
        If `values` is ragged, has a missing value, or is a list that mixes text with numbers.
    """
    array: Array = values if type(values) is np.ndarray else _foreign_to_array(values, name)
    if array.ndim == 0:
        raise InvalidParameterError(f"The {name!r} parameter must be an array-like. Got {array[()]!r} instead.")
    array = _plain(array, name) if array.dtype.kind in "OV" else array
    kind = array.dtype.kind
    if kind == "S" or (kind == "O" and array.size and isinstance(array.flat[0], bytes)):
        raise InvalidParameterError(
            "Support for labels represented as bytes is not supported. Convert the labels to a string or integer "
            f"format ({name})."
        )
    if kind == "c":
        raise InvalidParameterError(f"Complex data not supported: {name} has dtype {array.dtype}.")
    if kind not in "biufOUT":
        raise InvalidParameterError(f"{name} has dtype {array.dtype}; evalkit understands numbers and text.")
    return array


def _foreign_to_array(values: Any, name: str) -> Array:
    """Convert what is not a plain NumPy array."""
    speaks_dlpack = hasattr(values, "__dlpack__") and hasattr(values, "__dlpack_device__")
    if values is None or isinstance(values, str | bytes) or not (hasattr(values, "__len__") or speaks_dlpack):
        raise InvalidParameterError(f"The {name!r} parameter must be an array-like. Got {values!r} instead.")
    if hasattr(values, "tocsr"):
        return _dense(values, name)
    if hasattr(values, "detach"):  # a torch tensor, possibly on another device or part of a graph
        values = values.detach().cpu()
        if str(values.dtype).startswith(("torch.bfloat16", "torch.float8")):  # which NumPy does not know
            values = values.float()
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):  # arrays of pandas have a `_mask`, too
        raise ValueError(f"{name} has masked values. Remove them first.")
    try:
        array = _by_dlpack(values) if speaks_dlpack and not hasattr(values, "__array__") else np.asarray(values)
    except TypeError:  # CuPy and others do not move to memory what lies on a device unless they are asked to
        if not speaks_dlpack:
            raise
        array = _by_dlpack(values)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array: {error}") from error
    # NumPy turns ["cat", 1] into ["cat", "1"]: a mistake that must not go unseen.
    if (
        array.dtype.kind == "U"
        and isinstance(values, list | tuple)
        and not all(isinstance(v, str) for v in _flat(values))
    ):
        raise ValueError(f"Mix of label input types (string and number) in {name}.")
    return array


def _by_dlpack(values: Any) -> Array:
    """Take over an array that lies in memory, or move it there, by the protocol of DLPack."""
    in_memory = values.__dlpack_device__()[0] == DLPACK_CPU
    array: Array = np.from_dlpack(values) if in_memory else np.from_dlpack(values, device="cpu")
    return array


def _dense(sparse: Any, name: str) -> Array:
    """Return a sparse matrix of indicators as an array with a byte per cell."""
    stored = np.asarray(sparse.tocsr().data)
    if not ((stored == 0) | (stored == 1)).all():
        raise InvalidParameterError(
            f"{name} is a sparse matrix with other values than 0 and 1. Pass {name}.toarray() instead."
        )
    dense: Array = sparse.astype(np.int8).toarray()
    return dense


def _plain(array: Array, name: str) -> Array:
    """Turn objects that are numbers or truth values, and the small number types of `ml_dtypes`, into types of NumPy.

    pandas keeps whole numbers and truth values as objects once a value of the column was missing, and after `dropna`,
    too. Text stays as it is: whether all of it is text is seen while it is counted.
    """
    if array.dtype.kind == "V":
        for wide in (np.int8, np.uint8, np.float32):
            if np.can_cast(array.dtype, wide):
                return array.astype(wide)
        return array
    if not array.size or isinstance(array.flat[0], str):
        return array
    kinds = set(map(type, array.flat))
    if all(issubclass(kind, bool | np.bool_) for kind in kinds):
        return array.astype(bool)
    if all(issubclass(kind, Integral | np.bool_) for kind in kinds):
        try:
            return array.astype(np.int64)
        except OverflowError as error:
            raise ValueError(f"{name} holds whole numbers beyond 64 bits.") from error
    if all(issubclass(kind, Real | np.bool_) for kind in kinds):
        return array.astype(np.float64)
    check_not_missing(array, name)
    if any(issubclass(kind, str) for kind in kinds):
        raise InvalidParameterError(f"Mix of label input types (string and number) in {name}.")
    return array


def check_not_missing(array: Array, name: str) -> None:
    """Raise if an object is a missing value: None, NaN, or one of pandas' NA and NaT. Name the first of them."""
    for where, value in np.ndenumerate(array):
        # NA has no truth value, so it is known by its name; NaN differs from itself.
        if value is None or type(value).__name__ in ("NAType", "NaTType") or (value != value) is True:
            index = ", ".join(map(str, where))
            raise ValueError(f"Input {name} contains missing values. First at index {index}: {value}.")


def check_text(array: Array, name: str) -> None:
    """Raise unless all objects are text."""
    if all(isinstance(value, str) for value in array.flat):
        return
    check_not_missing(array, name)
    where, found = next((i, value) for i, value in enumerate(array.flat) if not isinstance(value, str))
    raise ValueError(f"{name} must hold text only: found {found!r} of type {type(found).__name__} at index {where}.")


def _flat(values: Any) -> Any:
    for value in values:
        if isinstance(value, list | tuple | np.ndarray):
            yield from _flat(value)
        else:
            yield value


# --------------------------------------------------------------------------------------------------- common conditions
def check_lengths(**arrays: Array | None) -> int:
    """Return the common number of rows, or raise with the names and the lengths of the arguments."""
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {list(lengths.values())} "
            f"({', '.join(lengths)})."
        )
    return next(iter(lengths.values()))


def check_finite(array: Array, name: str, start: int = 0) -> None:
    """Raise if a number in `array` is NaN or infinite, naming the argument and the first index.

    `start` is the row of the argument that `array` begins with.
    """
    if array.dtype.kind != "f":
        return
    bad = ~np.isfinite(array)
    if bad.any():
        first = np.argwhere(bad)[0]
        what = "NaN" if np.isnan(array[tuple(first)]) else f"infinity or a value too large for {array.dtype!r}"
        where = ", ".join(str(i) for i in (start + first[0], *first[1:]))
        raise ValueError(f"Input {name} contains {what}. First at index {where}.")


def check_choice(value: Any, name: str, choices: Collection[Any]) -> None:
    """Raise unless `value` is one of `choices`."""
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in choices):
        listed = ", ".join(repr(choice) for choice in choices)
        raise InvalidParameterError(f"The {name!r} parameter must be one of {listed}. Got {value!r} instead.")


def check_sample_weight(sample_weight: Any, n_rows: int) -> Array | None:
    """Return the weights as a 1-D array of numbers, or None.

    Negative weights are accepted, as scikit-learn accepts them.
    """
    if sample_weight is None:
        return None
    weight = numbers(sample_weight, "sample_weight")
    if weight.dtype.kind == "f":  # sums of half precision end at 65,504 and lose digits long before
        weight = weight.astype(np.float64, copy=False)
    if weight.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar, got {weight.ndim}D array (sample_weight).")
    if n_rows and weight.dtype.kind == "f" and not np.isfinite(weight.sum(dtype=np.float64)):
        check_finite(weight, "sample_weight")
    if n_rows and not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weight


def total_weight(weight: Array | None, n_rows: int) -> float:
    """Return the sum of the weights, which is the number of rows without weights."""
    if weight is None:
        return float(n_rows)
    total = float(weight.sum(dtype=np.float64))
    if total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return total


def numbers(values: Any, name: str) -> Array:
    """Return an array of numbers. Text and objects are converted to float64 if they can be, as in scikit-learn."""
    array = to_array(values, name)
    if array.dtype.kind in "biuf":
        return array
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{error} ({name})") from error


def precision_of(values: Any, array: Array) -> float:
    """Return the distance from 1 to the next number of the type in which `values` came, before it became `array`.

    Lists and whole numbers count as float64.
    """
    if values is not array and "bfloat16" in str(getattr(values, "dtype", "")):  # eight bits that NumPy does not know
        return 2.0**-7
    return _eps(array.dtype)


@cache
def _eps(dtype: np.dtype[Any]) -> float:
    return float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)


# ---------------------------------------------------------------------------------------------------- class targets
@dataclass(frozen=True)
class Targets:
    """True and predicted labels of the same length, converted; checked as far as dtypes and shapes tell."""

    y_true: Array
    y_pred: Array
    sample_weight: Array | None
    multilabel: bool


def check_targets(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Targets:
    """Convert and check class labels: 1-D (n,) labels or, for multi-label problems, (n, K) indicators.

    What needs a pass over the values (NaN, fractions) is checked while counting, at no extra cost.

    Raises
    ------
    ValueError
        If the lengths differ, the input is empty, or the two arguments are of different kinds.
    """
    arrays = [to_array(y_true, "y_true"), to_array(y_pred, "y_pred")]
    if sample_weight is not None:
        sample_weight = to_array(sample_weight, "sample_weight")
    n_rows = check_lengths(y_true=arrays[0], y_pred=arrays[1], sample_weight=sample_weight)
    # A column vector (n, 1) means the same as (n,).
    arrays = [array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array for array in arrays]
    if n_rows == 0:
        raise ValueError(EMPTY)
    weight = check_sample_weight(sample_weight, n_rows)
    multilabel = False
    if any(array.ndim != 1 for array in arrays) or any(not _is_discrete_dtype(array) for array in arrays):
        multilabel = [target_type(a, name) for a, name in zip(arrays, ("y_true", "y_pred"), strict=True)] == [
            "multilabel-indicator"
        ] * 2
        if not multilabel:
            raise_for_targets(*arrays)
        if arrays[0].shape[1] != arrays[1].shape[1]:
            raise ValueError(
                "Multi-label binary indicator input with different numbers of labels: "
                f"y_true has {arrays[0].shape[1]}, y_pred has {arrays[1].shape[1]}."
            )
    for array, name in zip(arrays, ("y_true", "y_pred"), strict=True):
        if array.dtype == np.uint64 and array.max() > np.iinfo(np.int64).max:
            raise ValueError(f"{name} holds labels above {np.iinfo(np.int64).max}.")
    if (arrays[0].dtype.kind in "OUT") != (arrays[1].dtype.kind in "OUT"):
        raise ValueError(
            "Mix of label input types (string and number); "
            f"y_true starts with {arrays[0][0]!r} and y_pred with {arrays[1][0]!r}."
        )
    return Targets(arrays[0], arrays[1], weight, multilabel)


def _is_discrete_dtype(array: Array) -> bool:
    """Whether labels of this type can be counted; floats can as long as they are whole numbers."""
    return array.dtype.kind != "O" or isinstance(array.flat[0], str)


def target_type(y: Array, name: str) -> str:
    """Say what kind of labels `y` holds, in scikit-learn's words.

    It reads and sorts the whole array, so it is used for multi-label input and for error messages only.
    """
    if y.ndim not in (1, 2) or 0 in y.shape or not _is_discrete_dtype(y):
        return "unknown"
    suffix = "-multioutput" if y.ndim == 2 and y.shape[1] > 1 else ""
    if y.dtype.kind == "f" and (y != np.trunc(y)).any() | ~np.isfinite(y).all():
        check_finite(y, name)
        return "continuous" + suffix
    n_labels = len(np.unique(y))
    if suffix:
        return "multilabel-indicator" if n_labels < 3 and y.dtype.kind in "biuf" else "multiclass-multioutput"
    return "multiclass" if n_labels > 2 else "binary"


def raise_for_targets(y_true: Array, y_pred: Array) -> NoReturn:
    """Explain why these labels cannot be counted."""
    true_type, pred_type = target_type(y_true, "y_true"), target_type(y_pred, "y_pred")
    details = f"y_true: {true_type}, {y_true.dtype}"
    if y_pred is not y_true:  # a metric of probabilities has no predicted labels
        details += f"; y_pred: {pred_type}, {y_pred.dtype}"
    if true_type != pred_type and {true_type, pred_type} != {"binary", "multiclass"}:
        raise ValueError(
            f"Classification metrics can't handle a mix of {true_type} and {pred_type} targets ({details})."
        )
    raise ValueError(f"{true_type} is not supported ({details}).")


def check_labels(labels: Any, known: Array) -> Array:
    """Return `labels` as a 1-D array of the same kind (text or numbers) as the `known` labels."""
    array = to_array(labels, "labels")
    if array.ndim != 1:
        raise ValueError(f"labels must be one-dimensional, got shape {array.shape}.")
    if array.size and (array.dtype.kind in "OUT") != (known.dtype.kind in "OUT"):
        raise ValueError(
            "Mix of label input types (string and number); "
            f"labels holds {array[:3].tolist()}, the data {known[:3].tolist()}."
        )
    return array
