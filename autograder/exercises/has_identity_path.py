"""Skips that fail silently: does a residual block pass its input on, untouched, with its gradient?"""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

RIGHT = "plain branch, added"


def cases(rng: np.random.Generator) -> list[Case]:
    def case(name: str, *blocks: str, aspect: str = "answers") -> Case:
        # With blocks that are easy to tell, as many of each kind as chance has it: nobody can guess a whole row.
        easy = [RIGHT, "plain branch, not added"]
        row = [*blocks, *easy, *rng.choice(easy, size=3).tolist()]
        shuffled = [row[i] for i in rng.permutation(len(row))]
        # The learner's function is given one block after another, and the tensor. What stands behind is for the probe.
        return Case(name, (shuffled, "random numbers", int(rng.integers(10**6)), aspect), 0.5)

    return [
        case("with a skip and without", RIGHT, "plain branch, not added"),
        case("other branches", "bottleneck, added", "with biases, not added", "without biases, added"),
        case("scaled", "half a branch, added", "plain branch, half of it added"),
        case("added after the last ReLU", RIGHT, "plain branch, added after the ReLU"),
        case("detached", RIGHT, "plain branch, added detached"),
        case(
            "another shape or another order",
            "bottleneck, concatenated",
            "plain branch, mean of the channels added",
            "plain branch, added with rows and columns swapped",
            "plain branch, projected",
            RIGHT,
        ),
        case("changed in place", "plain branch, ReLU in place first", "plain branch, centred in place first", RIGHT),
        case("the blocks afterwards", RIGHT, "bottleneck, not added", aspect="afterwards"),
    ]


def reference(block, x):
    import torch

    zeros = {name: torch.zeros_like(parameter) for name, parameter in block.named_parameters()}
    given = x.clone()
    out = torch.func.functional_call(block, zeros, (given,))
    if out.shape != x.shape or not torch.equal(given, x) or not torch.equal(out, torch.relu(x)):
        return False
    leaf = x.clone().requires_grad_()
    torch.func.functional_call(block, zeros, (leaf,)).sum().backward()
    return torch.equal(leaf.grad, (x > 0).float())


def wrong_any_gradient(block, x):
    import torch

    given = x.clone().requires_grad_()
    out = block(given * 1)
    (gradient,) = torch.autograd.grad(out.sum(), given)
    return bool((gradient != 0).any())


def wrong_not_zeroed(block, x):
    import torch

    given = x.clone()
    with torch.no_grad():
        out = block(given)
    return out.shape == x.shape and torch.equal(given, x) and torch.equal(out, torch.relu(x))


def wrong_shape_only(block, x):
    return block(x.clone()).shape == x.shape


def variant_copy(block, x):
    import copy

    import torch

    block = copy.deepcopy(block)
    for parameter in block.parameters():
        parameter.data.zero_()
    given = x.clone()
    with torch.no_grad():
        out = block(given)
    if not torch.equal(given, x) or not torch.equal(out, torch.relu(x)):
        return False
    leaf = x.clone().requires_grad_(True)
    block(leaf).sum().backward()
    return torch.equal(leaf.grad, (x > 0).to(x.dtype))


def variant_restore(block, x):
    import torch

    saved = {name: tensor.clone() for name, tensor in block.state_dict().items()}
    try:
        with torch.no_grad():
            for parameter in block.parameters():
                parameter.mul_(0)
        leaf = x.clone().requires_grad_()
        given = leaf * 1
        out = block(given)
        same_input = torch.equal(given, x)
        same_output = out.shape == x.shape and torch.allclose(out, x.clamp(min=0))
        if not (same_input and same_output):
            return False
        weights = torch.arange(x.numel(), dtype=x.dtype).reshape(x.shape)
        (gradient,) = torch.autograd.grad((out * weights).sum(), leaf)
        return torch.allclose(gradient, weights * (x > 0))
    finally:
        block.load_state_dict(saved)


def variant_difference(block, x):
    import torch

    zeros = {name: 0 * parameter.detach() for name, parameter in block.named_parameters()}

    def run(image):
        return torch.func.functional_call(block, zeros, image)

    before = x.clone()
    out = run(x.clone())
    if out.shape != before.shape or (out - before.relu()).abs().max() > 1e-6:
        return False
    given = before.clone()
    run(given)
    if not torch.equal(given, before):
        return False
    _, change = torch.func.jvp(run, (before,), (torch.ones_like(before),))
    return torch.equal(change, (before > 0).float())


EXERCISE = Exercise(
    id="has_identity_path",
    lesson="08_residual_blocks",
    objective="RB.5",
    points=4,
    signature="has_identity_path(block, x)",
    cases=cases,
    reference=reference,
    misconceptions={
        "values-only": mistake(
            variant_copy,
            {"torch.equal(leaf.grad, (x > 0).to(x.dtype))": "True"},
            "You compare outputs only. A detached skip passes the values on and stops the gradient: look at the "
            "gradient that reaches x, too.",
        ),
        "any-gradient": Misconception(
            wrong_any_gradient,
            "You ask whether any gradient reaches x. It also comes through the branch, so every block has some. Set "
            "the block's parameters to zero: what then arrives has come through the skip.",
        ),
        "not-zeroed": Misconception(
            wrong_not_zeroed,
            "You compare the output while the branch still adds its part, so even a good block looks broken. Set all "
            "parameters of a copy of the block to zero first.",
        ),
        "shape-only": Misconception(
            wrong_shape_only,
            "You compare shapes only. A block without a skip gives the right shape, too: compare the values.",
        ),
        "without-relu": mistake(
            variant_copy,
            {"torch.equal(out, torch.relu(x))": "torch.equal(out, x)", "(x > 0).to(x.dtype)": "torch.ones_like(x)"},
            "You expect x itself. These blocks end in a ReLU, so a good one gives relu(x); one that gives x has added "
            "it after the last ReLU.",
        ),
        "damaged-input": mistake(
            variant_copy,
            {"given = x.clone()": "given = x", "block(leaf)": "block(leaf * 1)"},
            "You compare with x after the block has run. A block that changes its input in place has then changed what "
            "you compare with: give it a copy, and see whether the copy is still equal to x.",
        ),
        "weights-lost": mistake(
            variant_copy,
            {"    block = copy.deepcopy(block)\n": ""},
            "Your test sets the weights of the caller's block to zero and leaves them there. Whoever tests a trained "
            "network loses it. Work on copy.deepcopy(block).",
        ),
        "weights-only": mistake(
            variant_copy,
            {
                "for parameter in block.parameters():\n        parameter": (
                    "for name, parameter in block.named_parameters():\n"
                    '        if name.endswith("weight"):\n'
                    "            parameter"
                )
            },
            "You set weights to zero, but not biases. The shift of a batch normalisation is a bias; with it the branch "
            "still adds something. Set every parameter to zero.",
        ),
        "sums-compared": mistake(
            variant_copy,
            {
                "torch.equal(out, torch.relu(x))": "torch.isclose(out.sum(), torch.relu(x).sum(), rtol=1e-3)",
                "torch.equal(leaf.grad, (x > 0).to(x.dtype))": (
                    "bool(torch.isclose(leaf.grad.sum(), (x > 0).float().sum()))"
                ),
            },
            "You compare sums or means. A skip that puts the right values into the wrong places has the same sum: "
            "compare value by value.",
        ),
        "shapes-not-compared": mistake(
            variant_copy,
            {"not torch.equal(out, torch.relu(x))": "(out - torch.relu(x)).abs().max() > 0"},
            "Your comparison stops with an error where the output has another shape than x, as with a concatenated "
            "skip. Compare the shapes first and return False.",
        ),
        "output-only": mistake(
            variant_copy,
            {
                "not torch.equal(given, x) or ": "",
                "    leaf = x.clone().requires_grad_(True)\n    block(leaf).sum().backward()\n": "",
                "torch.equal(leaf.grad, (x > 0).to(x.dtype))": "True",
            },
            "You compare the output alone. Two faults do not show there: a skip that stops the gradient, and a block "
            "that changes the tensor it is given. Test the gradient at x, and whether the tensor you gave is still "
            "equal to x.",
        ),
    },
    variants={"copy": variant_copy, "restore": variant_restore, "difference": variant_difference},
    # float32 on two machines.
    tolerance=1e-4,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._path_probe",
)
