"""From a table of K classes to the four counts of one class against the rest."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("three classes, the first one", (_table(rng, 3, 0), 0), 0.5),
        Case("three classes, the last one", (_table(rng, 3, 2), 2), 0.5),
        Case("two classes", (_table(rng, 2, 1), 1), 0.5),
        Case("a class that is absent from the truth", (_table(rng, 4, 1, empty=True), 1), 0.5),
    ]


def _table(rng: np.random.Generator, size: int, k: int, *, empty: bool = False) -> np.ndarray:
    """A table in which the cells off the diagonal give class k unequal numbers of misses and false alarms."""
    while True:
        table = rng.permutation(np.arange(1, size * size + 1)).reshape(size, size)
        if empty:
            table[k] = 0
        tp = table[k, k]
        others = np.delete(np.diag(table), k)
        # Neighbours on the diagonal differ anyhow; the sums must, too, for an exchange to show.
        if table[k].sum() != table[:, k].sum() and tp != others.sum():
            return table


def reference(table, k):
    from evalkit import ConfusionMatrix

    one = ConfusionMatrix(table, tuple(range(len(table)))).one_vs_rest(k)
    return one.tp, one.fp, one.fn, one.tn


def variant_sums(table, k):
    tp = table[k, k]
    fp = table[:, k].sum() - tp
    fn = table[k, :].sum() - tp
    return tp, fp, fn, table.sum() - tp - fp - fn


def variant_loop(table, k):
    tp = fp = fn = tn = 0
    for i in range(len(table)):
        for j in range(len(table)):
            if i == k and j == k:
                tp += table[i, j]
            elif j == k:
                fp += table[i, j]
            elif i == k:
                fn += table[i, j]
            else:
                tn += table[i, j]
    return int(tp), int(fp), int(fn), int(tn)


def variant_delete(table, k):
    without_row = np.delete(table, k, axis=0)
    rest = np.delete(without_row, k, axis=1)
    return np.array([table[k, k], without_row[:, k].sum(), np.delete(table[k], k).sum(), rest.sum()])


def variant_indicator(table, k):
    is_k = np.zeros(len(table))
    is_k[k] = 1
    rest = 1 - is_k
    return is_k @ table @ is_k, rest @ table @ is_k, is_k @ table @ rest, rest @ table @ rest


EXERCISE = Exercise(
    id="one_vs_rest",
    lesson="01_confusion_matrix",
    objective="CM.4",
    points=2,
    signature="one_vs_rest(table, k)",
    cases=cases,
    reference=reference,
    misconceptions={
        "rows-for-columns": mistake(
            variant_sums,
            {"fp = table[:, k]": "fp = table[k, :]", "fn = table[k, :]": "fn = table[:, k]"},
            "False positives and false negatives are exchanged. Rows are the truth: the rest of row k is class k but "
            "was called something else, which is a miss. The rest of column k was called k wrongly.",
        ),
        "diagonal-kept": mistake(
            variant_sums,
            {"table[:, k].sum() - tp": "table[:, k].sum()", "table[k, :].sum() - tp": "table[k, :].sum()"},
            "Your sums along row k and column k include the cell where they cross. That cell holds right predictions, "
            "the true positives: take it out of both sums.",
        ),
        "tn-from-diagonal": mistake(
            variant_sums,
            {"table.sum() - tp - fp - fn": "np.trace(table) - tp"},
            "You counted as true negatives only what else is on the diagonal. For class k against the rest, a sample "
            "of another class that was called yet another class is a true negative, too: it is not k, and was not "
            "called k.",
        ),
        "tn-is-everything-else": mistake(
            variant_sums,
            {"table.sum() - tp - fp - fn": "table.sum() - tp"},
            "Your true negatives still contain the mistakes about class k. Everything outside row k and outside column "
            "k is a true negative: take the false positives and the false negatives away as well.",
        ),
        "counted-from-one": mistake(
            variant_sums,
            {"    tp =": "    k = k - 1\n    tp ="},
            "You looked at the class before the one that was asked for: k is already a position that counts from 0, so "
            "use it as it is.",
        ),
        "tn-first": mistake(
            variant_sums,
            {"tp, fp, fn, table.sum() - tp - fp - fn": "table.sum() - tp - fp - fn, fp, fn, tp"},
            "Your four counts are right but stand in another order. Return them as (tp, fp, fn, tn), the true "
            "positives first and the true negatives last.",
        ),
        "tn-without-tp": mistake(
            variant_sums,
            {"table.sum() - tp - fp - fn": "table.sum() - table[k, :].sum() - table[:, k].sum()"},
            "You took row k and column k away from the total. The cell where they cross is in both, so you took it "
            "away twice: add it back once.",
        ),
        "diagonal-kept-twice": mistake(
            variant_sums,
            {
                "table[:, k].sum() - tp": "table[:, k].sum()",
                "table[k, :].sum() - tp": "table[k, :].sum()",
                "table.sum() - tp - fp - fn": "table.sum() + tp - fp - fn",
            },
            "Your true negatives are right, but your false positives and false negatives still hold the cell where "
            "row and column cross. Those are the true positives: take them out of both.",
        ),
    },
    variants={"sums": variant_sums, "loop": variant_loop, "delete": variant_delete, "indicator": variant_indicator},
)
