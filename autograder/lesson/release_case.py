"""The capstone of lesson 12: two checkpoints on 6,000 pictures, another set of them for every name.

The candidate is significantly better overall, and secretly worse where night meets one camera. That holds for every
name, since numbers of rows are set first (`plan`) and only then shuffled; no property is left to luck.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
import weakref
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.production import Comparison, Dataset, GroundTruthMatch, RegressionEval, Rows, fingerprint

#: Pictures of each camera by light.
ROWS_OF_A_CAMERA = {"day": 460, "dusk": 230, "night": 60}
CAMERAS = tuple(f"camera {number}" for number in range(1, 9))
SITES = ("north", "south", "west")
LABELS = ("bicycle", "bus", "car", "dog", "person", "truck")
LOST, SHARED_SOURCES = 40, 12
#: What is looked at: each tag, and light crossed with camera.
BY = ("light", "camera", "site", ("light", "camera"))

BROKEN, FIXED, BOTH_WRONG, BOTH_RIGHT = "broken", "fixed", "both wrong", "both right"
LOST_RIGHT, LOST_WRONG = "lost, was right", "lost, was wrong"

Place = tuple[str, str]  # light and camera


@dataclass(frozen=True)
class Plan:
    """How many rows of each kind there are in each cell of light and camera.

    Attributes
    ----------
    camera : str
        The one that is worse at night.
    counts : dict from (light, camera) to Counter of kinds
    """

    camera: str
    counts: dict[Place, Counter[str]]

    def total(self, kind: str) -> int:
        """Rows of a kind in all cells."""
        return sum(count[kind] for count in self.counts.values())


def plan(rng: np.random.Generator) -> Plan:
    """Draw the numbers of rows, all within bounds for which the story holds."""
    camera = CAMERAS[rng.integers(len(CAMERAS))]
    places = [(light, each) for light in ROWS_OF_A_CAMERA for each in CAMERAS]
    hidden = ("night", camera)
    nights = [place for place in places if place[0] == "night" and place != hidden]
    own = [place for place in places if place[0] != "night" and place[1] == camera]
    others = [place for place in places if place[0] != "night" and place[1] != camera]
    counts: dict[Place, Counter[str]] = {place: Counter() for place in places}

    def put(kind: str, number: int, where: list[Place]) -> None:
        """Spread a number evenly; of what is left over each place gets one at most."""
        order = [where[i] for i in rng.permutation(len(where))]
        for place in islice(cycle(order), number):
            counts[place][kind] += 1

    def between(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    put(BROKEN, between(16, 18), [hidden])
    put(FIXED, 2, [hidden])
    put(BOTH_WRONG, between(2, 4), [hidden])
    broken = between(10, 13)
    put(BROKEN, broken, nights)
    put(FIXED, broken + between(1, 2), nights)
    put(BOTH_WRONG, between(22, 28), nights)
    broken = between(6, 8)
    put(BROKEN, broken, own)
    put(FIXED, broken + between(11, 13), own)
    put(BOTH_WRONG, between(24, 30), own)
    broken = between(48, 58)
    put(BROKEN, broken, others)
    put(FIXED, broken + between(54, 62), others)
    put(BOTH_WRONG, between(200, 215), others)
    was_wrong = between(1, 4)
    put(LOST_WRONG, was_wrong, own + others)
    put(LOST_RIGHT, LOST - was_wrong, own + others)
    for (light, _), count in counts.items():
        count[BOTH_RIGHT] = ROWS_OF_A_CAMERA[light] - count.total()
    return Plan(camera, counts)


def run_folder() -> Path:
    """Return a new folder for runs, which is removed when the program ends."""
    folder = tempfile.mkdtemp(prefix="runs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def file_hash(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class ReleaseCase:
    """Two finished runs on the same pictures, those that belong to a name.

    Parameters
    ----------
    name : str
        Capital letters and blanks around it do not matter.
    folder : path, optional
        Where the runs go. By default to a folder that lasts as long as this object.

    Attributes
    ----------
    dataset : Dataset
    baseline, candidate : Run
        What the model in production and the candidate answered.
    """

    def __init__(self, name: str, folder: str | Path | None = None) -> None:
        self.name = name.strip().lower()
        rng = np.random.default_rng(_seed(self.name))
        self.plan = plan(rng)
        columns, answers = _rows(self.plan, rng)
        if folder is None:
            folder = tempfile.mkdtemp(prefix="release-case-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        where = Path(folder)
        self.dataset = Dataset.from_columns(**columns).add_evaluation(GroundTruthMatch())
        self.baseline, self.candidate = (
            self.dataset.run(
                _Lookup(dict(zip(columns["id"], answer, strict=True))),
                checkpoint=fingerprint({"weights": rng.normal(size=8)}),
                to=where / which,
                progress=False,
            )
            for which, answer in zip(("baseline", "candidate"), answers, strict=True)
        )

    @cached_property
    def comparison(self) -> Comparison:
        """Both runs row by row, by each tag and by light and camera."""
        return RegressionEval(self.baseline, self.candidate).compare(by=BY)


class _Lookup:
    """A pipeline that knows its answers, and stops at pictures for which there is none."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        self._answers = answers

    def __call__(self, rows: Rows) -> list[str]:
        found = []
        for name in rows["id"]:
            answer = self._answers[name]
            if answer is None:
                raise ValueError("the picture cannot be resized")
            found.append(answer)
        return found


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"lesson 12, {name}".encode()).digest()[:8], "big")


def _rows(drawn: Plan, rng: np.random.Generator) -> tuple[dict[str, Any], tuple[list[str | None], list[str | None]]]:
    """Return the columns of the dataset and what both models answer, in a random order."""
    cells = [
        (kind, place)
        for kind in (BROKEN, FIXED, BOTH_WRONG, LOST_RIGHT, LOST_WRONG, BOTH_RIGHT)
        for place, count in drawn.counts.items()
        for _ in range(count[kind])
    ]
    # One after the other, so that every site has the same share of every kind of every cell.
    site = [SITES[i % len(SITES)] for i in range(len(cells))]
    source = _sources(cells, site)
    order = rng.permutation(len(cells)).tolist()
    truth, baseline, candidate = [], list[str | None](), list[str | None]()
    for i in order:
        kind = cells[i][0]
        right, wrong = (LABELS[k] for k in rng.choice(len(LABELS), 2, replace=False))
        truth.append(right)
        baseline.append(right if kind in (BROKEN, BOTH_RIGHT, LOST_RIGHT) else wrong)
        candidate.append(None if kind in (LOST_RIGHT, LOST_WRONG) else right if kind in (FIXED, BOTH_RIGHT) else wrong)
    names = [f"img-{number:04d}" for number in range(len(order))]
    columns = {
        "id": names,
        "input": [f"{name}.png" for name in names],
        "expected": truth,
        "source_id": [f"scene-{source[i]:04d}" for i in order],
        "tags": {
            "light": [cells[i][1][0] for i in order],
            "camera": [cells[i][1][1] for i in order],
            "site": [site[i] for i in order],
        },
    }
    return columns, (baseline, candidate)


def _sources(cells: list[tuple[str, Place]], site: list[str]) -> list[int]:
    """Return the source of each row: its own, but for some pairs by day that show the same scene and fare alike."""
    source = list(range(len(cells)))
    waiting: dict[Any, int] = {}
    left = {FIXED: SHARED_SOURCES // 3, BOTH_RIGHT: SHARED_SOURCES - SHARED_SOURCES // 3}
    for i, (kind, place) in enumerate(cells):
        if place[0] != "day" or not left.get(kind):
            continue
        first = waiting.pop((kind, place, site[i]), None)
        if first is None:
            waiting[kind, place, site[i]] = i
        else:
            source[i] = source[first]
            left[kind] -= 1
    return source
