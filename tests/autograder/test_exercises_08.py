"""The exercises of lesson 08: what is special to them."""

from __future__ import annotations

import pytest
import torch
from known_answers import (  # noqa: F401 - a fixture
    EQUAL_TO_EVERYTHING,
    asked,
    torch_on_one_thread,
    verdict_on,
    verdicts_outside,
)
from torch import nn
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder.exercises import _block_probe, _path_probe, of_lesson
from autograder.exercises.has_identity_path import reference as has_identity_path
from autograder.exercises.ResidualBlock import reference as residual_block

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_to_the_end")]

LESSON = "08_residual_blocks"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


@pytest.mark.parametrize("layer", [nn.Identity, nn.ReLU, lambda *_: nn.Conv2d(3, 3, 3, padding=1)])
def test_a_layer_is_no_block(layer):
    assert verdict_on("ResidualBlock", lambda *sizes: layer()) <= 0.5


def test_what_is_no_block_is_said_in_words():
    assert "must give a block, an nn.Module" in str(verdict_on("ResidualBlock", lambda *_: torch.relu))

    class Module(nn.Module):
        def forward(self, x):
            return [x]

    assert "forward must return a tensor" in str(verdict_on("ResidualBlock", lambda *_: Module()))


@pytest.mark.parametrize("sizes", [(3, 3, 1), (3, 5, 1), (3, 6, 2), (4, 4, 2), (1, 4, 1)])
@pytest.mark.parametrize("aspect", ["output", "shortcut", "gradient", "training"])
def test_the_reference_agrees_with_torchvision(sizes, aspect):
    from torchvision.models.resnet import BasicBlock

    def theirs(in_channels, out_channels, stride=1):
        shortcut = None
        if stride != 1 or in_channels != out_channels:
            convolution = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            shortcut = nn.Sequential(convolution, nn.BatchNorm2d(out_channels))
        return BasicBlock(in_channels, out_channels, stride, shortcut)

    x = torch.randn(2, sizes[0], 6, 6, generator=torch.Generator().manual_seed(1)).tolist()
    ours, others = (_block_probe.measure(answer, *sizes, aspect, x, 7) for answer in (residual_block, theirs))
    assert ours.keys() == others.keys()
    for name, value in ours.items():
        assert value == pytest.approx(others[name], rel=1e-9), name


def test_with_the_branch_at_zero_a_block_gives_relu_of_its_input():
    x = torch.tensor([[[[-1.0, 2.0], [3.0, -4.0]]]])
    told = _block_probe.measure(residual_block, 1, 1, 1, "shortcut", x.tolist(), 3)
    assert told["some values of the output, the branch being zero"] == [0.0, 2.0, 3.0, 0.0]


def test_the_numbers_depend_on_the_seed():
    """Otherwise a submission could know them."""
    values = [_block_probe.numbers((2, 3), seed).tolist() for seed in (1, 2, 1)]
    assert values[0] == values[2] != values[1]
    keys = [EXERCISES["ResidualBlock"].answer_key(seed)["cases"][0]["expected"] for seed in (1, 2)]
    assert keys[0] != keys[1]


def test_gradient_norms_of_a_network_worked_out_by_hand():
    model = nn.Linear(2, 2, bias=False)
    model.weight.data.zero_()
    # Both classes have the probability 1/2, so the gradient of each row is ∓ x / 2: the norm is |x| / √2.
    norms = EXERCISES["layer_gradient_norms"].reference(model, torch.tensor([[3.0, 4.0]]), torch.tensor([0]))
    assert norms == {"weight": pytest.approx(5 / 2**0.5)}


@pytest.mark.parametrize("join", _path_probe.JOINS)
@pytest.mark.parametrize("branch", ["plain branch", "bottleneck", "with biases", "without biases", "half a branch"])
def test_only_blocks_that_add_their_input_have_an_identity_path(branch, join):
    x = torch.randn(2, 8, 5, 5, generator=torch.Generator().manual_seed(0))
    assert has_identity_path(_path_probe.block(f"{branch}, {join}", 8, 1), x) is (join == "added")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_case_of_has_identity_path_has_blocks_of_both_kinds(seed):
    for case in asked("has_identity_path", seed)[1]["cases"]:
        value = case["expected"]["value"]
        answers = value if isinstance(value, list) else dict(value["dict"])["answers"]
        assert set(answers) == {True, False}, case["name"]


SETUP = "import copy\nimport torch\nfrom torch import nn"
CLASS = """
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.one = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1)
        self.two = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out_channels) for _ in range(3))
        self.side = None
        if stride > 1 or in_channels != out_channels:
            self.side = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        out = self.norms[1](self.two(torch.relu(self.norms[0](self.one(x)))))
        return torch.relu(out + (x if self.side is None else self.norms[2](self.side(x))))
"""


def test_a_grader_outside_judges_by_the_probes():
    """A class as learners write it, too: the answers above are functions."""
    answers = {exercise_id: next(iter(exercise.variants.values())) for exercise_id, exercise in EXERCISES.items()}
    verdicts = verdicts_outside(SETUP, **{**answers, "ResidualBlock": CLASS})
    assert verdicts.unjudged == []
    for exercise_id, exercise in EXERCISES.items():
        assert verdicts[exercise_id] == exercise.points, verdicts[exercise_id]


def test_a_grader_outside_recognises_mistakes():
    names = {"layer_gradient_norms": "softmax-twice", "ResidualBlock": "detached", "has_identity_path": "values-only"}
    answers = {key: EXERCISES[key].misconceptions[name].answer for key, name in names.items()}
    for exercise_id, verdict in verdicts_outside(SETUP, **answers).items():
        assert verdict.misconceptions == (names[exercise_id],)


HOSTILE = {
    "an object equal to everything": f"""{EQUAL_TO_EVERYTHING}
class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
    def forward(self, x):
        return Anything()
""",
    "a tensor that answers for itself": """
class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True

class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
    def forward(self, x):
        return x.as_subclass(Tensor)
""",
    "a tensor without end": """
class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
    def forward(self, x):
        return torch.ones(1).expand(10**12)
""",
    "more memory than there is": """
class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(10**15))
""",
    "the end of the process": """
import os
class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
    def forward(self, x):
        os._exit(0)
""",
    "the end of Python": """
class ResidualBlock(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
    def forward(self, x):
        raise SystemExit
""",
}


@pytest.mark.parametrize("attempt", HOSTILE)
def test_a_hostile_module_gains_nothing(attempt):
    verdict = verdicts_outside(SETUP, ResidualBlock=HOSTILE[attempt])["ResidualBlock"]
    assert verdict == 0, verdict
    assert verdict.hints


@pytest.mark.parametrize("lines", ["return 1 if type(block) else 0", "return Yes()", "return torch.ones(10**6) > 0"])
def test_an_answer_that_is_no_truth_value_gains_nothing(lines):
    source = f"class Yes(int):\n    __eq__ = lambda *_: True\n\ndef has_identity_path(block, x):\n    {lines}"
    assert verdicts_outside(SETUP, has_identity_path=source)["has_identity_path"] == 0
