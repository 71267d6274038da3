"""Whether the memory of the grader stays flat while the class grows.

    python benchmarks/class_size.py [--sizes 100 1000] [--workers 2] [--json FILE]

A small lesson with one exercise; every submission is another text, so each is really run, in the sandbox and with the
judge outside. Each size is graded by a process of its own. Printed are the seconds on the clock and of processors, and
the peak of the resident memory of the process that coordinates (`ru_maxrss`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

LESSON, TOPIC = "03_precision_recall", "precision_recall"

RIGHT = "def precision(y_true, y_pred):\n    return float(y_true @ y_pred) / max(int(y_pred.sum()), 1)  # number {}"
WRONG = "def precision(y_true, y_pred):\n    return float(np.mean(y_true == y_pred))  # number {}"


def notebook(answer: str) -> nbformat.NotebookNode:
    """The lesson with an answer."""
    kind = {"schema_version": 3, "task": False}
    solution = {**kind, "grade": False, "solution": True, "locked": False, "grade_id": "precision"}
    test = {**kind, "grade": True, "solution": False, "locked": True, "grade_id": "check_precision", "points": 3}
    hidden = '### BEGIN HIDDEN TESTS\ncheck("precision", precision, seed=7)\n### END HIDDEN TESTS'
    cells = [
        new_code_cell("import numpy as np\nfrom autograder import check", id="imports"),
        new_code_cell(answer, id="precision", metadata={"nbgrader": solution}),
        new_code_cell(f'check("precision", precision)\n{hidden}', id="check", metadata={"nbgrader": test}),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make_course(course: Path, submissions: int) -> None:
    """A course, and a class of which every third is wrong."""
    source = course / "source" / LESSON / f"{TOPIC}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(notebook("### BEGIN SOLUTION\n### END SOLUTION"), source)
    for number in range(submissions):
        path = course / "submitted" / f"student-{number:06d}" / LESSON / f"{TOPIC}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook((WRONG if number % 3 == 0 else RIGHT).format(number)), path)


def grade(course: Path, workers: int) -> dict[str, float]:
    """Grade it in this process, and say what that took."""
    from autograder.grading import grade_course

    began = time.perf_counter()
    report = grade_course(course, workers=workers)
    seconds = time.perf_counter() - began
    wrong = [r.student for r in report.submissions if r.points != (0 if int(r.student[-6:]) % 3 == 0 else 3)]
    if wrong:
        raise SystemExit(f"{len(wrong)} submissions have the wrong grade, such as {wrong[0]}.")
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "submissions": len(report.submissions),
        "workers": workers,
        "seconds": seconds,
        "coordinator_cpu_seconds": own.ru_utime + own.ru_stime,
        "cpu_seconds": sum((own.ru_utime, own.ru_stime, children.ru_utime, children.ru_stime)),
        "coordinator_peak_megabytes": own.ru_maxrss / 1024,
        "worker_peak_megabytes": children.ru_maxrss / 1024,
        "disk_kilobytes": sum(p.stat().st_size for p in course.rglob("*") if p.is_file()) / 1024,
    }


def measure(submissions: int, workers: int) -> dict[str, float]:
    """Grade a class of that size in a new process."""
    with tempfile.TemporaryDirectory(prefix="class-size-") as folder:
        make_course(Path(folder), submissions)
        command = [sys.executable, __file__, "--grade", folder, "--workers", str(workers)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure each size, print a table, and say whether memory was flat."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--json", type=Path, help="also write the figures into this file, for benchmarks/sizing.py")
    parser.add_argument("--grade", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.grade:
        print(json.dumps(grade(options.grade, options.workers)))
        return
    print(f"{os.cpu_count()} cores, {options.workers} workers")
    print("submissions   seconds   s/submission   cpu s/submission   coordinator, peak MB   disk kB/submission")
    rows = []
    for size in options.sizes:
        row = measure(size, options.workers)
        rows.append(row)
        each = {name: row[name] / size for name in ("seconds", "cpu_seconds", "disk_kilobytes")}
        print(
            f"{size:11}   {row['seconds']:7.1f}   {each['seconds']:12.3f}   {each['cpu_seconds']:16.3f}   "
            f"{row['coordinator_peak_megabytes']:20.0f}   {each['disk_kilobytes']:18.0f}",
            flush=True,
        )
    first, last = rows[0], rows[-1]
    more = last["coordinator_peak_megabytes"] - first["coordinator_peak_megabytes"]
    grown = last["submissions"] - first["submissions"]
    if grown:
        print(f"{grown:g} submissions more took {more:.0f} MB more: {1024 * more / grown:.1f} kB for each")
    if options.json:
        options.json.write_text(json.dumps({"cores": os.cpu_count(), "runs": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
