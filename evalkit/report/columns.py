"""Which columns are meant: one by its name, or one for each class by a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.report.model import ReportError
from evalkit.tables.files import check_columns


@dataclass(frozen=True)
class Columns:
    """The columns of one model's predictions of one label, or one number, a row.

    Attributes
    ----------
    truth : str
    pred : str, optional
    scores : dict
        From the class to the column of its score; a single column may have the class "".
    by : tuple of str
        Columns to slice by.
    id : str, optional
        The column of the names of the rows.
    """

    truth: str
    pred: str | None
    scores: dict[str, str]
    by: tuple[str, ...] = ()
    id: str | None = None


def columns_of(source: str, names: Sequence[str], wanted: Sequence[str], option: str) -> dict[str, str]:
    """Return the columns by the class that each is about; one that stands for itself has the class "".

    Parameters
    ----------
    source : str
        The name of the file, for error messages.
    names : sequence of str
        Its columns.
    wanted : sequence of str
        Names of columns; `CLASS=COLUMN`; or a pattern such as `p_*`, where the star stands for the class.
    option : str
        The option of the command line in which they stand, for error messages.

    Raises
    ------
    ReportError
        If there is no such column, or two are about the same class.

    Examples
    --------
    >>> columns_of("file.csv", ["y", "p_cat", "p_dog"], ["p_*"], "--score")
    {'cat': 'p_cat', 'dog': 'p_dog'}
    >>> columns_of("file.csv", ["y", "p"], ["p"], "--score")
    {'': 'p'}
    """
    found: dict[str, str] = {}
    for each in wanted:
        for name, column in _matches(source, names, each, option).items():
            if name in found:
                raise ReportError(f"{option} names two columns, {found[name]!r} and {column!r}, {_about(name)}.")
            found[name] = column
    return found


def _about(name: str) -> str:
    return f"for the class {name!r}" if name else "without saying which class each is about: write CLASS=COLUMN"


def _matches(source: str, names: Sequence[str], wanted: str, option: str) -> dict[str, str]:
    name, equals, column = wanted.partition("=")
    before, star, after = wanted.partition("*")
    if wanted not in names and equals and column in names:
        wanted, about = column, name
    elif wanted not in names and star:
        found = [c for c in names if c.startswith(before) and c.endswith(after) and len(c) > len(before) + len(after)]
        if not found:
            raise ReportError(
                f"{option} {wanted!r} fits no column of {source}; its columns are {', '.join(map(repr, names))}."
            )
        return {column[len(before) : len(column) - len(after)]: column for column in found}
    else:
        about = ""
    check_columns(source, names, [wanted])
    return {about: wanted}
