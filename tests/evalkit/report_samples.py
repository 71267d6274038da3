"""Tables as files, and reports on them, for the tests of `evalkit report`."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from evalkit.cli import app


def run(*arguments, **options):
    return CliRunner().invoke(app, ["report", *map(str, arguments)], env={"COLUMNS": "160"}, **options)


def written(tmp_path, text, name="p.csv", encoding="utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def both(frame, tmp_path):
    """The same table as Parquet and as CSV."""
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.parquet", tmp_path / "t.csv"


def values(report):
    return {value.name: value.value for value in report.values}


def slices(report, place=0):
    return {part.name: part.rows for part in report.slices[place].slices}
