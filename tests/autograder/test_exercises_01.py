"""The exercises of lesson 01: what is special to them."""

from autograder.exercises import get, of_lesson

EXERCISES = of_lesson("01_confusion_matrix")
SEEDS = range(21)


def test_a_tie_at_the_threshold_is_asked_about():
    case = next(case for case in get("threshold_labels").draw(3) if case.name == "scores equal to the threshold")
    scores, threshold = case.args
    assert threshold in scores


def test_the_known_answers_of_the_lesson():
    """The figures of the lesson's nine samples, from the oracle itself."""
    import numpy as np

    truth = np.array(["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"])
    predicted = np.array(["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"])
    labels = np.array(["White", "Black", "Red"])
    ids = ("confusion_counts", "confusion_table", "one_vs_rest")
    counts, table, one_vs_rest = (get(id).reference for id in ids)
    assert counts(truth, predicted, "White") == (1, 2, 2, 4)
    assert counts(truth, predicted, "Black") == (1, 1, 1, 6)
    assert counts(truth, predicted, "Red") == (2, 2, 2, 3)
    for k, label in enumerate(labels):
        assert one_vs_rest(table(truth, predicted, labels), k) == counts(truth, predicted, label)
