"""Run a pipeline over a dataset, evaluate what it returns, and write it down: piece by piece, so that nothing is lost.

A run is a folder: `run.json` says what was run on what, and `part-00000.parquet` and so on hold the rows, in the order
of the dataset. A part is written whole or not at all. If the run is killed, running it again goes on with the first
part that is missing, and the folder ends up with the same bytes.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs
from evalkit.production.checkpoints import Fingerprint, fingerprint
from evalkit.production.evaluators import Evaluator, GroundTruthMatch
from evalkit.production.rows import RowSource
from evalkit.production.working import Pipeline, Work, part_name, write_parts
from evalkit.tables.writing import write_json

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "evalkit-run-1"
ROWS_PER_PART = 1 << 17


class RunError(ValueError):
    """The run cannot be made, continued or used; the message says why."""


class ChangedModelError(RunError):
    """The run has changed the model that it was to measure."""


@dataclass(frozen=True)
class Run:
    """A finished run on disk.

    Attributes
    ----------
    path : Path
    manifest : dict
        What `run.json` holds.
    """

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Open the folder of a run.

        Raises
        ------
        RunError
            If there is none, it is not finished, its model has changed, or a part of it is not what it was.
        """
        folder = Path(path)
        manifest = _manifest(folder)
        if manifest is None:
            raise RunError(f"{folder} holds no run: there is no run.json.")
        if manifest.get("format") != FORMAT:
            raise RunError(f"{folder} was written as {manifest.get('format')!r}, and this version reads {FORMAT!r}.")
        if "changed" in manifest:
            raise RunError(f"The run in {folder} has changed its model: {manifest['changed']}.")
        if not manifest.get("finished"):
            raise RunError(f"The run in {folder} is not finished. Run it again: it goes on where it stopped.")
        for number, part in enumerate(manifest["parts"]):
            file = folder / part_name(number)
            if not file.is_file() or _file_hash(file) != part["sha256"]:
                raise RunError(f"{file} is missing or not what the run wrote.")
        return cls(folder, manifest)

    @property
    def rows(self) -> int:
        return int(self.manifest["dataset"]["rows"])

    @property
    def evaluators(self) -> list[str]:
        """The names of the evaluators, in order."""
        return [evaluator["name"] for evaluator in self.manifest["evaluators"]]

    def files(self) -> list[Path]:
        return [self.path / part_name(number) for number in range(len(self.manifest["parts"]))]

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the parts, in order."""
        needs("pyarrow")
        import pyarrow.parquet as pq

        for file in self.files():
            yield pq.read_table(file, columns=None if columns is None else list(columns), use_threads=False)

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.rows:,} rows, {self.manifest['counts']['errors']:,} errors of the pipeline"]
        for name, counts in self.manifest["counts"]["evaluations"].items():
            ok = counts["passed"] + counts["failed"]
            share = f"{counts['passed'] / ok:.4f}" if ok else "undefined"
            others = ", ".join(f"{counts[status]:,} {status}" for status in ("undecided", "error", "skipped"))
            lines.append(f"  {name}: {counts['passed']:,} of {ok:,} passed ({share}); {others}")
        return "\n".join(lines)


def run(
    dataset: RowSource,
    pipeline: Pipeline,
    *,
    to: str | Path,
    checkpoint: Any = None,
    batch_size: int = 256,
    preprocess: str | None = None,
    part_rows: int = ROWS_PER_PART,
    workers: int = 1,
    client: Any = None,
    tracer: Any = None,
    progress: bool = True,
) -> Run:
    """Run a pipeline on every row of a dataset and write outputs and evaluations to a folder.

    Parameters
    ----------
    dataset : Dataset
    pipeline : callable
        Takes `Rows` (columns by name, or a dict per row when iterated) and returns as many outputs. If it raises, the
        rows are tried in ever smaller batches: an exception costs the rows that cause it, and not the run.
    to : path
        The folder. What is there of the same run is kept, and the run goes on from there.
    checkpoint : Fingerprint, or what `fingerprint` takes
        Which weights. A model in memory is looked at again after the run, which is refused if it has changed.
    batch_size : int
        Rows that the pipeline gets at a time.
    preprocess : str, optional
        What is done to the inputs, in your words. Runs with different words are not compared.
    part_rows : int
        Rows of a file, and what is lost at most when the run is killed. Smaller for slow pipelines.
    workers : int
        Parts worked on at a time, by threads. The results are the same for any number.
    client : dask.distributed.Client, optional
        Work on a cluster instead.
    tracer : evalkit.production.tracing.Tracer, optional
        Where spans go.
    progress : bool
        Show a bar.

    Returns
    -------
    Run

    Raises
    ------
    RunError
        If the folder holds a different run.
    ChangedModelError
        If the model is not what it was before the run.
    """
    if batch_size < 1 or part_rows < 1 or workers < 1:
        raise RunError("batch_size, part_rows and workers must be at least 1.")
    folder = Path(to)
    evaluators = dataset.evaluators or [GroundTruthMatch()]
    mark = checkpoint if checkpoint is None or isinstance(checkpoint, Fingerprint) else fingerprint(checkpoint)
    manifest = _described(dataset, evaluators, mark, preprocess, part_rows)
    folder.mkdir(parents=True, exist_ok=True)
    if _continues(folder, manifest):
        return Run.load(folder)
    for leftover in folder.glob(".part-*"):
        leftover.unlink()
    work = Work(dataset.tags, dataset.has_sources, pipeline, evaluators, batch_size, tracer)
    write_parts(dataset, work, folder, part_rows, workers, client, progress)
    if mark is not None and (changed := mark.difference(mark.again())):
        write_json(folder / "run.json", {**manifest, "changed": changed})
        raise ChangedModelError(
            f"The model is not what it was before the run: {changed}. Call model.eval() and switch off whatever else "
            f"learns while it predicts, then run into another folder. Nothing can be compared with {folder}."
        )
    parts, counts = _counted(folder, dataset.identity.rows, part_rows, evaluators)
    if counts["errors"] == dataset.identity.rows:
        warnings.warn(f"The pipeline failed on every row, first with {counts['first_error']}.", stacklevel=2)
    write_json(folder / "run.json", {**manifest, "counts": counts, "parts": parts, "finished": True})
    return Run.load(folder)


# ----------------------------------------------------------------------------------------------- what is in the folder
def _described(
    dataset: RowSource, evaluators: list[Evaluator], mark: Fingerprint | None, preprocess: str | None, part_rows: int
) -> dict[str, Any]:
    identity = dataset.identity
    checkpoint = None if mark is None else {"root": mark.root, "architecture": mark.architecture}
    return {
        "format": FORMAT,
        "dataset": {
            "hash": identity.hash,
            "rows": identity.rows,
            "columns": list(identity.columns),
            "tags": list(dataset.tags),
            "sources": dataset.has_sources,
        },
        "checkpoint": checkpoint,
        "evaluators": [evaluator.identity() for evaluator in evaluators],
        "preprocess": preprocess,
        "part_rows": part_rows,
    }


def _continues(folder: Path, manifest: dict[str, Any]) -> bool:
    """Return whether the folder holds the finished run; raise if it holds another one, and else begin it."""
    old = _manifest(folder)
    if old is None:
        if any(folder.glob("part-*.parquet")):
            raise RunError(f"{folder} holds parts of a run but no run.json. Choose another folder.")
        write_json(folder / "run.json", manifest)
        return False
    if "changed" in old:
        raise RunError(f"The run in {folder} has changed its model. Choose another folder.")
    for key, value in manifest.items():
        if old.get(key) != value:
            raise RunError(
                f"{folder} holds another run: {key} is {_brief(old.get(key))} there and {_brief(value)} here. "
                "Choose another folder."
            )
    return bool(old.get("finished"))


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / "run.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RunError(f"{folder / 'run.json'} cannot be read: {error}.") from error


def _file_hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _counted(
    folder: Path, n_rows: int, part_rows: int, evaluators: list[Evaluator]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Count what the parts hold, so that a resumed run says the same as one in one go."""
    needs("pyarrow")
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    parts: list[dict[str, Any]] = []
    errors, first_error = 0, None
    statuses: dict[str, Counter[str]] = {evaluator.name: Counter() for evaluator in evaluators}
    for number in range(-(-n_rows // part_rows)):
        file = folder / part_name(number)
        names = [f"{name}.{what}" for name in statuses for what in ("passed", "status")]
        table = pq.read_table(file, columns=["error", *names], use_threads=False)
        parts.append({"rows": table.num_rows, "sha256": _file_hash(file)})
        failed = table.column("error").drop_null()
        errors += len(failed)
        first_error = first_error or (failed[0].as_py() if len(failed) else None)
        for name, counts in statuses.items():
            for found in pc.value_counts(table.column(f"{name}.status")).to_pylist():
                counts[found["values"]] += found["counts"]
            counts["passed"] += pc.sum(table.column(f"{name}.passed")).as_py() or 0
    told = {
        name: {
            "passed": counts["passed"],
            "failed": counts["ok"] - counts["passed"],
            **{status: counts[status] for status in ("undecided", "error", "skipped")},
        }
        for name, counts in statuses.items()
    }
    return parts, {"errors": errors, "first_error": first_error, "evaluations": told}
