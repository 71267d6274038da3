"""Where did a row go wrong? Spans for encoder, head and evaluator, by OpenTelemetry, and nothing at all without it.

    tracer = Tracer(exporter=JsonLines("spans.jsonl"))

    def pipeline(rows):
        with tracer.step("encoder") as span:
            features = span.output(encoder(load(rows)))
        with tracer.step("head") as span:
            return classes[head(features).argmax(1)]

    cohort.run(pipeline, to="runs/candidate", tracer=tracer)

Every batch has its spans. Single rows get one only if they are not right, or belong to a fixed sample of one in a
hundred: spans for all would take longer than the model. Statistics of the encoder's output stand on the encoder's and
the head's span and on those of the rows, so that a row that broke shows whether its features were already odd.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.production.evaluators import Evaluation
from evalkit.tables.canonical import hashes, text_of

# Names of our own where nobody prescribes any; those of evaluations are OpenTelemetry's (status: development).
PREFIX = "evalkit.encoder.output."
ROW, BATCH, EVALUATOR = "row", "batch", "evaluator"
SAMPLED = 100  # one row in so many
LONGEST_TEXT = 1000


def output_statistics(features: Any, reference: Any = None) -> list[dict[str, float]]:
    """Return what is told of each row of an encoder's output, shape (n, …).

    Parameters
    ----------
    features : array or tensor
    reference : pair of arrays, optional
        Mean and standard deviation of each feature where all was well: adds the distance from them.
    """
    values = features.detach().cpu().numpy() if hasattr(features, "detach") else np.asarray(features)
    rows = values.reshape(len(values), -1).astype(np.float64)
    finite = np.isfinite(rows)
    clean = np.where(finite, rows, 0.0)
    told = {
        "dimension": np.full(len(rows), rows.shape[1]),
        "norm": np.sqrt((clean * clean).sum(axis=1)),
        "mean": clean.mean(axis=1),
        "std": clean.std(axis=1),
        "zero_fraction": (rows == 0).mean(axis=1),
        "nonfinite_count": (~finite).sum(axis=1),
    }
    if reference is not None:
        centre, scale = (np.asarray(each, np.float64).reshape(-1) for each in reference)
        distance = (clean - centre) / np.where(scale > 0, scale, 1.0)
        told["reference_distance"] = np.sqrt((distance * distance).mean(axis=1))
    return [{name: float(column[i]) for name, column in told.items()} for i in range(len(rows))]


class _Step:
    """A span that the pipeline has opened, or nothing, if there is no tracing."""

    def __init__(self, tracer: Tracer, span: Any) -> None:
        self._tracer, self._span = tracer, span

    def output(self, features: Any) -> Any:
        """Tell of an encoder's output, and return it as it is."""
        if self._span is not None:
            self._tracer._features(features, self._span)
        return features

    def set(self, name: str, value: Any) -> None:
        """Set an attribute of the span."""
        if self._span is not None:
            self._span.set_attribute(name, value)


class Tracer:
    """Opens spans if opentelemetry-sdk is installed, and does nothing otherwise.

    Parameters
    ----------
    exporter : OpenTelemetry span exporter, optional
        Such as `JsonLines` or `opentelemetry.sdk.trace.export.in_memory_span_exporter.InMemorySpanExporter`.
    reference : pair of arrays, optional
        As for `output_statistics`.
    name : str
        Of the service.
    """

    def __init__(self, exporter: Any = None, *, reference: Any = None, name: str = "evalkit") -> None:
        self._reference = reference
        self._local = threading.local()  # batches of several threads do not mix
        self._found: dict[str, dict[str, float]] = {}
        self._parents: dict[str, Any] = {}
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        except ImportError:
            self._tracer: Any = None
            return
        provider = TracerProvider(resource=Resource.create({"service.name": name}))
        if exporter is not None:
            provider.add_span_processor(SimpleSpanProcessor(exporter))
        self._tracer = provider.get_tracer("evalkit.production")

    @contextmanager
    def step(self, name: str) -> Iterator[_Step]:
        """Open the span of a step of the pipeline, such as "encoder" or "head"."""
        if self._tracer is None:
            yield _Step(self, None)
            return
        with self._tracer.start_as_current_span(name) as span:
            for key, value in getattr(self._local, "summary", {}).items():
                span.set_attribute(key, value)
            yield _Step(self, span)

    @contextmanager
    def batch(self, ids: Sequence[str]) -> Iterator[None]:
        """Open the span of a batch. `run` does so."""
        if self._tracer is None:
            yield
            return
        self._local.ids, self._local.summary = list(ids), {}
        with self._tracer.start_as_current_span(BATCH) as span:
            span.set_attribute("evalkit.batch.rows", len(ids))
            self._parents.update(dict.fromkeys(ids, span))
            yield

    def rows_done(
        self,
        ids: Sequence[str],
        outputs: Sequence[Any],
        errors: Sequence[str | None],
        found: Mapping[str, Sequence[Evaluation]],
    ) -> None:
        """Write the spans of the rows that are not right, and of the sample. `run` does so."""
        if self._tracer is None:
            return
        sampled = (hashes(ids) % np.uint64(SAMPLED) == 0).tolist()
        for place, name in enumerate(ids):
            evaluations = {evaluator: answers[place] for evaluator, answers in found.items()}
            right = errors[place] is None and all(answer.passed for answer in evaluations.values())
            if not right or sampled[place]:
                self._row(name, outputs[place], errors[place], evaluations)
            self._found.pop(name, None)
            self._parents.pop(name, None)

    def _row(self, name: str, output: Any, error: str | None, evaluations: Mapping[str, Evaluation]) -> None:
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        parent = self._parents.get(name)
        context = None if parent is None else set_span_in_context(parent)
        with self._tracer.start_as_current_span(ROW, context=context) as span:
            span.set_attribute("evalkit.row.id", name)
            span.set_attribute("evalkit.row.output", (text_of(output) or "")[:LONGEST_TEXT])
            for key, value in self._found.get(name, {}).items():
                span.set_attribute(PREFIX + key, value)
            if error is not None:
                span.set_status(Status(StatusCode.ERROR, error))
            for evaluator, answer in evaluations.items():
                with self._tracer.start_as_current_span(EVALUATOR) as inner:
                    self._evaluation(inner, evaluator, answer)

    @staticmethod
    def _evaluation(span: Any, evaluator: str, answer: Evaluation) -> None:
        attributes: dict[str, Any] = {
            "gen_ai.evaluation.name": evaluator,
            "gen_ai.evaluation.explanation": answer.reason[:LONGEST_TEXT],
            "evalkit.evaluation.status": answer.status,
        }
        if answer.score is not None:
            attributes["gen_ai.evaluation.score.value"] = answer.score
            attributes["gen_ai.evaluation.score.label"] = "pass" if answer.passed else "fail"
        if answer.status == "error":
            attributes["error.type"] = answer.reason.partition(":")[0]
        span.set_attributes(attributes)
        span.add_event("gen_ai.evaluation.result", attributes)

    def _features(self, features: Any, span: Any) -> None:
        told = output_statistics(features, self._reference)
        self._found.update(zip(getattr(self._local, "ids", []), told, strict=False))
        if told:
            means = {name: float(np.mean([row[name] for row in told])) for name in told[0]}
            self._local.summary = {PREFIX + name: value for name, value in means.items()}
            span.set_attributes(self._local.summary)


class JsonLines:
    """An exporter that writes each span as a line of JSON."""

    def __init__(self, path: str | Path) -> None:
        self._path, self._lock = Path(path), threading.Lock()

    def export(self, spans: Sequence[Any]) -> Any:
        """Append the spans."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        lines = "".join(json.dumps(json.loads(span.to_json(indent=None))) + "\n" for span in spans)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(lines)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is open between spans."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        """Nothing waits."""
        return True
