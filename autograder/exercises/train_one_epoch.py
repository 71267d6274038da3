"""One epoch of training: what every loop has to get right, in five lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def case(
        name: str,
        points: float,
        sizes: list[int],
        network: str = "Linear",
        *,
        training: bool = True,
        left: bool = False,
    ) -> Case:
        inputs, classes = int(rng.integers(3, 5)), 3
        model: dict[str, Any] = {
            "name": network,
            "inputs": inputs,
            "classes": classes,
            "training mode": training,
            "seed": int(rng.integers(1, 10**6)),
        }
        batches = [[rng.normal(size=(n, inputs)), rng.permutation(np.arange(n) % classes)] for n in sizes]
        # The learner's function is given the model, the batches and an optimizer that the probe makes of these.
        return Case(name, (model, batches, {"learning rate": 0.1, "gradients left": left}), points)

    deep = "Linear, BatchNorm, ReLU, Dropout, Linear"
    return [
        case("three batches of the same size", 1.5, [6, 6, 6]),
        case("a short last batch", 1, [8, 8, 3]),
        case("gradients left from before", 1, [5, 5], left=True),
        case("a network in training mode", 0.5, [6, 5], deep),
        case("a network in evaluation mode", 1, [6, 5], deep, training=False),
    ]


def reference(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def variant_sums(model, batches, optimizer):
    import torch

    model.train()
    summed = torch.nn.CrossEntropyLoss(reduction="sum")
    total = 0.0
    for x, y in batches:
        loss = summed(model(x), y)
        optimizer.zero_grad(set_to_none=False)
        (loss / len(y)).backward()
        optimizer.step()
        total += float(loss.detach())
    return total / sum(len(y) for _, y in batches)


def variant_every_sample(model, batches, optimizer):
    import torch

    if not model.training:
        model.train()
    losses = []
    for batch in batches:
        images, labels = batch
        each = torch.nn.functional.cross_entropy(model(images), labels, reduction="none")
        optimizer.zero_grad()
        each.mean().backward()
        optimizer.step()
        losses.extend(each.tolist())
    return np.mean(losses)


def variant_by_hand(model, batches, optimizer):
    import torch

    model.train(True)
    weighted = []
    for x, y in batches:
        for p in model.parameters():
            p.grad = None
        log_p = torch.log_softmax(model(x), dim=1)
        loss = -log_p[torch.arange(len(y)), y].mean()
        loss.backward()
        optimizer.step()
        weighted.append((loss.detach().item(), y.shape[0]))
    model.eval()
    return sum(value * n for value, n in weighted) / sum(n for _, n in weighted)


EXERCISE = Exercise(
    id="train_one_epoch",
    lesson="09_resnet_vs_plain",
    objective="RN.2",
    points=5,
    signature="train_one_epoch(model, batches, optimizer)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-zero-grad": mistake(
            reference,
            {"        optimizer.zero_grad()\n": ""},
            "You never set the gradients to zero. backward() adds to what is there, so each step also repeats all "
            "those before it. Call optimizer.zero_grad() in every round of the loop.",
        ),
        "zero-grad-once": mistake(
            reference,
            {
                "        optimizer.zero_grad()\n": "",
                "    model.train()\n": "    model.train()\n    optimizer.zero_grad()\n",
            },
            "You set the gradients to zero once, before the loop. From the second batch on they add up. It belongs "
            "into the loop, before backward().",
        ),
        "zero-grad-afterwards": mistake(
            reference,
            {
                "        optimizer.zero_grad()\n": "",
                "        optimizer.step()\n": "        optimizer.step()\n        optimizer.zero_grad()\n",
            },
            "You set the gradients to zero after each step. Somebody else may have left some before your function is "
            "called, and they get into your first step: set them to zero before backward().",
        ),
        "zero-grad-before-step": mistake(
            reference,
            {
                "        optimizer.zero_grad()\n": "",
                "        optimizer.step()\n": "        optimizer.zero_grad()\n        optimizer.step()\n",
            },
            "At your step() there is no gradient: you set it to zero after backward(), or you call step() before "
            "backward(). So the weights stay. The order is: zero_grad, backward, step.",
        ),
        "no-step": mistake(
            reference,
            {"        optimizer.step()\n": ""},
            "You compute gradients and never use them: without optimizer.step() the weights stay as they are.",
        ),
        "one-step": mistake(
            reference,
            {
                "        optimizer.zero_grad()\n": "",
                "    model.train()\n": "    model.train()\n    optimizer.zero_grad()\n",
                "        optimizer.step()\n": "",
                "    return": "    optimizer.step()\n    return",
            },
            "You make one step at the end of the epoch. Each batch has its own: zero_grad, backward and step all stand "
            "inside the loop.",
        ),
        "mean-of-batches": mistake(
            reference,
            {"loss.item() * len(y)": "loss.item()", "count += len(y)": "count += 1"},
            "You average the batches' means, so an image in a short last batch counts more than the others. Multiply "
            "each batch's loss by its number of images, add up, and divide by the number of all images.",
        ),
        "sum": mistake(
            reference,
            {"loss.item() * len(y)": "loss.item()", "total / count": "total"},
            "You return a sum over the batches. It grows with their number. Return the mean over all images.",
        ),
        "last-loss": mistake(
            reference,
            {"total / count": "loss.item()"},
            "You return the loss of the last batch alone. It stands for a few images only: return the mean over all.",
        ),
        "first-batch-only": mistake(
            reference,
            {"    return": "        return"},
            "Your return stands inside the loop, so training ends after the first batch. Indent it less.",
        ),
        "softmax-twice": mistake(
            reference,
            {"model(x)": "torch.softmax(model(x), dim=1)"},
            "You apply softmax before cross_entropy, which applies it itself: it wants the logits. Nothing warns you; "
            "the loss just cannot get low, and the gradients are too small.",
        ),
        "detached": mistake(
            reference,
            {"model(x)": "model(x).detach()"},
            "The loss was cut off from the weights, by no_grad(), detach(), item() or a new tensor, so backward() "
            "finds no way back. Compute logits and loss with the graph in place; use item() only for your sum.",
        ),
        "no-train-mode": mistake(
            reference,
            {"    model.train()\n": ""},
            "Your model can arrive in evaluation mode, left there by whoever evaluated it last. Then dropout is off "
            "and batch normalisation does not learn its statistics. Begin with model.train().",
        ),
        "evaluation-mode": mistake(
            reference,
            {"model.train()": "model.eval()"},
            "You call model.eval() before training. Then dropout is off and batch normalisation keeps its old "
            "statistics. Training needs model.train().",
        ),
        "returns-tensor": mistake(
            reference,
            {"loss.item()": "loss"},
            "You return a tensor. It may hold the graphs of all batches, and so all their activations, in memory. Take "
            "the number out of each loss with loss.item().",
        ),
        "loss-after-step": mistake(
            reference,
            {"total += loss.item()": "total += torch.nn.functional.cross_entropy(model(x), y).item()"},
            "You measure the loss of a batch after the step on that batch. Then it is the loss of other weights, on "
            "data that they have just learned from. Use the loss whose gradient you took.",
        ),
        "sum-of-batch": mistake(
            reference,
            {
                "cross_entropy(model(x), y)": 'cross_entropy(model(x), y, reduction="sum")',
                "loss.item() * len(y)": "loss.item()",
            },
            'You add up the losses of a batch (reduction="sum"), so its gradient, and your step, grow with the size '
            "of the batch. The step belongs to the mean, which is what cross_entropy gives by itself.",
        ),
        "over-batches": mistake(
            reference,
            {"count += len(y)": "count += 1"},
            "You multiplied each batch's loss by its number of images, and divided by the number of batches. Divide "
            "by the number of all images.",
        ),
        "list-of-losses": mistake(
            reference,
            {
                "total, count = 0.0, 0": "total, count = [], 0",
                "total += loss.item() * len(y)": "total.append(loss.item())",
                "total / count": "total",
            },
            "You return the loss of every batch, in a list. Asked for is one number: the mean over all images.",
        ),
    },
    variants={"sums": variant_sums, "every-sample": variant_every_sample, "by-hand": variant_by_hand},
    tolerance=1e-6,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._training_probe",
)
