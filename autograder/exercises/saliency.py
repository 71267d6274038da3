"""Saliency: which pixels the score of a class depends on."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a linear model", _case(rng, "linear", 1, 4), 1),
        Case("a colour image", _case(rng, "convolutional", 3, 6), 1),
        Case("a grey image", _case(rng, "convolutional", 1, 7), 1),
        Case("a model in training mode", _case(rng, "convolutional", 3, 6, training=True), 1),
    ]


def _case(
    rng: np.random.Generator, kind: str, channels: int, side: int, training: bool = False
) -> tuple[dict[str, Any], np.ndarray, int]:
    """A network, an image and a class that the network does not predict."""
    import torch

    from autograder.exercises._saliency_probe import network

    while True:
        description = {
            "network": kind,
            "channels": channels,
            "side": side,
            "training mode": training,
            "seed": int(rng.integers(1, 10_000)),
        }
        image = np.round(rng.normal(0, 1, size=(channels, side, side)), 2)
        with torch.no_grad():
            proba = network(description).eval()(torch.from_numpy(image)[None]).softmax(dim=1)[0].numpy()
        # Where the model is very sure, the softmax hardly moves, and all its derivatives are nearly 0.
        if 0.05 < proba.min() and proba.max() < 0.9:
            return description, image, int(np.argsort(proba)[1])


def reference(model, x, target):
    from evalkit.analysis.saliency import gradient

    return gradient(model, x, target)


def right(model, x, target):
    model.eval()
    x = x.clone().requires_grad_()
    model(x.unsqueeze(0))[0, target].backward()
    return x.grad.abs().amax(dim=0)


def variant_autograd_grad(model, x, target):
    import torch

    model.eval()
    image = x.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(image.unsqueeze(0))[0, target], image)
    return gradient.abs().max(dim=0).values


def variant_batch_of_one(model, x, target):
    was_training = model.training
    model.eval()
    batch = x.detach().clone()[None]
    batch.requires_grad = True
    logits = model(batch)
    logits[:, target].sum().backward()
    model.train(was_training)
    return batch.grad[0].abs().numpy().max(axis=0)


def variant_clears(model, x, target):
    import torch

    model.eval()
    x.requires_grad_()
    x.grad = None
    torch.index_select(model(torch.stack([x])), 1, torch.tensor([target])).backward()
    per_channel = [channel.abs() for channel in x.grad]
    result = per_channel[0]
    for channel in per_channel[1:]:
        result = torch.maximum(result, channel)
    return result


EXERCISE = Exercise(
    id="saliency",
    lesson="10_error_analysis",
    objective="EA.5",
    points=4,
    signature="saliency(model, x, target)",
    cases=cases,
    reference=reference,
    misconceptions={
        "softmax": mistake(
            right,
            {"model(x.unsqueeze(0))": "model(x.unsqueeze(0)).softmax(dim=1)"},
            "You differentiate a probability. A probability also moves when the other classes gain or lose, so the map "
            "mixes them in. Take the logit of the target: what the model returns, before the softmax.",
        ),
        "loss": mistake(
            right,
            {"model(x.unsqueeze(0))[0, target]": "model(x.unsqueeze(0)).log_softmax(dim=1)[0, target].neg()"},
            "You differentiate the loss, as in training. The loss depends on the scores of all classes. Here one "
            "number matters: the logit of the target.",
        ),
        "signed": mistake(
            right,
            {".abs()": ""},
            "Your map has negative values, or misses them. A pixel that lowers the score matters as much as one that "
            "raises it: take the absolute value of the derivatives before the maximum over the channels.",
        ),
        "no-batch": mistake(
            right,
            {"model(x.unsqueeze(0))[0, target]": "model(x)[target]"},
            "You give the model the image alone. A network takes a batch, even of one image: its input has four axes, "
            "and the logits have one row for each image.",
        ),
        "every-channel": mistake(
            right,
            {".amax(dim=0)": ""},
            "You return one map for each channel. Asked for is one for the image, of shape (height, width): take the "
            "maximum over the channels.",
        ),
        "channel-mean": mistake(
            right,
            {"amax": "mean"},
            "You take the mean over the channels. Asked for is the maximum: one channel that matters is enough.",
        ),
        "predicted-class": mistake(
            right,
            {"[0, target]": "[0].max()"},
            "You explain the class with the highest score, whatever the target. Differentiate the logit of the target: "
            "often the class that was not predicted is the interesting one.",
        ),
        "all-classes": mistake(
            right,
            {"[0, target]": ".sum()"},
            "You add up the scores of all classes. Pick one logit: the row of your image, the column of the target.",
        ),
        "accumulates": mistake(
            right,
            {"x = x.clone()": "x = x"},
            "The first call is right, the second with the same x is not: gradients are added to x.grad, where those of "
            "the call before still are. Work on a fresh copy, x.clone(), or use torch.autograd.grad.",
        ),
        "training-mode": mistake(
            right,
            {"    model.eval()\n": ""},
            "You ask the model in the mode in which it happens to be. In training mode dropout leaves out features and "
            "batch normalisation uses the statistics of your one image: call model.eval() first.",
        ),
        "scaled": mistake(
            right,
            {"x.grad.abs().amax(dim=0)": "x.grad.abs().amax(dim=0) / x.grad.abs().max()"},
            "You scale the map to a maximum of 1. That is fine for a picture, but two maps can then no longer be "
            "compared: return the derivatives themselves.",
        ),
        "times-input": mistake(
            right,
            {"x.grad.abs()": "(x.grad * x).abs()"},
            "You multiply the derivatives by the image. That is another method; dark pixels would never count. Return "
            "the derivatives themselves.",
        ),
        "batch-axis": mistake(
            right,
            {"x.grad.abs().amax(dim=0)": "x.grad.abs().amax(dim=0).unsqueeze(0)"},
            "Your map still has the axis of the batch: its shape is (1, height, width). You have one image, so take "
            "the first entry of that axis: [0].",
        ),
    },
    variants={
        "autograd-grad": variant_autograd_grad,
        "batch-of-one": variant_batch_of_one,
        "clears": variant_clears,
    },
    seconds=5.0,
    # A network is not plain data: the probe makes it from its description.
    probe="autograder.exercises._saliency_probe",
)
