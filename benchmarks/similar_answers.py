"""How often the report's *similar answers* points to people who worked alone, and how many copies it finds.

    python benchmarks/similar_answers.py [--rounds 40] [--write docs/benchmarks/similar_answers.md]

The answers are the course's bank of right ones: the variants of each exercise, and those of tests/autograder, each
written in a style of its own. From them classes are drawn, whose pairs of submissions are compared as the report does
it, but with one difference: the report leaves out what the course knows, and here these answers take part. So a real
class has rather fewer false alarms.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from autograder import exercises
from autograder.grading.reporting.prints import Prints, known_grams
from autograder.grading.reporting.similar import LEAST_SHARE, LEAST_SHARED, common_limit, similar_pairs
from autograder.grading.reporting.winnowing import SHARED_TOKENS, grams, normalised, winnow
from evalkit import wilson_interval

ROOT = Path(__file__).parents[1]
MARK = "<!-- measured -->"


@dataclass(frozen=True)
class Answer:
    """One answer of the bank, and its fingerprints."""

    source: str
    prints: frozenset[int]


def answer(source: str) -> Answer:
    """An answer with its fingerprints."""
    return Answer(source, frozenset(winnow(grams(normalised(source)))))


def bank() -> dict[str, list[Answer]]:
    """The right answers to each exercise of which the source is known."""
    found: dict[str, list[Answer]] = defaultdict(list)
    sys.path.insert(0, str(ROOT / "tests" / "autograder"))
    for number in range(1, len(exercises.LESSONS) + 1):
        for name, function in vars(import_module(f"right_answers.lesson_{number:02d}")).items():
            exercise = name.partition("__")[0]
            if "__" in name and exercise in exercises.ids() and inspect.isroutine(function) | inspect.isclass(function):
                found[exercise].append(answer(inspect.getsource(function)))
    for exercise in exercises.ids():
        for variant in exercises.get(exercise).variants.values():
            if inspect.isroutine(variant) or inspect.isclass(variant):
                found[exercise].append(answer(inspect.getsource(variant)))
    return found


def given(lesson: str) -> set[int]:
    """What the lesson's notebook gives."""
    (path,) = (ROOT / "lessons" / lesson).glob("*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return known_grams(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"], [])


class Rename(ast.NodeTransformer):
    """Gives every name that the author chose another one."""

    def __init__(self, chosen: Iterable[str]) -> None:
        self.names = {name: f"renamed_{i}" for i, name in enumerate(sorted(chosen))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.get(node.arg, node.arg))


def disguised(copied: Answer) -> Answer:
    """The answer under other names, without comments, laid out by a machine."""
    tree = ast.parse(copied.source)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    chosen = stored | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return answer(ast.unparse(Rename(chosen).visit(tree)))


Student = dict[str, Answer]


def alone(answers: dict[str, list[Answer]], tasks: Iterable[str], rng: random.Random) -> list[Student]:
    """A class in which no two students have the same answer to any exercise."""
    tasks = list(tasks)
    size = min(len(answers[task]) for task in tasks)
    columns = {task: rng.sample(answers[task], size) for task in tasks}
    return [{task: columns[task][i] for task in tasks} for i in range(size)]


def choosing(answers: dict[str, list[Answer]], tasks: Iterable[str], size: int, rng: random.Random) -> list[Student]:
    """A class whose students choose among the answers; the second is half as popular as the first, and so on."""
    ranked = {task: rng.sample(answers[task], len(answers[task])) for task in tasks}
    weights = {task: [1 / (rank + 1) for rank in range(len(ranked[task]))] for task in ranked}
    return [{task: rng.choices(ranked[task], weights[task])[0] for task in ranked} for _ in range(size)]


def pointed_to(students: list[Student], known: set[int]) -> set[tuple[str, str]]:
    """The pairs that the report would show."""
    prints: dict[str, Prints] = {
        f"{i:04d}": {task: set(one.prints) for task, one in student.items()} for i, student in enumerate(students)
    }
    return {(pair.first, pair.second) for pair in similar_pairs(prints, known)}


def share(found: int, of: int) -> str:
    """A share with its interval."""
    low, high = wilson_interval(found, of)
    return f"{found} of {of:,} | {100 * found / of:.2f} % | {100 * low:.2f} to {100 * high:.2f} %"


def false_alarms(answers: dict[str, list[Answer]], rounds: int) -> list[str]:
    """How many pairs of a class are pointed to in which everybody worked alone."""
    known = {lesson: given(lesson) for lesson in exercises.LESSONS}
    lines = []
    for size in (0, 12, 30, 100):
        rng, found, pairs, classes = random.Random(size), 0, 0, 0
        for lesson, tasks in exercises.LESSONS.items():
            for _ in range(rounds):
                students = choosing(answers, tasks, size, rng) if size else alone(answers, tasks, rng)
                found += len(pointed_to(students, known[lesson]))
                pairs += len(students) * (len(students) - 1) // 2
                classes += 1
        kind = f"class of {size}, each chooses among the answers" if size else "nobody has the same answer as another"
        lines.append(f"| {kind} | {share(found, pairs)} | {found / classes:.2f} |")
    return lines


def copies(answers: dict[str, list[Answer]], rounds: int) -> list[str]:
    """How many copies in a class of 30 are found, of answers that nobody else has come to."""
    known = {lesson: given(lesson) for lesson in exercises.LESSONS}
    lines = []
    for kind, part in (("all answers", 1.0), ("half of the answers", 0.5)):
        rng, found, made = random.Random(1), 0, 0
        for lesson, tasks in exercises.LESSONS.items():
            for _ in range(rounds):
                source = {task: rng.choice(answers[task]) for task in tasks}
                others = {task: [one for one in answers[task] if one != source[task]] for task in tasks}
                students = choosing(others, tasks, 29, rng)
                copied = rng.sample(list(tasks), max(1, round(part * len(tasks))))
                copy = students[0] | {task: disguised(source[task]) for task in copied}
                found += ("0028", "0029") in pointed_to([*students[1:], source, copy], known[lesson])
                made += 1
        lines.append(f"| {kind} | {share(found, made)} |")
    return lines


def tables(rounds: int) -> str:
    """Everything that is measured, in words and tables."""
    answers = bank()
    limits = ", ".join(f"{common_limit(size)} of {size}" for size in (12, 30, 100))
    lines = [
        f"Bank: {sum(map(len, answers.values()))} right answers to {len(answers)} exercises. {rounds} classes of each "
        "lesson and kind.",
        "",
        f"A pair is pointed to if at least {100 * LEAST_SHARE:.0f} % of the shorter one's fingerprints, and at least "
        f"{LEAST_SHARED}, are the other's as well. A passage of {SHARED_TOKENS} tokens is always found. What more "
        f"students have than {limits} is common, and left out.",
        "",
        "| False alarms: everybody works alone | pairs pointed to | share | 95 % interval | pairs in a class |",
        "|---|---|---|---|---|",
        *false_alarms(answers, rounds),
        "",
        "| Copies in a class of 30: other names, no comments, another layout | found | share | 95 % interval |",
        "|---|---|---|---|",
        *copies(answers, rounds),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=20, help="classes of each lesson and kind (default: 20)")
    arguments.add_argument("--write", type=Path, help="put the tables into this file, below its mark")
    options = arguments.parse_args()
    text = tables(options.rounds)
    print(text)
    if options.write:
        head = options.write.read_text(encoding="utf-8").split(MARK)[0]
        options.write.write_text(f"{head}{MARK}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
