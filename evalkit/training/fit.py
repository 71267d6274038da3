"""Train a torch module and record every curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs
from evalkit.training.history import History
from evalkit.training.stopping import EarlyStopping

if TYPE_CHECKING:
    import torch

    from evalkit.training._scores import Metric


def fit(
    model: torch.nn.Module,
    train: Any,
    valid: Any,
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer | Callable[..., torch.optim.Optimizer] | None = None,
    loss: Callable[..., torch.Tensor] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    early_stopping: EarlyStopping | None = None,
    batch_size: int = 64,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = True,
) -> History:
    """Train `model`, and return its curves on training and validation data.

    The model is trained in place, on the device on which its parameters are, and is left in evaluation mode. Two runs
    with the same seed, initial weights, data and number of threads give the same curves on the same machine. The
    global generators of torch, NumPy and Python and the number of threads are afterwards as they were before.

    Training ends early where a loss is no longer a finite number, because no later epoch can repair that.

    Parameters
    ----------
    model : torch.nn.Module
    train, valid : pair of tensors (X, y), or DataLoader
        Tensors of shape (n, ...) and (n,) or (n, ...); the rows of `train` are shuffled in every epoch. A DataLoader
        yields such pairs in batches, and shuffles or not as it was told; one with its own generator is not seeded here.
    epochs : int
        How many passes over the training data, at most.
    optimizer : torch.optim.Optimizer or callable, optional
        An optimizer, or what makes one from the parameters, such as ``functools.partial(torch.optim.SGD, lr=0.1)``.
        By default Adam with its learning rate of 0.001.
    loss : callable, optional
        ``loss(output, target)`` returns the mean over a batch. By default cross-entropy of logits.
    metrics : dict of str to callable, optional
        ``metric(y_true, y_pred) -> float``, such as any metric of evalkit. What it is given goes by the name of its
        second argument: probabilities where that is ``y_score`` or ``y_proba``, and predicted labels otherwise. Where
        the targets are numbers rather than classes, it is given the outputs.
    early_stopping : EarlyStopping, optional
        When to stop. The model then gets back the weights of its best epoch.
    batch_size : int
        For tensors; the last batch of an epoch may be smaller.
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
        called "loss", or `early_stopping` monitors a metric that is not there.
    TypeError
        If the data are neither a pair nor a DataLoader.

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

    first = next(model.parameters(), None)
    device = torch.device("cpu") if first is None else first.device
    train_batches, steps = batches_of(train, "train", batch_size=batch_size, device=device, seed=seed)
    valid_batches, _ = batches_of(valid, "valid", batch_size=batch_size, device=device)
    bar = Progress(epochs, steps, progress)
    run = Run(
        model,
        optimizer,
        loss or torch.nn.functional.cross_entropy,
        metrics,
        train_batches,
        valid_batches,
        steps,
        bar,
    )
    monitor, mode = (early_stopping.monitor, early_stopping.direction) if early_stopping else ("loss", "min")
    try:
        with freed_memory_kept(), seeded(seed, device), cpu_threads(threads) as used:
            run.run(epochs, early_stopping)
        bar.finish(run.valid, monitor, mode, stopped_early=run.stopped_early, restored=run.best_weights is not None)
    finally:
        bar.close()
    return History(
        train=run.train,
        valid=run.valid,
        grad_norm=run.grad_norm,
        seconds=run.seconds,
        first_loss=run.first_loss,
        monitor=monitor,
        mode=mode,
        stopped_early=run.stopped_early,
        restored=run.best_weights is not None,
        dropout=_has_dropout(model),
        seed=seed,
        threads=used,
    )


def _has_dropout(model: torch.nn.Module) -> bool:
    needs("torch")
    from torch.nn.modules.dropout import _DropoutNd

    return any(isinstance(module, _DropoutNd) and module.p > 0 for module in model.modules())
