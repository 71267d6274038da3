"""Rows that belong to groups: what every metric per group starts from.

A group becomes a code 0, 1, 2 … in the sorted order of the groups. From the codes follow sums per group, by
`numpy.bincount`, and the rows of each group, for metrics that need the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._core.codes import NotText, NotWhole, bincount, chunks, make_encoder
from evalkit._core.inputs import Array, check_finite, check_text


@dataclass(frozen=True)
class Groups:
    """The group of each row.

    Attributes
    ----------
    names : tuple
        The groups that occur, sorted: text, numbers or booleans of Python.
    codes : array of shape (n,)
        The place in `names` of the group of each row; an integer type no wider than necessary.
    sizes : array of shape (groups,)
        The rows of each group.
    """

    names: tuple[Any, ...]
    codes: Array
    sizes: Array

    @classmethod
    def of(cls, by: Array) -> Groups:
        """Find the groups in an array of shape (n,) that holds text, whole numbers or booleans.

        Raises
        ------
        ValueError
            If a group is missing or a fraction, or the array has another shape.
        """
        if by.ndim != 1:
            raise ValueError(f"by must be one-dimensional, got shape {by.shape}.")
        if not len(by):
            return cls((), np.empty(0, np.uint8), np.empty(0, np.int64))
        codes = np.empty(len(by), np.int64)
        try:
            encoder = make_encoder(by, by, whole=True)
            for rows in chunks(len(by)):
                encoder.encode(by[rows], codes[rows], "by")
        except NotWhole:
            check_finite(by, "by")
            raise ValueError(
                "by holds fractions. Cut them into ranges first, for example with numpy.digitize."
            ) from None
        except NotText:
            check_text(by, "by")
            raise
        labels = encoder.labels()
        sizes = bincount(codes, minlength=len(labels))
        order = np.argsort(labels)
        order = order[sizes[order] > 0]
        place = np.zeros(len(labels), np.min_scalar_type(len(order)))  # small numbers are sorted in one pass
        place[order] = np.arange(len(order))
        found = labels[order]
        names = (found if found.dtype.kind == "U" else found.astype(by.dtype)).tolist()
        return cls(tuple(names), place[codes], sizes[order])

    def rows(self) -> Iterator[tuple[Any, Array]]:
        """Yield each group and the indices of its rows, in ascending order."""
        order = np.argsort(self.codes, kind="stable")
        ends = np.cumsum(self.sizes)
        for name, start, end in zip(self.names, ends - self.sizes, ends, strict=True):
            yield name, order[start:end]
