"""How fast a class is graded: `autograder grade` against `nbgrader autograde`, on the same submissions, in one run.

    python benchmarks/grading.py [--kind lesson|exercises] [--submissions 40] [--workers 4] [--write]

Lesson 03, or its exercises alone, with one more import, of torch, because that is what the lessons of a course on deep
learning import. Half of the submissions are right, the other half hold a misconception each. Both programs start cold,
as commands, and grade everything. Ours also judges outside the submissions' processes, writes the feedback and the
report, and runs every notebook in a sandbox; nbgrader does none of this. ``--write`` puts what is printed into
docs/benchmarks/grading.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

LESSON, TOPIC = "03_precision_recall", "precision_recall"
ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "benchmarks" / "grading.md"
PACKAGES = ("nbgrader", "nbclient", "ipykernel", "matplotlib", "torch")
STOCK = [sys.executable, "-m", "nbgrader", "autograde", LESSON]
OURS = "import sys; from autograder.grading import grade_course; grade_course(sys.argv[1], workers=int(sys.argv[2]))"


def make_course(course: Path, submissions: int, *, kind: str = "lesson") -> None:
    """A course of one lesson, which imports torch, and a class that has handed it in."""
    from autograder import exercises
    from autograder.authoring.build import release_lessons, write_lesson
    from autograder.grading import write_config
    from autograder.proving.answers import file_bytes, fill_in, read, write_answers

    write_lesson(ROOT / "solutions" / LESSON / f"{TOPIC}.py", course / "source" / LESSON)
    source = course / "source" / LESSON / f"{TOPIC}.ipynb"
    notebook = read(source)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = f"import torch\n{first.source}"
    if kind == "exercises":
        notebook.cells = [c for c in notebook.cells if c.cell_type != "code" or c is first or "nbgrader" in c.metadata]
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
    from autograder.grading.keeping.feedback import FeedbackPages
    from autograder.grading.keeping.gradebook import Writer
    from autograder.grading.keeping.records import Records
    from autograder.grading.running import desk, job
    from autograder.grading.running.notebook import GradeExecute

    stages = [
        ("read and repair the submission", desk, "read"),
        ("judge outside, in a fork of its own", job, "trusted_verdicts"),
        ("fork a kernel and shut it in", GradeExecute, "start_new_kernel"),
        ("first answer of the kernel", GradeExecute, "start_new_kernel_client"),
        ("run the cells", GradeExecute, "preprocess_cell"),
        ("end the kernel", GradeExecute, "_cleanup_kernel"),
        ("rest of the job", desk, "run_job"),
        ("journal", Records, "keep"),
        ("gradebook", Writer, "merge"),
        ("page of feedback", FeedbackPages, "page"),
    ]
    patches = [patch.object(owner, name, stopwatch.watch(what, getattr(owner, name))) for what, owner, name in stages]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def processor_seconds(kind: Any) -> float:
    """What the forks of a warm process have used, those that have ended."""
    from autograder.grading.sandbox import host

    outside = host._own[kind].process.pid
    inside = Path(f"/proc/{outside}/task/{outside}/children").read_text().split()[0]
    fields = Path(f"/proc/{inside}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def profile(course: Path, submissions: int) -> str:
    """Grade a part of the class in this very process, one after the other; a table of where the time goes."""
    from autograder.grading import engine, grade_course
    from autograder.grading.orders import LATER
    from autograder.grading.running.desk import Desk
    from autograder.grading.sandbox import host

    first = 2  # They load what is then loaded.
    for folder in sorted((course / "submitted").iterdir())[first + submissions :]:
        shutil.rmtree(folder)
    stopwatch = Stopwatch()
    began: dict[str, float] = {}

    def used() -> dict[str, float]:
        return {
            "the kernel": processor_seconds("kernel"),
            "the process that is judged": processor_seconds("observe"),
            "worker and coordinator": time.process_time(),
        }

    def here(ways: Any, _: Any) -> Iterator[Any]:
        desk = Desk()
        for number, way in enumerate(ways):
            if number == first:
                stopwatch.seconds.clear()
                began.update(used(), clock=time.perf_counter())
            order = next(way)
            try:
                while True:
                    order = way.send({} if order is LATER else desk.do(order.do, order.data))
            except StopIteration as end:
                yield end.value

    os.environ.update(OMP_NUM_THREADS="1", NBGRADER_EXECUTION="autograde")
    host.client("kernel")
    host.client("observe")
    with watching(stopwatch), patch.object(engine, "drive", here):
        grade_course(course)
    whole = time.perf_counter() - began.pop("clock")
    processor = {name: seconds - began[name] for name, seconds in used().items()}
    host.close()
    stopwatch.seconds["everything else"] = max(0.0, whole - sum(stopwatch.seconds.values()))
    rows = [f"| {name} | {1000 * seconds / submissions:.0f} |" for name, seconds in stopwatch.seconds.most_common()]
    used_rows = [f"| {name} | {1000 * seconds / submissions:.0f} |" for name, seconds in processor.items()]
    return "\n".join([
        "| Stage | ms on the clock |", "|---|---:|", *rows, "",
        "| Process | ms of a processor |", "|---|---:|", *used_rows,
    ])  # fmt: skip


def row(what: str, seconds: float, processor: float, submissions: int) -> str:
    """One line for one program."""
    return f"| {what} | {seconds:.1f} | {seconds / submissions:.2f} | {processor / submissions:.2f} |"


KINDS = {
    "exercises": (
        "The exercises alone",
        "What the first cell of lesson 03 imports, torch, the four exercises and their checks: what is measured is "
        "grading itself.",
    ),
    "lesson": (
        "The whole lesson",
        "All of lesson 03, and torch. Its cells draw three figures. Ours runs of them only what other cells read, and "
        "says so on the page; nbgrader draws them for every submission.",
    ),
}


#: The sections of the document, in their order; the last two are made by `hostile_class` and `start`.
SECTIONS = (*KINDS, "hostile", "start")


def compare(folder: Path, kind: str, submissions: int, workers: int) -> Iterator[str]:
    """Grade the class with both programs; the lines of the document, as they come."""
    ours, stock, part = folder / "ours", folder / "stock", folder / "part"
    make_course(ours, submissions, kind=kind)
    shutil.copytree(ours, stock)
    shutil.copytree(ours, part)
    title, what = KINDS[kind]
    yield f"## {title}\n\n{what}\n"
    yield "| Program | Seconds | Seconds a submission | Processor seconds a submission |\n|---|---:|---:|---:|"
    fast, fast_cpu = timed([sys.executable, "-c", OURS, str(ours), str(workers)], ours)
    yield row("`autograder grade`", fast, fast_cpu, submissions)
    timed([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON, "--force"], stock)
    slow, slow_cpu = timed(STOCK, stock)
    yield row("`nbgrader autograde`", slow, slow_cpu, submissions)
    same = scores(ours) == scores(stock)
    yield (
        f"\n**{slow / fast:.1f} times** the throughput, with {slow_cpu / fast_cpu:.1f} times less processor time. "
        f"Scores identical: {'yes' if same else 'no'}, in all {len(scores(ours))} cells. "
        f"{submissions} submissions, {os.cpu_count()} cores, {workers} workers.\n"
    )
    more = min(submissions - 2, 10)
    yield f"Where the rest goes, for {more} submissions one after the other, once everything is loaded:\n"
    yield profile(part, more)


def in_document(kind: str, section: str) -> str:
    """The document with a new section in the place of the old one."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    old = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    sections = {name: re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", old, re.DOTALL) for name in SECTIONS}
    texts = {name: found[1] for name, found in sections.items() if found} | {kind: section}
    body = "\n".join(f"<!-- {name} -->\n{texts[name]}<!-- end -->\n" for name in SECTIONS if name in texts)
    return f"{HEAD}\nPython {platform.python_version()}, {packages}.\n\n{body}"


def run_section(kind: str, section: Callable[[int], str], option: str, default: int, about: str | None) -> None:
    """The command line of a script that makes one section: measure, print, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(about or "").split("\n")[0])
    parser.add_argument(option, type=int, default=default, dest="number")
    parser.add_argument("--write", action="store_true", help=f"write the section of {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args()
    text = section(options.number)
    print(text)
    if options.write:
        DOCUMENT.write_text(in_document(kind, text), encoding="utf-8")


HEAD = """# Grading: how fast, against nbgrader

Made by `python benchmarks/grading.py --kind exercises --write`, the same with `--kind lesson`, and
`python benchmarks/hostile_class.py --write`; `python benchmarks/start.py` says where the start goes. Both programs
grade the same submissions, which import torch, from a cold start to the end: ours in a sandbox, judged outside, with
feedback and report; nbgrader with its defaults. Half of the submissions are right, the others hold a misconception
each.
"""


def main() -> None:
    """Compare, print, profile."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--kind", choices=KINDS, default="lesson")
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--write", action="store_true", help=f"write the section of {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory(prefix="grading-benchmark-") as folder:
        for line in compare(Path(folder), options.kind, options.submissions, options.workers):
            print(line, flush=True)
            lines.append(f"{line}\n")
    if options.write:
        DOCUMENT.write_text(in_document(options.kind, "".join(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
