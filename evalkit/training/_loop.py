"""The training loop itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch

from evalkit.training._data import Batches
from evalkit.training._modules import frozen_in_evaluation, generator_states
from evalkit.training._scores import Epoch, Metric, are_probabilities, wants_scores
from evalkit.training._steps import OF_CLASSES, Reduction, Step, is_one_of, outputs_of, rows_of
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
    step: Step
    loss: Any
    reduction: Reduction
    uneven_step: bool  # whether targets that only the step knows may count for less than others
    metrics: Mapping[str, Metric]
    train_batches: Batches
    valid_batches: Batches
    steps: int | None
    progress: Progress
    train: Curves = field(default_factory=dict)
    valid: Curves = field(default_factory=dict)
    grad_norm: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first_loss: float | None = None
    first_batch: Any = None
    drew_numbers: bool = False  # whether the first step, without its data, drew random numbers
    stopped_early: bool = False
    interrupted: bool = False
    nan_weights: bool = False
    best_weights: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.scored = {name: wants_scores(metric) for name, metric in self.metrics.items()}
        self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.frozen = frozen_in_evaluation(self.model)
        self.failures: dict[str, list[tuple[int, str]]] = {}

    def run(self, epochs: int, rule: EarlyStopping | None) -> None:
        """Train for that many epochs, or until weights are NaN, the rule says stop, or somebody interrupts."""
        patience = Patience(rule) if rule else None
        try:
            for epoch in range(epochs):
                self._epoch(epoch, patience)
                if self.stopped_early or self.nan_weights:
                    break
        except KeyboardInterrupt:
            if not self.seconds:
                raise
            self.interrupted = True
        finally:
            for curve in (self.grad_norm, *self.train.values(), *self.valid.values()):
                del curve[len(self.seconds) :]  # of an epoch that did not end
            # A gradient left behind would be added to that of the caller's next backward pass.
            self.optimizer.zero_grad()
            if self.best_weights is not None:
                self.model.load_state_dict(self.best_weights)
            self.model.eval()

    def _epoch(self, epoch: int, patience: Patience | None) -> None:
        started = perf_counter()
        found = {"training": self._train_epoch(), "validation": self._validate()}
        measured = {}
        for part, (values, sizes, seen) in found.items():
            loss = _mean(values, sizes)
            scores = dict.fromkeys(self.metrics, math.nan)
            if not math.isfinite(loss):  # a metric of outputs that are not numbers has no value
                self._explain(epoch, part, values)
            elif seen:
                scores, failed = seen.measure(self.metrics, self.scored)
                for name, why in failed.items():
                    self.failures.setdefault(f"the {part} metric {name}", []).append((epoch, why))
            measured[part] = {"loss": loss, **scores}
        for part, curves in (("training", self.train), ("validation", self.valid)):
            for name, value in measured[part].items():
                curves.setdefault(name, []).append(value)
        if patience:
            self.stopped_early = patience.used_up_after(self.valid[patience.rule.monitor][-1])
            if patience.improved:
                self.best_weights = _copy(self.model)
        self.seconds.append(perf_counter() - started)
        self.progress.epoch_done(epoch, self.train, self.valid)

    def problems(self) -> list[str]:
        """What went wrong, in sentences: one for each metric that failed, and the notes."""
        failed = [
            f"In {len(times)} of {len(self.seconds)} epochs {what} could not be computed, first in epoch "
            f"{times[0][0]}: {times[0][1].rstrip('.')}."
            for what, times in self.failures.items()
        ]
        return self.notes + failed

    def _explain(self, epoch: int, part: str, values: list[float]) -> None:
        """Tell a loss that is no number because of the weights, which stay so, from one of some batch."""
        if not self.nan_weights and _has_nan(self.model):
            self.nan_weights = True
            self.notes.append(f"Epoch {epoch}: weights of the model are no longer numbers, and stay so.")
        elif not self.nan_weights:
            broken = sum(not math.isfinite(value) for value in values)
            where = f"{broken} of {len(values)} batches" if values else "an epoch in which every target is ignored"
            if any(map(math.isinf, values)):
                what, advice = "infinite", "lower the learning rate, or look for very large values in the rows"
            else:
                what, advice = "no number", "look for NaN in the rows, and for labels that the loss cannot take"
            self.notes.append(
                f"Epoch {epoch}: the {part} loss is {what} in {where}, while all weights are finite: {advice}."
            )

    def _train_epoch(self) -> tuple[list[float], list[float], Epoch | None]:
        # Names looked up once: the loop runs thousands of times a second for a small model.
        model, step, zero_grad = self.model, self.step, self.optimizer.zero_grad
        update, keep, step_done = self.optimizer.step, bool(self.metrics), self.progress.step_done
        between = -(-self.steps // NORMS_PER_EPOCH) if self.steps else STEPS_BETWEEN_NORMS
        losses, sizes, outputs, targets, norms = [], [], [], [], []
        yielded = False
        model.train()
        for module in self.frozen:
            module.training = False
        for number, (batch, size) in enumerate(self.train_batches()):
            yielded = True
            if size == 0:  # every target is ignored: there is nothing to learn, and a mean of nothing is NaN
                step_done()
                continue
            if self.first_batch is None:
                self.first_batch, before = batch, generator_states()
                loss, output, target = step(model, batch)
                self.drew_numbers = generator_states() != before
            else:
                loss, output, target = step(model, batch)
            zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if number % between == 0:
                norms.append(self._gradient_norm())
            update()
            # Not .item(): on a GPU that would wait for the step to finish.
            losses.append(loss.detach())
            sizes.append(size if size is not None else self._size(batch, target))
            if keep:
                outputs.append(output.detach() if isinstance(output, torch.Tensor) else outputs_of(output).detach())
                targets.append(target)
            step_done()
        if not yielded:
            raise ValueError("train yielded no batches.")
        values = torch.stack(losses).tolist() if losses else []
        if self.first_loss is None and values:
            self.first_loss = values[0]
        self.grad_norm.append(float(torch.stack(norms).mean()) if norms else math.nan)
        return values, sizes, Epoch(outputs, targets, self.loss, self.reduction) if outputs else None

    # Not inference_mode: a tensor that a model keeps from such a pass cannot be used in the next training step.
    @torch.no_grad()
    def _validate(self) -> tuple[list[float], list[float], Epoch | None]:
        losses, sizes, outputs, targets = [], [], [], []
        yielded = False
        self.model.eval()
        for batch, size in self.valid_batches():
            yielded = True
            if size == 0:
                continue
            loss, output, target = self.step(self.model, batch)
            losses.append(loss.detach())
            sizes.append(size if size is not None else self._size(batch, target))
            outputs.append(output)
            targets.append(target)
        if not yielded:
            raise ValueError("valid yielded no batches.")
        given = not self.seconds and outputs and outputs[0] is not None
        if given and is_one_of(self.loss, OF_CLASSES) and are_probabilities(outputs[0]):
            self.notes.append(
                "The model gives probabilities, and cross-entropy, which takes logits, applies another softmax to "
                "them, so that the loss cannot fall far: leave the softmax out of the model."
            )
        seen = Epoch(outputs, targets, self.loss, self.reduction) if self.metrics and outputs else None
        return torch.stack(losses).tolist() if losses else [], sizes, seen

    def _size(self, batch: Any, target: Any) -> float:
        """What a batch weighs in the mean, where only the step knew its targets."""
        if not isinstance(target, torch.Tensor):
            return rows_of(batch)
        return self.reduction.size(target) if self.uneven_step else len(target)

    def _gradient_norm(self) -> torch.Tensor:
        norms = [torch.linalg.vector_norm(p.grad) for p in self.parameters if p.grad is not None]
        length: torch.Tensor = torch.linalg.vector_norm(torch.stack(norms))
        return length


def _mean(values: list[float], sizes: list[float]) -> float:
    """The mean over samples of batch means; the last batch of an epoch is often smaller."""
    total = math.fsum(sizes)
    # The mean of a batch without a target that counts is NaN, and weighs nothing.
    sums = (value * size for value, size in zip(values, sizes, strict=True) if size)
    return math.fsum(sums) / total if total else math.nan


def _has_nan(model: torch.nn.Module) -> bool:
    """Whether a parameter is no finite number, or a buffer, such as a running mean, is NaN (a mask may be infinite)."""
    return not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()) or any(
        bool(torch.isnan(buffer).any()) for buffer in model.buffers()
    )


def _copy(model: torch.nn.Module) -> dict[str, Any]:
    return {
        name: value.detach().clone() if isinstance(value, torch.Tensor) else value
        for name, value in model.state_dict().items()
    }
