"""How much memory does `evalkit report` take on a large file, and how long beside reading it?

    python benchmarks/report_memory.py            20 million rows
    python benchmarks/report_memory.py --full     100 million rows, about half a gigabyte on disk

The file holds a true label, a predicted label, a score and a cohort. The promise is under 500 MB, however many rows.
Reading is what pandas does with the same columns, in blocks of a million rows; seconds by the clock and of processor.
The two take turns, because the speed of a machine drifts; what is printed are the medians.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROWS = 20_000_000
FULL = 100_000_000
PROMISE_MB = 500
TURNS = 3
GROUP = 1_000_000  # rows per Parquet row group
COHORTS = ["day", "dusk", "night", "fog", "rain"]


def write_predictions(path: Path, rows: int) -> None:
    """Write predictions of a rare class, row group by row group."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    cohorts = pa.array(COHORTS)
    fields = {"y": pa.int8(), "yhat": pa.int8(), "p": pa.float32(), "cohort": pa.dictionary(pa.int32(), pa.string())}
    schema = pa.schema(list(fields.items()))
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for start in range(0, rows, GROUP):
            n = min(GROUP, rows - start)
            y = rng.random(n) < 0.05
            p = 1 / (1 + np.exp(-(rng.standard_normal(n) + 2.5 * y - 3)))
            cohort = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(COHORTS), n, np.int32)), cohorts)
            columns = [y.astype(np.int8), (p >= 0.5).astype(np.int8), p.astype(np.float32), cohort]
            writer.write_table(pa.table(dict(zip(fields, columns, strict=True)), schema=schema))


READING = """
import sys
import pyarrow.parquet as pq

with pq.ParquetFile(sys.argv[1]) as file:
    for batch in file.iter_batches(1_000_000):
        batch.to_pandas()
"""


def report(folder: str, path: Path) -> tuple[float, float, float]:
    """Run the command: seconds by the clock and of processor, and its peak memory in MB."""
    command = [sys.executable, "-c", "from evalkit.cli import app; app()", "report", str(path)]
    command += ["--truth", "y", "--pred", "yhat", "--score", "p", "--by", "cohort"]
    command += ["--html", f"{folder}/report.html", "--json", f"{folder}/report.json"]
    return measured(command)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Run a program: seconds by the clock and of processor, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[1:3]} ended with exit code {process.returncode}.")
    # Linux counts in kB, macOS in bytes.
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, peak


def main() -> None:
    """Print rows, seconds and peak memory, and fail if the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} rows")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    rows = FULL if options.full else options.rows
    if options.write:
        write_predictions(options.write, rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.parquet"
        # Also in a process of its own: the peak of a process includes the memory of the one that started it.
        subprocess.run([sys.executable, __file__, "--rows", str(rows), "--write", str(path)], check=True)
        size = path.stat().st_size / 1e6
        turns = [(measured([sys.executable, "-c", READING, str(path)]), report(folder, path)) for _ in range(TURNS)]
    reading, seconds, times, processor = map(
        median,
        zip(*((one[0], two[0], two[0] / one[0], two[1] / one[1]) for one, two in turns), strict=True),
    )
    peak = max(two[2] for _, two in turns)
    print(f"{rows:,} rows, {size:,.0f} MB of Parquet: {seconds:.1f} s, peak {peak:.0f} MB (promise: {PROMISE_MB} MB)")
    print(
        f"Reading alone: {reading:.1f} s. The report takes {times:.1f} times as long by the clock, and {processor:.1f}"
    )
    print("times the processor time.")
    if peak > PROMISE_MB:
        raise SystemExit("The promise is broken.")


if __name__ == "__main__":
    main()
