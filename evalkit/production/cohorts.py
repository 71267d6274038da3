"""The same pictures under other light, angle, crop, blur, compression and noise, as named cohorts of one dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.production.dataset import Dataset

if TYPE_CHECKING:
    from evalkit.vision.images import ImageData


def disturbed_dataset(
    data: ImageData, kinds: Sequence[str] | None = None, *, names: Sequence[str] | None = None, seed: int = 0
) -> Dataset:
    """Return the validation pictures as they are and once more for each kind of disturbance.

    Row `img-17@dark` is picture `img-17` in the dark: its `source_id` is "img-17", so a comparison counts pictures and
    not copies of them. The tag "cohort" holds the kind.

    Parameters
    ----------
    data : ImageData
    kinds : sequence of str, optional
        By default all of `evalkit.vision.cohorts.KINDS` and `CAMERA_KINDS`.
    names : sequence of str, optional
        The ids of the pictures; by default "img-0" and so on.
    seed : int
        Of the strengths.
    """
    from evalkit.vision.cohorts import CAMERA_KINDS, KINDS, disturbed_cohorts

    cohorts = disturbed_cohorts(data, (*KINDS, *CAMERA_KINDS) if kinds is None else kinds, seed=seed)
    sources = [f"img-{i}" for i in range(len(data.valid_y))] if names is None else list(names)
    labels = data.valid_y.tolist()
    return Dataset.from_columns(
        id=[f"{source}@{kind}" for kind in cohorts for source in sources],
        input=np.concatenate([pictures.numpy() for pictures in cohorts.values()]),
        expected=labels * len(cohorts),
        tags={"cohort": [kind for kind in cohorts for _ in sources]},
        source_id=sources * len(cohorts),
    )
