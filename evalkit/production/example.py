"""A regression that accuracy hides, planted and caught in seconds on a CPU.

    python -m evalkit.production.example

A small network reads the digits of scikit-learn, of which some are photographed in the dark. The candidate learnt from
more pictures, all of them bright: it is better by day, much worse in the dark, and better overall.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit.production.dataset import Dataset
from evalkit.production.evaluators import GroundTruthMatch
from evalkit.production.gates import Gate, Verdict
from evalkit.production.regression import Comparison, RegressionEval
from evalkit.production.rows import Rows

if TYPE_CHECKING:
    from evalkit.production.runs import Run

LIGHT_LEFT, NOISE = 0.15, 0.03  # in the dark
STEPS = 2000
GATES = (Gate("accuracy", max_drop=0.02), Gate("accuracy", by="light", max_drop=0.05))


@dataclass(frozen=True)
class Network:
    """One hidden layer: enough for 8 × 8 pixels. Its weights are what `fingerprint` looks at."""

    weights: dict[str, Array]

    def state_dict(self) -> dict[str, Array]:
        return self.weights

    def __call__(self, rows: Rows) -> list[int]:
        """Return the digit on each picture."""
        labels: list[int] = self.scores(np.stack(list(rows["input"])).reshape(len(rows), -1)).argmax(axis=1).tolist()
        return labels

    def scores(self, x: Array) -> Array:
        w = self.weights
        found: Array = np.maximum(x @ w["w1"] + w["b1"], 0) @ w["w2"] + w["b2"]
        return found


@dataclass(frozen=True)
class Pictures:
    """Pictures of digits, 8 × 8 pixels from 0 to 1, their labels, and which were taken in the dark."""

    x: Array
    y: Array
    dark: Array


def digits(seed: int = 1) -> tuple[Pictures, Pictures, Pictures]:
    """Return what the network in production learnt from, what the candidate learnt from, and what both are judged on.

    Production had 400 pictures, every third of them dark. The candidate got twice as many, all by day. Of the 1,000
    that they are judged on one in 24 is dark.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.target))
    bright = data.images / 16.0
    dim = np.clip(bright * LIGHT_LEFT + rng.normal(0, NOISE, bright.shape), 0, 1)

    def taken(rows: Array, one_in: int | None) -> Pictures:
        dark = np.zeros(len(rows), bool) if one_in is None else np.arange(len(rows)) % one_in == 0
        return Pictures(np.where(dark[:, None, None], dim[rows], bright[rows]), data.target[rows], dark)

    return taken(order[:400], 3), taken(order[:797], None), taken(order[797:], 24)


def trained(pictures: Pictures, seed: int, steps: int = STEPS) -> Network:
    """Return a network after so many steps of gradient descent with momentum."""
    rng = np.random.default_rng(seed)
    x, y = pictures.x.reshape(len(pictures.x), -1), pictures.y
    w = {
        "w1": rng.normal(0, 0.15, (64, 32)),
        "b1": np.zeros(32),
        "w2": rng.normal(0, 0.15, (32, 10)),
        "b2": np.zeros(10),
    }
    speed = {name: np.zeros_like(value) for name, value in w.items()}
    for _ in range(steps):
        batch = rng.integers(0, len(x), 64)
        hidden = np.maximum(x[batch] @ w["w1"] + w["b1"], 0)
        scores = hidden @ w["w2"] + w["b2"]
        error = np.exp(scores - scores.max(axis=1, keepdims=True))
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(64), y[batch]] -= 1
        back = (error @ w["w2"].T) * (hidden > 0)
        slopes = {"w1": x[batch].T @ back, "b1": back.sum(axis=0), "w2": hidden.T @ error, "b2": error.sum(axis=0)}
        for name, slope in slopes.items():
            speed[name] = 0.9 * speed[name] - 0.1 * slope / 64
            w[name] = w[name] + speed[name]
    return Network(w)


@dataclass(frozen=True)
class Example:
    """The dataset, both runs, their comparison and the verdict."""

    dataset: Dataset
    baseline: Run
    candidate: Run
    result: Comparison
    verdict: Verdict


def planted(folder: str | Path, seed: int = 1) -> Example:
    """Train both networks, run them on the same pictures, and judge the candidate.

    Parameters
    ----------
    folder : path
        Where the runs go.
    seed : int
    """
    seen, brighter, cohort = digits(seed)
    production, candidate = trained(seen, seed), trained(brighter, seed + 1)
    dataset = Dataset.from_columns(
        id=[f"digit-{i}" for i in range(len(cohort.y))],
        input=cohort.x,
        expected=cohort.y,
        tags={"light": np.where(cohort.dark, "dark", "day")},
    )
    dataset.add_evaluation(GroundTruthMatch())
    options: dict[str, Any] = {"preprocess": "divided by 16", "progress": False}
    old = dataset.run(production, checkpoint=production, to=Path(folder) / "production", **options)
    new = dataset.run(candidate, checkpoint=candidate, to=Path(folder) / "candidate", **options)
    result = RegressionEval(baseline=old, candidate=new).compare(by=["light"])
    return Example(dataset, old, new, result, result.gate(GATES))


def main() -> None:
    """Show the comparison on one screen."""
    from tempfile import TemporaryDirectory

    from evalkit.production.terminal import words_of_broken, words_of_verdict

    with TemporaryDirectory() as folder:
        found = planted(folder)
        print(f"{found.result}\n\n{words_of_verdict(found.verdict)}\n\n{words_of_broken(found.result)}")


if __name__ == "__main__":
    main()
