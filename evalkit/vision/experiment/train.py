"""Train one network of an experiment, epoch by epoch, so that it can be stopped anywhere and go on as if it had not."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from evalkit.metrics.classification import precision_recall_fscore_support
from evalkit.training import fit
from evalkit.training.environment import seeded
from evalkit.vision.experiment.results import Epoch, NetworkRun, Scores
from evalkit.vision.experiment.settings import Settings
from evalkit.vision.images import ImageData
from evalkit.vision.images.drawing import Array
from evalkit.vision.resnet import ResNet, parameter_count

NORMS_PER_EPOCH = 4  # gradient norms of all layers cost about as much as one of a hundred steps


def initial_network(settings: Settings, data: ImageData) -> ResNet:
    """Return the network with its initial weights, which are drawn from torch's global generator."""
    device = torch.device(settings.device)
    with seeded(settings.seed, device):
        model = ResNet(
            depth=settings.depth,
            width=settings.width,
            num_classes=len(data.classes),
            in_channels=data.train_x.shape[1],
            skip=settings.skip,
            shortcut=settings.shortcut,
        )
    return model.to(device, memory_format=layout(settings.width))  # type: ignore[call-overload,no-any-return]


def layout(width: int) -> torch.memory_format:
    """Return the order of images in memory: channels last, which is faster, from 8 channels on.

    With fewer, torch (2.14 and 2.15, on processors without AVX-512) writes past the end of its memory in the gradient
    of a 1×1 convolution with a stride, as in shortcut B, and the process ends.
    """
    return torch.channels_last if width >= 8 else torch.contiguous_format


def train_network(
    model: ResNet,
    settings: Settings,
    data: ImageData,
    *,
    folder: Path | None = None,
    step_done: Callable[[int], Any] = lambda steps: None,
    epoch_done: Callable[[Epoch], Any] = lambda epoch: None,
) -> NetworkRun:
    """Train an initial network, or go on where the folder holds its checkpoint.

    Every epoch is seeded by its own number and depends on nothing but the weights, the optimizer's state and that
    seed. So a run that was killed and resumed gives the same numbers as one that was not.

    Parameters
    ----------
    model : ResNet
        As `initial_network` returns it.
    settings : Settings
    data : ImageData
        On the device.
    folder : Path, optional
        Where checkpoints lie. Without it there are none.
    step_done, epoch_done : callable
        Are told how many steps are done, and each new epoch.
    """
    network = AsTrained(model, settings)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        # One call for all weights, not five for each; not every device has it.
        fused=settings.device in ("cpu", "cuda"),
    )
    steps = -(-len(data.train_y) // settings.batch_size)
    run = NetworkRun(settings, parameter_count(model), model=model)
    checkpoint = folder / f"{settings.hash()}.pt" if folder else None
    if checkpoint and checkpoint.is_file():
        saved = torch.load(checkpoint, map_location=settings.device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        run.epochs.extend(Epoch.from_dict(epoch) for epoch in saved["epochs"])
        run.first_loss = saved["first_loss"]
        step_done(steps * len(run.epochs))
    norms = LayerNorms(model, every=-(-steps // NORMS_PER_EPOCH))
    hooks = [
        optimizer.register_step_pre_hook(lambda *_: norms.measure()),
        optimizer.register_step_post_hook(lambda *_: step_done(1)),
    ]
    while len(run.epochs) < settings.epochs and not run.diverged:
        epoch = train_epoch(network, optimizer, norms, run, data)
        run.epochs.append(epoch)
        if checkpoint:
            save(checkpoint, run, model, optimizer)
        epoch_done(epoch)
    for hook in hooks:
        hook.remove()
    model.eval()
    return run


def train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    norms: LayerNorms,
    run: NetworkRun,
    data: ImageData,
) -> Epoch:
    """Train the next epoch of a run and measure it."""
    settings, number = run.settings, len(run.epochs)
    seed, rate = settings.seed_of(number), settings.learning_rate_of(number)
    for group in optimizer.param_groups:
        group["lr"] = rate
    train_x = augmented(data.train_x, seed) if settings.augment else data.train_x
    scores = ClassScores(len(data.classes))
    history = fit(
        network,
        (train_x, data.train_y),
        (data.valid_x, data.valid_y),
        epochs=1,
        optimizer=optimizer,
        metrics={"accuracy": scores},
        batch_size=settings.batch_size,
        seed=seed,
        progress=False,
    )
    if run.first_loss is None:
        run.first_loss = history.first_loss
    train, valid = (
        Scores(curves["loss"][0], curves["accuracy"][0], *per_class)
        for curves, per_class in zip((history.train, history.valid), scores.of_parts(), strict=True)
    )
    return Epoch(
        train=train,
        valid=valid,
        gradient_norm=history.grad_norm[0],
        layer_norms=norms.taken(),
        learning_rate=rate,
        seconds=history.seconds[0],
    )


class AsTrained(nn.Module):
    """A network that computes as fast as its device can: images in the order that suits it, in bf16 if it is to."""

    def __init__(self, model: nn.Module, settings: Settings) -> None:
        super().__init__()
        self.model = model
        self.layout = layout(settings.width)
        self.bf16 = settings.precision == "bf16"

    def forward(self, x: Tensor) -> Tensor:
        """Return logits in float32."""
        x = x.contiguous(memory_format=self.layout)
        with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            logits: Tensor = self.model(x)
        return logits.float()


class LayerNorms:
    """The length of the gradient of each layer's weights, a few times in an epoch, from the input to the output."""

    def __init__(self, model: nn.Module, every: int) -> None:
        layers = (nn.Conv2d, nn.Linear)
        self.weights = {name: part.weight for name, part in model.named_modules() if isinstance(part, layers)}
        self.every = every
        self.steps = 0
        self.seen: list[Tensor] = []

    def measure(self) -> None:
        """Measure, if it is time again. To be called between the backward pass and the optimizer's step."""
        if self.steps % self.every == 0:
            gradients = (weight.grad for weight in self.weights.values())
            self.seen.append(torch.stack([torch.linalg.vector_norm(grad) for grad in gradients if grad is not None]))
        self.steps += 1

    def taken(self) -> dict[str, float]:
        """Return the mean of each layer since the last call."""
        means = torch.stack(self.seen).mean(dim=0).tolist()
        self.seen, self.steps = [], 0
        return dict(zip(self.weights, means, strict=True))


class ClassScores:
    """The accuracy, as a metric for `fit`, that also keeps precision, recall and F1 of each class."""

    def __init__(self, classes: int) -> None:
        self.labels = list(range(classes))
        self.seen: list[tuple[list[float], ...]] = []

    def __call__(self, y_true: Array, y_pred: Array) -> float:
        # A network that never says "cat" has no precision for cats; it counts as 0 here, as it helped nobody.
        scores = precision_recall_fscore_support(y_true, y_pred, labels=self.labels, average=None, zero_division=0.0)
        self.seen.append(tuple([float(value) for value in values] for values in scores[:3]))
        return float((y_true == y_pred).mean())

    def of_parts(self) -> list[tuple[list[float], ...]]:
        """Return the scores of training and validation part; NaN where the outputs were not numbers."""
        unknown = tuple([math.nan] * len(self.labels) for _ in range(3))
        return self.seen or [unknown, unknown]


def augmented(x: Tensor, seed: int) -> Tensor:
    """Return the images shifted by up to an eighth of their side in each direction, and half of them mirrored.

    What comes in from outside is 0, which in standardised images is the mean colour.
    """
    n, _, height, width = x.shape
    reach_y, reach_x = height // 8, width // 8
    generator = torch.Generator().manual_seed(seed)
    down = torch.randint(2 * reach_y + 1, (n, 1), generator=generator)
    right = torch.randint(2 * reach_x + 1, (n, 1), generator=generator)
    mirrored = torch.rand(n, 1, generator=generator) < 0.5
    rows = down + torch.arange(height)
    columns = torch.arange(width).expand(n, width)
    columns = right + torch.where(mirrored, columns.flip(1), columns)
    padded = nn.functional.pad(x, (reach_x, reach_x, reach_y, reach_y))
    index = [torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    index = [part.to(x.device) for part in index]
    # Indexing with the channels last is one gather of whole pixels.
    return padded.permute(0, 2, 3, 1)[index[0], index[1], index[2]].permute(0, 3, 1, 2)


def save(path: Path, run: NetworkRun, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write a checkpoint. A process killed at any moment leaves the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    state = {
        "settings": run.settings.hash(),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epochs": [epoch.to_dict() for epoch in run.epochs],
        "first_loss": run.first_loss,
    }
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
