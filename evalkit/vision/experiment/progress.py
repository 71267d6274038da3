"""The progress of an experiment: one bar over all networks, which leaves one line."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from evalkit._core.bars import new_bar
from evalkit.vision.experiment.results import Epoch, NetworkRun
from evalkit.vision.experiment.settings import Settings


class Bar:
    """A tqdm bar over the steps of all networks.

    Parameters
    ----------
    networks, steps : int
        How many networks there are, and how many steps each of them takes.
    shown : bool
        Otherwise nothing is written.
    """

    def __init__(self, networks: int, steps: int, shown: bool) -> None:
        self.networks = networks
        self.steps = steps
        self._bar: Any = None
        self._done: list[NetworkRun] = []
        if shown:
            self._bar = new_bar(total=networks * steps, unit="step", mininterval=0.2)

    def __enter__(self) -> Bar:
        return self

    def start(self, settings: Settings) -> None:
        """Say which network is trained now."""
        self._describe(settings.name)

    def step_done(self, steps: int) -> None:
        """Move on by so many steps."""
        if self._bar is not None:
            self._bar.update(steps)

    def epoch_done(self, settings: Settings, epoch: Epoch) -> None:
        """Say how good a network is by now."""
        self._describe(f"{settings.name} · valid accuracy {epoch.valid.accuracy:.3f}")

    def end(self, run: NetworkRun) -> None:
        """Count a network; one that diverged took fewer steps than were planned."""
        self._done.append(run)
        self.step_done(self.steps - self.steps * len(run.epochs) // run.settings.epochs)

    def _describe(self, words: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(words, refresh=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Replace the bar by a line that says how it went, or leave it as it stands where it was interrupted."""
        if self._bar is None:
            return
        if kind is None:
            best = max(self._done, key=lambda run: run.last.valid.accuracy)
            plural = "network" if self.networks == 1 else "networks"
            self._bar.bar_format = "{desc}"
            self._describe(
                f"{self.networks} {plural} in {self._bar.format_dict['elapsed']:.1f} s · best validation accuracy "
                f"{best.last.valid.accuracy:.3f} ({best.settings.name})"
            )
        self._bar.close()
