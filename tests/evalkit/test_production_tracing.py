"""Spans: which rows get one, what stands on them, and that nothing happens without the SDK."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from evalkit.production import Dataset, GroundTruthMatch, JsonLines, Tracer, output_statistics

N = 500
FEATURES = np.random.default_rng(0).normal(1, 1, (N, 8))
FEATURES[7] = 0.0  # its camera was covered
BROKEN = {7, 40, 41}


def cohort():
    labels = ["cat"] * N
    dataset = Dataset.from_columns(id=[f"r{i}" for i in range(N)], input=np.arange(N), expected=labels)
    return dataset.add_evaluation(GroundTruthMatch())


def pipeline_of(tracer):
    def pipeline(rows):
        index = np.asarray(rows["input"])
        if 300 in index:
            raise OSError("cannot be read")
        with tracer.step("encoder") as span:
            features = span.output(FEATURES[index])
        with tracer.step("head"):
            return ["dog" if i in BROKEN else "cat" for i, _ in zip(index, features, strict=True)]

    return pipeline


def traced(tmp_path, **options):
    sdk = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = sdk.InMemorySpanExporter()
    tracer = Tracer(exporter, **options)
    cohort().run(pipeline_of(tracer), to=tmp_path / "run", batch_size=50, tracer=tracer, progress=False)
    return exporter.get_finished_spans()


def test_rows_that_are_not_right_get_a_span_and_a_few_others(tmp_path):
    spans = traced(tmp_path, reference=(np.ones(8), np.ones(8)))
    rows = {span.attributes["evalkit.row.id"]: span for span in spans if span.name == "row"}
    assert {"r7", "r40", "r41", "r300"} <= set(rows)
    assert 4 < len(rows) < 25  # one in a hundred of the others
    odd, usual = rows["r7"].attributes, rows["r40"].attributes
    assert (odd["evalkit.encoder.output.norm"], odd["evalkit.encoder.output.zero_fraction"]) == (0.0, 1.0)
    assert usual["evalkit.encoder.output.norm"] > 1
    assert odd["evalkit.encoder.output.dimension"] == 8
    assert odd["evalkit.encoder.output.reference_distance"] == pytest.approx(1.0)
    assert rows["r300"].status.description == "OSError: cannot be read"
    inner = [span for span in spans if span.name == "evaluator" and span.parent.span_id == rows["r7"].context.span_id]
    assert inner[0].attributes["gen_ai.evaluation.score.value"] == 0.0
    assert inner[0].events[0].name == "gen_ai.evaluation.result"
    batches = {span.context.span_id for span in spans if span.name == "batch"}
    assert all(row.parent.span_id in batches for row in rows.values())


def test_encoder_and_head_tell_of_the_encoders_output(tmp_path):
    spans = traced(tmp_path)
    encoders, heads = ([span for span in spans if span.name == name] for name in ("encoder", "head"))
    assert len(encoders) == len(heads) >= 10
    first = encoders[0].attributes["evalkit.encoder.output.norm"]
    assert first == pytest.approx(np.linalg.norm(FEATURES[:50], axis=1).mean())
    assert heads[0].attributes["evalkit.encoder.output.norm"] == first


def test_json_lines(tmp_path):
    pytest.importorskip("opentelemetry.sdk")
    tracer = Tracer(JsonLines(tmp_path / "spans.jsonl"))
    cohort().run(pipeline_of(tracer), to=tmp_path / "run", tracer=tracer, progress=False)
    spans = [json.loads(line) for line in (tmp_path / "spans.jsonl").read_text().splitlines()]
    assert {"batch", "encoder", "head", "row", "evaluator"} == {span["name"] for span in spans}


def test_tracing_changes_no_result(tmp_path):
    traced(tmp_path / "a")
    nothing = Tracer()
    cohort().run(pipeline_of(nothing), to=tmp_path / "b", batch_size=50, progress=False)
    one, two = ((tmp_path / name).glob("**/*.parquet") for name in "ab")
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


def test_statistics_of_broken_features():
    told = output_statistics(np.array([[np.nan, np.inf, 0.0, 3.0], [1.0, 1.0, 1.0, 1.0]]))
    assert told[0]["nonfinite_count"] == 2
    assert told[0]["norm"] == 3.0
    assert told[1] == {"dimension": 4, "norm": 2, "mean": 1, "std": 0, "zero_fraction": 0, "nonfinite_count": 0}


def test_nothing_happens_without_the_sdk():
    code = """
import sys
sys.modules["opentelemetry"] = None
from evalkit.production import Tracer
tracer = Tracer()
with tracer.batch(["a"]), tracer.step("encoder") as span:
    span.set("x", 1)
    print(span.output([1.0, 2.0]))
tracer.rows_done(["a"], ["x"], [None], {})
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "[1.0, 2.0]\n"
