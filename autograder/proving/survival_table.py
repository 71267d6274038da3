"""What has been measured of the mutants: kept for each exercise, and written as a table.

An exercise is measured again only if it has changed. What counts is what was measured: its right answers, its inputs,
its points and its probe. A new hint, a comment or a line further down changes none of these.
"""

from __future__ import annotations

import hashlib
import io
import json
import tokenize
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder import exercises
from autograder.checking.exercise import Exercise, inputs_of
from autograder.proving.asking import has_networks
from autograder.proving.mutants import source_of
from autograder.proving.survival import WIDER, Progress, Tally, asked_wider, reasons, tally

#: Raise it when survival, asking or wider measure something else than before.
RULE = 1
#: The seeds whose inputs stand for all: other cases give other inputs on these.
_SAMPLE = (1, 2)
_DIGITS = 6
RESULTS, TABLE = Path("docs/benchmarks/mutants.json"), Path("docs/benchmarks/mutants.md")

_ABOUT = """\
# Mutants: what the exercises tell from a right answer

Written by `autograder audit --mutants` from what it keeps in `mutants.json`. Every right answer that the course knows,
the reference and the variants, is changed by machine in one place: a comparison, an operator, a constant, a function
taken for its twin, a keyword or a line left out, a loop that ends early, arguments in another order, an answer that is
rounded. Each mutant must lose points on every one of 20 seeds. One that loses none on any of them is *equivalent* if it
is right on all of the wider draws, too: other samples of the cases, in other sizes and with other numbers, smaller
networks and other ones, on which all right answers agree. What is neither is *named*, with its reason, or *open*: a
fault of the exercise's cases. A network, or thousands of resamples, takes a hundred times as long to ask. Where the
table says 200 draws, every survivor was right on these, and is named with the reason why it is as right as its origin.

| Exercise | Mutants | Lose points | Equivalent | Draws | Named | Open |
|---|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Measured:
    """The tally of an exercise, and the fingerprint of the exercise that was measured."""

    fingerprint: str
    tally: Tally


def fingerprint(exercise: Exercise) -> str:
    """A hash of what the mutants of an exercise, and what becomes of them, depend on."""
    rights = {"reference": exercise.reference, **exercise.variants}
    parts = [
        RULE,
        exercise.tolerance,
        {name: words_of(source_of(right)) for name, right in rights.items()},
        _code_of("autograder.proving.mutants"),
        [[case.points, _rounded(inputs_of([case]))] for seed in _SAMPLE for case in exercise.draw(seed)],
        _code_of(exercise.probe) if exercise.probe else "",
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _rounded(plain: Any) -> Any:
    """The last digits of an exponential are not the same on every machine."""
    if isinstance(plain, float):
        return f"{plain:.{_DIGITS}g}"
    if isinstance(plain, list):
        return [_rounded(item) for item in plain]
    return {key: _rounded(item) for key, item in plain.items()} if isinstance(plain, dict) else plain


def _code_of(module: str) -> str:
    return words_of(Path(str(import_module(module).__file__)).read_text(encoding="utf-8"))


def words_of(source: str) -> str:
    """The words of a program but for its comments and docstrings. A syntax tree would change with Python's version."""
    words, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL):
            continue
        structure = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type != tokenize.STRING or before not in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            words.append(tokenize.tok_name[token.type] if structure else token.string)
        before = token.type
    return " ".join(words)


def measure(
    root: Path, exercise: Exercise, draws: int = WIDER, progress: Progress = lambda _: None
) -> tuple[Tally, bool]:
    """The tally of an exercise, and whether something was measured now: only what is not known yet.

    An exercise that has not changed is taken as it was kept; where it was asked fewer wider draws, it is asked again.
    """
    if has_networks(exercise):
        import torch

        # Threads on small tensors only wait for each other.
        torch.set_num_threads(1)
    now, kept = fingerprint(exercise), results(root).get(exercise.id)
    if kept is None or kept.fingerprint != now or any(name not in reasons() for name in kept.tally.named):
        found = tally(exercise, draws=draws, progress=progress)
    elif reasoned := [name for name in kept.tally.open + kept.tally.equivalent if name in reasons()]:
        still = [name for name in kept.tally.open if name not in reasoned]
        unnamed = [name for name in kept.tally.equivalent if name not in reasoned]
        found = replace(kept.tally, open=still, equivalent=unnamed, named=kept.tally.named + reasoned)
    elif kept.tally.equivalent and kept.tally.draws < draws:
        found = asked_wider(exercise, kept.tally, draws, progress)
    else:
        return kept.tally, False
    # Read again: somebody may measure another lesson meanwhile.
    write_results(root, results(root) | {exercise.id: Measured(now, found)})
    return found, True


def results(root: Path) -> dict[str, Measured]:
    """What has been measured, by exercise."""
    path = root / RESULTS
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: Measured(row.pop("fingerprint"), Tally(exercise=name, **row)) for name, row in kept.items()}


def write_results(root: Path, rows: dict[str, Measured]) -> None:
    """Keep those of the course, in its order; the table with them."""
    ordered = {name: rows[name] for name in exercises.ids() if name in rows and exercises.is_of_the_course(name)}
    kept = {
        name: {"fingerprint": row.fingerprint}
        | {key: value for key, value in asdict(row.tally).items() if key != "exercise"}
        for name, row in ordered.items()
    }
    text = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
    (root / RESULTS).write_text(text, encoding="utf-8")
    (root / TABLE).write_text(page(ordered), encoding="utf-8")


def row(found: Tally) -> str:
    """A line of the table."""
    numbers = found.made, found.caught, len(found.equivalent), found.draws, len(found.named), len(found.open)
    return f"| {found.exercise} | {' | '.join(f'{n:,}' if n else '0' for n in numbers)} |"


def page(rows: dict[str, Measured]) -> str:
    """The table as a page, with the reasons of the named and the names of the open."""
    tallies = [one.tally for one in rows.values()]
    total = Tally("all", sum(one.caught for one in tallies))
    for one in tallies:
        total.equivalent += one.equivalent
        total.named += one.named
        total.open += one.open
    numbers = total.made, total.caught, len(total.equivalent), len(total.named), len(total.open)
    made, caught, equivalent, known, unknown = (f"**{n:,}**" for n in numbers)
    lines = [*map(row, tallies), f"| **all** | {made} | {caught} | {equivalent} | | {known} | {unknown} |", ""]
    lines += [
        "*Draws* are the wider ones that each survivor of the cases was asked; 0 where none survived. Networks take "
        "long; some of them were asked fewer. The equivalent ones are listed by name in `mutants.json`."
    ]
    if missing := [name for name in exercises.ids() if name not in rows and exercises.is_of_the_course(name)]:
        lines += ["", f"Not measured: {', '.join(missing)}."]
    for title, names in (("Named", total.named), ("Open", total.open)):
        if names:
            lines += ["", f"## {title}", ""]
            lines += [f"- {_shown(name)}{f': {reasons()[name]}' if name in reasons() else ''}" for name in names]
    return _ABOUT + "\n".join(lines) + "\n"


def _shown(name: str) -> str:
    """A mutant's name, in which backticks mark code, as Markdown shows it."""
    return name.replace("``", "(nothing)")


def stale(root: Path, ids: Iterable[str]) -> list[str]:
    """Which exercises have changed since they were measured."""
    kept = results(root)
    return [name for name in ids if name in kept and kept[name].fingerprint != fingerprint(exercises.get(name))]
