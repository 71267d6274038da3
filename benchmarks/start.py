"""Where the start of a small class goes: eight submissions and one worker, against nbgrader.

    python benchmarks/start.py [--submissions 8] [--write]

Lesson 03's exercises, as in `grading`. Ours runs once as a command, and notes when each part of the start was there.
``--write`` puts the table into docs/benchmarks/grading.md.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grading import LESSON, STOCK, make_course, run_section, timed

PROGRAM = """
import json, sys, time
began = float(sys.argv[2])
found = []
def note(what):
    found.append((what, time.time() - began))
def noted(owner, name, what):
    function = getattr(owner, name)
    def noting(*args, **more):
        result = function(*args, **more)
        if what not in [each for each, _ in found]:
            note(what)
        return result
    setattr(owner, name, noting)
note("Python has started")
from autograder.grading import grade_course
from autograder.grading.running import pool
from autograder.grading.sandbox import host
noted(pool.Pool, "__init__", "two programs are started: the one that workers are forked from, and soon the sandboxes")
noted(pool.ForkServer, "fork", "nbgrader is loaded in the process that workers are forked from")
noted(host.WarmProcess, "_wait_until_ready", "what the lesson imports is loaded in the sandbox")
from autograder.grading import grade
head = grade._head_start
def head_start(*args, **more):
    head(*args, **more)
    import autograder.grading.engine as engine
    note("nbgrader is loaded in the coordinator")
    noted(engine.Course, "lessons", "the lesson is read")
    noted(engine.Writer, "register", "the gradebook knows the lesson")
grade._head_start = head_start
grade_course(sys.argv[1], workers=1, progress=lambda result: note(f"result {result.student}"))
note("the report is written")
print(json.dumps(found))
"""


def ours(course: Path) -> list[tuple[str, float]]:
    """What was there when, in seconds from the command on."""
    command = [sys.executable, "-c", PROGRAM, str(course), str(time.time())]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"grading failed:\n{done.stderr[-3000:]}")
    found: list[tuple[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def section(submissions: int) -> str:
    """The section of the document."""
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        course, stock = Path(folder, "ours"), Path(folder, "stock")
        make_course(course, submissions, kind="exercises")
        shutil.copytree(course, stock)
        found = ours(course)
        timed([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON, "--force"], stock)
        slow, _ = timed(STOCK, stock)
    results = [seconds for what, seconds in found if what.startswith("result")]
    start = [(what, seconds) for what, seconds in found if not what.startswith("result")]
    whole = found[-1][1]
    rows: list[tuple[Any, float]] = sorted(
        [*start, ("the first submission is done", results[0]), ("the last submission is done", results[-1])],
        key=lambda row: row[1],
    )
    each = (results[-1] - results[0]) / (len(results) - 1)
    return "\n".join([
        "## Where the start of a small class goes", "",
        f"{submissions} submissions of the exercises, one worker: `autograder grade` takes {whole:.1f} s, "
        f"`nbgrader autograde` {slow:.1f} s, **{slow / whole:.1f} times** as long. {os.cpu_count()} cores.", "",
        "| Seconds after the command | |", "|---:|---|",
        *(f"| {seconds:.1f} | {what} |" for what, seconds in rows), "",
        f"The first submission is done after {results[0]:.1f} s, each further one takes {each:.2f} s. {WHY}", "",
    ])  # fmt: skip


WHY = (
    "The coordinator, the process of the workers and the sandboxes load side by side; on two cores they share them. "
    "No warm process is kept for the next command. Today a warm process hangs on a pair of sockets of which only the "
    "grader holds the other end. One that outlives its command would have to be found again, by a socket in the file "
    "system that every program of the account can reach, submissions under `--sandbox none` among them; it would go "
    "on with modules that may have been replaced since; and it would hold some hundred megabytes. These seconds are "
    "not worth a weaker wall."
)


if __name__ == "__main__":
    run_section("start", section, "--submissions", 8, __doc__)
