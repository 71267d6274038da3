"""The four counts of one class against all others: true and false positives, false and true negatives."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("labels 0 and 1, positive is 1", (*_two_classes(rng, 1, 0), 1), 0.5),
        Case("labels 0 and 1, positive is 0", (*_two_classes(rng, 0, 1), 0), 0.5),
        Case("text labels", (*_two_classes(rng, "dog", "cat"), "dog"), 0.75),
        Case("three classes, one of them positive", (*_three_classes(rng), "red"), 0.75),
        Case("the positive class is absent from the truth", (*_absent(rng), 2), 0.25),
        Case("the positive class is absent altogether", (*_two_classes(rng, "cat", "cow"), "dog"), 0.25),
    ]


# At most twelve samples, so that a learner sees all of them in the message about a case.


def _two_classes(rng: np.random.Generator, yes: object, no: object) -> tuple[np.ndarray, np.ndarray]:
    """Labels whose four counts are all different, so that no two of them can be exchanged unseen."""
    counts = rng.permutation([1, 2, 3, 4])
    return _shuffled(rng, np.repeat(np.array([yes, no, yes, no]), counts), np.repeat([yes, yes, no, no], counts))


def _three_classes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    names = np.array(["red", "black", "white"])
    while True:
        table = rng.multinomial(12, np.full(9, 1 / 9)).reshape(3, 3)
        tp, fn, fp = table[0, 0], table[0, 1:].sum(), table[1:, 0].sum()
        others = table[1:, 1:]
        # Four different counts; and among the other classes, right predictions as well as wrong ones.
        if len({tp, fn, fp, others.sum()}) == 4 and 0 < others.trace() < others.sum():
            break
    rows, columns = np.repeat(names, 3), np.tile(names, 3)
    return _shuffled(rng, np.repeat(rows, table.ravel()), np.repeat(columns, table.ravel()))


def _absent(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    false_alarms = int(rng.integers(2, 4))
    y_true = rng.permutation(np.repeat([0, 1], 6))
    y_pred = y_true.copy()
    y_pred[:false_alarms] = 2
    return _shuffled(rng, y_true, y_pred)


def _shuffled(rng: np.random.Generator, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(len(y_true))
    return y_true[order], y_pred[order]


def reference(y_true, y_pred, positive):
    from evalkit import confusion_matrix

    # Asking "is it the positive class?" first makes every problem one of two classes.
    table = confusion_matrix(y_true == positive, y_pred == positive, labels=[False, True])
    (tn, fp), (fn, tp) = table.tolist()
    return tp, fp, fn, tn


def wrong_true_means_truth(y_true, y_pred, positive):
    tp = np.sum(y_true == positive)
    fp = np.sum((y_true != positive) & (y_pred == positive))
    fn = np.sum((y_true == positive) & (y_pred != positive))
    tn = np.sum(y_true != positive)
    return int(tp), int(fp), int(fn), int(tn)


def wrong_every_hit(y_true, y_pred, positive):
    tp = np.sum(y_true == y_pred)
    fp = np.sum((y_true != positive) & (y_pred == positive))
    fn = np.sum((y_true == positive) & (y_pred != positive))
    tn = np.sum((y_true != positive) & (y_pred != positive))
    return int(tp), int(fp), int(fn), int(tn)


def variant_loop(y_true, y_pred, positive):
    tp = fp = fn = tn = 0
    for truth, prediction in zip(y_true, y_pred):
        if prediction == positive and truth == positive:
            tp += 1
        elif prediction == positive:
            fp += 1
        elif truth == positive:
            fn += 1
        else:
            tn += 1
    return tp, fp, fn, tn


def variant_by_subtraction(y_true, y_pred, positive):
    truly = y_true == positive
    called = y_pred == positive
    tp = np.count_nonzero(truly & called)
    fp = np.count_nonzero(called) - tp
    fn = np.count_nonzero(truly) - tp
    return tp, fp, fn, len(y_true) - tp - fp - fn


def variant_bincount(y_true, y_pred, positive):
    codes = 2 * (y_true == positive).astype(int) + (y_pred == positive)
    tn, fp, fn, tp = np.bincount(codes, minlength=4)
    return [tp, fp, fn, tn]


def wrong_zero_and_one(y_true, y_pred, positive):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    tn = np.sum((y_true == 0) & (y_pred == 0))
    return int(tp), int(fp), int(fn), int(tn)


def wrong_first_sample(y_true, y_pred, positive):
    truly, called = y_true[0] == positive, y_pred[0] == positive
    return int(truly and called), int(called and not truly), int(truly and not called), int(not truly and not called)


EXERCISE = Exercise(
    id="confusion_counts",
    lesson="01_confusion_matrix",
    objective="CM.1",
    points=3,
    signature="confusion_counts(y_true, y_pred, positive)",
    cases=cases,
    reference=reference,
    misconceptions={
        "second-word": mistake(
            variant_by_subtraction,
            {"return tp, fp, fn": "return tp, fn, fp"},
            "False positives and false negatives are exchanged. The second word names the prediction: a false negative "
            "was predicted negative, wrongly, so in truth it is positive.",
        ),
        "tn-first": mistake(
            variant_by_subtraction,
            {"tp, fp, fn, len(y_true) - tp - fp - fn": "len(y_true) - tp - fp - fn, fp, fn, tp"},
            "Your four counts are right but stand in another order: you began with the true negatives, as "
            "scikit-learn's flattened table does. Return them as (tp, fp, fn, tn).",
        ),
        "always-one": mistake(
            variant_by_subtraction,
            {"y_true == positive": "y_true == 1", "y_pred == positive": "y_pred == 1"},
            "You counted with 1 as the positive class, whatever was asked. The positive class is the argument "
            "`positive`, and it may be 0 or a word. Compare both arrays with `positive`.",
        ),
        "true-means-truth": Misconception(
            wrong_true_means_truth,
            "You counted every sample that is positive in truth as a true positive, and likewise for negatives. In "
            "“true positive” the word true means that the prediction is right: truth and prediction must both be "
            "positive.",
        ),
        "every-hit": Misconception(
            wrong_every_hit,
            "You counted every right prediction as a true positive. Those of the other classes are right, too, but "
            "they are true negatives: a true positive is right and predicted positive.",
        ),
        "tn-needs-exact-class": mistake(
            variant_by_subtraction,
            {"len(y_true) - tp - fp - fn": "np.sum(~truly & (y_true == y_pred))"},
            "With three classes your true negatives are too few: you asked that the exact class be right. A true "
            "negative is neither positive in truth nor predicted positive; which other class it is does not matter.",
        ),
        "tn-without-tp": mistake(
            variant_by_subtraction,
            {"len(y_true) - tp - fp - fn": "len(y_true) - np.sum(truly) - np.sum(called)"},
            "From all samples you took away those that are positive and those that were called positive. The true "
            "positives are in both groups, so you took them away twice: add them back once.",
        ),
        "zero-and-one": Misconception(
            wrong_zero_and_one,
            "You compared with 0 and 1. Labels can be anything, such as words, and the positive class is the argument"
            " `positive`: compare with it, and count every other label as negative.",
        ),
        "first-sample-only": Misconception(
            wrong_first_sample,
            "You counted the first sample only: your return stands inside the loop. Indent it less, so that it comes "
            "after the loop.",
        ),
    },
    variants={"loop": variant_loop, "by-subtraction": variant_by_subtraction, "bincount": variant_bincount},
)
