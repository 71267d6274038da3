"""Right answers to the exercises of lesson 02, in styles other than the lesson's own."""

from collections import Counter
from fractions import Fraction
from functools import partial
from statistics import fmean, multimode

import numpy as np
import pandas as pd


def accuracy__fraction(y_true, y_pred):
    return Fraction(sum(int(t == p) for t, p in zip(y_true, y_pred)), len(y_true))


def accuracy__pandas(y_true, y_pred):
    return pd.Series(y_true).eq(pd.Series(y_pred)).mean()


def accuracy__sklearn(y_true, y_pred):
    from sklearn.metrics import accuracy_score

    return accuracy_score(y_true, y_pred)


def accuracy__enumerate(y_true, y_pred):
    hits = [i for i, label in enumerate(y_true) if label == y_pred[i]]
    return len(hits) / len(y_true)


def accuracy__crosstab(y_true, y_pred):
    table = pd.crosstab(y_true, y_pred)
    return sum(table.loc[c, c] for c in table.index if c in table.columns) / table.values.sum()


def accuracy__statistics(y_true, y_pred):
    return fmean(t == p for t, p in zip(y_true, y_pred))


accuracy__partial = partial(lambda share, y_true, y_pred: share(y_true == y_pred), np.average)


def majority_baseline__mode(y_train, n):
    return [min(multimode(y_train.tolist()))] * n


def majority_baseline__pandas(y_train, n):
    return pd.Series([pd.Series(y_train).mode().iloc[0]] * n)


def majority_baseline__value_counts(y_train, n):
    counts = pd.Series(y_train).value_counts().sort_index()
    return np.repeat(counts.idxmax(), n)


def majority_baseline__counter(y_train, n):
    label, _ = min(Counter(y_train.tolist()).items(), key=lambda item: (-item[1], item[0]))
    return tuple(label for _ in range(n))


def majority_baseline__sklearn(y_train, n):
    from sklearn.dummy import DummyClassifier

    X = np.zeros((len(y_train), 1))
    return DummyClassifier(strategy="most_frequent").fit(X, y_train).predict(np.zeros((n, 1)))


def balanced_accuracy__groupby(y_true, y_pred):
    return pd.Series(y_true == y_pred).groupby(y_true).mean().mean()


def balanced_accuracy__fraction(y_true, y_pred):
    classes = sorted(set(y_true.tolist()))
    recalls = [Fraction(int(((y_true == c) & (y_pred == c)).sum()), int((y_true == c).sum())) for c in classes]
    return sum(recalls) / len(recalls)


def balanced_accuracy__sklearn(y_true, y_pred):
    from sklearn.metrics import recall_score

    return recall_score(y_true, y_pred, labels=np.unique(y_true), average="macro", zero_division=0)


def balanced_accuracy__bincount(y_true, y_pred):
    members = np.bincount(y_true)
    hits = np.bincount(y_true[y_true == y_pred], minlength=len(members))
    return (hits[members > 0] / members[members > 0]).mean()


def balanced_accuracy__walrus(y_true, y_pred):
    return fmean((y_pred[m] == c).mean() for c in set(y_true) if (m := y_true == c).any())


def max_prevalence__match(accuracy, recall):
    # The error rate holds the misses, and the accuracy the hits.
    match (recall > accuracy) - (recall < accuracy):
        case 1:
            return accuracy / recall
        case -1:
            return (1 - accuracy) / (1 - recall)
        case _:
            return 1


def max_prevalence__smallest(accuracy, recall):
    return min(
        1.0,
        (1 - accuracy) / (1 - recall) if recall < 1 else 1.0,
        accuracy / recall if recall > 0 else 1.0,
    )


def max_prevalence__fraction(accuracy, recall):
    a, r = Fraction(accuracy), Fraction(recall)
    return Fraction(1) if a == r else (1 - a) / (1 - r) if r < a else a / r


def max_prevalence__linear_program(accuracy, recall):
    from scipy.optimize import linprog

    # Shares of all samples: hits, misses, false alarms, quiet negatives. The share of positives is to be largest.
    rules = [[1, 1, 1, 1], [1, 0, 0, 1], [1 - recall, -recall, 0, 0]]
    return -linprog([-1, -1, 0, 0], A_eq=rules, b_eq=[1, accuracy, 0]).fun


class _BalancedAccuracy:
    def recall(self, label):
        return float((self.y_pred == label)[self.y_true == label].mean())

    def __call__(self, y_true, y_pred):
        self.y_true, self.y_pred = y_true, y_pred
        return np.mean([self.recall(label) for label in np.unique(y_true)])


balanced_accuracy__class_with_call = _BalancedAccuracy()
