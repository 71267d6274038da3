"""What all accumulators have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from evalkit._core.sums import WeightedMean
from evalkit._core.warn import UndefinedMetricWarning, warn


class _Addable(Protocol):
    def __add__(self, other: Any, /) -> Any: ...


Sum = TypeVar("Sum", bound=_Addable)


class Accumulator(ABC):
    """A mergeable summary of the rows seen so far.

    `Accumulator(**settings)` has seen nothing. A subclass says what it keeps of a batch (`update`), how two summaries
    become one (`merge`), what follows from it (`compute`), and how it is written down (`_settings` and `_state`).

    Two accumulators are equal when they have the same settings and would give the same answers for ever after.
    """

    inputs: ClassVar[tuple[str, ...]] = ("truth", "pred")
    """The columns that `update` takes, in order: "truth", "pred" (labels or numbers) and "score"."""

    @abstractmethod
    def update(self, *rows: Any) -> Self:
        """Take in a batch of rows and return this accumulator. If the batch is refused, nothing has changed."""

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """Return a new accumulator of the rows of both."""

    @abstractmethod
    def compute(self) -> Any:
        """Return the metric of all rows so far."""

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """Return the arguments of the constructor, as JSON can hold them."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Return the summary, as JSON can hold it. The order of the rows leaves no trace in counts."""

    @abstractmethod
    def _restore(self, state: dict[str, Any]) -> None:
        """Take over what `_state` returned."""

    def empty(self) -> Self:
        """Return a new accumulator with the same settings that has seen nothing."""
        return type(self)(**self._settings())

    def reset(self) -> Self:
        """Forget all rows, keep the settings, and return this accumulator: for the next epoch."""
        self.__dict__ = self.empty().__dict__
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, text, lists and dicts, as JSON can hold them."""
        return {"accumulator": type(self).__name__, "settings": self._settings(), "state": self._state()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` returned, exactly. Called on `Accumulator` it restores one of any kind.

        Raises
        ------
        ValueError
            If `data` does not come from an accumulator of this class.
        """
        known: dict[str, type[Self]] = {kind.__name__: kind for kind in _descendants(cls)}
        kind = known.get(data.get("accumulator", ""))
        if kind is None:
            raise ValueError(f"data describes {data.get('accumulator')!r}, which is none of {sorted(known)}.")
        accumulator = kind(**data["settings"])
        accumulator._restore(data["state"])
        return accumulator

    def _check_same_kind(self, other: Accumulator) -> None:
        """Raise unless `other` counts the same things in the same way."""
        if type(other) is not type(self):
            raise ValueError(f"other is a {type(other).__name__}, which cannot be merged with a {type(self).__name__}.")
        if other._settings() != self._settings():
            raise ValueError(f"other has the settings {other._settings()}, not {self._settings()}.")

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Accumulator) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class SumAccumulator(Accumulator, Generic[Sum]):
    """An accumulator whose summary is one immutable sum: the one that the function of the same metric reads, too."""

    _sum: Sum

    def merge(self, other: Self) -> Self:
        """Return the sum over the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._sum = self._sum + other._sum
        return merged


class MeanAccumulator(SumAccumulator[WeightedMean]):
    """An accumulator of a metric that is the mean of a score of each row."""

    inputs = ("truth", "score")
    _name: ClassVar[str]

    def compute(self) -> float:
        """Return the mean over the rows.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows. The value is then nan.
        """
        return self._sum.mean() if self._sum.weight else undefined(f"{self._name} is")


def undefined(what: str) -> float:
    """Warn that there are no rows yet and return nan; `what` is, say, "log-loss is"."""
    warn(f"No rows yet: {what} not defined.", UndefinedMetricWarning)
    return math.nan


def _descendants(cls: type[Any]) -> list[type[Any]]:
    """Return `cls`, unless it is abstract, and all classes made from it."""
    own = [] if cls.__abstractmethods__ else [cls]
    return own + [kind for child in cls.__subclasses__() for kind in _descendants(child)]
