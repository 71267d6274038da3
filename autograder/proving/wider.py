"""Questions beyond an exercise's own cases: other sizes, other numbers, other networks.

A mutant that survives the cases is called equivalent only after many of these. They need not be fit for a learner; they
must be questions on which all right answers that the course knows agree, and it is the caller who sees to that.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any

import numpy as np

from autograder import exercises
from autograder.checking.exercise import Exercise

Generator = np.random.Generator
# A case is drawn until it tells right from wrong; to vary it costs less.
_VARIED = 10


def wider_inputs(exercise: Exercise) -> Iterator[list[Any]]:
    """Arguments for an answer of the exercise, or for its probe, without end and always the same."""
    rng = np.random.default_rng([zlib.crc32(exercise.id.encode()), 2**33])
    draw = DRAWN.get(exercise.id)
    while True:
        if draw is not None:
            yield list(draw(rng))
            continue
        for case in exercise.cases(rng):
            # What a probe is given hangs together in ways that are not known here.
            for arguments in [case.args] if exercise.probe else [_varied(case.args, rng) for _ in range(_VARIED)]:
                yield list(arguments)


def _varied(args: tuple[Any, ...], rng: Generator) -> list[Any]:
    """The arguments of a case with other rows, other sizes and other numbers."""
    varied = list(deepcopy(args))
    arrays = [i for i, value in enumerate(varied) if isinstance(value, np.ndarray)]
    if rng.random() < 0.8:
        for length in {len(varied[i]) for i in arrays} - {0}:
            rows = rng.integers(0, length, size=int(rng.integers(1, length + 3)))
            for i in arrays:
                if len(varied[i]) == length:
                    varied[i] = varied[i][rows]
    if arrays and rng.random() < 0.3:
        i = arrays[int(rng.integers(len(arrays)))]
        varied[i] = rng.permutation(varied[i])
    for i, value in enumerate(varied):
        if isinstance(value, (bool, str)) or i in arrays or rng.random() < 0.5:
            continue
        if isinstance(value, int):
            varied[i] = max(value + int(rng.integers(-2, 3)), 0)
        elif isinstance(value, float):
            others = [x for j in arrays if varied[j].dtype.kind == "f" for x in varied[j].ravel().tolist()]
            others += [other for other in args if isinstance(other, float)]
            varied[i] = float(rng.choice([*others, 0.0, 0.5, 1.0, 2.0, rng.random()]))
    return varied


# Networks, folds and curves: tiny, so that many can be asked. The arguments are those of the exercises' cases.


def _diagnose(rng: Generator) -> tuple[Any, ...]:
    # A last epoch and one before it.
    n = int(rng.integers(2, 8))
    pairs = int(rng.integers(1, 4))
    # Steps of a twentieth: ends that lie at a limit, or at the lowest value once more, come up by themselves.
    return tuple([np.round(rng.uniform(0.5, 1.5, n) * 20) / 20 for _ in range(pairs)] for _ in range(2))


def _kfold_indices(rng: Generator) -> tuple[Any, ...]:
    n = int(rng.integers(8, 30))
    return n, int(rng.integers(2, n)), _seed(rng)


def _layer_gradient_norms(rng: Generator) -> tuple[Any, ...]:
    networks = ["Linear, ReLU, Linear", "Linear, BatchNorm, ReLU, Linear", "Linear, tanh, Linear, and a spare Linear"]
    n = int(rng.integers(1, 8))
    x, y = rng.normal(0, rng.choice([0.1, 1, 10]), (n, 4)), rng.integers(0, 3, n)
    situation = str(rng.choice(["new", "gradients left", "called twice", "evaluation"]))
    return str(rng.choice(networks)), x, y, _seed(rng), situation


def _residual_block(rng: Generator) -> tuple[Any, ...]:
    one, two = (int(c) for c in rng.integers(1, 4, 2))
    stride, aspect = int(rng.integers(1, 4)), str(rng.choice(["output", "shortcut", "gradient", "training"]))
    x = rng.normal(size=(int(rng.integers(1, 3)), one, *(int(side) for side in rng.integers(1, 7, 2))))
    return one, one if rng.random() < 0.5 else two, stride, aspect, x, _seed(rng)


def _has_identity_path(rng: Generator) -> tuple[Any, ...]:
    probe = exercises.get("has_identity_path").probe
    assert probe is not None
    joins = list(import_module(probe).JOINS)
    branches = ["plain branch", "bottleneck", "with biases", "without biases", "half a branch"]
    names = [f"{rng.choice(branches)}, {rng.choice(joins)}" for _ in range(int(rng.integers(1, 3)))]
    return names, "random numbers", _seed(rng), str(rng.choice(["answers", "afterwards"]))


def _make_network(rng: Generator) -> tuple[Any, ...]:
    aspect = str(rng.choice(["output", "output", "gradient", "layers", "error"]))
    depth = int(rng.integers(-4, 30)) if aspect == "error" else int(rng.choice([8, 8, 8, 14]))
    x = rng.normal(size=(int(rng.integers(1, 3)), 1, *(int(side) for side in rng.integers(1, 10, 2))))
    return depth, int(rng.integers(1, 4)), int(rng.integers(1, 4)), bool(rng.random() < 0.5), aspect, x, _seed(rng)


def _network_and_batches(rng: Generator) -> tuple[dict[str, Any], list[Any]]:
    inputs, classes = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    network = {
        "name": str(rng.choice(["Linear", "Linear, BatchNorm, ReLU, Dropout, Linear"])),
        "inputs": inputs,
        "classes": classes,
        "training mode": bool(rng.random() < 0.5),
        "seed": _seed(rng),
    }
    sizes = rng.integers(1, 7, int(rng.integers(1, 4)))
    return network, [[rng.normal(size=(n, inputs)), rng.integers(0, classes, n)] for n in sizes]


def _train_one_epoch(rng: Generator) -> tuple[Any, ...]:
    settings = {"learning rate": float(rng.choice([0.01, 0.1, 1.0])), "gradients left": bool(rng.random() < 0.5)}
    return *_network_and_batches(rng), settings


def _saliency(rng: Generator) -> tuple[Any, ...]:
    channels, side = int(rng.integers(1, 5)), int(rng.integers(3, 8))
    description = {
        "network": str(rng.choice(["linear", "convolutional"])),
        "channels": channels,
        "side": side,
        "training mode": bool(rng.random() < 0.5),
        "seed": _seed(rng),
    }
    return description, rng.normal(0, rng.choice([0.1, 1, 10]), (channels, side, side)), int(rng.integers(0, 3))


def _permutation_importance(rng: Generator) -> tuple[Any, ...]:
    # So many rows that another seed gives another answer, as the exercise asks.
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(80, 160))
    X = np.round(rng.normal(0, 1, (rows, columns)), 2)
    weights, limit = [1.0, *np.round(rng.normal(0, 1, columns - 1), 1).tolist()], round(float(rng.normal(0, 0.3)), 3)
    y = ((X @ weights > limit) ^ (rng.random(rows) < rng.random() / 2)).astype(int)
    return {"weights": weights, "limit": limit}, X, y, _seed(rng)


def _seed(rng: Generator) -> int:
    return int(rng.integers(1, 10**6))


#: The exercises whose wider draws are not their own cases, varied.
DRAWN: dict[str, Callable[[Generator], tuple[Any, ...]]] = {
    "diagnose": _diagnose,
    "kfold_indices": _kfold_indices,
    "layer_gradient_norms": _layer_gradient_norms,
    "ResidualBlock": _residual_block,
    "has_identity_path": _has_identity_path,
    "make_network": _make_network,
    "train_one_epoch": _train_one_epoch,
    "evaluate": _network_and_batches,
    "saliency": _saliency,
    "permutation_importance": _permutation_importance,
}
