"""The rules of a lesson's exercises."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from autograder import exercises
from autograder.authoring.rules.material import Material
from autograder.authoring.rules.words import early_words
from autograder.checking.exercise import Exercise, inputs_of
from autograder.checking.judge import judge

MIN_MISCONCEPTIONS = 6
MIN_VARIANTS = 3
POINTS = (2, 6)
HINT_CHARACTERS = 60
MIN_RIGHT, MIN_WRONG = 3, 4
# Of a lesson's own names those that an answer in a notebook may use. The lesson on networks gives its block.
GIVEN = {"Block"}
MIN_WORDS = 10
CONSTANTS: tuple[object, ...] = (0, 0.5, 1.0, None, True, [], {}, "good")
# A function, a class or a name of another callable: precision__with_pandas.
_ANSWER = re.compile(r"^(?:def |class )?([A-Za-z]\w*?)__\w+(?: =|\(|:)", re.MULTILINE)


def files(lesson: Material) -> Iterator[str]:
    yield from exercises.problems(lesson.lesson)


def placed(lesson: Material) -> Iterator[str]:
    where = {name: section.heading for section in lesson.sections for name in section.names(grade=False)}
    known = exercises.lessons().get(lesson.lesson, ())
    for name in known:
        heading = f"### Exercise: {name}"
        if name not in where:
            yield (
                f"the exercise {name!r} is registered, but not in the notebook: give it a heading {heading!r} and its "
                f'two cells, # %% exercise="{name}" and # %% check="{name}"'
            )
        elif where[name] != heading:
            yield f"the exercise {name!r} must stand under the heading {heading!r}, not under {where[name]!r}"
    for name in where:
        if name not in known:
            yield f"the exercise {name!r} is in the notebook, but is none of this lesson's"


def explained(lesson: Material) -> Iterator[str]:
    for section in lesson.sections:
        if not section.heading.startswith("### Exercise: "):
            continue
        hints = re.findall(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", section.prose, re.DOTALL)
        if not any("hint" in summary.lower() and body.strip() for summary, body in hints):
            yield f"{section.heading!r} must have a folded hint: <details><summary>Hint 1: …</summary> … </details>"
        if not section.prose.count("<details>") == section.prose.count("</details>") == len(hints):
            yield f"{section.heading!r}: each <details> needs its <summary>, its text and its </details>"
        if len(section.prose.partition("<details>")[0].split()) < MIN_WORDS:
            yield f"{section.heading!r} must say what to do, in {MIN_WORDS} words or more, before its hints"


def enough(lesson: Material) -> Iterator[str]:
    for exercise in lesson.exercises:
        for what, found, wanted in (
            ("misconceptions", len(exercise.misconceptions), MIN_MISCONCEPTIONS),
            ("variants", len(exercise.variants), MIN_VARIANTS),
        ):
            if found < wanted:
                yield f"the exercise {exercise.id!r} needs {wanted} {what} or more; it has {found}"
        if not POINTS[0] <= exercise.points <= POINTS[1]:
            yield f"the exercise {exercise.id!r} must have {POINTS[0]} to {POINTS[1]} points, not {exercise.points:g}"


def hints(lesson: Material) -> Iterator[str]:
    for exercise in lesson.exercises:
        said = Counter(misconception.hint for misconception in exercise.misconceptions.values())
        for name, misconception in exercise.misconceptions.items():
            hint, which = misconception.hint, f"the hint of {name!r} in the exercise {exercise.id!r}"
            if said[hint] > 1:
                yield f"{which} is that of another misconception, too"
            if len(hint) <= HINT_CHARACTERS or not hint.endswith((".", ".)")):
                yield f"{which} must be sentences, of more than {HINT_CHARACTERS} characters"
            for term in early_words(hint, lesson.lesson[:2]):
                yield f"{which} speaks of {term!r}, which this course teaches later or not at all"


def alone(lesson: Material) -> Iterator[str]:
    for exercise in lesson.exercises:
        for name, answer in known_answers(exercise):
            if inspect.isfunction(answer):
                needs = {word: answer.__globals__.get(word) for word in answer.__code__.co_names}
                ours = {word for word, value in needs.items() if getattr(value, "__module__", "") == answer.__module__}
                for word in sorted(ours - GIVEN):
                    yield (
                        f"the known answer {name!r} of {exercise.id!r} calls {word}, which a notebook has not: "
                        "write it out"
                    )


def known_answers(exercise: Exercise) -> Iterator[tuple[str, object]]:
    """The misconceptions and the variants of an exercise, by name."""
    yield from ((name, misconception.answer) for name, misconception in exercise.misconceptions.items())
    yield from exercise.variants.items()


def banked(lesson: Material) -> Iterator[str]:
    for folder, least in (("right_answers", MIN_RIGHT), ("wrong_answers", MIN_WRONG)):
        place = Path("tests", "autograder", folder)
        if not (lesson.root / place).is_dir():
            continue
        counts: Counter[str] = Counter()
        for path in (lesson.root / place).glob("lesson_*.py"):
            counts.update(_ANSWER.findall(path.read_text(encoding="utf-8")))
        for exercise in lesson.exercises:
            if exercises.is_of_the_course(exercise.id) and counts[exercise.id] < least:
                yield (
                    f"{place.as_posix()}/ needs {least} answers or more to {exercise.id!r}, functions called "
                    f"{exercise.id}__<style>; it has {counts[exercise.id]}"
                )


def _askable(lesson: Material) -> list[Exercise]:
    """The exercises, unless something is so wrong with their files that they cannot be asked anything."""
    return [] if exercises.problems(lesson.lesson) else lesson.exercises


def idle(lesson: Material) -> Iterator[str]:
    for exercise in _askable(lesson):
        key, inputs = exercise.answer_key(0), inputs_of(exercise.draw(0))
        for constant in CONSTANTS:
            if judge(key, exercise.observe(lambda *_, answer=constant: answer, inputs)) > 0:
                yield f"the exercise {exercise.id!r} gives points to an answer that is always {constant!r}"


def other_inputs(lesson: Material) -> Iterator[str]:
    for exercise in _askable(lesson):
        first, other = ({case.name: inputs_of([case]) for case in exercise.draw(seed)} for seed in (0, 1))
        if first.keys() != other.keys():
            yield f"the cases of {exercise.id!r} have other names with another seed"
        elif sum(first[name] == other[name] for name in first) > len(first) / 2:
            yield f"most cases of {exercise.id!r} ask the same with another seed: draw them from rng"


def told_apart(lesson: Material) -> Iterator[str]:
    from autograder.proving.audit import audit_in_process

    if _askable(lesson):
        yield from audit_in_process([lesson.lesson], seeds=(0, 1)).problems()
