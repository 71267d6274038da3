"""Lesson 08: every misconception loses points and is named, every variant earns full points, whatever the seed."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import nbformat
import pytest
import torch
from known_answers import recorded, verdict_on
from torch import nn

from autograder import check
from autograder.checking.judge import judge
from autograder.exercises import _block_probe, _gradient_probe, _path_probe, of_lesson
from autograder.exercises.has_identity_path import reference as has_identity_path
from autograder.exercises.ResidualBlock import reference as residual_block
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.grading.sandbox.observing import process_observer
from autograder.proving.answers import source_as

LESSON = "08_residual_blocks"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}
WRONG = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.misconceptions]
RIGHT = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.variants]
PROBES = [_block_probe, _gradient_probe, _path_probe]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_answers_every_case_without_nan(exercise_id):
    for seed in SEEDS:
        _, key, _ = recorded(exercise_id, seed)
        for case in key["cases"]:
            assert case["expected"]["status"] == "returned", (seed, case["name"])
            assert "nan" not in json.dumps(case["expected"]["value"]), (seed, case["name"])


@pytest.mark.parametrize(("exercise_id", "name"), WRONG)
def test_misconception_loses_points_and_gets_its_own_hint(exercise_id, name):
    lost = set()
    for seed in SEEDS:
        _, key, wrong_answers = recorded(exercise_id, seed)
        verdict = judge(key, wrong_answers[name]["outcomes"], wrong_answers)
        assert verdict < verdict.max_points, f"seed {seed}: no points lost\n{verdict}"
        assert verdict.misconceptions == (name,), f"seed {seed}\n{verdict}"
        assert verdict.hints[0] == EXERCISES[exercise_id].misconceptions[name].hint
        lost.add(float(verdict))
    assert len(lost) == 1, "the same mistake costs the same, whatever the seed"


@pytest.mark.parametrize(("exercise_id", "name"), RIGHT)
def test_variant_earns_full_points(exercise_id, name):
    for seed in SEEDS:
        verdict = verdict_on(exercise_id, EXERCISES[exercise_id].variants[name], seed)
        assert verdict.passed, f"seed {seed}\n{verdict}"
        assert verdict == verdict.max_points


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_check_itself_tells_right_from_wrong(exercise_id):
    exercise = EXERCISES[exercise_id]
    name, misconception = next(iter(exercise.misconceptions.items()))
    assert check(exercise_id, misconception.answer).misconceptions == (name,)
    assert check(exercise_id, next(iter(exercise.variants.values()))).passed


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_there_is_enough_to_tell_apart(exercise_id):
    exercise = EXERCISES[exercise_id]
    assert len(exercise.misconceptions) >= 10
    assert len(exercise.variants) >= 3


@pytest.mark.parametrize("constant", [0, {}, None, True, False, "added"])
@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_answers_that_compute_nothing_earn_nothing(exercise_id, constant):
    assert check(exercise_id, lambda *_: constant) == 0


@pytest.mark.parametrize("layer", [nn.Identity, nn.ReLU, lambda *_: nn.Conv2d(3, 3, 3, padding=1)])
def test_a_layer_is_no_block(layer):
    assert check("ResidualBlock", lambda *sizes: layer()) <= 0.5


def test_what_is_no_block_is_said_in_words():
    assert "must give a block, an nn.Module" in str(check("ResidualBlock", lambda *_: torch.relu))

    class Module(nn.Module):
        def forward(self, x):
            return [x]

    assert "forward must return a tensor" in str(check("ResidualBlock", lambda *_: Module()))


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
    for case in recorded("has_identity_path", seed)[1]["cases"]:
        value = case["expected"]["value"]
        answers = value if isinstance(value, list) else dict(value["dict"])["answers"]
        assert set(answers) == {True, False}, case["name"]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__.rpartition(".")[2])
def test_a_probe_imports_only_what_the_observer_has(probe):
    """A grader sends its source to a process that can import nothing else of the course."""
    source = Path(probe.__file__).read_text(encoding="utf-8")
    imports = [
        line for line in source.splitlines() if line.strip().startswith(("import autograder", "from autograder"))
    ]
    assert imports == ["from autograder.checking.observe import observe as observe_plain"]
    modules = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert modules <= {"__future__", "collections.abc", "typing", "torch", "autograder.checking.observe"}


def submission(answers):
    """A notebook with answers: functions, or source."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells.append(nbformat.v4.new_code_cell("import copy\nimport torch\nfrom torch import nn"))
    for exercise_id, answer in answers.items():
        name = EXERCISES[exercise_id].function_name
        source = answer if isinstance(answer, str) else source_as(answer, name)
        solution = {"grade_id": exercise_id, "solution": True, "grade": False, "locked": False, "schema_version": 3}
        test = {"grade_id": f"check_{exercise_id}", "solution": False, "grade": True, "locked": True,
                "schema_version": 3, "cell_type": "code", "points": EXERCISES[exercise_id].points}  # fmt: skip
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": solution}))
        check_it = f'check("{exercise_id}", {name})'
        notebook.cells.append(nbformat.v4.new_code_cell(check_it, metadata={"nbgrader": test}))
    return notebook


def judged(**answers):
    return trusted_verdicts(submission(answers), LESSON, 5, process_observer())


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
    verdicts = judged(**{**answers, "ResidualBlock": CLASS})
    assert verdicts.unjudged == []
    for exercise_id, exercise in EXERCISES.items():
        assert verdicts[exercise_id] == exercise.points, verdicts[exercise_id]


def test_a_grader_outside_recognises_mistakes():
    names = {"layer_gradient_norms": "softmax-twice", "ResidualBlock": "detached", "has_identity_path": "values-only"}
    answers = {key: EXERCISES[key].misconceptions[name].answer for key, name in names.items()}
    for exercise_id, verdict in judged(**answers).items():
        assert verdict.misconceptions == (names[exercise_id],)


HOSTILE = {
    "an object equal to everything": """
class Anything:
    def __eq__(self, other):
        return True
    def __getattr__(self, name):
        return self
    def __call__(self, *args, **kwargs):
        return self

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
    verdict = judged(ResidualBlock=HOSTILE[attempt])["ResidualBlock"]
    assert verdict == 0, verdict
    assert verdict.hints


@pytest.mark.parametrize("lines", ["return 1 if type(block) else 0", "return Yes()", "return torch.ones(10**6) > 0"])
def test_an_answer_that_is_no_truth_value_gains_nothing(lines):
    source = f"class Yes(int):\n    __eq__ = lambda *_: True\n\ndef has_identity_path(block, x):\n    {lines}"
    assert judged(has_identity_path=source)["has_identity_path"] == 0
