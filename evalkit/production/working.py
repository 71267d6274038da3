"""The work of a run: batches through the pipeline, outputs through the evaluators, and parts onto the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._core.bars import new_bar
from evalkit._core.extras import needs
from evalkit.production.evaluators import Evaluation, Evaluator, words_of
from evalkit.production.rows import Rows, RowSource
from evalkit.tables.canonical import text_of, write_table

if TYPE_CHECKING:
    import pyarrow as pa

Pipeline = Callable[[Rows], Sequence[Any]]
Answer = tuple[Any, str | None]  # output and error


def part_name(number: int) -> str:
    """Return the name of the file of a part."""
    return f"part-{number:05d}.parquet"


@dataclass(frozen=True)
class Work:
    """What is done to the rows of a part. It can be sent to another machine if the pipeline can."""

    tags: tuple[str, ...]
    has_sources: bool
    pipeline: Pipeline
    evaluators: list[Evaluator]
    batch_size: int
    tracer: Any

    def __call__(self, rows: Rows, path: Path) -> int:
        answers: list[Answer] = []
        for start in range(0, len(rows), self.batch_size):
            answers += self._answers(rows.cut(start, start + self.batch_size))
        outputs, errors = [output for output, _ in answers], [error for _, error in answers]
        found = {evaluator.name: self._evaluated(evaluator, rows, outputs, errors) for evaluator in self.evaluators}
        write_table(path, self._table(rows, outputs, errors, found))
        if self.tracer is not None:
            self.tracer.rows_done(rows["id"], outputs, errors, found)
        return len(rows)

    def _answers(self, rows: Rows) -> list[Answer]:
        """Return an output or an error for each row: what fails is halved until the row is found."""
        try:
            with nullcontext() if self.tracer is None else self.tracer.batch(rows["id"]):
                outputs = list(self.pipeline(rows))
            if len(outputs) != len(rows):
                raise ValueError(f"the pipeline returned {len(outputs)} outputs for {len(rows)} rows")
            return [self._storable(output) for output in outputs]
        except Exception as error:
            if len(rows) == 1:
                return [(None, words_of(error))]
            middle = len(rows) // 2
            return self._answers(rows.cut(0, middle)) + self._answers(rows.cut(middle, len(rows)))

    @staticmethod
    def _storable(output: Any) -> Answer:
        if isinstance(output, str):
            return output, None
        try:
            return (output, None) if text_of(output) is not None else (None, "ValueError: the pipeline returned None")
        except (TypeError, ValueError) as error:
            return None, words_of(error)

    @staticmethod
    def _evaluated(evaluator: Evaluator, rows: Rows, outputs: list[Any], errors: list[str | None]) -> list[Evaluation]:
        if not any(errors):
            return evaluator.evaluate_batch(outputs, rows["expected"], rows if evaluator.looks_at_rows else ())
        failed = Evaluation(None, None, "error", "the pipeline failed")
        good = [place for place, error in enumerate(errors) if error is None]
        known = list(rows) if evaluator.looks_at_rows else None
        found = evaluator.evaluate_batch(
            [outputs[place] for place in good],
            [rows["expected"][place] for place in good],
            () if known is None else [known[place] for place in good],
        )
        answers = [failed] * len(outputs)
        for place, evaluation in zip(good, found, strict=True):
            answers[place] = evaluation
        return answers

    def _table(
        self, rows: Rows, outputs: list[Any], errors: list[str | None], found: dict[str, list[Evaluation]]
    ) -> pa.Table:
        needs("pyarrow")
        import pyarrow as pa

        text = ("id", "expected", *(["source_id"] if self.has_sources else []), *self.tags)
        columns = {name: pa.array([text_of(value) for value in rows[name]], pa.string()) for name in text}
        values = rows["input"]
        named = [value if isinstance(value, str) else None for value in values]
        columns["input"] = pa.array(named, pa.string())
        columns["output"] = pa.array([text_of(output) for output in outputs], pa.string())
        columns["error"] = pa.array(errors, pa.string())
        for name, answers in found.items():
            columns[f"{name}.score"] = pa.array([a.score for a in answers], pa.float64())
            columns[f"{name}.passed"] = pa.array([a.passed for a in answers], pa.bool_())
            columns[f"{name}.status"] = pa.array([a.status for a in answers], pa.string())
            # Why a right answer is right can be asked again; a million times "equal" says nothing.
            reasons = [None if a.passed else a.reason for a in answers]
            columns[f"{name}.reason"] = pa.array(reasons, pa.string())
        return pa.table(columns)


def write_parts(
    dataset: RowSource, work: Work, folder: Path, part_rows: int, workers: int, client: Any, progress: bool
) -> None:
    bar = new_bar(total=dataset.identity.rows, unit=" rows", disable=not progress)
    executor = client or (ThreadPoolExecutor(workers) if workers > 1 else None)
    waiting: deque[Any] = deque()
    at_once = workers if client is None else max(2, 2 * len(client.scheduler_info()["workers"]))
    try:
        for number, rows in enumerate(dataset.blocks(part_rows)):
            path = (folder / part_name(number)).absolute()
            if path.is_file():
                bar.update(len(rows))
            elif executor is None:
                bar.update(work(rows, path))
            else:
                waiting.append(executor.submit(work, rows, path))
                if len(waiting) > at_once:  # rows that wait would fill the memory
                    bar.update(waiting.popleft().result())
        while waiting:
            bar.update(waiting.popleft().result())
    finally:
        bar.close()
        if client is None and executor is not None:
            executor.shutdown(cancel_futures=True)
