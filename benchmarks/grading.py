"""How fast a class is graded: `autograder grade` against `nbgrader autograde`, on the same submissions, in one run.

    python benchmarks/grading.py [--submissions 40] [--workers 4]

Lesson 03 with one more import, of torch, because that is what the lessons of a course on deep learning import. Half of
the submissions are right, the other half hold a misconception each. Both programs start cold, as commands, and grade
everything. Ours also judges outside the submissions' processes, writes the feedback and the report, and runs every
notebook in a sandbox; nbgrader does none of this.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

LESSON, TOPIC = "03_precision_recall", "precision_recall"
ROOT = Path(__file__).resolve().parents[1]
STOCK = [sys.executable, "-m", "nbgrader", "autograde", LESSON]
OURS = "import sys; from autograder.grading import grade_course; grade_course(sys.argv[1], workers=int(sys.argv[2]))"


def make_course(course: Path, submissions: int) -> None:
    """A course of one lesson, which imports torch, and a class that has handed it in."""
    from autograder import exercises
    from autograder.authoring.build import release_lessons, write_lesson
    from autograder.grading import write_config
    from autograder.submissions import file_bytes, fill_in, read, write_answers

    write_lesson(ROOT / "solutions" / LESSON / f"{TOPIC}.py", course / "source" / LESSON)
    source = course / "source" / LESSON / f"{TOPIC}.ipynb"
    notebook = read(source)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = f"import torch\n{first.source}"
    source.write_bytes(file_bytes(notebook))
    release_lessons(course)
    write_config(course)
    tasks = exercises.of_lesson(LESSON)
    for index in range(submissions):
        folder = course / "submitted" / f"student-{index:04d}" / LESSON
        shutil.copytree(course / "release" / LESSON, folder)
        notebook = read(folder / f"{TOPIC}.ipynb")
        for number, exercise in enumerate(tasks):
            answers = list(exercise.variants.values())
            if index % 2 and number == index // 2 % len(tasks):
                answers = [misconception.answer for misconception in exercise.misconceptions.values()]
            fill_in(notebook, exercise, answers[index // 2 % len(answers)])
        write_answers(notebook)
        (folder / f"{TOPIC}.ipynb").write_bytes(file_bytes(notebook))


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command to its end; the seconds on the clock, and of processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{done.stderr[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def scores(course: Path) -> dict[tuple[str, str], float | None]:
    """Every automatic score in a gradebook, by student and cell."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions(LESSON)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


class Stopwatch:
    """Seconds by the name of what they went into."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner = [0.0]

    def watch(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, watched; what runs within it and is watched itself counts there."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.perf_counter() - began
                self.seconds[name] += whole - self._inner.pop()
                self._inner[-1] += whole

        return watched


@contextmanager
def watching(stopwatch: Stopwatch) -> Iterator[None]:
    """Watch the stages of grading in this process."""
    from autograder.grading import run
    from autograder.grading.execute import GradeExecute
    from autograder.grading.feedback import FeedbackPages
    from autograder.grading.gradebook import Writer

    stages = [
        ("fork a kernel and shut it in", GradeExecute, "start_new_kernel"),
        ("first answer of the kernel", GradeExecute, "start_new_kernel_client"),
        ("run the cells", GradeExecute, "preprocess_cell"),
        ("end the kernel", GradeExecute, "_cleanup_kernel"),
        ("judge outside", run, "trusted_verdicts"),
        ("rest of a job", run, "run_job"),
        ("gradebook", Writer, "merge"),
        ("feedback pages", FeedbackPages, "page"),
    ]
    patches = [patch.object(owner, name, stopwatch.watch(what, getattr(owner, name))) for what, owner, name in stages]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def print_times(what: str, seconds: float, processor: float, submissions: int) -> None:
    """One line for one program."""
    each = seconds / submissions
    print(f"{what:20} {seconds:7.1f} s, {each:6.3f} s a submission, {processor:6.1f} s of processors", flush=True)


def profile(course: Path, submissions: int) -> None:
    """Grade a part of the class in this very process, one after the other, and print where the time goes."""
    from autograder.grading import engine, run
    from autograder.grading.warm import host

    for folder in sorted((course / "submitted").iterdir())[submissions:]:
        shutil.rmtree(folder)
    stopwatch = Stopwatch()
    began = time.perf_counter()
    host.client("kernel")
    host.client("observe")
    started = time.perf_counter() - began

    def here(jobs: Any, workers: int) -> Iterator[Any]:
        for job in jobs:
            yield job, run.run_job(job)

    os.environ.update(OMP_NUM_THREADS="1")
    with watching(stopwatch), patch.object(engine, "run_all", here):
        began = time.perf_counter()
        engine.grade_course(course)
        whole = time.perf_counter() - began
    host.close()
    print(f"\nWhere the time goes, for {submissions} submissions one after the other, in ms per submission:")
    print(f"  {'warm processes start (once, in all)':40} {1000 * started:8.0f}")
    for name, seconds in stopwatch.seconds.most_common():
        print(f"  {name:40} {1000 * seconds / submissions:8.0f}")
    other = whole - sum(stopwatch.seconds.values())
    print(f"  {'everything else, once and in all':40} {1000 * other:8.0f}")


def main() -> None:
    """Compare, print, profile."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--no-stock", action="store_true", help="measure ours alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as folder:
        ours, stock, part = Path(folder, "ours"), Path(folder, "stock"), Path(folder, "part")
        make_course(ours, options.submissions)
        shutil.copytree(ours, stock)
        shutil.copytree(ours, part)
        print(f"{options.submissions} submissions, {os.cpu_count()} cores, {options.workers} workers")
        fast, fast_cpu = timed([sys.executable, "-c", OURS, str(ours), str(options.workers)], ours)
        print_times("autograder grade", fast, fast_cpu, options.submissions)
        if not options.no_stock:
            timed([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON, "--force"], stock)
            slow, slow_cpu = timed(STOCK, stock)
            print_times("nbgrader autograde", slow, slow_cpu, options.submissions)
            same = scores(ours) == scores(stock)
            print(f"ratio: {slow / fast:.1f} (of processor time: {slow_cpu / fast_cpu:.1f})")
            print(f"scores identical: {'yes' if same else 'no'} ({len(scores(ours))} cells)")
        profile(part, min(options.submissions, 10))


if __name__ == "__main__":
    main()
