"""Right answers to the exercises of lesson 01, in styles other than the lesson's own."""

from collections import Counter, namedtuple
from functools import partial

import numpy as np
import pandas as pd

Counts = namedtuple("Counts", "tp fp fn tn")


def confusion_counts__named_tuple(y_true, y_pred, positive):
    pairs = Counter(zip(y_true == positive, y_pred == positive))
    return Counts(pairs[True, True], pairs[False, True], pairs[True, False], pairs[False, False])


def confusion_counts__pandas(y_true, y_pred, positive):
    df = pd.DataFrame({"t": y_true == positive, "p": y_pred == positive})
    return tuple(len(df.query(q)) for q in ("t and p", "not t and p", "t and not p", "not t and not p"))


def confusion_counts__match(y_true, y_pred, positive):
    tp = fp = fn = tn = 0
    for t, p in zip(y_true, y_pred):
        match bool(t == positive), bool(p == positive):
            case True, True:
                tp += 1
            case False, True:
                fp += 1
            case True, False:
                fn += 1
            case _:
                tn += 1
    return tp, fp, fn, tn


def confusion_counts__series(y_true, y_pred, positive):
    t, p = pd.Series(y_true) == positive, pd.Series(y_pred) == positive
    return pd.Series([(t & p).sum(), (~t & p).sum(), (t & ~p).sum(), (~t & ~p).sum()], index=["tp", "fp", "fn", "tn"])


def confusion_counts__sklearn(y_true, y_pred, positive):
    from sklearn.metrics import confusion_matrix

    tn, fp, fn, tp = confusion_matrix(y_true == positive, y_pred == positive, labels=[False, True]).ravel()
    return np.array([tp, fp, fn, tn])


def threshold_labels__comprehension(scores, threshold):
    return [int(s >= threshold) for s in scores]


def threshold_labels__map(scores, threshold):
    return list(map(lambda s: 0 if s < threshold else 1, scores))


def threshold_labels__pandas(scores, threshold):
    return pd.Series(scores).ge(threshold).astype("int8")


def threshold_labels__torch(scores, threshold):
    import torch

    return (torch.from_numpy(scores) >= threshold).long()


def threshold_labels__vectorize(scores, threshold):
    return np.vectorize(lambda s: 1 if s >= threshold else 0)(scores)


def threshold_labels__floats(scores, threshold):
    return np.heaviside(scores - threshold, 1.0)


def confusion_table__crosstab(y_true, y_pred, labels):
    return pd.crosstab(y_true, y_pred).reindex(index=labels, columns=labels, fill_value=0)


def confusion_table__counter(y_true, y_pred, labels):
    counts = Counter(zip(y_true.tolist(), y_pred.tolist()))
    return [[counts[t, p] for p in labels.tolist()] for t in labels.tolist()]


def confusion_table__add_at(y_true, y_pred, labels):
    where = np.argsort(labels)
    rows, columns = (where[np.searchsorted(labels, y, sorter=where)] for y in (y_true, y_pred))
    table = np.zeros((len(labels), len(labels)))
    np.add.at(table, (rows, columns), 1)
    return table


def confusion_table__sparse(y_true, y_pred, labels):
    from scipy.sparse import coo_array

    position = {label: i for i, label in enumerate(labels.tolist())}
    at = [[position[y] for y in ys.tolist()] for ys in (y_true, y_pred)]
    return coo_array((np.ones(len(y_true)), at), shape=(len(labels), len(labels))).toarray()


def confusion_table__tuples(y_true, y_pred, labels):
    return tuple(tuple(sum((y_true == r) & (y_pred == c)) for c in labels) for r in labels)


def confusion_table__sklearn(y_true, y_pred, labels):
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(y_true, y_pred, labels=labels)


def one_vs_rest__named_tuple(table, k):
    rest = [i for i in range(len(table)) if i != k]
    return Counts(table[k, k], table[rest, k].sum(), table[k, rest].sum(), table[np.ix_(rest, rest)].sum())


def one_vs_rest__pandas(table, k):
    df = pd.DataFrame(table)
    others = df.columns.difference([k])
    return df.loc[k, k], df.loc[others, k].sum(), df.loc[k, others].sum(), df.loc[others, others].to_numpy().sum()


def one_vs_rest__walrus(table, k):
    fn = table[k].sum() - (tp := table[k, k])
    return tp, (fp := table[:, k].sum() - tp), fn, table.sum() - tp - fp - fn


def one_vs_rest__comprehension(table, k):
    cells = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for i, row in enumerate(table.tolist()):
        for j, n in enumerate(row):
            cells[i == k, j == k] += n
    return [cells[True, True], cells[False, True], cells[True, False], cells[False, False]]


class _Labeller:
    def __init__(self, yes=1, no=0):
        self.yes, self.no = yes, no

    def __call__(self, scores, threshold):
        return np.where(scores >= threshold, self.yes, self.no)


threshold_labels__class_with_call = _Labeller()
threshold_labels__partial = partial(lambda no, scores, threshold: np.maximum(scores >= threshold, no), 0)
