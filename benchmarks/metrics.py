"""Compare evalkit's speed and memory with those of its peers, in one process and on the same arrays.

    python benchmarks/metrics.py            # print the tables; about twenty minutes
    python benchmarks/metrics.py --quick    # a hundredth of the rows, measured once: does it run?
    python benchmarks/metrics.py --write    # also write docs/benchmarks/metrics.md

The cases of a task take turns, five rounds of them, and the median counts: a busy machine slows all of them alike.
Before that each case runs once, and its answer is compared with evalkit's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from metric_tasks import COLUMNS, EVALKIT, FLOOR, ONE_CORE, TASKS, WHOLE, Cases, Task

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks" / "metrics.md"
IMPORT_LIMIT = 0.2  # seconds
Times = dict[str, float]  # seconds by case
Megabytes = dict[str, dict[str, float]]  # by task and case


# ---------------------------------------------------------------------------------------------------------------- time
def measure(cases: Cases, rounds: int) -> Times:
    """Return the median time of each case, in seconds."""
    times: dict[str, list[float]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case, run in cases.items():
            start = time.perf_counter()
            run()
            times[case].append(time.perf_counter() - start)
    return {case: median(of_case) for case, of_case in times.items()}


def check_answers(cases: Cases) -> None:
    """Run each case once and raise if its answer is not evalkit's."""
    expected = _numbers(cases[EVALKIT]())
    for case, run in cases.items():
        if case not in (FLOOR, EVALKIT):
            np.testing.assert_allclose(_numbers(run()), expected, rtol=1e-4, err_msg=case)


def _numbers(answer: Any) -> Any:
    if isinstance(answer, list | tuple):
        return np.array([float(value) for value in answer])
    return np.array(answer.tolist() if hasattr(answer, "tolist") else answer, dtype=float)


def import_time(rounds: int) -> float:
    """Return the median time of `import evalkit` in a new process, in seconds."""
    code = "import time; start = time.perf_counter(); import evalkit; print(time.perf_counter() - start)"
    run = [sys.executable, "-c", code]
    return median(float(subprocess.run(run, capture_output=True, text=True, check=True).stdout) for _ in range(rounds))


# -------------------------------------------------------------------------------------------------------------- memory
def peak_memory(quick: bool) -> Megabytes:
    """Return the peak of extra memory of each case in MB, measured in a new process; nothing where Linux is missing."""
    if not Path("/proc/self/clear_refs").exists():
        return {}
    # Blocks above 128 kB then go back to the system when they are freed, and are not there for the next case to use.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "131072"}
    command = [sys.executable, __file__, "--memory", *(["--quick"] if quick else [])]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: Megabytes = json.loads(run.stdout)
    return result


def memory_of_all(quick: bool) -> Megabytes:
    """Measure in this process."""
    result: Megabytes = {}
    for task in TASKS:
        for run in task.cases(1000).values():
            run()  # what a first call imports is not the metric's
        cases = task.cases(rows_of(task, quick))
        result[task.title] = {case: _peak_while(run) for case, run in cases.items() if case != FLOOR}
    return result


def _peak_while(run: Any) -> float:
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _resident("VmRSS")
    run()
    return max(_resident("VmHWM") - before, 0.0)


def _resident(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


# -------------------------------------------------------------------------------------------------------------- tables
def time_table(results: dict[str, Times]) -> Iterator[str]:
    """Milliseconds; behind each peer, how many times as long it takes as evalkit."""
    yield _row(["Task (ms)", *COLUMNS, "evalkit / one read"])
    yield _row(["---", *["---:"] * (len(COLUMNS) + 1)])
    for title, times in results.items():
        cells = [_cell(case, times) for case in COLUMNS]
        yield _row([title, *cells, f"{times[EVALKIT] / times[FLOOR]:.1f}×"])


def _cell(case: str, times: Times) -> str:
    if case not in times:
        return "–"
    factor = "" if case in (FLOOR, EVALKIT, ONE_CORE) else f" ({times[case] / times[EVALKIT]:.1f}×)"
    return f"{times[case] * 1000:.1f}{factor}"


def target_table(results: dict[str, Times], memory: Megabytes, import_seconds: float) -> Iterator[str]:
    """What is wanted, what was measured, and whether that is enough."""
    yield _row(["Target", "wanted", "measured", "met"])
    yield _row(["---", "---:", "---:", "---"])
    for task in TASKS:
        times = results[task.title]
        for case, wanted in task.targets.items():
            factor = times[case] / times[EVALKIT]
            if case == FLOOR:
                cells = ["reads of the input", f"≤ {1 / wanted:.1f}", f"{1 / factor:.1f}"]
            elif case == WHOLE:
                cells = ["time of the whole array", f"≤ {1 / wanted:.1f}×", f"{1 / factor:.2f}×"]
            else:
                cells = [f"faster than {case}", f"≥ {wanted:g}×", f"{factor:.1f}×"]
            yield _row([f"{task.title}: {cells[0]}", *cells[1:], _met(factor >= wanted)])
    for task in TASKS:
        if task.memory is not None and task.title in memory:
            used = memory[task.title][EVALKIT]
            yield _row(
                [f"{task.title}: extra memory", f"≤ {task.memory} MB", f"{used:.0f} MB", _met(used <= task.memory)]
            )
    yield _row(
        ["`import evalkit`", f"≤ {IMPORT_LIMIT} s", f"{import_seconds:.2f} s", _met(import_seconds <= IMPORT_LIMIT)]
    )


def memory_table(memory: Megabytes) -> Iterator[str]:
    """Peak of extra memory during one call, in MB."""
    columns = [case for case in COLUMNS if case != FLOOR]
    yield _row(["Task (MB)", *columns])
    yield _row(["---", *["---:"] * len(columns)])
    for title, peaks in memory.items():
        yield _row([title, *(f"{peaks[case]:.0f}" if case in peaks else "–" for case in columns)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _met(met: bool) -> str:
    return "met" if met else "**not met**"


def document(results: dict[str, Times], memory: Megabytes, import_seconds: float, quick: bool) -> str:
    """Return the page: where and how it was measured, and the three tables."""
    packages = ("numpy", "scikit-learn", "torch", "torchmetrics", "torcheval")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    rows = (
        "100,000 rows (2,000 for top 5), one call"
        if quick
        else ("10 million rows (200,000 for top 5), median of five calls")
    )
    return "\n".join(
        [
            "# Speed and memory of the metrics",
            "",
            "Generated by `python benchmarks/metrics.py --write`; not edited by hand.",
            "",
            f"{rows[0].upper()}{rows[1:]}, int64 labels, float32 numbers, batches of 10,000 rows. "
            f"Python {platform.python_version()} on {platform.machine()} with {os.cpu_count()} cores; {versions}.",
            "",
            "## Time",
            "",
            "*One read* is the time to look at every byte of the input once. In brackets: how many times as long as "
            "evalkit. *Unchecked* is `validate_args=False`; evalkit always checks its input.",
            "",
            *time_table(results),
            "",
            "## Extra memory",
            "",
            "Peak of resident memory during one call, above what was there before.",
            "",
            *memory_table(memory),
            "",
            "## Targets",
            "",
            *target_table(results, memory, import_seconds),
            "",
        ]
    )


# ---------------------------------------------------------------------------------------------------------------- main
def rows_of(task: Task, quick: bool) -> int:
    """Return the number of rows to measure with."""
    return task.rows // 100 if quick else task.rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare evalkit's speed and memory with those of its peers.")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the rows, measured once")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/metrics.md")
    parser.add_argument("--only", default="", metavar="TEXT", help="only print times of tasks whose title has TEXT")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)  # what the child process does
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # the peers' own remarks about the versions of their dependencies
    if options.memory:
        print(json.dumps(memory_of_all(options.quick)))
        return
    rounds = 1 if options.quick else 5
    results: dict[str, Times] = {}
    for task in TASKS:
        if options.only not in task.title:
            continue
        print(f"measuring {task.title} …", file=sys.stderr, flush=True)
        cases = task.cases(rows_of(task, options.quick))
        check_answers(cases)
        results[task.title] = measure(cases, rounds)
    if options.only:
        print(*time_table(results), sep="\n")
        return
    page = document(results, peak_memory(options.quick), import_time(rounds), options.quick)
    print(page)
    if options.write:
        DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
        DOCUMENT.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
