"""Leakage: planted copies are found, nothing else is, and brute force agrees."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.datasets import load_digits
from sklearn.metrics.pairwise import cosine_similarity

from evalkit.analysis import _rows, _shingles, leakage
from evalkit.analysis.leakage import duplicate_rows, similar_images, similar_rows, similar_texts

DIGITS = load_digits().data


def test_it_loads_numpy_only():
    probe = (
        "import sys, evalkit.analysis.leakage; print({'torch', 'sklearn', 'scipy', 'PIL', 'pandas'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "set()\n"


# ---------------------------------------------------------------------------------------------------------- equal rows
def brute_force(train, test):
    pairs = []
    for j, row in enumerate(test):
        for i, known in enumerate(train):
            if np.array_equal(known, row, equal_nan=row.dtype.kind == "f"):
                pairs.append([i, j])
                break
    return pairs


def few_values(dtype, values):
    return st.integers(1, 3).flatmap(
        lambda width: st.tuples(
            *(hnp.arrays(dtype, st.tuples(st.integers(1, 12), st.just(width)), elements=values) for _ in range(2))
        )
    )


@given(
    few_values(np.int64, st.integers(-1, 2))
    | few_values(np.float64, st.sampled_from([0.0, -0.0, 1.5, np.nan, np.inf]))
    | few_values(np.bool_, st.booleans())
)
def test_equal_rows_are_those_of_brute_force(arrays):
    report = duplicate_rows(*arrays)
    assert report.pairs.tolist() == brute_force(*arrays)
    assert (report.similarity == 1).all()
    assert sorted([*report.test_indices, *report.clean]) == list(range(len(arrays[1])))


def test_copies_among_digits():
    unique = np.unique(DIGITS, axis=0)
    assert len(unique) == len(DIGITS)
    test = np.concatenate([DIGITS[1200:1300], DIGITS[[5, 5, 900]]])
    report = duplicate_rows(DIGITS[:1000], test)
    assert report.pairs.tolist() == [[5, 100], [5, 101], [900, 102]]
    assert report.share == 3 / 103
    assert len(report) == 3
    assert str(report).startswith("3 of 103 test samples (2.9%)")


def test_rows_with_one_hash_are_still_compared(monkeypatch):
    monkeypatch.setattr(_rows, "row_hashes", lambda rows: np.zeros(len(rows), dtype=np.uint64))
    train, test = DIGITS[:40], DIGITS[30:50]
    assert duplicate_rows(train, test).pairs.tolist() == [[30 + i, i] for i in range(10)]


def test_types_are_evened_out():
    assert duplicate_rows(np.array([[1, 2]]), np.array([[1.0, 2.0]])).pairs.tolist() == [[0, 0]]
    assert duplicate_rows(np.array([[1, 2]], np.uint8), np.array([[257, 2]])).pairs.tolist() == []
    assert duplicate_rows([1, 2, 3], [3, 4]).pairs.tolist() == [[2, 0]]
    assert duplicate_rows(["a", "bb"], ["bb", "c"]).pairs.tolist() == [[1, 0]]
    images = np.arange(24).reshape(2, 3, 4)
    assert duplicate_rows(images, images[[1]]).pairs.tolist() == [[1, 0]]


def test_rounding_finds_copies_with_fewer_digits():
    train = np.random.default_rng(0).normal(size=(50, 6))
    test = np.round(train[[4, 7]], 3)
    assert len(duplicate_rows(train, test)) == 0
    assert duplicate_rows(train, test, decimals=3).pairs.tolist() == [[4, 0], [7, 1]]
    assert duplicate_rows([[-0.001, 1.0]], [[0.001, 1.0]], decimals=2).pairs.tolist() == [[0, 0]]
    assert duplicate_rows([[1, 2]], [[1, 2]], decimals=2).pairs.tolist() == [[0, 0]]


# -------------------------------------------------------------------------------------------------------- similar rows
def test_similar_rows_are_those_of_the_cosine(monkeypatch):
    monkeypatch.setattr(_rows, "ROWS_AT_ONCE", 7)  # many blocks, the last of them smaller
    rng = np.random.default_rng(1)
    train, test = rng.normal(size=(40, 3)), rng.normal(size=(30, 3))
    centre = train.mean(axis=0)
    cosines = cosine_similarity(test - centre, train - centre)
    report = similar_rows(train, test, threshold=0.9)
    expected = np.flatnonzero(cosines.max(axis=1) >= 0.9)
    assert 5 < len(expected) < 30
    assert report.test_indices.tolist() == expected.tolist()
    assert report.train_indices.tolist() == cosines.argmax(axis=1)[expected].tolist()
    np.testing.assert_allclose(report.similarity, cosines.max(axis=1)[expected])


def test_noisy_copies_are_found_and_other_digits_are_not():
    noise = np.random.default_rng(0).normal(0, 0.3, size=(50, 64))
    test = np.concatenate([DIGITS[1000:1400], DIGITS[:50] + noise])
    report = similar_rows(DIGITS[:1000], test, threshold=0.99)
    assert set(range(400, 450)) <= set(report.test_indices.tolist())
    assert np.sum(report.test_indices < 400) <= 4
    copies = report.test_indices >= 400
    assert (report.train_indices[copies] == report.test_indices[copies] - 400).all()


def test_equal_rows_are_similar_at_the_highest_threshold():
    assert similar_rows(DIGITS[:300], DIGITS[100:200], threshold=1.0).train_indices.tolist() == list(range(100, 200))
    # A row without a direction, the mean itself, is similar to nothing.
    assert len(similar_rows([[0.0, 1.0], [2.0, 3.0]], [[1.0, 2.0]], threshold=0.01)) == 0


# --------------------------------------------------------------------------------------------------------------- texts
MAILS = [
    "The meeting is moved to Monday, please bring the contract.",
    "Claim your free phone by Friday and win a holiday!",
    "Your invoice for March is attached.",
    "",
    "Ärger über die Größe",
]


def jaccard(one, other, length=5):
    a, b = (set(_shingles.shingles_of(text, length).tolist()) for text in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


def test_shingles_even_out_case_spacing_and_punctuation():
    one, other = (_shingles.shingles_of(text, 5).tolist() for text in ("Hello,   World!", "hello world"))
    assert one == other
    assert len(one) == len("hello world") - 4
    assert _shingles.shingles_of("ab", 5).size == 1
    assert _shingles.shingles_of("?!", 5).size == 0
    assert _shingles.shingles_of("ＡＢＣ", 2).tolist() == _shingles.shingles_of("abc", 2).tolist()


def test_texts_with_small_changes_are_found():
    changed = [
        "claim your FREE phone by friday, and win a holiday",
        "The meeting is moved to Tuesday, please bring the contract.",
        *("Something else", "", "!!!"),
    ]
    report = similar_texts(MAILS, changed, threshold=0.7)
    assert report.pairs.tolist() == [[1, 0], [0, 1]]
    assert report.similarity[0] == 1.0
    assert report.similarity[1] == pytest.approx(jaccard(MAILS[0], changed[1]))


def words(rng, n):
    vocabulary = ["report", "invoice", "contract", "budget", "agenda", "meeting", "lunch", "match", "phone", "watch"]
    return [" ".join(rng.choice(vocabulary, size=12)) for _ in range(n)]


def test_the_most_similar_text_is_that_of_brute_force():
    rng = np.random.default_rng(2)
    train, test = words(rng, 40), words(rng, 15)
    report = similar_texts(train, test, threshold=0.01)
    for (i, j), similarity in zip(report.pairs, report.similarity, strict=True):
        all_pairs = [jaccard(text, test[j]) for text in train]
        assert similarity == pytest.approx(max(all_pairs))
        assert i == all_pairs.index(max(all_pairs))


@pytest.mark.slow
def test_minhash_finds_the_copies_that_counting_finds(monkeypatch):
    rng = np.random.default_rng(3)
    train = words(rng, 200)
    test = words(rng, 30) + [text.replace("report", "note", 1) for text in train[:60]] + ["", "?"]
    exact = similar_texts(train, test, threshold=0.8)
    monkeypatch.setattr(_shingles, "MOST_MATCHES", 0)
    hashed = similar_texts(train, test, threshold=0.8)
    assert len(exact) >= 25
    assert hashed.pairs.tolist() == exact.pairs.tolist()
    np.testing.assert_allclose(hashed.similarity, exact.similarity)


# -------------------------------------------------------------------------------------------------------------- images
def pictures(n, size=48, seed=0):
    """Smooth random pictures: a few waves in random directions."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    waves = [
        sum(np.sin(2 * np.pi * (fx * x + fy * y + shift)) for fx, fy, shift in rng.normal(0, 2, size=(5, 3)))
        for _ in range(n)
    ]
    return 128 + 25 * np.array(waves)


def test_pictures_are_found_in_another_size_and_brightness():
    images = pictures(60)
    smaller = images[:20].reshape(20, 24, 2, 24, 2).mean(axis=(2, 4))
    noisy = 0.8 * images[20:40] + 20 + np.random.default_rng(1).normal(0, 2, size=(20, 48, 48))
    others = pictures(40, seed=5)
    for first, test in ((0, [*smaller, *others[:, ::2, ::2]]), (20, [*noisy, *others])):
        report = similar_images(images, np.array(test))
        assert report.pairs.tolist() == [[first + i, i] for i in range(20)]
        assert report.similarity.min() >= 0.95


def test_colour_and_flat_images():
    images = pictures(5)
    colour = np.repeat(images[..., np.newaxis], 3, axis=3)
    assert similar_images(colour, images[[2]]).pairs.tolist() == [[2, 0]]
    flat = np.full((2, 16, 16), 7)
    assert len(similar_images(flat, flat)) == 0
    assert len(similar_images(images, 255 - images)) == 0


@pytest.mark.slow
def test_copies_of_photographs_are_found_as_often_as_the_docstring_says():
    """People lost most of their copies of small photographs to compression, and were shown different digits."""
    path = Path(__file__).parents[2] / "benchmarks" / "similar_images.py"
    spec = importlib.util.spec_from_file_location("similar_images_benchmark", path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.rates(32)
    for name, promised in {"JPEG 75": 315, "JPEG 30": 292, "half size": 320, "40 % darker": 320}.items():
        assert found[name] >= promised - 4, name  # libraries write JPEG a little differently
    assert found["others"] == 0
    images = DIGITS.reshape(-1, 8, 8)
    assert len(similar_images(images[:1200], images[1200:])) <= 2


def test_images_of_two_halves_are_not_all_alike():
    """A hash of light and dark halves was the same for unrelated pictures that share the split."""
    pictures_ = pictures(12)
    halves = np.where(np.arange(48) < 24, 60, 190)
    split = halves + 0.5 * (pictures_ - 128)
    assert len(similar_images(split[:6], split[6:])) == 0
    assert similar_images(split, 0.7 * split[6:] + 9).train_indices.tolist() == list(range(6, 12))


def test_channels_may_come_first():
    images = np.random.default_rng(0).normal(size=(4, 3, 16, 20))
    last = images.transpose(0, 2, 3, 1)
    assert similar_images(images, last[2:]).pairs.tolist() == [[2, 0], [3, 1]]
    assert similar_images(images, images[:, :, ::-1]).pairs.tolist() == []


@settings(max_examples=30)
@given(hnp.arrays(np.uint8, (3, 9, 8)))
def test_an_image_is_similar_to_itself_unless_it_is_flat(images):
    report = similar_images(images, images, threshold=1.0)
    contrast = [i for i in range(3) if np.ptp(images[i])]
    assert report.test_indices.tolist() == contrast


# -------------------------------------------------------------------------------------------------------------- refusal
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: duplicate_rows([], [[1]]), "at least one row"),
        (lambda: duplicate_rows([[1, 2]], [[1, 2, 3]]), "shape"),
        (lambda: duplicate_rows([["a"]], [[1]]), "text"),
        (lambda: similar_rows([["a", "b"]], [["a", "b"]]), "similar_texts"),
        (lambda: similar_rows([[1.0], [2.0]], [[1.0]]), "at least two"),
        (lambda: similar_rows([[1.0, np.nan]], [[1.0, 2.0]]), "train contains NaN"),
        (lambda: similar_rows([[1.0, 2.0]], [[1.0, 2.0]], threshold=0), "threshold"),
        (lambda: similar_texts([], ["a"]), "train must hold"),
        (lambda: similar_texts(["a"], "a"), "test must hold"),
        (lambda: similar_texts(["a"], [1]), "test must hold"),
        (lambda: similar_texts(["a"], ["a"], shingle=0), "shingle"),
        (lambda: similar_texts(["a"], ["a"], threshold=1.1), "threshold"),
        (lambda: similar_images(np.zeros((2, 8)), np.zeros((2, 8, 8))), "train must hold images"),
        (lambda: similar_images(np.zeros((2, 8, 8)), np.zeros((2, 1, 8))), "test must hold images"),
        (lambda: similar_images(np.zeros((2, 8, 8)), np.full((2, 8, 8), np.nan)), "test contains NaN"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_everything_public_is_documented():
    for name in ("LeakageReport", "duplicate_rows", "similar_rows", "similar_texts", "similar_images"):
        assert getattr(leakage, name).__doc__
