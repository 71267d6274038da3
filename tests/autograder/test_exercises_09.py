"""The exercises of lesson 09: what is special to them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from known_answers import (  # noqa: F401 - a fixture
    EQUAL_TO_EVERYTHING,
    check_probes_outside,
    torch_on_one_thread,
    verdict_on,
    verdicts_outside,
)
from torch import nn
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder.exercises import _network_probe, of_lesson
from autograder.exercises.evaluate import reference as evaluate
from autograder.exercises.make_network import reference as make_network
from autograder.exercises.train_one_epoch import reference as train_one_epoch

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_to_the_end")]

LESSON = "09_resnet_vs_plain"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


# ---------------------------------------------------------------------------------------------------- make_network
def test_what_is_no_network_is_said_in_words():
    assert "must return a network, an nn.Module" in str(verdict_on("make_network", lambda *_: torch.relu))


def test_a_network_with_a_detached_skip_loses_the_gradient_only():
    class Detached(nn.Module):
        def __init__(self, block):
            super().__init__()
            self.block = block

        def forward(self, x):
            branch = self.block.bn2(self.block.conv2(torch.relu(self.block.bn1(self.block.conv1(x)))))
            skip = self.block.downsample
            return torch.relu(branch if skip is None else branch + skip(x).detach())

    def answer(depth, width, classes, skip):
        model = make_network(depth, width, classes, skip)
        for stage in (model.layer1, model.layer2, model.layer3):
            for place, block in enumerate(stage):
                stage[place] = Detached(block)
        return model

    verdict = verdict_on("make_network", answer)
    assert [case.name for case in verdict.cases if case.points < case.max_points] == [
        "the gradient at the input, with skips"
    ]


def test_every_depth_up_to_60_is_built_or_refused():
    for depth in range(-4, 61):
        expected = "a network" if depth >= 8 and depth % 6 == 2 else "a ValueError"
        assert _network_probe.outcome(make_network, depth, 2, 3, True) == expected
    for name, variant in EXERCISES["make_network"].variants.items():
        for depth in (-4, 0, 2, 7, 8, 10, 14, 15):
            expected = _network_probe.outcome(make_network, depth, 2, 3, True)
            assert _network_probe.outcome(variant, depth, 2, 3, True) == expected, (name, depth)


def test_the_layers_of_depth_20_are_20_and_two_more_that_do_not_count():
    told = _network_probe.layers(make_network(20, 4, 3, True))
    assert told == {"3×3 convolutions": 19, "other convolutions": 0, "batch normalisations": 19, "linear layers": 1}


def test_filling_leaves_no_hook_behind():
    hooks = torch.nn.modules.module._global_forward_pre_hooks
    before = len(hooks)
    verdict_on("make_network", make_network)
    verdict_on("make_network", lambda *_: nn.Conv2d(3, 3, 3))  # stops with an error, as it has three channels
    assert len(hooks) == before


# ------------------------------------------------------------------------------------- train_one_epoch and evaluate
@pytest.mark.parametrize("exercise_id", ["train_one_epoch", "evaluate"])
def test_references_agree_with_evalkit(exercise_id):
    """The loop of evalkit, on the same network and the same batches."""
    from evalkit import accuracy_score, recall_score
    from evalkit.training import fit

    x, y = torch.randn(22, 4, generator=torch.Generator().manual_seed(1)), torch.arange(22) % 3

    def model():
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))

    ours, theirs = model(), model()
    batches = list(zip(x.split(8), y.split(8), strict=True))
    loss = train_one_epoch(ours, batches, torch.optim.SGD(ours.parameters(), lr=0.1))
    seen = {}

    def recalls(y_true, y_pred):
        seen["recall"] = recall_score(y_true, y_pred, average=None).tolist()
        return 0.0

    history = fit(
        theirs,
        batches,
        batches,
        epochs=1,
        optimizer=torch.optim.SGD(theirs.parameters(), lr=0.1),
        metrics={"accuracy": accuracy_score, "recalls": recalls},
        progress=False,
    )
    if exercise_id == "train_one_epoch":
        assert loss == pytest.approx(history.train["loss"][0], rel=1e-6)
        for name, value in ours.state_dict().items():
            assert torch.allclose(value, theirs.state_dict()[name]), name
    else:
        answer = evaluate(ours, batches)
        assert answer["loss"] == pytest.approx(history.valid["loss"][0], rel=1e-5)
        assert answer["accuracy"] == pytest.approx(history.valid["accuracy"][0])
        assert answer["recall"] == pytest.approx(seen["recall"])


@pytest.mark.parametrize("seed", range(5))
def test_only_the_class_without_images_is_nan(seed):
    for case in EXERCISES["evaluate"].answer_key(seed)["cases"]:
        recall = dict(case["expected"]["value"]["dict"])["recall"]
        nowhere = case["name"] == "a class of which there are no images"
        assert [value == {"float": "nan"} for value in recall] == [i == 1 and nowhere for i in range(len(recall))]


def test_an_evaluation_that_changes_the_network_is_not_right():
    def trains(model, batches):
        answer = evaluate(model, batches)
        with torch.no_grad():
            next(model.parameters()).add_(1)
        return answer

    assert verdict_on("evaluate", trains) == 0


def test_a_loss_without_graph_is_told_apart_from_other_errors():
    def backward_twice(model, batches, optimizer):
        model.train()
        total = 0
        for x, y in batches:
            optimizer.zero_grad()
            total = total + nn.functional.cross_entropy(model(x), y)
            total.backward()
            optimizer.step()
        return total.item()

    verdict = verdict_on("train_one_epoch", backward_twice)
    assert verdict == 0
    assert verdict.misconceptions == ()
    assert "RuntimeError" in str(verdict)


def test_a_tensor_is_no_number():
    def answer(model, batches, optimizer):
        return torch.tensor(train_one_epoch(model, batches, optimizer))

    assert verdict_on("train_one_epoch", answer).misconceptions == ("returns-tensor",)


# ------------------------------------------------------------------------------------------------- top_k_accuracy
@pytest.mark.parametrize("seed", SEEDS)
def test_the_tie_case_has_ties_and_the_others_have_none(seed):
    for case in EXERCISES["top_k_accuracy"].draw(seed):
        logits, y, _ = case.args
        ties = any(len(set(row)) < len(row) for row in logits.tolist())
        assert ties == (case.name == "equal logits")
        assert np.issubdtype(y.dtype, np.integer)


def test_top_k_accuracy_of_scikit_learn_is_right_too():
    from sklearn.metrics import top_k_accuracy_score

    def top_k_accuracy(logits, y, k):
        if k >= logits.shape[1]:
            return 1.0
        return top_k_accuracy_score(y, logits, k=k, labels=range(logits.shape[1]))

    for seed in range(5):
        assert verdict_on("top_k_accuracy", top_k_accuracy, seed).passed


# ------------------------------------------------------------------------------------------------- from outside


BLOCK = """
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride, skip):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out_channels) for _ in range(2))
        self.skip, self.stride, self.extra = skip, stride, out_channels - in_channels

    def forward(self, x):
        out = self.norms[1](self.conv2(torch.relu(self.norms[0](self.conv1(x)))))
        if self.skip:
            out = out + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
        return torch.relu(out)
"""


# The audit grades the others from outside.
@pytest.mark.parametrize("kind", ["variants", "misconceptions"])
def test_a_grader_outside_judges_by_the_probes(kind):
    check_probes_outside(kind, EXERCISES, BLOCK)


HOSTILE = {
    "make_network": f"""{EQUAL_TO_EVERYTHING}
def make_network(depth, width, classes, skip):
    class Network(nn.Module):
        def forward(self, x):
            return Anything()
    return Network()
""",
    "train_one_epoch": """
class Number(float):
    def __eq__(self, other):
        return True

def train_one_epoch(model, batches, optimizer):
    return Number(1.0)
""",
    "evaluate": """
class Answer(dict):
    def items(self):
        raise SystemExit

def evaluate(model, batches):
    return Answer(loss=0.5, accuracy=1.0, recall=[1.0, 1.0, 1.0])
""",
}


def test_hostile_answers_gain_nothing():
    verdicts = verdicts_outside(BLOCK, **HOSTILE)
    assert set(verdicts) == set(HOSTILE)
    for exercise_id, verdict in verdicts.items():
        assert verdict == 0, verdict
        assert verdict.hints, exercise_id
