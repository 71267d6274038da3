"""The training loop itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch

from evalkit.training._data import Batches
from evalkit.training._scores import Epoch, Metric, wants_scores
from evalkit.training.progress import Progress
from evalkit.training.stopping import EarlyStopping, Patience

NORMS_PER_EPOCH = 4  # a norm takes about as long as a small layer, so it is measured now and then
STEPS_BETWEEN_NORMS = 16  # where nobody knows how many steps an epoch has

Curves = dict[str, list[float]]


@dataclass
class Run:
    """One training run: what it works on, and what it has recorded so far."""

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    loss: Callable[..., torch.Tensor]
    metrics: Mapping[str, Metric]
    train_batches: Batches
    valid_batches: Batches
    steps: int | None
    progress: Progress
    train: Curves = field(default_factory=dict)
    valid: Curves = field(default_factory=dict)
    grad_norm: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    first_loss: float | None = None
    stopped_early: bool = False
    best_weights: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.scored = {name: wants_scores(metric) for name, metric in self.metrics.items()}
        self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def run(self, epochs: int, rule: EarlyStopping | None) -> None:
        """Train for that many epochs, or until a loss is not finite, or until the rule says stop."""
        patience = Patience(rule) if rule else None
        best = math.inf
        for epoch in range(epochs):
            started = perf_counter()
            measured = self._train_epoch(), self._validate()
            finite = all(math.isfinite(loss) for loss, _ in measured)
            for curves, (loss, seen) in zip((self.train, self.valid), measured, strict=True):
                # A metric of outputs that are not numbers has no value.
                scores = (
                    seen.measure(self.metrics, self.scored)
                    if seen and finite
                    else dict.fromkeys(self.metrics, math.nan)
                )
                for name, value in {"loss": loss, **scores}.items():
                    curves.setdefault(name, []).append(value)
            if rule and patience:
                value = self.valid[rule.monitor][-1]
                self.stopped_early = patience.used_up_after(value)
                signed = value if rule.direction == "min" else -value
                if signed < best:
                    best = signed
                    self.best_weights = _copy(self.model)
            self.seconds.append(perf_counter() - started)
            self.progress.epoch_done(epoch, self.train, self.valid)
            # Weights that have become NaN stay NaN: no later epoch can be better.
            if self.stopped_early or not finite:
                break
        # A gradient left behind would be added to that of the caller's next backward pass.
        self.optimizer.zero_grad()
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)

    def _train_epoch(self) -> tuple[float, Epoch | None]:
        # Names looked up once: the loop runs thousands of times a second for a small model.
        model, loss_of, zero_grad, step = self.model, self.loss, self.optimizer.zero_grad, self.optimizer.step
        keep, step_done = bool(self.metrics), self.progress.step_done
        between = -(-self.steps // NORMS_PER_EPOCH) if self.steps else STEPS_BETWEEN_NORMS
        losses, sizes, outputs, targets, norms = [], [], [], [], []
        model.train()
        for number, (inputs, target) in enumerate(self.train_batches()):
            output = model(inputs)
            loss = loss_of(output, target)
            zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if number % between == 0:
                norms.append(self._gradient_norm())
            step()
            # Not .item(): on a GPU that would wait for the step to finish.
            losses.append(loss.detach())
            sizes.append(len(target))
            if keep:
                outputs.append(output.detach())
                targets.append(target)
            step_done()
        if not sizes:
            raise ValueError("train yielded no batches.")
        values = torch.stack(losses).tolist()
        if self.first_loss is None:
            self.first_loss = values[0]
        self.grad_norm.append(float(torch.stack(norms).mean()))
        return _mean(values, sizes), Epoch(outputs, targets, loss_of) if keep else None

    @torch.inference_mode()
    def _validate(self) -> tuple[float, Epoch | None]:
        losses, sizes, outputs, targets = [], [], [], []
        self.model.eval()
        for inputs, target in self.valid_batches():
            output = self.model(inputs)
            losses.append(self.loss(output, target))
            sizes.append(len(target))
            outputs.append(output)
            targets.append(target)
        if not sizes:
            raise ValueError("valid yielded no batches.")
        seen = Epoch(outputs, targets, self.loss) if self.metrics else None
        return _mean(torch.stack(losses).tolist(), sizes), seen

    def _gradient_norm(self) -> torch.Tensor:
        norms = [torch.linalg.vector_norm(p.grad) for p in self.parameters if p.grad is not None]
        length: torch.Tensor = torch.linalg.vector_norm(torch.stack(norms))
        return length


def _mean(values: list[float], sizes: list[int]) -> float:
    """The mean over samples of batch means; the last batch of an epoch is often smaller."""
    return math.fsum(value * size for value, size in zip(values, sizes, strict=True)) / sum(sizes)


def _copy(model: torch.nn.Module) -> dict[str, Any]:
    return {
        name: value.detach().clone() if isinstance(value, torch.Tensor) else value
        for name, value in model.state_dict().items()
    }
