"""Whether the heaviest submissions keep the others waiting: a class of forty, with and without twenty of them in it.

    python benchmarks/hostile_class.py [--workers 4] [--write]

The forty are honest submissions of lesson 03's exercises. The twenty are what the attack suite calls heavy to read
(tests/autograder/attacks/heavy.py), two honest ones between each of them in the order of names. Both classes are graded
as a command, from a cold start. Printed is when the forty were done, and when all was. ``--write`` puts it into
docs/benchmarks/grading.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grading import LESSON, ROOT, TOPIC, make_course, run_section

HONEST = 40
PROGRAM = """
import json, sys, time
began = time.time()
from autograder.grading import grade_course
times = {}
report = grade_course(sys.argv[1], workers=int(sys.argv[2]),
                      progress=lambda result: times.setdefault(result.student, time.time() - began))
points = {result.student: result.points for result in report.submissions}
print(json.dumps({"times": times, "points": points, "total": time.time() - began, "counts": report.counts()}))
"""


def add_heavy(course: Path) -> int:
    """Hand the heavy submissions in, between the others; how many they are."""
    sys.path.insert(0, str(ROOT / "tests" / "autograder"))
    from attacks import heavy

    from autograder.proving.answers import find_cell, read

    for number, attack in enumerate(heavy.ATTACKS):
        notebook = read(course / "submitted" / "student-0000" / LESSON / f"{TOPIC}.ipynb")
        if attack.cell:
            # The first code cell is the lesson's imports; there is room behind it.
            notebook.cells.insert(notebook.cells.index(find_cell(notebook, "precision")), _code(attack.cell))
        attack.edit(notebook)
        student = course / "submitted" / f"student-{2 * number:04d}-{attack.name}"
        content = json.dumps(notebook).encode()
        if attack.write is not None:
            attack.write(student, LESSON, f"{TOPIC}.ipynb", content)
        else:
            (student / LESSON).mkdir(parents=True)
            (student / LESSON / f"{TOPIC}.ipynb").write_bytes(content)
        for name, text in attack.files.items():
            (student / LESSON / name).write_text(text)
    return len(heavy.ATTACKS)


def _code(text: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(text, id="heavy-cell")


def graded(course: Path, workers: int) -> dict[str, Any]:
    """Grade a class in a process of its own; when each was done, and its points."""
    command = [sys.executable, "-c", PROGRAM, str(course), str(workers)]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"grading failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(what: str, found: dict[str, Any], honest: list[str]) -> str:
    """One line for one class."""
    return f"| {what} | {max(found['times'][name] for name in honest):.1f} | {found['total']:.1f} |"


def section(workers: int) -> str:
    """The section of the document."""
    with tempfile.TemporaryDirectory(prefix="hostile-class-") as folder:
        alone, beside = Path(folder, "alone"), Path(folder, "beside")
        for course in (alone, beside):
            make_course(course, HONEST, kind="exercises")
        count = add_heavy(beside)
        # The same secret: the same cases, and so the same points.
        (beside / ".grading").mkdir()
        first = graded(alone, workers)
        (beside / ".grading" / "secret").write_bytes((alone / ".grading" / "secret").read_bytes())
        second = graded(beside, workers)
    honest = sorted(first["times"])
    ratio = max(second["times"][name] for name in honest) / max(first["times"].values())
    same = all(second["points"][name] == points for name, points in first["points"].items())
    return "\n".join([
        "## A class with heavy submissions in it", "",
        f"{HONEST} submissions of the exercises, alone and among {count} that are made to be heavy to read: each costs "
        "who opens it without limits minutes or gigabytes ([the list](../security.md#what-is-heavy-to-read)).", "",
        f"| Class | Seconds until the {HONEST} were done | Seconds in all |", "|---|---:|---:|",
        row(f"{HONEST} honest ones", first, honest), row(f"the same and {count} heavy ones", second, honest), "",
        f"The {HONEST} take **{ratio:.2f} times** as long. Their points are the same: {'yes' if same else 'no'}. "
        f"Failed submissions: {second['counts']['failed']}. {os.cpu_count()} cores, {workers} workers.", "",
    ])  # fmt: skip


if __name__ == "__main__":
    run_section("hostile", section, "--workers", 2 * (os.cpu_count() or 1), __doc__)
