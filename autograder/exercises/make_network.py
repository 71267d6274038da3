"""A whole network, plain or residual, of any depth 6n + 2."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def case(name: str, points: float, depth: int, skip: bool, aspect: str) -> Case:
        x = rng.normal(size=(2, 1, 12, 8))
        width, classes = int(rng.integers(3, 6)), int(rng.integers(3, 7))
        # The learner's function is given the first four. The others are for the probe.
        return Case(name, (depth, width, classes, skip, aspect, x, int(rng.integers(1, 10**6))), points)

    wrong_depth = int(rng.choice([9, 10, 11, 12, 13, 18, 21]))
    return [
        case("depth 14, with skips", 1, 14, True, "output"),
        case("depth 14, without", 1, 14, False, "output"),
        case("the layers of depth 20", 1, 20, True, "layers"),
        case("the smallest network", 1, 8, True, "output"),
        case("the gradient at the input, with skips", 0.5, 14, True, "gradient"),
        case("the gradient at the input, without", 0.5, 14, False, "gradient"),
        case("a depth that is not 6n + 2", 0.5, wrong_depth, True, "error"),
        case("depth 2, which would be no block at all", 0.5, 2, False, "error"),
    ]


def Block(in_channels, out_channels, stride, skip):
    """What the lesson's class of that name makes."""
    from evalkit.vision import BasicBlock

    return BasicBlock(in_channels, out_channels, stride, skip=skip, shortcut="A")


def reference(depth, width, classes, skip):
    from evalkit.vision import ResNet

    return ResNet(depth, width, classes, in_channels=1, skip=skip, shortcut="A")


def variant_sequential(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def variant_own_class(depth, width, classes, skip):
    import torch
    from torch import nn

    if depth not in range(8, 2000, 6):
        raise ValueError("depth must be 8, 14, 20, 26, …")

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(True))
            self.blocks = nn.ModuleList()
            channels = width
            for number in range((depth - 2) // 2):
                per_stage = (depth - 2) // 6
                stage, place = divmod(number, per_stage)
                stride = 2 if stage > 0 and place == 0 else 1
                self.blocks.append(Block(channels, width * 2**stage, stride, skip))
                channels = width * 2**stage
            self.last = nn.Linear(channels, classes)

        def forward(self, x):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.last(torch.mean(x, dim=(-2, -1)))

    return Network()


def variant_from_scratch(depth, width, classes, skip):
    import torch
    from torch import nn

    class Layer(nn.Module):
        def __init__(self, c_in, c_out, stride):
            super().__init__()
            self.conv1, self.norm1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out)
            self.conv2, self.norm2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False), nn.BatchNorm2d(c_out)
            self.stride = stride

        def forward(self, x):
            out = self.norm2(self.conv2(self.norm1(self.conv1(x)).clamp(min=0)))
            if skip:
                small = x[:, :, :: self.stride, :: self.stride]
                zeros = out.new_zeros(out.shape[0], out.shape[1] - x.shape[1], *out.shape[2:])
                out = out + torch.cat([small, zeros], dim=1)
            return out.clamp(min=0)

    if depth < 8 or (depth - 2) % 6 != 0:
        raise ValueError("no such depth")
    layers, channels = [Layer(width, width, 1) for _ in range((depth - 2) // 6)], width
    for _ in range(2):
        layers += [Layer(channels, 2 * channels, 2)]
        layers += [Layer(2 * channels, 2 * channels, 1) for _ in range((depth - 8) // 6)]
        channels *= 2
    start = nn.Sequential(nn.Conv2d(1, width, 3, padding="same"), nn.BatchNorm2d(width), nn.ReLU())
    return nn.Sequential(start, *layers, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(1), nn.Linear(channels, classes))


EXERCISE = Exercise(
    id="make_network",
    lesson="09_resnet_vs_plain",
    objective="RN.1",
    points=6,
    signature="make_network(depth, width, classes, skip)",
    cases=cases,
    reference=reference,
    misconceptions={
        "always-skips": mistake(
            variant_sequential,
            {"stride, skip)": "stride, True)"},
            "Your network has skips whatever `skip` says, so the comparison with the plain one would show nothing. "
            "Pass it on to every block.",
        ),
        "never-skips": mistake(
            variant_sequential,
            {"stride, skip)": "stride, False)"},
            "Your network has no skips whatever `skip` says. Pass it on to every block.",
        ),
        "skips-where-shapes-stay": mistake(
            variant_sequential,
            {"stride, skip)": "stride, skip and stride == 1)"},
            "Your blocks with stride 2 have no skip. Every block has one; Block brings x into the new shape itself.",
        ),
        "blocks-are-depth": mistake(
            variant_sequential,
            {"(depth - 2) // 6": "(depth - 2) // 3"},
            "You count a block as one layer. It has two convolutions, so three stages of n blocks have 6n, not 3n.",
        ),
        "n-per-network": mistake(
            variant_sequential,
            {"(depth - 2) // 6": "(depth - 2) // 2"},
            "Each of your three stages is as deep as the whole network should be: divide by three stages, and by the "
            "two convolutions in each block.",
        ),
        "one-block-repeated": mistake(
            variant_sequential,
            {"layers.append(Block(": "layers.append(layers[-1] if i > 1 else Block("},
            "You made one block and use it n times: [block] * n is n times the same object, with the same weights. "
            "Call Block anew for each.",
        ),
        "blocks-in-a-list": mistake(
            variant_own_class,
            {"nn.ModuleList()": "[]"},
            "You keep your blocks in a Python list. The network runs, but an optimizer does not find their weights: "
            "model.parameters() looks into modules only. Use nn.Sequential or nn.ModuleList.",
        ),
        "no-stride": mistake(
            variant_sequential,
            {"stride = 2 if stage > 0 and i == 0 else 1": "stride = 1"},
            "Your image keeps its size through all stages. The first block of the second and of the third stage has "
            "stride 2.",
        ),
        "stride-everywhere": mistake(
            variant_sequential,
            {"stage > 0 and i == 0": "stage > 0"},
            "Every block of your later stages halves the image. Only the first block of a stage has stride 2; in a "
            "deep network nothing would be left of the image.",
        ),
        "first-stage-strides": mistake(
            variant_sequential,
            {"stage > 0 and i == 0": "i == 0"},
            "Your first stage halves the image, too. It works at full size: stride 2 begins with the second stage.",
        ),
        "same-width": mistake(
            variant_sequential,
            {
                "Block(channels, width * 2**stage, stride": "Block(channels, width, stride",
                "channels = width * 2**stage": "channels = width",
            },
            "Your stages all have the same number of channels. The second has 2 · width and the third 4 · width.",
        ),
        "no-first-norm": mistake(
            variant_sequential,
            {", nn.BatchNorm2d(width), nn.ReLU()]": "]"},
            "After the first convolution come batch normalisation and ReLU, before the first block.",
        ),
        "softmax": mistake(
            variant_sequential,
            {"nn.Linear(channels, classes)]": "nn.Linear(channels, classes), nn.Softmax(dim=1)]"},
            "Your network ends in a softmax. It should return logits: cross_entropy applies softmax itself, and twice "
            "is once too often.",
        ),
        "max-pool": mistake(
            variant_sequential,
            {"AdaptiveAvgPool2d": "AdaptiveMaxPool2d"},
            "You take the maximum over the image at the end. Asked for is the mean.",
        ),
        "no-error": mistake(
            variant_sequential,
            {'    if depth < 8 or (depth - 2) % 6:\n        raise ValueError("depth must be 6n + 2")\n': ""},
            "You round depths that cannot be built, such as 18, without a word. Whoever asks for 18 layers gets "
            "another network than they think. Raise ValueError unless depth is 6n + 2, with n at least 1.",
        ),
        "depth-2": mistake(
            variant_sequential,
            {"depth < 8 or (depth - 2) % 6": "(depth - 2) % 6"},
            "2 is 6 · 0 + 2, but a network without blocks is not what anybody means. n must be at least 1: raise "
            "ValueError below 8.",
        ),
        "no-first-norm-only": mistake(
            variant_sequential,
            {"nn.BatchNorm2d(width), nn.ReLU()]": "nn.ReLU()]"},
            "There is no batch normalisation behind your first convolution. It comes between that convolution and the"
            " ReLU.",
        ),
        "asserts": mistake(
            variant_sequential,
            {
                "if depth < 8 or (depth - 2) % 6:\n        raise ValueError(": (
                    "assert depth >= 8 and (depth - 2) % 6 == 0, ("
                ),
            },
            "You use assert, which raises AssertionError, and which Python leaves out when it runs with -O. Test the "
            "depth with if, and raise ValueError.",
        ),
        "returns-the-error": mistake(
            variant_sequential,
            {"raise ValueError(": "return ValueError("},
            "You return a ValueError. Whoever calls your function then holds an exception in place of a network, and "
            "notices nothing. An exception is raised: raise ValueError(…).",
        ),
        "prints-the-error": mistake(
            variant_sequential,
            {"raise ValueError(": "return print("},
            "For a depth that cannot be built you return None. Whoever calls your function goes on without a network."
            " Raise ValueError, with a message that says which depths there are.",
        ),
    },
    variants={
        "sequential": variant_sequential,
        "own-class": variant_own_class,
        "from-scratch": variant_from_scratch,
    },
    tolerance=1e-6,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._network_probe",
)
