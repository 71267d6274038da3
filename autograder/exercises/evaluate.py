"""Loss, accuracy and the recall of each class, over all batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake

PLAIN, DEEP = "Linear", "Linear, BatchNorm, ReLU, Dropout, Linear"


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("two batches of the same size", _case(rng, PLAIN, [8, 8]), 1),
        Case("a short last batch", _case(rng, PLAIN, [10, 9, 3]), 1),
        Case("a network in training mode", _case(rng, DEEP, [9, 9], training=True), 1.5),
        Case("a class of which there are no images", _case(rng, PLAIN, [3, 13], absent=True), 1),
        Case("one batch", _case(rng, DEEP, [12]), 0.5),
    ]


def _case(
    rng: np.random.Generator, network: str, sizes: list[int], *, training: bool = False, absent: bool = False
) -> tuple[dict[str, Any], list[Any]]:
    """A network and batches on which no wrong rule gives the right numbers by chance."""
    import torch

    from autograder.exercises._training_probe import make

    classes = 4 if absent else 3
    while True:
        model: dict[str, Any] = {
            "name": network,
            "inputs": 4,
            "classes": classes,
            "training mode": training,
            "seed": int(rng.integers(1, 10**6)),
        }
        x = rng.normal(size=(sum(sizes), 4))
        with torch.no_grad():
            predicted = make(model).eval()(torch.from_numpy(x)).argmax(dim=1).numpy()
        y = np.where(rng.random(len(x)) < 0.5, predicted, rng.integers(0, classes, size=len(x)))
        if absent:
            # Neither the first class nor the last one: a list that leaves it out has its values in wrong places.
            y[y == 1] = 2
            # In a first batch of fewer images than classes, each once, the last is missed: tables need a fixed size.
            y[: sizes[0]] = rng.permutation([0, 2, 3])
            if predicted[: sizes[0]][y[: sizes[0]] == 3] == 3:
                continue
        parts = np.split(np.arange(len(x)), np.cumsum(sizes)[:-1])
        if _tells_apart(y, predicted, parts, [k for k in range(classes) if not (absent and k == 1)]):
            return model, [[x[rows], y[rows]] for rows in parts]


def _tells_apart(y: np.ndarray, predicted: np.ndarray, parts: list[np.ndarray], present: list[int]) -> bool:
    right = predicted == y
    if any(not (y[rows] == k).any() or not (predicted == k).any() for rows in parts for k in present):
        return False
    recall = np.array([right[y == k].mean() for k in present])
    precision = np.array([right[predicted == k].mean() for k in present])
    of_batches = np.array([[right[rows][y[rows] == k].mean() for k in present] for rows in parts]).mean(axis=0)
    accuracies = [right[rows].mean() for rows in parts]
    short = len({len(rows) for rows in parts}) > 1
    return bool(
        np.abs(recall - precision).min() > 0.01
        and 0.3 < right.mean() < 0.9
        and abs(right.mean() - recall.mean()) > 0.01
        and (len(parts) == 1 or np.abs(recall - of_batches).max() > 0.01)
        and (not short or abs(right.mean() - np.mean(accuracies)) > 0.01)
        and (len(parts) == 1 or abs(accuracies[-1] - right.mean()) > 0.01)
    )


def reference(model, batches):
    import torch

    from evalkit import ConfusionMatrix

    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    labels = list(range(logits.shape[1]))
    cm = ConfusionMatrix.from_labels(y.numpy(), logits.argmax(dim=1).numpy(), labels=labels)
    recall = [cm.one_vs_rest(k).recall if (y == k).any() else float("nan") for k in labels]
    loss = -torch.log_softmax(logits, dim=1)[torch.arange(len(y)), y].mean()
    return {"loss": loss.item(), "accuracy": cm.accuracy, "recall": recall}


def right(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def variant_counts(model, batches):
    import torch

    model.eval()
    loss, hits, support = 0.0, None, None
    with torch.no_grad():
        for x, y in batches:
            logits = model(x)
            if hits is None:
                hits, support = [0] * logits.shape[1], [0] * logits.shape[1]
            loss += torch.nn.functional.cross_entropy(logits, y, reduction="sum").item()
            for true, predicted in zip(y.tolist(), logits.argmax(dim=1).tolist()):
                support[true] += 1
                hits[true] += true == predicted
    n = sum(support)
    recall = [h / s if s else float("nan") for h, s in zip(hits, support)]
    return {"loss": loss / n, "accuracy": sum(hits) / n, "recall": recall}


def variant_arrays(model, batches):
    import torch

    training = model.training
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    model.train(training)
    y = torch.cat([y for _, y in batches])
    hit = (logits.argmax(1) == y).double()
    recall = torch.stack([hit[y == k].mean() for k in range(logits.shape[1])])
    return {"recall": recall, "accuracy": hit.mean(), "loss": torch.nn.functional.cross_entropy(logits, y)}


def variant_table(model, batches):
    import torch

    model.train(False)
    losses, sizes, table = [], [], None
    for x, y in batches:
        logits = model(x)
        k = logits.shape[1]
        cells = torch.bincount(k * y + logits.argmax(dim=1), minlength=k * k).reshape(k, k).numpy()
        table = cells if table is None else table + cells
        losses.append(torch.nn.functional.cross_entropy(logits, y).item())
        sizes.append(len(y))
    with np.errstate(invalid="ignore"):
        recall = np.diag(table) / table.sum(axis=1)
    return {"loss": np.average(losses, weights=sizes), "accuracy": np.trace(table) / table.sum(), "recall": recall}


EXERCISE = Exercise(
    id="evaluate",
    lesson="09_resnet_vs_plain",
    objective="RN.3",
    points=5,
    signature="evaluate(model, batches)",
    cases=cases,
    reference=reference,
    misconceptions={
        "one-recall": mistake(
            right,
            {"[hit[y == k].mean().item() for k in range(logits.shape[1])]": "hit[y == 1].mean().item()"},
            "Your recall is one number, that of class 1. Asked for is a list with the recall of each class, in order.",
        ),
        "no-eval": mistake(
            right,
            {"    model.eval()\n": ""},
            "You measure in whatever mode the model arrives in. In training mode dropout is on and batch normalisation "
            "uses, and learns from, the validation images. Begin with model.eval().",
        ),
        "training-mode": mistake(
            right,
            {"model.eval()": "model.train()"},
            "You call model.train() before you measure. Then dropout is on and batch normalisation uses, and learns "
            "from, the images that you only want to judge. It is model.eval() here.",
        ),
        "mean-of-batches": mistake(
            right,
            {
                "loss = torch.nn.functional.cross_entropy(logits, y).item()": (
                    "losses = [torch.nn.functional.cross_entropy(model(x), y).item() for x, y in batches]\n"
                    "    loss = sum(losses) / len(losses)"
                ),
                "hit.mean().item()": "np.mean([(model(x).argmax(dim=1) == y).double().mean() for x, y in batches])",
            },
            "You average the batches' values, so an image in a short last batch counts more than the others. Collect "
            "sums and counts over all batches, and divide at the end.",
        ),
        "mean-of-losses": mistake(
            right,
            {
                "loss = torch.nn.functional.cross_entropy(logits, y).item()": (
                    "losses = [torch.nn.functional.cross_entropy(model(x), y).item() for x, y in batches]\n"
                    "    loss = sum(losses) / len(losses)"
                )
            },
            "Accuracy and recall are right, but the loss is the mean of the batches' means. Multiply each by the "
            "number of its images, add up, and divide by the number of all images.",
        ),
        "recall-of-batches": mistake(
            right,
            {
                "    recall =": (
                    "    sizes = [len(labels) for _, labels in batches]\n"
                    "    parts = list(zip(hit.split(sizes), y.split(sizes)))\n"
                    "    recall ="
                ),
                "hit[y == k].mean().item()": "np.mean([part[labels == k].mean() for part, labels in parts])",
            },
            "You compute the recall of each batch and average. A batch with few images of a class then counts as much "
            "as one with many. Count hits and images of each class over all batches first.",
        ),
        "precision": mistake(
            right,
            {"hit[y == k]": "hit[predicted == k]"},
            "You divide the hits by how often the class was predicted; that is its precision. Recall divides by how "
            "many images of the class there are.",
        ),
        "share-of-all": mistake(
            right,
            {"hit[y == k].mean().item()": "hit[y == k].sum().item() / len(y)"},
            "You divide the hits of each class by the number of all images. Recall divides by the number of images of "
            "that class.",
        ),
        "absent-is-zero": mistake(
            right,
            {"hit[y == k].mean().item()": "hit[y == k].sum().item() / max(1, (y == k).sum().item())"},
            "A class of which there are no images gets recall 0 from you, as if the model had missed some. There is "
            "nothing to measure: its recall is NaN.",
        ),
        "absent-left-out": mistake(
            right,
            {"range(logits.shape[1])": "y.unique()"},
            "You list only the classes that occur, so the values behind a missing class move up by one place. Go over "
            "all classes, one for each logit, and write NaN where there are no images.",
        ),
        "mean-recall": mistake(
            right,
            {"hit.mean()": "torch.tensor(recall).double().nanmean()"},
            "Your accuracy is the mean of the recalls, which is balanced accuracy. Accuracy is the share of all images "
            "that are right.",
        ),
        "softmax-twice": mistake(
            right,
            {"cross_entropy(logits,": "cross_entropy(torch.softmax(logits, dim=1),"},
            "You apply softmax before cross_entropy, which applies it itself: it wants the logits. Accuracy and recall "
            "do not show it, the loss does.",
        ),
        "last-batch": mistake(
            right,
            {"for x, _ in batches": "for x, _ in batches[-1:]", "for _, y in batches": "for _, y in batches[-1:]"},
            "You return the values of the last batch. Keep logits and labels (or counts) of all batches.",
        ),
        "percent": mistake(
            right,
            {"hit.mean().item()": "100 * hit.mean().item()"},
            "Accuracy is in percent in your answer. A fraction from 0 to 1 is asked for.",
        ),
        "sum-of-losses": mistake(
            right,
            {"cross_entropy(logits, y)": 'cross_entropy(logits, y, reduction="sum")'},
            "Accuracy and recall are right, but your loss is the sum over the images. Divide it by their number.",
        ),
    },
    variants={"counts": variant_counts, "arrays": variant_arrays, "table": variant_table},
    tolerance=1e-6,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._training_probe",
)
