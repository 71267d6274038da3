"""The numbers that evalkit.production holds: seconds and memory for a million rows, and how often a gate errs.

    python benchmarks/production.py                 # a million rows, some minutes on a busy machine
    python benchmarks/production.py --rows 10e6     # memory must not grow by more than a tenth

Each step runs in a process of its own, whose largest memory is measured. Both the time on the clock and that of the
processor are told: on a busy machine the first says more about the others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED = 0
ROWS_AT_ONCE = 100_000
TAGS = ["light", "camera"]
# Step: what it is called, and the most seconds for a million rows on two cores (none for the preparation).
STEPS = {
    "data": ("make the data", None),
    "hash": ("content hash", 8),
    "run": ("evaluate and write", 20),
    "other": ("the same for the candidate", 20),
    "compare": ("compare by two tags", 6),
    "align": ("align foreign predictions", 10),
    "fingerprint": ("fingerprint of ResNet-101", 2),
    "import": ("import evalkit.production, beyond evalkit", 0.05),
}
MOST_MEGABYTES = 300


def dataset(folder: Path):
    from evalkit.production import Dataset

    return Dataset.from_parquet(folder / "cohort.parquet", input="said", expected="label", tags=TAGS)


def make_data(folder: Path, rows: int) -> None:
    """Write a dataset whose inputs are the answers of the model in production, and shuffled predictions."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    names = {
        name: np.array([f"{name[0]}{i}" for i in range(n)]) for name, n in (("label", 10), ("light", 2), ("camera", 8))
    }
    schema = pa.schema([(name, pa.string()) for name in ("id", "label", "said", *TAGS)])
    with pq.ParquetWriter(folder / "cohort.parquet", schema) as writer:
        for start in range(0, rows, ROWS_AT_ONCE):
            n = min(ROWS_AT_ONCE, rows - start)
            label = rng.integers(0, 10, n)
            said = np.where(rng.random(n) < 0.08, (label + 1) % 10, label)
            columns = {"id": [f"img-{i}" for i in range(start, start + n)], "label": names["label"][label]}
            columns |= {"said": names["label"][said]}
            columns |= {tag: names[tag][rng.integers(0, len(names[tag]), n)] for tag in TAGS}
            writer.write_table(pa.table(columns, schema=schema))
    file = pq.ParquetFile(folder / "cohort.parquet")
    groups = rng.permutation(file.num_row_groups)
    with pq.ParquetWriter(
        folder / "foreign.parquet", pa.schema([("id", pa.string()), ("output", pa.string())])
    ) as writer:
        for group in groups:
            table = file.read_row_group(int(group), columns=["id", "said"]).rename_columns(["id", "output"])
            writer.write_table(table.take(pa.array(rng.permutation(table.num_rows))))
    file.close()


def answers(rows):
    """The model in production: it says what stands in the file."""
    return rows["input"]


def worse_answers(rows):
    """The candidate: in one of 41 rows it says something else."""
    return ["l0" if int(name[4:]) % 41 == 0 else said for name, said in zip(rows["id"], rows["input"], strict=True)]


def align(folder: Path, rows: int) -> None:
    """Bring the shuffled predictions into the order of the dataset."""
    import pyarrow as pa

    from evalkit.production.alignment import aligned
    from evalkit.tables.files import parquet_batches

    order = (batch.column("id") for batch in parquet_batches(folder / "cohort.parquet", ["id"]))
    foreign = parquet_batches(folder / "foreign.parquet", ["id", "output"])
    found = sum(table.num_rows for table in aligned(order, (pa.Table.from_batches([batch]) for batch in foreign), rows))
    assert found == rows


def step(name: str, folder: Path, rows: int) -> None:
    """Do one step, and print its seconds and memory as JSON."""
    import resource

    if name == "import":
        import evalkit
    if name == "fingerprint":
        from torchvision.models import resnet101

        model = resnet101(weights=None)
    begun, used = time.perf_counter(), time.process_time()
    if name == "data":
        make_data(folder, rows)
    elif name == "hash":
        _ = dataset(folder).hash
    elif name in ("run", "other"):
        pipeline = answers if name == "run" else worse_answers
        cohort = dataset(folder)
        _ = cohort.hash
        begun, used = time.perf_counter(), time.process_time()
        cohort.run(pipeline, to=folder / name, batch_size=4096, progress=False)
    elif name == "compare":
        from evalkit.production import RegressionEval

        RegressionEval(folder / "run", folder / "other").compare(by=TAGS)
    elif name == "align":
        align(folder, rows)
    elif name == "fingerprint":
        from evalkit.production import fingerprint

        begun, used = time.perf_counter(), time.process_time()
        fingerprint(model)
    elif name == "import":
        import evalkit.production  # noqa: F401
    seconds = {"clock": time.perf_counter() - begun, "processor": time.process_time() - used}
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**seconds, "megabytes": megabytes}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    rows = int(options.rows)
    if options.step:
        step(options.step, options.folder, rows)
        return
    print(f"{rows:,} rows\n{'step':<42}{'clock':>9}{'processor':>11}{'allowed':>9}{'MB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (title, seconds) in STEPS.items():
            command = [sys.executable, __file__, "--rows", str(rows), "--step", name, "--folder", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{title:<42}  not measured: {done.stderr.strip().splitlines()[-1]}")
                continue
            found = json.loads(done.stdout)
            scale = 1 if name in ("fingerprint", "import") else rows / 1e6
            allowed = "" if seconds is None else f"{seconds * scale:.2f}"
            print(f"{title:<42}{found['clock']:>9.2f}{found['processor']:>11.2f}{allowed:>9}{found['megabytes']:>7.0f}")
    print(f"Memory is to stay below {MOST_MEGABYTES} MB (without torch), and to be the same for ten times the rows.")


if __name__ == "__main__":
    main()
