"""The report in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from evalkit.report import _words
from evalkit.report.model import Report, Value

if TYPE_CHECKING:
    from rich.console import Console

MOST_COLUMNS = 12  # of a confusion matrix
WIDE = 100  # characters: a value and its interval fit on one line


def print_report(report: Report, console: Console) -> None:
    """Print a report: metrics, confusion matrix, classes, slices, worst mistakes."""
    console.rule(Text(f"Report on {_words.plain(report.source)}", style="bold"))
    if report.origin is not None:
        console.print(Text(_words.made(report), style="dim"))
    if report.other is not None:
        console.print()
        first, second = (_words.plain(each.columns["pred"]) for each in (report, report.other))
        console.print(_values_table(f"{second} minus {first}, on the same rows", report.differences))
    _print_model(report, console)
    if report.other is not None:
        console.rule(Text(f"Predictions in {_words.plain(report.other.columns['pred'])}", style="bold"))
        _print_model(report.other, console)


def _print_model(report: Report, console: Console) -> None:
    console.print(Text(_words.about(report)))
    console.print()
    console.print(_values_table("Metrics", report.values))
    for note in report.notes:
        console.print(Text(note, style="italic"))
    if report.labels is not None:
        _print_matrix(report, console)
    if report.labels is not None or report.each_label:
        _print_classes(report, console)
    separator = " " if console.width >= WIDE else "\n"
    for table in report.slices:
        console.print()
        heads = [value.name for value in table.slices[0].values]
        by = _words.plain(table.by)
        grid = _grid(f"Slices by {by}, with 95 % intervals", by, "Rows", *heads)
        grid.columns[0].justify = "left"
        for part in table.slices[: _words.MOST_SLICES]:
            cells = [Text(_words.brief(value, separator)) for value in part.values]
            grid.add_row(Text(_words.plain(part.name)), _words.count(part.rows), *cells)
        console.print(grid)
        if len(table.slices) > _words.MOST_SLICES:
            console.print(f"The first {_words.MOST_SLICES} of {len(table.slices)} slices; --json holds all.")
    console.print()
    if report.mistakes:
        console.print(_mistakes(report))
    console.print(Text(report.mistakes_note, style="italic"))


def _print_matrix(report: Report, console: Console) -> None:
    assert report.labels is not None
    cm = report.labels.confusion
    console.print()
    if len(cm.labels) <= MOST_COLUMNS:
        names = [_words.plain(label) for label in cm.labels]
        grid = _grid("Confusion matrix", "True label \\ Predicted label", *names)
        grid.columns[0].justify = "left"
        for i, name in enumerate(names):
            # The diagonal is what was right.
            counts = [Text(_words.count(n), style="bold" if i == j else "") for j, n in enumerate(cm.table[i])]
            grid.add_row(Text(name), *counts)
        console.print(grid)
        console.print(Text("Rows are the truth, columns the prediction.", style="italic"))
    else:
        console.print(Text(_words.plain(cm.alt_text())))


def _print_classes(report: Report, console: Console) -> None:
    console.print()
    rows, note = _words.shown_classes(report)
    grid = _grid("Classes", *_words.class_heads(report))
    grid.columns[0].justify = "left"
    first_average = len(rows) - (len(report.labels.averages) if report.labels else 0)
    for i, (name, *cells) in enumerate(rows):
        grid.add_row(Text(name), *cells, end_section=i == first_average - 1)
    console.print(grid)
    if note:
        console.print(Text(note, style="italic"))


def _values_table(title: str, values: tuple[Value, ...]) -> Table:
    grid = _grid(title, "Metric", "Value", "95 % interval", "Exact value in", "Remark")
    grid.columns[0].justify = grid.columns[4].justify = "left"
    for value in values:
        ends = (_words.interval(value), _words.bounds(value))
        grid.add_row(value.name, _words.number(value.value), *ends, Text(value.note, style="dim"))
    _drop_empty_columns(grid)
    return grid


def _mistakes(report: Report) -> Table:
    first = report.mistakes[0]
    named, scored = first.id is not None, any(mistake.score is not None for mistake in report.mistakes)
    heads = ["Row (from 0)", *(["Id"] if named else []), "Truth", "Prediction", *(["Score"] if scored else [])]
    grid = _grid("Worst mistakes", *heads, *map(_words.plain, first.slices))
    for column in grid.columns[len(heads) :]:
        column.justify = "left"
    for mistake in report.mistakes:
        score = [] if mistake.score is None else [f"{mistake.score:.4g}"]
        id = [] if mistake.id is None else [mistake.id]
        told = (*id, _label(mistake.truth), _label(mistake.predicted), *score, *mistake.slices.values())
        grid.add_row(str(mistake.row), *(Text(_words.plain(cell)) for cell in told))
    return grid


def _label(value: object) -> str:
    return _words.number(value) if isinstance(value, float) else str(value)


def _grid(title: str, *heads: str) -> Table:
    from rich import box

    grid = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        grid.add_column(Text(head), justify="right", no_wrap=False)
    return grid


def _drop_empty_columns(grid: Table) -> None:
    """Leave out columns without a word in them."""
    grid.columns = [column for column in grid.columns if any(str(cell) for cell in column.cells)]
