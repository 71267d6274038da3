"""Every label metric against scikit-learn: values, types, errors, and the number and text of warnings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import assert_same

NAMES = ["ant", "bee", "a long label", "cat", "Ünïcode"]
KINDS = ["list", "int64", "uint8", "float", "mixed", "bool", "wide", "text", "strings", "object"]


@st.composite
def label_pairs(draw):
    """True and predicted labels of one of the kinds that users have, with few rows so that edge cases are common."""
    n = draw(st.integers(1, 9))
    k = draw(st.integers(1, 5))
    codes = st.lists(st.integers(0, k - 1), min_size=n, max_size=n)
    kind = draw(
        st.sampled_from(["list", "int64", "uint8", "float", "mixed", "bool", "wide", "text", "strings", "object"])
    )

    def convert(values):
        values = np.array(values)
        match kind:
            case "list":
                return values.tolist()
            case "mixed":
                return values.astype(draw(st.sampled_from([np.int8, np.int64, np.float32, np.float64])))
            case "bool":
                return values > 0
            case "wide":
                return values * 1_000_000_007 - 5
            case "text":
                return np.array(NAMES)[values]
            case "strings":
                return np.array(NAMES)[values].tolist()
            case "object":
                return np.array(NAMES, dtype=object)[values]
            case _:
                return values.astype(kind)

    return convert(draw(codes)), convert(draw(codes))


@st.composite
def indicator_pairs(draw):
    n, k = draw(st.integers(1, 7)), draw(st.integers(2, 4))
    cells = st.lists(st.integers(0, 1), min_size=n * k, max_size=n * k)
    return tuple(np.array(draw(cells)).reshape(n, k) for _ in range(2))


def weights_for(draw, n):
    choice = draw(st.sampled_from(["none", "none", "whole", "fractions"]))
    if choice == "none":
        return None
    numbers = st.integers(0, 4) if choice == "whole" else st.floats(0.01, 3)
    weights = draw(st.lists(numbers, min_size=n, max_size=n))
    return np.array(weights) if any(weights) else None


def labels_for(draw, pair):
    if np.ndim(pair[0]) == 2:
        pool = list(range(pair[0].shape[1]))
    else:
        pool = np.unique(np.concatenate([np.asarray(y) for y in pair])).tolist()
    return draw(st.one_of(st.none(), st.lists(st.sampled_from(pool), min_size=1, unique=True)))


zero_divisions = st.sampled_from(["warn", "warn", 0, 1, 0.0, np.nan])
either = st.one_of(label_pairs(), indicator_pairs())


@given(pair=either, data=st.data())
@pytest.mark.parametrize("name", ["precision_score", "recall_score", "f1_score", "fbeta_score", "four"])
def test_precision_recall_and_f(name, pair, data):
    # A text pos_label goes with text only: scikit-learn turns numbers into text then, and whether "0" equals "0.0"
    # depends on the two dtypes.
    is_text = isinstance(np.asarray(pair[0]).flat[0], str)
    pos_label = data.draw(st.sampled_from([1, 1, 0, None, True, *(["ant", "cat"] if is_text else [])]))
    arguments = {
        "labels": labels_for(data.draw, pair),
        "average": data.draw(st.sampled_from(["binary", "binary", "micro", "macro", "weighted", "samples", None])),
        "pos_label": pos_label,
        "sample_weight": weights_for(data.draw, len(pair[0])),
        "zero_division": data.draw(zero_divisions),
    }
    if name in ("fbeta_score", "four"):
        arguments["beta"] = data.draw(st.sampled_from([0, 0.5, 1, 2.0, np.inf]))
    assert_same("precision_recall_fscore_support" if name == "four" else name, *pair, **arguments)


@given(pair=either, data=st.data())
def test_accuracy(pair, data):
    weight = weights_for(data.draw, len(pair[0]))
    assert_same("accuracy_score", *pair, sample_weight=weight, normalize=data.draw(st.booleans()))


@given(pair=either, data=st.data())
def test_balanced_accuracy(pair, data):
    weight = weights_for(data.draw, len(pair[0]))
    assert_same("balanced_accuracy_score", *pair, sample_weight=weight, adjusted=data.draw(st.booleans()))


@given(pair=either, data=st.data())
@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("confusion_matrix", "normalize", [None, None, "true", "pred", "all"]),
        ("multilabel_confusion_matrix", "samplewise", [False, True]),
    ],
)
def test_confusion_matrices(name, option, values, pair, data):
    weight = weights_for(data.draw, len(pair[0]))
    settings = {option: data.draw(st.sampled_from(values))}
    assert_same(name, *pair, labels=labels_for(data.draw, pair), sample_weight=weight, **settings)


@pytest.mark.slow
@given(pair=either, data=st.data(), output_dict=st.booleans())
def test_classification_report_is_identical(pair, data, output_dict):
    assert_same(
        "classification_report",
        *pair,
        labels=labels_for(data.draw, pair),
        sample_weight=weights_for(data.draw, len(pair[0])),
        zero_division=data.draw(zero_divisions),
        digits=data.draw(st.integers(0, 5)),
        output_dict=output_dict,
    )


@pytest.mark.parametrize("names", [["no", "yes"], ["a very long name of a class", "b"], ["only one"]])
@pytest.mark.parametrize("labels", [None, [0, 1], [1, 0, 2]])
def test_report_with_names(names, labels):
    assert_same("classification_report", [0, 1, 1, 0], [0, 1, 0, 0], labels=labels, target_names=names)


# Each line is a mistake; both libraries must object with the same kind of error (or give the same value).
MISTAKES = {
    "empty": ([], []),
    "lengths": ([0, 1], [0, 1, 1]),
    "text and numbers": (["a", "b"], [0, 1]),
    "fractions": ([0.5, 1.0], [0, 1]),
    "fractions in both": ([0.5, 1.0], [0.5, 1.0]),
    "NaN": ([0.0, np.nan], [0.0, 1.0]),
    "NaN predicted": ([0, 1], [np.nan, 1.0]),
    "infinity": ([0.0, 1.0], [np.inf, 1.0]),
    "scalar": (1, 1),
    "one string": ("ab", "ab"),
    "none": (None, [1]),
    "multi-label against labels": ([[0, 1], [1, 0]], [0, 1]),
    "columns differ": ([[0, 1], [1, 0]], [[0, 1, 1], [1, 0, 0]]),
    "multi-output": ([[0, 2], [1, 0]], [[0, 1], [1, 2]]),
    "three dimensions": (np.zeros((2, 2, 2)), np.zeros((2, 2, 2))),
    "objects": (np.array([1, "a"], dtype=object), np.array([1, 1], dtype=object)),
    "bytes": ([b"a"], [b"a"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("name", ["accuracy_score", "confusion_matrix", "f1_score", "classification_report"])
def test_mistakes_are_errors_in_both(mistake, name):
    assert_same(name, *MISTAKES[mistake])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("precision_score", {"average": "mean"}),
        ("precision_score", {"zero_division": 2}),
        ("precision_score", {"zero_division": "nan"}),
        ("precision_score", {"pos_label": 7}),
        ("precision_score", {"pos_label": [1]}),
        ("precision_score", {"average": "samples"}),
        ("precision_score", {"average": "macro", "pos_label": 0}),
        ("fbeta_score", {"beta": -1}),
        ("fbeta_score", {"beta": "1"}),
        ("confusion_matrix", {"normalize": "rows"}),
        ("confusion_matrix", {"labels": []}),
        ("confusion_matrix", {"labels": [5]}),
        ("confusion_matrix", {"labels": 1}),
        ("confusion_matrix", {"sample_weight": [1, 2]}),
        ("confusion_matrix", {"sample_weight": [1, 2, np.nan, 1]}),
        ("confusion_matrix", {"sample_weight": [1, 2, np.inf, 1]}),
        ("confusion_matrix", {"sample_weight": [0, 0, 0, 0]}),
        ("confusion_matrix", {"sample_weight": [[1], [1], [1], [1]]}),
        ("confusion_matrix", {"sample_weight": [1, -2, 1, 1]}),
        ("accuracy_score", {"sample_weight": [1, -1, 1, -1]}),
        ("classification_report", {"digits": -1}),
        ("classification_report", {"target_names": ["a"]}),
    ],
)
def test_arguments(name, arguments):
    assert_same(name, [0, 1, 1, 0], [0, 1, 0, 0], **arguments)


@pytest.mark.slow
def test_many_rows_cross_chunks():
    rng = np.random.default_rng(0)
    truth, called = rng.integers(-3, 7, (2, 200_001))
    truth[-1] = 40  # outside the range of the first chunk
    names = np.array([f"class {i}" for i in range(60)])
    for y_true, y_pred in ((truth, called), (names[truth + 3], names[called + 3])):
        assert_same("confusion_matrix", y_true, y_pred)
        assert_same("classification_report", y_true, y_pred, zero_division=0)


@pytest.mark.slow
def test_more_labels_than_a_table_can_hold():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 10**9, 70_000)
    called = np.where(rng.random(len(truth)) < 0.5, truth, rng.permutation(truth))
    for y_true, y_pred in ((truth, called), (truth.astype(str), called.astype(str)), (truth % 5000, called % 5000)):
        assert_same("accuracy_score", y_true, y_pred)
        assert_same("f1_score", y_true, y_pred, average="macro", zero_division=0)
    assert_same("accuracy_score", truth, called, sample_weight=rng.random(len(truth)))
