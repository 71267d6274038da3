"""Vanishing gradients, measured: how long is the gradient of each parameter?"""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def case(name: str, points: float, network: str, situation: str = "new") -> Case:
        n = int(rng.integers(6, 10))
        x, y = rng.normal(size=(n, 4)), rng.permutation(np.arange(n) % 3)
        # The learner's function is given the network itself. What stands behind y is for the probe.
        return Case(name, (network, x, y, int(rng.integers(1, 10**6)), situation), points)

    plain, normalised = "Linear, ReLU, Linear", "Linear, BatchNorm, ReLU, Linear"
    return [
        case("a small network", 1, plain),
        case("gradients left by an earlier batch", 1, plain, "gradients left"),
        case("called twice", 0.5, plain, "called twice"),
        case("a layer that the output does not use", 0.5, "Linear, tanh, Linear, and a spare Linear"),
        case("a network in training mode", 0.5, normalised),
        case("a network in evaluation mode", 0.5, normalised, "evaluation"),
    ]


def reference(model, x, y):
    import torch

    loss = torch.nn.functional.cross_entropy(model(x), y)
    parameters = dict(model.named_parameters())
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True, materialize_grads=True)
    return {name: gradient.norm().item() for name, gradient in zip(parameters, gradients)}


def right(model, x, y):
    import torch

    model.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    norms = {name: 0.0 if p.grad is None else p.grad.norm().item() for name, p in model.named_parameters()}
    return norms


def variant_backward(model, x, y):
    import torch

    model.zero_grad()
    loss = torch.nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    norms = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            norms[name] = 0.0
        else:
            norms[name] = float((parameter.grad**2).sum() ** 0.5)
    return norms


def variant_by_hand(model, x, y):
    import torch

    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    log_p = torch.log_softmax(model(x), dim=1)
    (-log_p[torch.arange(len(y)), y].mean()).backward()
    return {name: torch.linalg.vector_norm(p.grad) for name, p in model.named_parameters()}


def variant_copy(model, x, y):
    from copy import deepcopy

    import torch

    # The caller's gradients are left alone.
    copied = deepcopy(model)
    copied.zero_grad(set_to_none=True)
    torch.nn.functional.nll_loss(copied(x).log_softmax(1), y).backward()
    names, parameters = zip(*copied.named_parameters())
    return {n: p.grad.flatten().norm(2).item() if p.grad is not None else 0 for n, p in zip(names, parameters)}


EXERCISE = Exercise(
    id="layer_gradient_norms",
    lesson="08_residual_blocks",
    objective="RB.2",
    points=4,
    signature="layer_gradient_norms(model, x, y)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-zero-grad": mistake(
            right,
            {"    model.zero_grad()\n": ""},
            "backward() adds to the gradients that are there already, so yours grow with every call. Set them to zero "
            "first: model.zero_grad().",
        ),
        "zero-grad-afterwards": mistake(
            right,
            {"    model.zero_grad()\n": "", "    return norms": "    model.zero_grad()\n    return norms"},
            "You set the gradients to zero at the end. Somebody else may have left some before your function is "
            "called, and backward() adds to them: set them to zero before backward().",
        ),
        "softmax-twice": mistake(
            right,
            {"model(x)": "torch.softmax(model(x), dim=1)"},
            "You applied softmax before cross_entropy, which applies it itself: it wants the logits, as the model "
            "gives them. Nothing warns you; the gradients are just too small.",
        ),
        "sum-of-losses": mistake(
            right,
            {"(model(x), y)": '(model(x), y, reduction="sum")'},
            "You added up the losses of the images, so your norms grow with the size of the batch. Take their mean, "
            "which is what cross_entropy does by default.",
        ),
        "squared-error": mistake(
            right,
            {"cross_entropy(model(x), y)": "mse_loss(model(x), torch.nn.functional.one_hot(y, 3).float())"},
            "You took the mean squared error between the logits and the labels. The loss of a classifier is "
            "cross-entropy, and its gradients are others.",
        ),
        "norm-of-mean": mistake(
            right,
            {"p.grad.norm()": "p.grad.mean().abs()"},
            "You took the mean of the gradient first. There positive and negative entries cancel, and a large gradient "
            "can look like none. The norm squares every entry before it adds them up.",
        ),
        "mean-size": mistake(
            right,
            {"p.grad.norm()": "p.grad.abs().mean()"},
            "You took the mean size of the entries. Asked for is the norm, the length of the gradient: the root of the "
            "sum of the squares, with no division by the number of entries.",
        ),
        "squared": mistake(
            right,
            {"p.grad.norm()": "(p.grad**2).sum()"},
            "You added up the squares and stopped there. The norm is the square root of that sum.",
        ),
        "norm-of-weights": mistake(
            right,
            {"0.0 if p.grad is None else p.grad.norm().item()": "p.norm().item()"},
            "You measured the weights themselves. The gradient of a parameter p stands in p.grad.",
        ),
        "detached": mistake(
            right,
            {"model(x)": "model(x).detach()"},
            "backward() found no way back: the logits were cut off from the weights, by no_grad(), detach() or item(). "
            "Compute logits and loss with the graph in place.",
        ),
        "left-out": mistake(
            right,
            {
                "0.0 if p.grad is None else ": "",
                "model.named_parameters()": "model.named_parameters() if p.grad is not None",
            },
            "You leave out parameters that received no gradient. Those are what one is looking for: their norm is 0.0, "
            "and they belong into the dict.",
        ),
        "none-has-no-norm": mistake(
            right,
            {"0.0 if p.grad is None else ": ""},
            "A parameter that the output does not use has the gradient None, and None has no norm. Test for it, and "
            "count it as 0.0.",
        ),
        "evaluation-mode": mistake(
            right,
            {"model.zero_grad()": "model.eval()\n    model.zero_grad()"},
            "You called model.eval(). Then batch normalisation uses its stored statistics, and you measure other "
            "gradients than those of training. Leave the model in the mode in which you get it.",
        ),
        "training-mode": mistake(
            right,
            {"model.zero_grad()": "model.train()\n    model.zero_grad()"},
            "You called model.train(). Then batch normalisation uses the statistics of the batch, though the caller "
            "had asked for evaluation mode. Leave the model in the mode in which you get it.",
        ),
        "weights-only": mistake(
            right,
            {"model.named_parameters()": 'model.named_parameters() if name.endswith("weight")'},
            "You leave out biases. Every name of model.named_parameters() belongs into the dict.",
        ),
    },
    variants={"backward": variant_backward, "by-hand": variant_by_hand, "copy": variant_copy},
    # float32 on two machines.
    tolerance=1e-4,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._gradient_probe",
)
