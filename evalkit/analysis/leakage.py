"""Leakage: which test samples did the model see while it was trained?

A test set that shares samples with the training set measures memory. Four functions look for them: `duplicate_rows` for
exact copies (or copies after rounding), `similar_rows` for vectors that point the same way, `similar_texts` for texts
that share most of their wording, `similar_images` for pictures that look alike. Each returns a `LeakageReport`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array, InvalidParameterError, check_finite, to_array
from evalkit.analysis._rows import Indices, equal_rows, nearest, same_kind, unit
from evalkit.analysis._shingles import most_similar_texts
from evalkit.analysis._thumbnails import channels_last, thumbnail_shape, thumbnails


@dataclass(frozen=True, eq=False)
class LeakageReport:
    """The test samples that were found in the training data, each with its most similar training sample.

    Parameters
    ----------
    train_indices, test_indices : int array of shape (m,)
        The pairs, test indices in ascending order and each at most once. Of several equally similar training samples
        the first is named.
    similarity : float array of shape (m,)
        Of each pair, from 0 to 1; 1 means equal as far as the method can tell.
    n_train, n_test : int
        How many samples were compared.
    method : str
        What was compared, and from which similarity on a pair counts.
    """

    train_indices: Indices
    test_indices: Indices
    similarity: NDArray[np.float64]
    n_train: int
    n_test: int
    method: str

    @property
    def pairs(self) -> Indices:
        """The pairs as an int array of shape (m, 2): training index, test index."""
        return np.column_stack([self.train_indices, self.test_indices])

    @property
    def share(self) -> float:
        """The share of the test samples that were found in the training data."""
        return len(self.test_indices) / self.n_test

    @property
    def clean(self) -> Indices:
        """The indices of the test samples that were not found in the training data."""
        return np.setdiff1d(np.arange(self.n_test), self.test_indices)

    def __len__(self) -> int:
        return len(self.test_indices)

    def __str__(self) -> str:
        return (
            f"{len(self)} of {self.n_test} test samples ({self.share:.1%}) are also among the {self.n_train} training "
            f"samples ({self.method})."
        )


def duplicate_rows(train: Any, test: Any, *, decimals: int | None = None) -> LeakageReport:
    """Find the test rows that stand in the training data, value for value.

    Parameters
    ----------
    train, test : array-like of shape (n, ...) and (m, ...)
        Numbers or text. Rows may have any shape, such as that of an image. NaN equals NaN: a copied row has its gaps in
        the same places.
    decimals : int, optional
        Round numbers to that many decimals first, which also finds copies that were stored with fewer digits. Two
        values on either side of a rounding border stay different, however close they are.

    Returns
    -------
    LeakageReport

    Raises
    ------
    ValueError
        If an argument is empty, rows differ in shape, or one argument is text and the other numbers.

    Notes
    -----
    Rows are hashed to 64 bits, and rows with equal hashes are compared: time grows with the number of values, and no
    pair is reported by mistake.

    Examples
    --------
    >>> report = duplicate_rows([[1, 2], [3, 4], [5, 6]], [[5, 6], [2, 1], [1, 2]])
    >>> report.test_indices.tolist(), report.train_indices.tolist()
    ([0, 2], [2, 0])
    >>> print(report)
    2 of 3 test samples (66.7%) are also among the 3 training samples (equal rows).
    """
    known, asked = same_kind(train, test)
    method = "equal rows"
    if decimals is not None:
        if known.dtype.kind == "f":
            # Adding zero turns −0.0, which rounding may give, into 0.0.
            known, asked = np.round(known, decimals) + 0.0, np.round(asked, decimals) + 0.0
        method = f"equal rows after rounding to {decimals} decimals"
    found = equal_rows(known, asked)
    rows = np.flatnonzero(found >= 0)
    return LeakageReport(found[rows], rows, np.ones(len(rows)), len(known), len(asked), method)


def similar_rows(train: Any, test: Any, *, threshold: float = 0.99) -> LeakageReport:
    """Find the test rows that nearly equal a training row: the cosine of the angle between them reaches `threshold`.

    Both are taken as seen from the mean of the training rows. Otherwise rows with a large common part, such as images
    that are mostly white, would all look alike.

    Parameters
    ----------
    train, test : array-like of shape (n, ...) and (m, ...)
        Numbers, at least two in each row. Put columns on one scale before: the largest decide.
    threshold : float
        Above 0 and at most 1.

    Raises
    ------
    ValueError
        If an argument is empty or holds NaN, rows differ in shape or have one value, or the threshold is out of range.

    Notes
    -----
    Every test row is compared with every training row, in blocks, so memory stays small and time grows with n · m.

    Examples
    --------
    >>> train = [[0.0, 1.0, 5.0], [4.0, 4.0, 0.0], [9.0, 0.0, 2.0]]
    >>> similar_rows(train, [[4.0, 4.1, 0.0], [1.0, 9.0, 9.0]]).pairs.tolist()
    [[1, 0]]
    """
    known, asked = same_kind(train, test)
    if known.dtype.kind not in "biuf":
        raise InvalidParameterError("similar_rows compares numbers; for text there is similar_texts.")
    _check_share(threshold, "threshold")
    if known.shape[1] < 2:
        raise ValueError("similar_rows needs at least two values in each row: one value has no direction.")
    for array, name in ((known, "train"), (asked, "test")):
        check_finite(array, name)
    centre = known.mean(axis=0, dtype=np.float64)
    found, similarity = nearest(unit(known - centre), unit(asked - centre))
    return _report(found, similarity, threshold, len(known), f"cosine similarity of at least {threshold:g}")


def similar_texts(
    train: Sequence[str], test: Sequence[str], *, threshold: float = 0.8, shingle: int = 5, seed: int = 0
) -> LeakageReport:
    """Find the test texts that share most of their wording with a training text.

    Upper and lower case, punctuation and spacing do not count. A text is taken as the set of its runs of `shingle`
    characters, and the similarity of two texts is the Jaccard index: the runs in both over the runs in either.

    Parameters
    ----------
    train, test : sequence of str
    threshold : float
        Above 0 and at most 1.
    shingle : int
        Characters in a run, at least 1. A shorter text is one run.
    seed : int
        Of the MinHash functions, which come in where comparing all runs would take too long.

    Returns
    -------
    LeakageReport
        Every similarity in it is exact. Large collections are searched with MinHash, which finds a pair of similarity
        0.8 with a chance above 99.9 %, and one of 0.5 with a chance of 91 %.

    Raises
    ------
    ValueError
        If an argument is empty or not text, or `threshold` or `shingle` is out of range.

    References
    ----------
    A. Z. Broder, "On the resemblance and containment of documents", Compression and Complexity of Sequences (1997).

    Examples
    --------
    >>> train = ["The meeting is moved to Monday.", "Claim your free phone by Friday!"]
    >>> report = similar_texts(train, ["claim your FREE phone by friday", "See you on Monday."])
    >>> report.pairs.tolist(), report.similarity.tolist()
    ([[1, 0]], [1.0])
    """
    for texts, name in ((train, "train"), (test, "test")):
        if isinstance(texts, str) or not len(texts) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{name} must hold at least one text, and nothing but texts.")
    _check_share(threshold, "threshold")
    if shingle < 1:
        raise ValueError(f"shingle must be at least 1, got {shingle}.")
    found, similarity = most_similar_texts(train, test, shingle, seed)
    return _report(found, similarity, threshold, len(train), f"Jaccard similarity of at least {threshold:g}")


def similar_images(train: Any, test: Any, *, threshold: float = 0.97) -> LeakageReport:
    """Find the test images that look like a training image: copies that are lighter, compressed or of another size.

    Each image is shrunk to 8 × 8 grey values. The similarity of two is the mean of two correlations, that of these
    values and that of the steps between neighbours. How often it finds a copy, and accuses another image, stands in the
    notes: on small images compression costs some. Turned, mirrored or cropped copies are not found.

    Parameters
    ----------
    train, test : array-like of shape (n, height, width) or (n, height, width, channels)
        At least 2 × 2 pixels; the two may differ in size. Images of shape (n, channels, height, width), as torch has
        them, are understood where it can be nothing else: 1, 3 or 4 channels, and more than 4 columns. An image without
        any contrast has no description, and is never similar to anything.
    threshold : float
        Above 0 and at most 1. A higher one accuses less and misses more: look at the pairs that it finds.

    Raises
    ------
    ValueError
        If an argument is empty, has another number of axes, or holds NaN, or the threshold is out of range.

    Notes
    -----
    Measured by ``benchmarks/similar_images.py`` with the default threshold, on copies of 320 crops of two photographs,
    and on 320 crops of other places:

    ======  =======  =======  =========  ===========  ==============
    pixels  JPEG 75  JPEG 30  half size  40 % darker  other, accused
    ======  =======  =======  =========  ===========  ==============
    8       21       0        296        317          0
    16      303      250      297        317          0
    32      315      292      320        320          0
    64      316      305      320        320          0
    128     316      312      320        320          0
    256     320      316      320        320          0
    ======  =======  =======  =========  ===========  ==============

    Of 597 handwritten digits of 8 × 8 pixels, which are few shapes in one place, it accuses 2 beside 1,200 others.

    References
    ----------
    A. Torralba, R. Fergus and W. T. Freeman, "80 million tiny images: a large data set for nonparametric object and
    scene recognition", IEEE Transactions on Pattern Analysis and Machine Intelligence 30 (2008), section 3, which
    compares thumbnails. B. Barz and J. Denzler, "Do we train on test data? Purging CIFAR of near-duplicates", Journal
    of Imaging 6 (2020), on what copies do to test accuracy.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, size=(3, 32, 32))
    >>> brighter = images[[1]] // 2 + 100
    >>> similar_images(images, brighter).pairs.tolist()
    [[1, 0]]
    """
    _check_share(threshold, "threshold")
    known, asked = _images(train, "train"), _images(test, "test")
    shape = thumbnail_shape(known, asked)
    found, similarity = nearest(thumbnails(known, shape), thumbnails(asked, shape))
    method = f"thumbnails that correlate with at least {threshold:g}"
    return _report(found, similarity, threshold, len(known), method)


def _images(values: Any, name: str) -> Array:
    images = to_array(values, name)
    if images.ndim not in (3, 4) or not images.size or images.dtype.kind not in "biuf":
        raise ValueError(_NO_IMAGES.format(name=name, images=images))
    images = channels_last(images)
    if min(images.shape[1:3]) < 2:
        raise ValueError(_NO_IMAGES.format(name=name, images=images))
    check_finite(images, name)
    return images


_NO_IMAGES = (
    "{name} must hold images as numbers of shape (n, height, width) or (n, height, width, channels), at least 2 × 2 "
    "pixels; got {images.dtype} of shape {images.shape}."
)


def _check_share(value: float, name: str) -> None:
    if not 0 < value <= 1:
        raise ValueError(f"{name} must be above 0 and at most 1, got {value}.")


def _report(found: Indices, similarity: Array, threshold: float, n_train: int, method: str) -> LeakageReport:
    # Two equal vectors can have a cosine of 1 − 1e-16.
    rows = np.flatnonzero(similarity >= threshold - 1e-12)
    return LeakageReport(found[rows], rows, np.clip(similarity[rows], 0.0, 1.0), n_train, len(found), method)
