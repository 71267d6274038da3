"""Train a torch module and record every curve."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs
from evalkit.training.history import History
from evalkit.training.stopping import EarlyStopping

if TYPE_CHECKING:
    import torch

    from evalkit.training._scores import Metric
    from evalkit.training._steps import Step


def fit(
    model: torch.nn.Module,
    train: Any,
    valid: Any,
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer | Callable[..., torch.optim.Optimizer] | None = None,
    loss: Callable[..., torch.Tensor] | None = None,
    step: Step | None = None,
    metrics: Mapping[str, Metric] | None = None,
    early_stopping: EarlyStopping | None = None,
    batch_size: int = 64,
    drop_last: bool = False,
    after: History | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = True,
) -> History:
    """Train `model`, and return its curves on training and validation data.

    The model is trained in place, on the device on which its parameters are, and is left in evaluation mode. Two runs
    with the same seed, initial weights, data and number of threads give the same curves on the same machine. The
    global generators of torch, NumPy and Python and the number of threads are afterwards as they were before.

    Training ends early where weights have become NaN, because no later epoch can repair that. A loss that is no number
    although the weights are, as a broken row of the validation data makes it, is NaN in that epoch; training goes on,
    and a warning at the end says where. So it does where a metric cannot be computed. After Ctrl+C the history of the
    finished epochs comes back, with the best weights if there is early stopping; so do these weights after an error.

    Modules whose parameters are all frozen (``requires_grad`` is False) and that are in evaluation mode stay in it, so
    that a frozen backbone's running means do not move. All others train.

    Parameters
    ----------
    model : torch.nn.Module
    train, valid : pair of tensors (X, y), or DataLoader
        Tensors of shape (n, ...) and (n,) or (n, ...); the rows of `train` are shuffled in every epoch. A DataLoader
        yields batches, and shuffles or not as it was told; one with its own generator is not seeded here. A batch is a
        pair of inputs and targets, or a dict with one of "labels", "label", "targets", "target" and "y", whose other
        entries go to ``model(**inputs)``. Inputs that are a tuple go to ``model(*inputs)`` where its forward takes as
        many arguments, and those that are a dict to ``model(**inputs)`` where they have the names of its arguments;
        otherwise they go to ``model(inputs)``.
    epochs : int
        How many passes over the training data, at most.
    optimizer : torch.optim.Optimizer or callable, optional
        An optimizer, or what makes one from the parameters, such as ``functools.partial(torch.optim.SGD, lr=0.1)``.
        By default Adam with its learning rate of 0.001.
    loss : callable, optional
        ``loss(output, target)`` returns the mean over a batch. By default cross-entropy of logits. Where the model
        returns an object with ``logits``, a dict or a tuple, a loss of torch is given the logits (of a tuple the first
        tensor), and a loss of your own what the model returns. Targets that the loss ignores (``ignore_index``) count
        nowhere, and batches count in the loss of an epoch as much as the loss weighs their targets.
    step : callable, optional
        ``step(model, batch)`` returns (loss, outputs, targets), for batches and models of any other shape. `loss` then
        only says what the outputs mean to metrics, and which targets count how much. Outputs and targets may be None
        where there are no metrics.
    metrics : dict of str to callable, optional
        ``metric(y_true, y_pred) -> float``, such as any metric of evalkit. What it is given goes by the name of its
        second argument: probabilities where that is ``y_score`` or ``y_proba``, and predicted labels otherwise. Where
        the targets are numbers rather than classes, it is given the outputs. Of targets that are shares of classes the
        largest is the true label. An object of torchmetrics is given all outputs and targets of an epoch as tensors.
    early_stopping : EarlyStopping, optional
        When to stop. The model then gets back the weights of its best epoch.
    batch_size : int
        For tensors; the last batch of an epoch may be smaller.
    drop_last : bool
        Whether a last batch that is smaller is left out of training, as batch normalisation needs it when it is one
        row.
    after : History, optional
        Of the run that this one continues: its curves come first, and its shuffles are not repeated. Without it, a
        second call with the same seed shuffles as the first one did.
    seed : int
        Of shuffling, dropout and whatever else is random. The initial weights are the model's own: seed them where it
        is made.
    threads : int, optional
        CPU threads. By default as many as torch is set to use, but no more than the process has CPUs.
    progress : bool
        Whether to show a progress bar, which leaves one line.

    Returns
    -------
    History
        Values on training data are taken while the epoch runs, batch by batch before each step, so they are about half
        an epoch behind those on validation data.

    Raises
    ------
    ValueError
        If `epochs`, `batch_size` or `threads` is below 1, the data are empty or of different lengths, a metric is
        called "loss", or `early_stopping` monitors a metric that is not there. If the last batch of tensors or of a
        DataLoader is one row, and the model's batch normalisation cannot train on it. If the optimizer holds no
        parameter of the model, or outputs and targets of a loss such as the squared error differ in shape.
    TypeError
        If the data are neither a pair nor a DataLoader, or a batch or what the model returns has a shape that needs
        `step`.

    Warns
    -----
    RuntimeWarning
        If it was interrupted, a loss was no number or a metric failed in some epoch, a frozen batch normalisation is in
        training mode, or cross-entropy is given probabilities.

    Examples
    --------
    >>> import torch
    >>> from evalkit import accuracy_score
    >>> _ = torch.manual_seed(0)
    >>> X = torch.randn(200, 2)
    >>> y = (X[:, 0] > X[:, 1]).long()
    >>> model = torch.nn.Linear(2, 2)
    >>> history = fit(model, (X[:150], y[:150]), (X[150:], y[150:]), epochs=20, metrics={"accuracy": accuracy_score},
    ...               optimizer=torch.optim.SGD(model.parameters(), lr=0.5), progress=False)
    >>> history.epochs, history.valid["accuracy"][-1] > 0.95
    (20, True)
    """
    needs("torch")
    import torch

    from evalkit.training._data import batches_of
    from evalkit.training._loop import Run
    from evalkit.training._modules import has_dropout
    from evalkit.training._start import (
        check_optimizer,
        check_small_batch,
        looked_for_randomness,
        size_of_batches,
        warn_of_drift,
    )
    from evalkit.training._steps import Reduction, step_with
    from evalkit.training.environment import cpu_threads, freed_memory_kept, seeded
    from evalkit.training.progress import Progress

    metrics = dict(metrics or {})
    for name, value in {
        "epochs": epochs,
        "batch_size": batch_size,
        "threads": 1 if threads is None else threads,
    }.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}.")
    if "loss" in metrics:
        raise ValueError("metrics must not hold one called 'loss': that name is taken by the loss.")
    if early_stopping and early_stopping.monitor not in ("loss", *metrics):
        raise ValueError(
            f"early_stopping monitors {early_stopping.monitor!r}, but there are only {['loss', *metrics]}."
        )
    if optimizer is None:
        optimizer = torch.optim.Adam(model.parameters())
    elif not isinstance(optimizer, torch.optim.Optimizer):
        optimizer = optimizer(model.parameters())

    check_optimizer(optimizer, model)
    first = next(model.parameters(), None)
    device = torch.device("cpu") if first is None else first.device
    done = after.epochs if after else 0
    loss_is_given = loss is not None
    loss = loss or torch.nn.functional.cross_entropy
    reduction = Reduction(loss)
    uneven_step = step is not None and loss_is_given and reduction.is_uneven
    train_size, valid_size = (None if step else size_of_batches(data, reduction) for data in (train, valid))
    step = step or step_with(loss)
    train_batches, steps = batches_of(
        train,
        "train",
        batch_size=batch_size,
        device=device,
        seed=seed,
        skipped=done,
        drop_last=drop_last,
        size=train_size,
    )
    valid_batches, _ = batches_of(valid, "valid", batch_size=batch_size, device=device, size=valid_size)
    warn_of_drift(model)
    check_small_batch(model, step, train, batch_size, drop_last, device)
    bar = Progress(epochs, steps, progress)
    run = Run(
        model,
        optimizer,
        step,
        loss,
        reduction,
        uneven_step,
        metrics,
        train_batches,
        valid_batches,
        steps,
        bar,
    )
    monitor, mode = (early_stopping.monitor, early_stopping.direction) if early_stopping else ("loss", "min")
    try:
        with freed_memory_kept(), seeded(seed + done, device), cpu_threads(threads) as used:
            run.run(epochs, early_stopping)
            # A model with NaN in it has no answers to compare.
            random = (
                has_dropout(model)
                if run.nan_weights
                else looked_for_randomness(model, step, train, run.first_batch, run.drew_numbers)
            )
        bar.finish(run.valid, monitor, mode, stopped_early=run.stopped_early, restored=run.best_weights is not None)
    finally:
        bar.close()
    if run.interrupted:
        warnings.warn(
            f"fit: interrupted in epoch {len(run.seconds)}; the epochs before it are returned.",
            RuntimeWarning,
            stacklevel=2,
        )
    problems = run.problems()
    if problems and not run.nan_weights:
        warnings.warn("fit: " + " ".join(problems), RuntimeWarning, stacklevel=2)
    history = History(
        train=run.train,
        valid=run.valid,
        grad_norm=run.grad_norm,
        seconds=run.seconds,
        first_loss=run.first_loss,
        monitor=monitor,
        mode=mode,
        stopped_early=run.stopped_early,
        restored=run.best_weights is not None,
        dropout=random,
        seed=seed,
        threads=used,
        nan_weights=run.nan_weights,
        interrupted=run.interrupted,
        notes=problems,
    )
    return after.followed_by(history) if after else history
