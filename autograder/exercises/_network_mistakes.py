"""Networks that are not what was asked for, as learners write them.

They use the lesson's `Block`, and nothing else but torch.
"""

from __future__ import annotations


def Block(in_channels, out_channels, stride, skip):
    """What the lesson's class of that name makes."""
    from evalkit.vision import BasicBlock

    return BasicBlock(in_channels, out_channels, stride, skip=skip, shortcut="A")


def wrong_always_skips(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, True))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_never_skips(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, False))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_skips_where_shapes_stay(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip and stride == 1))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_depth_counts_blocks(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 3):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_n_per_stage(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 2):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_one_block_repeated(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        stride = 1 if stage == 0 else 2
        layers.append(Block(channels, width * 2**stage, stride, skip))
        channels = width * 2**stage
        layers += [Block(channels, channels, 1, skip)] * ((depth - 8) // 6)
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_blocks_in_a_list(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
            self.blocks, channels = [], width
            for stage in range(3):
                for i in range((depth - 2) // 6):
                    stride = 2 if stage > 0 and i == 0 else 1
                    self.blocks.append(Block(channels, width * 2**stage, stride, skip))
                    channels = width * 2**stage
            self.last = nn.Linear(channels, classes)

        def forward(self, x):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.last(x.mean(dim=(2, 3)))

    return Network()


def wrong_no_stride(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_stride_everywhere(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_first_stage_strides(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_same_width(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width, stride, skip))
            channels = width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_no_first_norm(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1)], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_softmax(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes), nn.Softmax(dim=1)]
    return nn.Sequential(*layers)


def wrong_max_pool(depth, width, classes, skip):
    from torch import nn

    if depth < 8 or (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_no_error(depth, width, classes, skip):
    from torch import nn

    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)


def wrong_depth_2(depth, width, classes, skip):
    from torch import nn

    if (depth - 2) % 6:
        raise ValueError("depth must be 6n + 2")
    layers, channels = [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range((depth - 2) // 6):
            stride = 2 if stage > 0 and i == 0 else 1
            layers.append(Block(channels, width * 2**stage, stride, skip))
            channels = width * 2**stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*layers)
