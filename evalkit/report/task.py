"""Which task a file of predictions is about: said, or guessed from the values and then told with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit.report.model import ReportError
from evalkit.tables.codes import TRUTH_VALUES, missing_in
from evalkit.tables.files import BOOLEAN, FRACTIONS, TEXT, WHOLE, CsvFormat, advice, kind_of

if TYPE_CHECKING:
    import pyarrow as pa

Task = Literal["binary", "multiclass", "multilabel", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "multilabel", "regression")

LOOKED_AT = 20_000  # rows from which the task is guessed
FEW = 30  # different whole numbers that are taken for labels without a further look
OFTEN_RIGHT = 0.1  # of many whole numbers a classifier hits some exactly, and a regression hardly any

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")


@dataclass(frozen=True)
class Look:
    """What the first rows of a column hold: its kind, one value as an example, and the numbers, if it holds any."""

    column: str
    kind: str
    example: str
    numbers: np.ndarray[Any, np.dtype[np.float64]] | None = None

    @property
    def distinct(self) -> int:
        """How many different numbers there are."""
        return 0 if self.numbers is None else len(np.unique(self.numbers))


def look_at(array: pa.Array, column: str, written: CsvFormat) -> Look:
    """Look at the first rows of a column, for what they hold and not for how it is stored."""
    import pyarrow as pa
    import pyarrow.types as types

    kind_of(array.type, column)
    array = array.slice(0, LOOKED_AT)
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    missing = missing_in(array)
    values = [value for i, value in enumerate(array.to_pylist()) if missing is None or not missing[i]]
    if not values:
        return Look(column, TEXT, "")
    if types.is_boolean(array.type):
        return Look(column, BOOLEAN, str(values[0]))
    if not isinstance(values[0], str):
        return _numbers(column, values, values)
    if all(value in TRUTH_VALUES for value in values):
        return Look(column, BOOLEAN, values[0])
    plain = [_plain(value, written) for value in values]
    if all(_NUMBER.fullmatch(value) for value in plain) and not any(_LEADING_ZERO.fullmatch(value) for value in plain):
        return _numbers(column, [float(value) for value in plain], values)
    odd = next((value for value in values if not _NUMBER.fullmatch(_plain(value, written))), "")
    if odd and advice(odd):
        raise ReportError(
            f"Column {column!r} holds {odd!r}.{advice(odd)}, or say with --task multiclass that these are labels."
        )
    return Look(column, TEXT, values[0])


def _plain(text: str, written: CsvFormat) -> str:
    text = text.strip()
    if written.thousands:
        text = text.replace(written.thousands, "")
    return text.replace(written.decimal, ".") if written.decimal != "." else text


def _numbers(column: str, values: list[Any], told: list[Any]) -> Look:
    numbers = np.array([float(value) for value in values])
    fractions = np.flatnonzero(numbers != np.trunc(numbers))
    if len(fractions):
        return Look(column, FRACTIONS, str(told[fractions[0]]), numbers)
    return Look(column, WHOLE, str(told[0]), numbers)


def guess(truth: Look, pred: Look | None, scored: bool) -> tuple[bool, str]:
    """Return whether it is a regression, and why."""
    if scored:
        return False, "there are scores"
    if truth.kind in (TEXT, BOOLEAN):
        return False, f"{truth.column} holds {truth.kind}, such as {truth.example}"
    if truth.kind == FRACTIONS:
        return True, f"{truth.column} holds fractions, such as {truth.example}"
    if pred is None or pred.numbers is None or truth.numbers is None:
        return False, f"{truth.column} holds whole numbers"
    if pred.kind == FRACTIONS:
        if set(np.unique(truth.numbers)) <= {0, 1} and 0 <= pred.numbers.min() <= pred.numbers.max() <= 1:
            raise ReportError(
                f"Column {pred.column!r} holds fractions such as {pred.example}, and {truth.column!r} only 0 and 1. If "
                f"they are scores, name them with --score {pred.column}; if numbers were predicted, say --task "
                "regression."
            )
        return True, f"{pred.column} holds fractions, such as {pred.example}"
    told = f"{truth.column} holds whole numbers, {truth.distinct} different ones in the first rows"
    if truth.distinct <= FEW:
        return False, told
    rows = min(len(truth.numbers), len(pred.numbers))
    right = float(np.mean(truth.numbers[:rows] == pred.numbers[:rows]))
    return right < OFTEN_RIGHT, f"{told}, and {right:.0%} of the predictions equal them"
