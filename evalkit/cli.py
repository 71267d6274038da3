"""The command line: `evalkit report` on a file of predictions, and `run`, `compare` and `gate` for a release.

The command loads what it needs when it runs, so that help is there at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

try:
    import typer
except ImportError:
    raise SystemExit(
        "The command line needs more packages: run pip install 'evalkit-course[report]', then try again."
    ) from None

from evalkit.production import commands

if TYPE_CHECKING:
    from evalkit.report import Report

app = typer.Typer(
    help="Evaluate predictions, and releases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"evalkit-course {version('evalkit-course')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Evaluate predictions, and releases."""


@app.command()
def report(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .csv or .parquet file with one row per prediction, a folder of .parquet files, or - for standard "
            "input.",
            allow_dash=True,
        ),
    ],
    truth: Annotated[
        list[str],
        typer.Option(
            help="The column of true labels or numbers. Where a row can have several labels: one of 0 and 1 for each, "
            "as 'y_*' (the star stands for the label) or LABEL=COLUMN, repeated."
        ),
    ],
    pred: Annotated[
        list[str] | None,
        typer.Option(help="The column of predicted labels or numbers. Twice: two models, which are compared."),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(help="The column of the positive class's score, or one for each class, as for --truth."),
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="A column to slice by; may be repeated.")] = None,
    id: Annotated[str | None, typer.Option(help="The column of the rows' names, shown with the mistakes.")] = None,
    task: Annotated[
        str | None,
        typer.Option(help="binary, multiclass, multilabel or regression. By default guessed from values, and told."),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="The positive class. By default 1 or true, where labels are numbers.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Scores at or above it are positive. Without --pred it makes the labels, by default 0.5."),
    ] = None,
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Leave out rows with a missing truth, prediction or score.")
    ] = False,
    sep: Annotated[str, typer.Option(help="CSV: what stands between the columns; 'tab' for a tab.")] = ",",
    decimal: Annotated[str, typer.Option(help="CSV: the decimal sign.")] = ".",
    thousands: Annotated[str, typer.Option(help="CSV: the sign between thousands.")] = "",
    encoding: Annotated[str, typer.Option(help="CSV: the encoding, such as windows-1252.")] = "utf-8",
    html: Annotated[Path | None, typer.Option(help="Also write a web page to this file.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write all numbers to this file.")] = None,
) -> None:
    """Report on a file of predictions, however large, in constant memory."""
    try:
        from rich.console import Console

        from evalkit.report import ReportError, build_report
        from evalkit.report.terminal import print_report
        from evalkit.tables.files import CsvFormat
        from evalkit.tables.standard_input import kept
    except ImportError as error:
        _fail(f"The report needs the package {error.name}: run pip install 'evalkit-course[report]'.")
    try:
        for path in (html, json):
            if path is not None and not path.parent.is_dir():
                raise ReportError(f"There is no folder {path.parent} to write {path.name} to.")
        written = CsvFormat(sep, decimal, thousands, encoding)
        with kept(file) as (path, name), _Progress() as progress:
            result = build_report(
                path,
                truth=truth,
                pred=pred,
                score=score,
                by=by or [],
                id=id,
                task=task,
                positive=positive,
                threshold=threshold,
                drop_missing=drop_missing,
                written=written,
                name=name,
                progress=progress.advance,
            )
        _write(result, html, json)  # first, because whoever reads the terminal may stop reading
        print_report(result, Console(highlight=False))
    except (ReportError, OSError) as error:
        _fail(str(error))


app.command()(commands.run)
app.command()(commands.compare)
app.command(cls=commands.GateCommand)(commands.gate)
app.command()(commands.fingerprint)
app.command()(commands.drift)


def _write(result: Report, html: Path | None, json: Path | None) -> None:
    if html is not None:
        import matplotlib as mpl

        mpl.use("Agg")  # there may be no screen
        from evalkit.report.page import html_page

        html.write_text(html_page(result), encoding="utf-8")
    if json is not None:
        from evalkit.tables.writing import write_json

        write_json(json, result.to_dict())


def _fail(sentence: str) -> None:
    """Say what is wrong and leave with exit code 2."""
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


class _Progress:
    """A progress bar on the terminal, gone when the work is done; nothing where the output is not a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("Rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("rows", total=None)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, done: int, total: int | None) -> None:
        self._bar.update(self._task, completed=done, total=total)
