"""The benchmark of the metrics runs, compares every task with its peers, and judges times by its targets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import metrics

    return metrics


@pytest.fixture
def invented(benchmark: ModuleType) -> dict[str, dict[str, float]]:
    """Times at which every peer takes ten times as long as evalkit, in batches and as a whole alike."""
    cases = dict.fromkeys(benchmark.COLUMNS, 1.0) | {benchmark.EVALKIT: 0.1, benchmark.FLOOR: 0.05}
    return {task.title: cases | {benchmark.WHOLE: 0.05} for task in benchmark.TASKS}


def test_targets_are_judged(benchmark: ModuleType, invented: dict[str, dict[str, float]]) -> None:
    memory = {task.title: {benchmark.EVALKIT: 65.0} for task in benchmark.TASKS}
    lines = list(benchmark.target_table(invented, memory, import_seconds=0.1))
    assert "| mean squared error: faster than scikit-learn | ≥ 1.8× | 10.0× | met |" in lines
    assert "| confusion matrix, 2 classes: faster than scikit-learn | ≥ 25× | 10.0× | **not met** |" in lines
    assert "| counts in batches, 10 classes: time of the whole array | ≤ 1.5× | 2.00× | **not met** |" in lines
    assert "| area under the ROC curve: reads of the input | ≤ 15.0 | 2.0 | met |" in lines
    assert "| mean squared error: extra memory | ≤ 64 MB | 65 MB | **not met** |" in lines
    assert "| `import evalkit` | ≤ 0.2 s | 0.10 s | met |" in lines


def test_times_are_in_milliseconds_with_the_factor(
    benchmark: ModuleType, invented: dict[str, dict[str, float]]
) -> None:
    line = next(line for line in benchmark.time_table(invented) if line.startswith("| mean squared error "))
    assert line.split(" | ")[1:5] == ["50.0", "100.0", "1000.0", "1000.0 (10.0×)"]
    assert line.endswith(" 2.0× |")


def test_a_wrong_answer_is_not_timed(benchmark: ModuleType) -> None:
    cases = {benchmark.EVALKIT: lambda: 0.5, "scikit-learn": lambda: 0.6}
    with pytest.raises(AssertionError, match="scikit-learn"):
        benchmark.check_answers(cases)


@pytest.mark.slow
def test_it_runs_and_prints_every_task(benchmark: ModuleType) -> None:
    command = [sys.executable, str(BENCHMARKS / "metrics.py"), "--quick"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500)
    for task in benchmark.TASKS:
        starts = f"| {task.title} |", f"| {task.title}: "
        rows = [line for line in run.stdout.splitlines() if line.startswith(starts)]
        limits = len(task.targets) + (task.memory is not None)
        assert len(rows) == 2 + limits, task.title  # a row of times, one of memory, and one for each target
