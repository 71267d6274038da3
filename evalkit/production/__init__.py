"""From metric to decision: may this model replace that one?

    cohort = Dataset.from_parquet("cohort.parquet", input="path", expected="label", tags=["light"])
    old = cohort.run(production, checkpoint=fingerprint(weights), to="runs/production")
    new = cohort.run(candidate, checkpoint=fingerprint(others), to="runs/candidate")
    result = RegressionEval(baseline=old, candidate=new).compare(by=["light"])
    verdict = result.gate([Gate("accuracy", max_drop=0.01), Gate("accuracy", by="light", max_drop=0.03)])
    verdict.status  # "pass", "fail" or "undecided"

Names are loaded when they are used: importing this package loads nothing but NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.production.agreement import Agreement, corrected_mean
    from evalkit.production.checkpoints import Fingerprint, FingerprintError, fingerprint
    from evalkit.production.cohorts import disturbed_dataset
    from evalkit.production.dataset import Dataset
    from evalkit.production.evaluators import (
        CustomEvaluation,
        Evaluation,
        Evaluator,
        GroundTruthMatch,
        TopKMatch,
    )
    from evalkit.production.gates import Gate, GateError, Verdict, read_gates
    from evalkit.production.judges import ImageInstructionAdherence, Judge, Judgement, SceneJudge
    from evalkit.production.monitor import DriftMonitor, DriftState, retraining_due
    from evalkit.production.openai_judge import OpenAIJudge
    from evalkit.production.pictures import CaptionHallucination, DetectionMatch
    from evalkit.production.predictions import run_predictions
    from evalkit.production.regression import Comparison, ComparisonError, RegressionEval
    from evalkit.production.rows import DatasetError, Rows
    from evalkit.production.runs import ChangedModelError, Run, RunError, run
    from evalkit.production.tracing import JsonLines, Tracer, output_statistics

_PLACES = {
    "agreement": ("Agreement", "corrected_mean"),
    "cohorts": ("disturbed_dataset",),
    "dataset": ("Dataset",),
    "evaluators": (
        "CustomEvaluation",
        "Evaluation",
        "Evaluator",
        "GroundTruthMatch",
        "TopKMatch",
    ),
    "checkpoints": ("Fingerprint", "FingerprintError", "fingerprint"),
    "gates": ("Gate", "GateError", "Verdict", "read_gates"),
    "judges": ("ImageInstructionAdherence", "Judge", "Judgement", "SceneJudge"),
    "monitor": ("DriftMonitor", "DriftState", "retraining_due"),
    "openai_judge": ("OpenAIJudge",),
    "pictures": ("CaptionHallucination", "DetectionMatch"),
    "regression": ("Comparison", "ComparisonError", "RegressionEval"),
    "tracing": ("JsonLines", "Tracer", "output_statistics"),
    "predictions": ("run_predictions",),
    "rows": ("DatasetError", "Rows"),
    "runs": ("ChangedModelError", "Run", "RunError", "run"),
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}

__all__ = [
    "Agreement",
    "CaptionHallucination",
    "ChangedModelError",
    "Comparison",
    "ComparisonError",
    "CustomEvaluation",
    "Dataset",
    "DatasetError",
    "DetectionMatch",
    "DriftMonitor",
    "DriftState",
    "Evaluation",
    "Evaluator",
    "Fingerprint",
    "FingerprintError",
    "Gate",
    "GateError",
    "GroundTruthMatch",
    "ImageInstructionAdherence",
    "JsonLines",
    "Judge",
    "Judgement",
    "OpenAIJudge",
    "RegressionEval",
    "Rows",
    "Run",
    "RunError",
    "SceneJudge",
    "TopKMatch",
    "Tracer",
    "Verdict",
    "corrected_mean",
    "disturbed_dataset",
    "fingerprint",
    "output_statistics",
    "read_gates",
    "retraining_due",
    "run",
    "run_predictions",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)
    globals()[name] = value  # also instead of a module of the same name
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
