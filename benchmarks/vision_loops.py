"""The loops that `benchmarks/vision.py` compares: each trains a network for one epoch and validates it.

Each loop runs in a process of its own, because what one of them asks of the C library would help the others, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from evalkit.training.environment import cpu_threads, freed_memory_kept
from evalkit.vision.experiment import run
from evalkit.vision.experiment.settings import Precision, precision_for
from evalkit.vision.images import ImageData, cats_and_dogs, digits
from evalkit.vision.resnet import ResNet

BATCH = 64
EPOCHS = 2  # of the experiment, which also draws the initial weights
EXPERIMENT = "the experiment, two networks side by side"


@dataclass(frozen=True)
class Task:
    """A network and its images."""

    name: str
    data: ImageData
    depth: int
    width: int

    @property
    def precision(self) -> Precision:
        """What the experiment computes in here."""
        return precision_for("auto", "cpu", self.data.train_x.shape[-1])

    def model(self) -> ResNet:
        torch.manual_seed(0)
        return ResNet(self.depth, self.width, len(self.data.classes), self.data.train_x.shape[1])


class Photos(Dataset[Any]):
    """PIL images that are turned into standardised tensors when they are asked for, as in torchvision's tutorials."""

    def __init__(self, data: ImageData, part: Any) -> None:
        from PIL import Image
        from torchvision.transforms import Compose, Normalize, ToTensor

        pixels = (data.pictures(part) * 255).round().astype("uint8")
        self.images = [Image.fromarray(picture) for picture in pixels]
        self.labels = (data.train_y if part == "train" else data.valid_y).tolist()
        self.transform = Compose([ToTensor(), Normalize(data.mean, data.std)])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.images[index]), self.labels[index]


def photo_batches(data: ImageData, workers: int = 0) -> Callable[[bool], Any]:
    options = {"batch_size": BATCH, "num_workers": workers, "persistent_workers": workers > 0}
    train = DataLoader(Photos(data, "train"), shuffle=True, **options)
    valid = DataLoader(Photos(data, "valid"), **options)
    return lambda training: train if training else valid


def tensor_batches(data: ImageData) -> Callable[[bool], Iterator[tuple[Tensor, Tensor]]]:
    def batches(training: bool) -> Iterator[tuple[Tensor, Tensor]]:
        if training:
            rows = torch.randperm(len(data.train_y)).split(BATCH)
            return ((data.train_x[part], data.train_y[part]) for part in rows)
        return zip(data.valid_x.split(BATCH), data.valid_y.split(BATCH), strict=True)

    return batches


def epoch_of(task: Task, batches: Callable[[bool], Any], channels_last: bool, bf16: bool) -> Callable[[], int]:
    """Return what trains and validates for an epoch, with loss and accuracy of both parts, as tutorials do."""
    model = task.model()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()
    precision = partial(torch.autocast, "cpu", torch.bfloat16) if bf16 else nullcontext

    def outputs(x: Tensor) -> Tensor:
        with precision():
            return model(x.contiguous(memory_format=layout)).float()

    def epoch() -> int:
        for training in (True, False):
            model.train(training)
            total, right, count = 0.0, 0, 0
            with torch.set_grad_enabled(training):
                for x, y in batches(training):
                    output = outputs(x)
                    loss = loss_of(output, y)
                    if training:
                        optimizer.zero_grad()
                        loss.backward()
                        optimizer.step()
                    total += loss.item() * len(y)
                    right += (output.argmax(1) == y).sum().item()
                    count += len(y)
        return 1

    return epoch


def experiment(task: Task, networks: int) -> Callable[[], int]:
    """Return the training of so many networks, with other seeds, by the experiment and with all that it keeps."""

    def train() -> int:
        run(
            task.data, depths=[task.depth], skips=[True], seeds=range(networks), width=task.width, epochs=EPOCHS,
            batch_size=BATCH, learning_rate=0.05, schedule="constant", device="cpu", progress=False,
        )  # fmt: skip
        return networks * EPOCHS

    return train


# Each loop returns how often it has gone through the images.
LOOPS: dict[str, Callable[[Task], Callable[[], int]]] = {
    "tutorial loop": lambda task: epoch_of(task, photo_batches(task.data), False, False),
    "tutorial loop, 2 loader processes": lambda task: epoch_of(task, photo_batches(task.data, 2), False, False),
    "tensors in memory": lambda task: epoch_of(task, tensor_batches(task.data), False, False),
    "and channels_last": lambda task: epoch_of(task, tensor_batches(task.data), True, False),
    "and bf16 autocast": lambda task: epoch_of(task, tensor_batches(task.data), True, True),
    "and freed memory kept": lambda task: freed_memory_kept()(
        epoch_of(task, tensor_batches(task.data), True, task.precision == "bf16")
    ),
    "the experiment, one network": lambda task: experiment(task, 1),
    EXPERIMENT: lambda task: experiment(task, 2),
}


def tasks() -> list[Task]:
    """Return the networks to train, each with its images."""
    pets = cats_and_dogs()
    return [
        *(Task(f"ResNet-20, width {width}, images of 32×32", pets, 20, width) for width in (8, 16, 32)),
        Task("ResNet-56, width 8, digits of 8×8", digits(), 56, 8),
    ]


def serve(task: int, loop: str, orders: Connection) -> None:
    """Train at each order, and answer with the seconds for a pass through the images; at the order False, end."""
    with cpu_threads(None):
        train = LOOPS[loop](tasks()[task])
        while orders.recv():
            started = perf_counter()
            passes = train()
            orders.send((perf_counter() - started) / passes)
