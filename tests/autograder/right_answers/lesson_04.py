"""Right answers to the exercises of lesson 04, in styles other than the lesson's own."""

from collections import Counter
from fractions import Fraction
from statistics import harmonic_mean

import numpy as np
import pandas as pd


def f1__fraction(y_true, y_pred):
    both = int(y_true.sum() + y_pred.sum())
    return Fraction(2 * int(y_true @ y_pred), both) if both else 0


def f1__harmonic_mean(y_true, y_pred):
    tp = int(y_true @ y_pred)
    return harmonic_mean([tp / int(y_pred.sum()), tp / int(y_true.sum())]) if tp else 0.0


def f1__sklearn(y_true, y_pred):
    from sklearn.metrics import f1_score

    return f1_score(y_true, y_pred, zero_division=0)


def f1__dice(y_true, y_pred):
    from scipy.spatial.distance import dice

    return 1 - dice(y_true == 1, y_pred == 1) if y_true.any() or y_pred.any() else 0.0


def f1__sets(y_true, y_pred):
    a, b = set(np.flatnonzero(y_true)), set(np.flatnonzero(y_pred))
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def fbeta__walrus(y_true, y_pred, beta):
    total = (b := beta**2) * y_true.sum() + y_pred.sum()
    return (1 + b) * (y_true @ y_pred) / total if total else 0.0


def fbeta__sklearn(y_true, y_pred, beta):
    from sklearn.metrics import fbeta_score

    return fbeta_score(y_true, y_pred, beta=beta, zero_division=0)


def fbeta__pandas(y_true, y_pred, beta):
    n = pd.DataFrame({"t": y_true, "p": y_pred}).value_counts()
    tp, fp, fn = (n.get(cell, 0) for cell in [(1, 1), (0, 1), (1, 0)])
    below = (1 + beta**2) * tp + beta**2 * fn + fp
    return (1 + beta**2) * tp / below if below else 0.0


def fbeta__weighted_harmonic(y_true, y_pred, beta):
    tp = int(y_true @ y_pred)
    if not tp:
        return 0.0
    return harmonic_mean([tp / int(y_pred.sum()), tp / int(y_true.sum())], weights=[1, beta**2])


def macro_f1__groups(y_true, y_pred):
    t, p, hit = (Counter(a.tolist()) for a in (y_true, y_pred, y_true[y_true == y_pred]))
    return sum(2 * hit[c] / (t[c] + p[c]) for c in t | p) / len(t | p)


def macro_f1__sklearn(y_true, y_pred):
    from sklearn.metrics import f1_score

    return f1_score(y_true, y_pred, average="macro", zero_division=0)


def macro_f1__crosstab(y_true, y_pred):
    labels = np.union1d(y_true, y_pred)
    table = pd.crosstab(y_true, y_pred).reindex(index=labels, columns=labels, fill_value=0).to_numpy()
    return (2 * table.diagonal() / (table.sum(0) + table.sum(1))).mean()


def macro_f1__fraction(y_true, y_pred):
    labels = {*y_true.tolist(), *y_pred.tolist()}
    f1s = [f1__fraction((y_true == c) * 1, (y_pred == c) * 1) for c in labels]
    return sum(f1s) / len(f1s)


def macro_f1__nan_to_num(y_true, y_pred):
    f1s = []
    with np.errstate(all="ignore"):
        for c in np.union1d(y_true, y_pred):
            hits = np.sum((y_true == c) & (y_pred == c))
            precision, recall = hits / np.sum(y_pred == c), hits / np.sum(y_true == c)
            f1s.append(np.nan_to_num(2 * precision * recall / (precision + recall)))
    return np.mean(f1s)


def weighted_f1__pandas(y_true, y_pred):
    f1s = pd.Series({c: f1__sets(y_true == c, y_pred == c) for c in np.unique(y_true).tolist()})
    return (f1s * pd.Series(y_true).value_counts(normalize=True)).sum()


def weighted_f1__sklearn(y_true, y_pred):
    from sklearn.metrics import f1_score

    return f1_score(y_true, y_pred, average="weighted", zero_division=0)


def weighted_f1__dot(y_true, y_pred):
    labels, n = np.unique(y_true, return_counts=True)
    return np.dot([f1__sets(y_true == c, y_pred == c) for c in labels], n / n.sum())


def expected_cost__pandas(y_true, y_pred, cost_fp, cost_fn):
    df = pd.DataFrame({"t": y_true, "p": y_pred})
    return df.apply(lambda r: cost_fp * (r.p > r.t) + cost_fn * (r.t > r.p), axis=1).mean()


def expected_cost__match(y_true, y_pred, cost_fp, cost_fn):
    total = 0.0
    for pair in zip(y_true.tolist(), y_pred.tolist()):
        match pair:
            case 0, 1:
                total += cost_fp
            case 1, 0:
                total += cost_fn
    return total / len(y_true)


def expected_cost__select(y_true, y_pred, cost_fp, cost_fn):
    return np.average(np.select([y_pred > y_true, y_true > y_pred], [cost_fp, cost_fn], 0.0))


def expected_cost__sample_weights(y_true, y_pred, cost_fp, cost_fn):
    return np.mean((y_true != y_pred) * np.array([cost_fp, cost_fn])[y_true])


def class_weights__series(y):
    counts = pd.Series(y).value_counts()
    return len(y) / (len(counts) * counts)


def class_weights__counter(y):
    counts = Counter(y.tolist())
    return Counter({c: len(y) / len(counts) / n for c, n in counts.items()})


def class_weights__fractions(y):
    counts = Counter(y.tolist())
    return {c: Fraction(len(y), len(counts) * n) for c, n in counts.items()}


def class_weights__sklearn(y):
    from sklearn.utils.class_weight import compute_class_weight

    classes = np.unique(y)
    return dict(zip(classes, compute_class_weight("balanced", classes=classes, y=y)))
