"""The commands of a release: `evalkit run`, `compare`, `gate`, `fingerprint`.

`evalkit gate` ends with a code that a script can act on: 0 pass, 1 something broke, 2 a gate failed, 3 undecided, 4
wrong usage or configuration, 5 the runs cannot be compared, 6 a judge could not be reached, 7 out of time.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperCommand

from evalkit._core.extras import needs

PASS, BROKEN, FAIL, UNDECIDED, USAGE, DATA, JUDGE, TIMEOUT = range(8)
RunFolder = Annotated[Path, typer.Argument(help="The folder of a run.")]
Tags = Annotated[list[str] | None, typer.Option(help="A tag to look into; may be repeated. a,b crosses two.")]


class GateCommand(TyperCommand):
    """A command whose wrong usage is code 4: code 2 says that a gate has failed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if hasattr(error, "exit_code"):
                error.exit_code = USAGE
            raise


def run(
    dataset: Annotated[Path, typer.Argument(help="A .parquet or .csv file, or a folder of pictures, a class each.")],
    pipeline: Annotated[str, typer.Option(help="module:function that takes the checkpoint and returns the pipeline.")],
    checkpoint: Annotated[Path, typer.Option(help="The weights: a .safetensors, .npz, .pt or .pth file.")],
    to: Annotated[Path, typer.Option(help="The folder to write to. A run that is there is continued.")],
    input: Annotated[str, typer.Option(help="The column of inputs.")] = "input",
    expected: Annotated[str, typer.Option(help="The column of what is expected.")] = "expected",
    id: Annotated[str, typer.Option(help="The column of ids.")] = "id",
    tag: Annotated[list[str] | None, typer.Option(help="A column of tags; may be repeated.")] = None,
    source_id: Annotated[str | None, typer.Option(help="The column that says which rows were made of one.")] = None,
    preprocess: Annotated[str | None, typer.Option(help="How inputs are prepared, in your words.")] = None,
    batch_size: Annotated[int, typer.Option(help="Rows that the pipeline gets at a time.", min=1)] = 256,
    part_rows: Annotated[int, typer.Option(help="Rows of a file of results.", min=1)] = 1 << 17,
) -> None:
    """Run a pipeline over a dataset and write what it answers, evaluated."""
    from evalkit.production import Dataset, fingerprint

    with _sentences(DATA):
        if dataset.is_dir():
            rows = Dataset.from_folder(dataset)
        else:
            read = Dataset.from_csv if dataset.suffix == ".csv" else Dataset.from_parquet
            rows = read(dataset, id=id, input=input, expected=expected, tags=tag or [], source_id=source_id)
        module, _, name = pipeline.partition(":")
        sys.path.insert(0, str(Path.cwd()))
        try:
            make: Callable[[Path], Any] = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            _fail(f"There is no pipeline {pipeline}: {error}.", USAGE)
        options = {"preprocess": preprocess, "batch_size": batch_size, "part_rows": part_rows}
        typer.echo(str(rows.run(make(checkpoint), checkpoint=fingerprint(checkpoint), to=to, **options)))


def compare(
    baseline: RunFolder,
    candidate: RunFolder,
    by: Tags = None,
    json: Annotated[Path | None, typer.Option(help="Also write all numbers to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file.")] = None,
    changes: Annotated[Path | None, typer.Option(help="Also write rows that changed to this .parquet file.")] = None,
    backbone_swap: Annotated[bool, typer.Option(help="The candidate may have another architecture.")] = False,
) -> None:
    """Compare two runs over the same rows, row by row."""
    from evalkit.production import RegressionEval

    with _sentences(DATA):
        result = RegressionEval(baseline, candidate, backbone_swap=backbone_swap).compare(_tags(by))
        typer.echo(str(result))
        if json is not None:
            result.to_json(json)
        if html is not None:
            result.to_html(html)
        if changes is not None:
            result.write_changes(changes)


def gate(
    baseline: RunFolder,
    candidate: RunFolder,
    gates: Annotated[Path, typer.Option(help="A TOML file with tables [[gate]].")],
    by: Tags = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write all numbers to this file.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML to this file.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="A .csv of id,baseline,candidate: whether people call the answers good, 1 or 0."),
    ] = None,
    undecided: Annotated[Literal["fail", "warn", "pass"], typer.Option(help="What undecided ends with.")] = "warn",
    backbone_swap: Annotated[bool, typer.Option(help="The candidate may have another architecture.")] = False,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which to give up.")] = None,
) -> None:
    """Say whether the candidate may be released: pass, fail or undecided.

    Exit codes: 0 pass, 1 something broke, 2 a gate failed, 3 undecided (with --undecided warn), 4 wrong usage or
    configuration, 5 the runs cannot be compared, 6 a judge could not be reached for some rows, 7 out of time.
    (`evalkit report` keeps 2 for wrong usage.)
    """
    from evalkit.production import GateError, RegressionEval, read_gates
    from evalkit.production.regression import UnknownTagError
    from evalkit.production.terminal import words_of_broken, words_of_verdict

    with _sentences(DATA), _in_time(timeout):
        try:
            conditions = read_gates(gates)
            for path in (html, json, junit):
                if path is not None and not path.parent.is_dir():
                    raise GateError(f"There is no folder {path.parent} to write {path.name} to.")
            wanted = [*_tags(by), *(tuple(g.by.split(" × ")) if " × " in g.by else g.by for g in conditions if g.by)]
            result = RegressionEval(baseline, candidate, backbone_swap=backbone_swap).compare(
                list(dict.fromkeys(wanted))
            )
            verdict = result.gate(conditions, None if labels is None else _labels(labels))
        except (GateError, UnknownTagError) as error:
            _fail(str(error), USAGE)
        typer.echo(f"{words_of_verdict(verdict)}\n\n{result}\n\n{words_of_broken(result)}".rstrip())
        if html is not None:
            result.to_html(html, verdict)
        if json is not None:
            result.to_json(json, verdict)
        if junit is not None:
            verdict.to_junit(junit)
    if verdict.status != "fail" and _unreachable(result, {each.evaluator or result.first.name for each in conditions}):
        _fail("A judge could not be reached for some rows: run them again.", JUDGE)
    on_undecided = {"fail": FAIL, "warn": UNDECIDED, "pass": PASS}[undecided]
    raise typer.Exit({"pass": PASS, "fail": FAIL, "undecided": on_undecided}[verdict.status])


def fingerprint(
    files: Annotated[list[Path], typer.Argument(help="Files of weights: .safetensors, .npz, .pt or .pth.")],
) -> None:
    """Print the fingerprint of each checkpoint and, of two, their first difference."""
    from evalkit.production import fingerprint as taken

    with _sentences(DATA):
        found = [taken(file) for file in files]
        for file, mark in zip(files, found, strict=True):
            typer.echo(f"{mark.root}  {file}  ({len(mark.tensors)} tensors, architecture {mark.architecture[:16]})")
        if len(found) == 2:
            typer.echo(found[0].difference(found[1]) or "The weights are the same.")


def drift(
    reference: Annotated[Path, typer.Argument(help="A .parquet or .csv file with a row per example.")],
    live: Annotated[Path, typer.Argument(help="Another one, with the same columns of numbers.")],
    column: Annotated[list[str] | None, typer.Option(help="A column; may be repeated. By default all.")] = None,
) -> None:
    """Say whether two files of numbers, such as embeddings, come from the same population."""
    import numpy as np

    from evalkit.analysis.drift import classifier_test, ks, psi
    from evalkit.production.words import p_sentence
    from evalkit.tables.files import FRACTIONS, WHOLE, open_table

    with _sentences(DATA):
        first = open_table(reference, [])
        names = column or [name for name in first.schema.names if first.kind(name) in (FRACTIONS, WHOLE)]
        if not names:
            _fail(f"{reference.name} has no columns of numbers.", DATA)
        one, two = (
            np.vstack(
                [
                    np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in names])
                    for batch in open_table(file, names).batches(names, names)
                ]
            )
            for file in (reference, live)
        )
        whole = classifier_test(one, two)
        typer.echo(
            f"A classifier tells live rows from the reference with an area of {whole.statistic:.3f} under its ROC "
            f"curve (0.5 is chance); {p_sentence(whole.p_value)}, {whole.n:,} and {whole.m:,} rows."
        )
        moved = sorted(zip(ks(one, two), names, one.T, two.T, strict=True), key=lambda each: each[0].p_value)
        for test, name, before, after in moved[:5]:
            index = psi(before, after)
            typer.echo(
                f"  {name}: KS {test.statistic:.3f}, adjusted {p_sentence(test.p_value)}; PSI {index.statistic:.3f}, "
                f"by chance up to {index.critical:.3f}"
            )


def _labels(path: Path) -> dict[str, tuple[int, int]]:
    import csv

    with path.open(newline="", encoding="utf-8") as file:
        return {row["id"]: (int(row["baseline"]), int(row["candidate"])) for row in csv.DictReader(file)}


def _unreachable(result: Any, evaluators: set[str]) -> bool:
    """Return whether one of these evaluations failed in either run because a judge could not be reached."""
    needs("pyarrow")
    import pyarrow.compute as pc

    from evalkit.production.openai_judge import UNREACHABLE

    for run in (result.baseline, result.candidate):
        known = run.manifest["evaluators"]
        judges = [each["name"] for each in known if "judge" in each and each["name"] in evaluators]
        for table in run.tables([f"{name}.reason" for name in judges]) if judges else ():
            if any(pc.any(pc.starts_with(column, pattern=UNREACHABLE)).as_py() for column in table.columns):
                return True
    return False


def _tags(by: list[str] | None) -> list[str | tuple[str, ...]]:
    return [tuple(each.split(",")) if "," in each else each for each in by or []]


@contextmanager
def _sentences(code: int) -> Iterator[None]:
    """Say what is wrong in a sentence and leave: with `code` if the input is at fault, else with 1."""
    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except TimeoutError:
        _fail("Out of time.", TIMEOUT)
    except ValueError as error:
        _fail(str(error), code)
    except ImportError as error:
        _fail(f"This needs the package {error.name}: run pip install 'evalkit-course[production]'.", BROKEN)
    except Exception as error:
        _fail(f"{type(error).__name__}: {error}", BROKEN)


@contextmanager
def _in_time(seconds: float | None) -> Iterator[None]:
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        # The one shot may fall on the very end of the work: then the inner line does not run, and the outer ones do.
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
