"""One line of progress: a bar while training runs, a summary when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit._core.bars import new_bar
from evalkit.training.stopping import Mode, best_index


class Progress:
    """A tqdm bar over the steps of all epochs.

    Parameters
    ----------
    epochs : int
    steps : int, optional
        Steps of one epoch, if known.
    shown : bool
        Otherwise nothing is written and tqdm is not even loaded.
    """

    def __init__(self, epochs: int, steps: int | None, shown: bool) -> None:
        self.epochs = epochs
        self._bar: Any = None
        if shown:
            self._bar = new_bar(
                total=epochs * steps if steps else None, desc=f"epoch 0/{epochs}", unit="step", mininterval=0.2
            )
        self.step_done = self._bar.update if self._bar is not None else _nothing

    def epoch_done(
        self, epoch: int, train: Mapping[str, Sequence[float]], valid: Mapping[str, Sequence[float]]
    ) -> None:
        """Say how far training is, and how good the model."""
        if self._bar is not None:
            words = f"epoch {epoch + 1}/{self.epochs} · loss {train['loss'][-1]:.3g}, valid {valid['loss'][-1]:.3g}"
            self._bar.set_description_str(words, refresh=False)

    def finish(
        self, valid: Mapping[str, Sequence[float]], monitor: str, mode: Mode, *, stopped_early: bool, restored: bool
    ) -> None:
        """Replace the bar by one line that says how it went."""
        if self._bar is None:
            return
        done = len(valid["loss"])
        words = [f"{done} of {self.epochs} epochs in {self._bar.format_dict['elapsed']:.1f} s"]
        best = best_index(valid[monitor], mode)
        if best is not None:
            values = ", ".join(f"{name} {values[best]:.4g}" for name, values in valid.items())
            words.append(f"best epoch {best}: validation {values}")
        if stopped_early:
            words.append("stopped early")
        if restored:
            words.append("best weights restored")
        self._bar.bar_format = "{desc}"
        self._bar.set_description_str(" · ".join(words), refresh=False)
        self.close()

    def close(self) -> None:
        """End the bar, as it stands."""
        if self._bar is not None:
            self._bar.close()


def _nothing() -> None:
    """Stands for the bar's update where there is no bar."""
