"""What becomes of mutants is measured once, kept, and measured again where something has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from known_answers import torch_on_one_thread  # noqa: F401 - a fixture

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.checking.plain import to_plain
from autograder.proving import survival_table
from autograder.proving.asking import wider_questions, wrong_on_some
from autograder.proving.survival import Tally, named_mutants
from autograder.proving.survival_table import RESULTS, TABLE, fingerprint, measure, page, results, stale, words_of
from autograder.proving.wider import DRAWN, wider_inputs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CAUGHT = exercises.get("caught")


def test_no_two_mutants_have_the_same_name() -> None:
    names = [name for name, _ in named_mutants(exercises.get("average_precision"))]
    assert len(names) == len(set(names))
    assert any(name.endswith(", place 2") for name in names)


@pytest.mark.parametrize("exercise_id", DRAWN)
def test_the_right_answers_agree_on_most_wider_draws_of_networks_and_folds(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    drawn = [json.dumps([to_plain(x) for x in args]) for args in islice(wider_inputs(exercise), 12)]
    questions = list(islice(wider_questions(exercise), 6))
    asked = [json.dumps(args) for args, _ in questions]
    assert set(asked) <= set(drawn)
    assert len(set(asked)) == 6
    assert all(expected["status"] == "returned" for _, expected in questions)


def test_wider_draws_are_the_same_every_time() -> None:
    once, again = (list(islice(wider_inputs(CAUGHT), 50)) for _ in range(2))
    assert once == again
    assert len({tuple(args) for args in once}) > 20


def wrong(answer: Any) -> bool:
    return wrong_on_some(exercises.get("mae"), answer, [([np.array([1.0, 2.0]), np.array([2.0, 4.0])], 1.5)])


def test_an_answer_to_many_questions_is_judged_as_the_exercise_judges_it() -> None:
    assert not wrong(lambda y, p: float(np.abs(y - p).mean()))
    assert not wrong(lambda y, p: np.float32(1.5))
    assert not wrong(lambda y, p: 1.5 + 1e-9)
    assert wrong(lambda y, p: 1.5001)
    assert wrong(lambda y, p: object())
    assert wrong(lambda y, p: 1 / 0)

    def changes_its_input(y: Any, p: Any) -> Any:
        y -= p
        return np.abs(y).mean()

    assert not any(wrong(changes_its_input) for _ in range(2))

    def never_ends(y: Any, p: Any) -> None:
        while True:
            pass

    assert wrong(never_ends)


def test_an_exercise_is_measured_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    (tmp_path / TABLE.parent).mkdir(parents=True)
    found, now = measure(tmp_path, CAUGHT, draws=100)
    assert now
    assert found.open == []
    assert found.draws == 100
    assert measure(tmp_path, CAUGHT, draws=50) == (found, False)
    more, now = measure(tmp_path, CAUGHT, draws=200)
    assert now
    assert more == replace(found, draws=200)
    assert "| caught | 32 |" in (tmp_path / TABLE).read_text(encoding="utf-8")
    # Nobody divides by zero where nothing is found, so that a mutant survives.
    changed = replace(CAUGHT, cases=lambda rng: [replace(CAUGHT.cases(rng)[2], points=2)], misconceptions={})
    assert fingerprint(changed) != fingerprint(CAUGHT)
    fewer, now = measure(tmp_path, changed, draws=100)
    assert now
    assert fewer.open
    assert f"- {fewer.open[0]}" in (tmp_path / TABLE).read_text(encoding="utf-8")


def test_what_comments_and_docstrings_say_is_no_code() -> None:
    plain = "def f(x):\n    'Twice.'\n    return 'a b' * x\n"
    told = 'def f(x):\n    """Double it,\n    or so."""\n    # So.\n\n    return \'a b\' * x  # twice\n'
    assert words_of(told) == words_of(plain)
    assert words_of(plain.replace("a b", "a c")) != words_of(plain)
    assert words_of("if x:\n    y()\n    z()\n") != words_of("if x:\n    y()\nz()\n")


def hinted(exercise: Exercise) -> Exercise:
    known = {name: replace(one, hint=f"Look again. {one.hint}") for name, one in exercise.misconceptions.items()}
    return replace(exercise, misconceptions=known)


def test_hints_are_not_measured_and_points_inputs_and_answers_are() -> None:
    same = fingerprint(CAUGHT)
    assert fingerprint(hinted(CAUGHT)) == same
    others = [
        replace(CAUGHT, tolerance=1e-3),
        replace(CAUGHT, variants={"product": CAUGHT.variants["product"]}),
        replace(CAUGHT, cases=lambda rng: CAUGHT.cases(rng)[::-1]),
    ]
    assert same not in map(fingerprint, others)


def test_a_reason_that_comes_or_goes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Tally("caught", caught=1, open=["caught, a mutant"])
    (tmp_path / TABLE.parent).mkdir(parents=True)
    survival_table.write_results(tmp_path, {"caught": survival_table.Measured(fingerprint(CAUGHT), kept)})
    monkeypatch.setattr(survival_table, "tally", lambda exercise, **_: Tally(exercise.id, caught=2))
    assert measure(tmp_path, CAUGHT) == (kept, False)
    monkeypatch.setattr(survival_table, "reasons", lambda: {"caught, a mutant": "it does no harm"})
    named = Tally("caught", caught=1, named=["caught, a mutant"])
    assert measure(tmp_path, CAUGHT) == (named, True)
    assert measure(tmp_path, CAUGHT) == (named, False)
    monkeypatch.setattr(survival_table, "reasons", dict)
    assert measure(tmp_path, CAUGHT) == (Tally("caught", caught=2), True)


def test_the_page_is_what_was_kept() -> None:
    assert (ROOT / TABLE).read_text(encoding="utf-8") == page(results(ROOT))
    assert (ROOT / RESULTS).read_text(encoding="utf-8").endswith("}\n")


def test_nothing_has_changed_since_it_was_measured() -> None:
    """Where this fails, run `autograder audit --mutants` for the lessons of the exercises that it names."""
    assert stale(ROOT, exercises.ids()) == []
