"""Right answers to the exercises of lesson 03, in styles other than the lesson's own."""

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction
from functools import reduce

import numpy as np
import pandas as pd

Row = namedtuple("Row", "precision recall")


def precision__fraction(y_true, y_pred):
    called = int(y_pred.sum())
    return Fraction(int((y_true * y_pred).sum()), called) if called else Fraction(0)


def precision__pandas(y_true, y_pred):
    df = pd.DataFrame({"t": y_true, "p": y_pred})
    called = df[df.p == 1]
    return called.t.mean() if len(called) else 0


def precision__try(y_true, y_pred):
    try:
        return sum(t and p for t, p in zip(y_true.tolist(), y_pred.tolist())) / sum(y_pred.tolist())
    except ZeroDivisionError:
        return 0.0


def precision__nan_to_num(y_true, y_pred):
    with np.errstate(all="ignore"):
        return np.nan_to_num((y_true & y_pred).sum() / y_pred.sum())


def precision__sklearn(y_true, y_pred):
    from sklearn.metrics import precision_score

    return precision_score(y_true, y_pred, zero_division=0)


def precision__torch(y_true, y_pred):
    import torch

    t, p = torch.from_numpy(y_true).bool(), torch.from_numpy(y_pred).bool()
    return (t & p).sum() / p.sum().clamp(min=1).double()


class _Precision:
    def __init__(self, empty):
        self.empty = empty

    def __call__(self, y_true, y_pred):
        called = y_true[y_pred.astype(bool)]
        return called.mean() if called.size else self.empty


precision__class_with_call = _Precision(0.0)


def recall__walrus(y_true, y_pred):
    return y_pred[y_true == 1].sum() / n if (n := y_true.sum()) else 0.0


def recall__match(y_true, y_pred):
    match int(y_true.sum()):
        case 0:
            return 0.0
        case positives:
            return int(y_true @ y_pred) / positives


def recall__decimal(y_true, y_pred):
    n = int(y_true.sum())
    return Decimal(int(y_true @ y_pred)) / Decimal(n) if n else Decimal(0)


def recall__sets(y_true, y_pred):
    real, called = set(np.flatnonzero(y_true)), set(np.flatnonzero(y_pred))
    return len(real & called) / len(real) if real else 0


def recall__crosstab(y_true, y_pred):
    table = pd.crosstab(y_true, y_pred).reindex(index=[0, 1], columns=[0, 1], fill_value=0)
    return 0.0 if table.loc[1].sum() == 0 else table.loc[1, 1] / table.loc[1].sum()


def recall__divide_where(y_true, y_pred):
    return np.divide(y_true @ y_pred, y_true.sum(), out=np.zeros(()), where=y_true.sum() > 0)


def caught__fraction(recall, positives):
    return Fraction(recall) * positives


def caught__numpy(recall, positives):
    return np.multiply(recall, positives, dtype=float)


def caught__mul(recall, positives):
    return reduce(float.__mul__, [float(positives), float(recall)])


caught__lambda = lambda recall, positives: np.array([recall]) @ np.array([positives])


def precision_recall_at__data_frame(y_true, scores, thresholds):
    rows = []
    for t in thresholds:
        yes = scores >= t
        hits = (yes & (y_true == 1)).sum()
        rows.append({"precision": hits / max(yes.sum(), 1), "recall": hits / max(y_true.sum(), 1)})
    return pd.DataFrame(rows, index=thresholds)


def precision_recall_at__named_tuples(y_true, scores, thresholds):
    def at(t):
        yes = scores >= t
        return Row(precision__fraction(y_true, yes * 1), recall__sets(y_true, yes))

    return list(map(at, thresholds))


def precision_recall_at__torch(y_true, scores, thresholds):
    import torch

    y, s, t = (torch.as_tensor(a, dtype=torch.float64) for a in (y_true, scores, thresholds))
    yes = (s[None] >= t[:, None]).double()
    hits = yes @ y
    return torch.stack([hits / yes.sum(1).clamp(min=1), hits / y.sum().clamp(min=1)], dim=1)


def precision_recall_at__sklearn(y_true, scores, thresholds):
    from sklearn.metrics import precision_score, recall_score

    return [[f(y_true, scores >= t, zero_division=0) for f in (precision_score, recall_score)] for t in thresholds]
