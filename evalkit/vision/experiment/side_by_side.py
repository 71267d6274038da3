"""Train the networks of an experiment side by side: some at a time, each in a thread with its share of the CPUs.

CPUs that share a small network wait for each other after every layer. With a network each they do not, and torch lets
other threads run Python while it computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

import torch

from evalkit.training.environment import cpu_threads, freed_memory_kept, seeded
from evalkit.vision.experiment.progress import Bar
from evalkit.vision.experiment.results import Epoch, NetworkRun
from evalkit.vision.experiment.settings import Settings
from evalkit.vision.experiment.train import initial_network, train_network
from evalkit.vision.images import ImageData
from evalkit.vision.resnet import ResNet

MOST_AT_ONCE = 4  # only one thread at a time runs Python, and more networks would wait for it


def at_once(device: str, threads: int, networks: int) -> int:
    """Return how many networks to train at a time. A GPU trains them one after the other."""
    return min(threads, networks, MOST_AT_ONCE) if device == "cpu" else 1


def train_all(
    plan: Sequence[Settings], data: ImageData, *, folder: Path | None, threads: int, bar: Bar
) -> list[NetworkRun]:
    """Train the networks of a plan, and show on the bar how far they are.

    Each round of networks ends before the next begins, so that no more threads compute than there may. What a network
    becomes depends on its threads, but not on what its neighbours do.

    Parameters
    ----------
    plan : sequence of Settings
    data : ImageData
        On the device.
    folder : Path, optional
        Where checkpoints lie.
    threads : int
        CPU threads of all networks together.
    bar : Bar
    """
    size = at_once(plan[0].device, threads, len(plan))
    runs: list[NetworkRun] = []
    with freed_memory_kept():
        for first in range(0, len(plan), size):
            # The last round may have fewer networks, and more threads for each.
            runs += train_round(plan[first : first + size], data, folder, threads, bar)
    return runs


def train_round(
    plan: Sequence[Settings], data: ImageData, folder: Path | None, threads: int, bar: Bar
) -> list[NetworkRun]:
    """Train the first network in this thread, and at the same time each of the others in one of its own.

    Only this thread shows anything, because a notebook does not know where output of another one belongs: whenever it
    has something to show itself, or is done, it also shows what the others have sent.
    """
    # Initial weights come from the generator that all threads share: draw them while there is one thread.
    models = [initial_network(settings, data) for settings in plan]
    news: SimpleQueue[Callable[[], Any]] = SimpleQueue()
    stopped = Event()

    def train(model: ResNet, settings: Settings, show: Callable[[Callable[[], Any]], None]) -> NetworkRun:
        def step_done(steps: int) -> None:
            if stopped.is_set():
                raise InterruptedError("Another network failed, or the learner interrupted the training.")
            show(partial(bar.step_done, steps))

        def epoch_done(epoch: Epoch) -> None:
            show(partial(bar.epoch_done, settings, epoch))

        show(partial(bar.start, settings))
        with cpu_threads(threads // len(plan)):
            run = train_network(model, settings, data, folder=folder, step_done=step_done, epoch_done=epoch_done)
        show(partial(bar.end, run))
        return run

    def show_here(own: Callable[[], Any]) -> None:
        own()
        while not news.empty():
            news.get()()

    # `fit` seeds the shared generators and puts them back; two at a time put them back in any order.
    with seeded(plan[0].seed, torch.device(plan[0].device)), ThreadPoolExecutor(len(plan)) as pool:
        try:
            others = [pool.submit(train, *pair, news.put) for pair in zip(models[1:], plan[1:], strict=True)]
            for other in others:
                other.add_done_callback(lambda ended: news.put(ended.result))  # raises what that network raised
            first = train(models[0], plan[0], show_here)
            while not (all(other.done() for other in others) and news.empty()):
                news.get()()
        finally:
            stopped.set()
    return [first, *(other.result() for other in others)]
