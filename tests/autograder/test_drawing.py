"""Which inputs an exercise draws: those on which every mistake costs what it always costs, and shows which it is."""

from __future__ import annotations

from autograder.checking.exercise import Case, Exercise, Misconception

SEEDS = range(40)


def exercise(**wrong) -> Exercise:
    """Double a number between 0 and 4."""
    return Exercise(
        id="double",
        lesson="01_confusion_matrix",
        objective="CM.1",
        points=1,
        signature="double(x)",
        cases=lambda rng: [Case("a number", [int(rng.integers(0, 5))], 1)],
        reference=lambda x: 2 * x,
        misconceptions={name: Misconception(answer, f"This is {name}.") for name, answer in wrong.items()},
        variants={},
    )


def drawn(some: Exercise) -> set[int]:
    return {some.draw(seed)[0].args[0] for seed in SEEDS}


def test_without_mistakes_every_input_will_do():
    assert drawn(exercise()) == {0, 1, 2, 3, 4}


def test_no_input_on_which_a_mistake_is_right():
    assert drawn(exercise(square=lambda x: x * x)) == {1, 3, 4}


def test_no_input_on_which_two_mistakes_answer_alike():
    """On 1 both say 3, and nobody could tell a learner which of the two mistakes it was."""
    assert drawn(exercise(add_two=lambda x: x + 2, triple=lambda x: 3 * x)) == {3, 4}
