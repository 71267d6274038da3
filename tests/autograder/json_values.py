"""Any JSON at all, of the keys that a cell of a notebook has and of a few telling texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

KEYS = ["cell_type", "source", "metadata", "nbgrader", "grade_id", "id", "tags", "attachments"]


def json_values(texts: Sequence[str]) -> st.SearchStrategy[Any]:
    """Values of JSON, nested; among the strings these texts."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(texts),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
        max_leaves=12,
    )
