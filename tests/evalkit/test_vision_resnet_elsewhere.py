"""evalkit's ResNet in the tools that take torchvision's, and checkpoints as others save them."""

from __future__ import annotations

import copy
import io
import re

import pytest
import torch
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

from evalkit.vision import ResNet, backbone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


def saved(model, x):
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


TOOLS = {
    "fx": lambda model, x: torch.fx.symbolic_trace(model),
    "script": lambda model, x: torch.jit.script(model),
    "compile": lambda model, x: torch.compile(model, backend="eager", fullgraph=True),
    "export": lambda model, x: torch.export.export(model, (x,)).module(),
    "pickle": saved,
    "copy": lambda model, x: copy.deepcopy(model),
}


# torch calls TorchScript deprecated; it is still what many phones run.
@pytest.mark.filterwarnings("ignore:.*torch.jit.*")
@pytest.mark.parametrize("shortcut", ["A", "B"])
@pytest.mark.parametrize("tool", TOOLS)
def test_tools_take_the_network_in_training_and_in_evaluation(tool, shortcut):
    torch.manual_seed(0)
    model, x = ResNet(depth=8, width=4, shortcut=shortcut), torch.randn(3, 3, 8, 8)
    for training in (False, True):
        one = copy.deepcopy(model).train(training)
        other = TOOLS[tool](copy.deepcopy(one), x)
        torch.testing.assert_close(other(x), one(x))
        means = {
            name: value for name, value in other.state_dict().items() if name.endswith("layer1.0.bn1.running_mean")
        }
        torch.testing.assert_close(*means.values(), one.layer1[0].bn1.running_mean)


def test_features_can_be_taken_out():
    torch.manual_seed(0)
    model, x = ResNet(depth=8, width=4), torch.randn(2, 3, 8, 8)
    train_nodes, _ = get_graph_node_names(model)
    assert "layer1.0.bn1" in train_nodes
    extractor = create_feature_extractor(model, {"layer2": "middle", "fc": "logits"}).eval()
    found = extractor(x)
    torch.testing.assert_close(found["logits"], model.eval()(x))
    assert found["middle"].shape == (2, 8, 4, 4)


WRAPPINGS = {
    "distributed": lambda weights: {f"module.{key}": value for key, value in weights.items()},
    "compiled": lambda weights: {f"_orig_mod.{key}": value for key, value in weights.items()},
    "compiled, distributed": lambda weights: {f"module._orig_mod.{key}": value for key, value in weights.items()},
    "checkpoint": lambda weights: {"epoch": 3, "state_dict": weights},
    "checkpoint, distributed": lambda weights: {
        "model_state_dict": {f"module.{key}": value for key, value in weights.items()},
        "optimizer": {},
    },
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_checkpoints_of_wrapped_models_fit(wrapping):
    weights = backbone("resnet18", 2).state_dict()
    found = backbone("resnet18", 2, weights=WRAPPINGS[wrapping](weights)).state_dict()
    assert all(torch.equal(found[key], value) for key, value in weights.items())


def test_another_prefix_is_named():
    weights = {f"encoder.{key}": value for key, value in backbone("resnet18", 2).state_dict().items()}
    with pytest.raises(ValueError, match=re.escape("names begin with 'encoder.': pass {key.removeprefix")):
        backbone("resnet18", 2, weights=weights)
