"""Right answers to the exercises of lesson 05, in styles other than the lesson's own."""

from collections import namedtuple
from fractions import Fraction
from itertools import product
from math import log

import numpy as np
import pandas as pd

Curve = namedtuple("Curve", ["fpr", "tpr"])


def roc_points__named_tuple(y_true, scores):
    steps = [np.inf, *sorted(set(scores.tolist()), reverse=True)]
    return Curve(
        [np.mean(scores[y_true == 0] >= s) for s in steps], tpr=[np.mean(scores[y_true == 1] >= s) for s in steps]
    )


def roc_points__groupby(y_true, scores):
    steps = pd.DataFrame({"s": scores, "tp": y_true, "fp": 1 - y_true}).groupby("s").sum()[::-1].cumsum()
    rates = pd.concat([pd.DataFrame({"tp": [0], "fp": [0]}), steps]) / [y_true.sum(), (1 - y_true).sum()]
    return rates["fp"], rates["tp"]


def roc_points__sklearn(y_true, scores):
    from sklearn.metrics import roc_curve

    return roc_curve(y_true, scores, drop_intermediate=False)[:2]


def roc_points__array(y_true, scores):
    steps = np.append(np.inf, np.unique(scores)[::-1])[:, None]
    return np.array([(scores[y_true == c] >= steps).mean(axis=1) for c in (0, 1)])


def roc_points__fractions(y_true, scores):
    pos, neg = int(y_true.sum()), int((y_true == 0).sum())
    fpr, tpr = [Fraction(0)], [Fraction(0)]
    for s in sorted(set(scores.tolist()))[::-1]:
        fpr.append(Fraction(sum(1 for y, x in zip(y_true, scores) if x >= s and not y), neg))
        tpr.append(Fraction(sum(1 for y, x in zip(y_true, scores) if x >= s and y), pos))
    return fpr, tpr


def roc_auc__product(y_true, scores):
    pairs = list(product(scores[y_true == 1].tolist(), scores[y_true == 0].tolist()))
    return Fraction(sum(2 * (p > n) + (p == n) for p, n in pairs), 2 * len(pairs))


def roc_auc__mann_whitney(y_true, scores):
    from scipy.stats import mannwhitneyu

    pos, neg = scores[y_true == 1], scores[y_true == 0]
    return mannwhitneyu(pos, neg).statistic / (len(pos) * len(neg))


def roc_auc__rankdata(y_true, scores):
    from scipy.stats import rankdata

    n = int(y_true.sum())
    return (rankdata(scores)[y_true == 1].sum() - n * (n + 1) / 2) / (n * (len(y_true) - n))


def roc_auc__pandas(y_true, scores):
    ranks = pd.Series(scores).rank()
    n = y_true.sum()
    return (ranks[y_true == 1].sum() - n * (n + 1) / 2) / (n * (y_true.size - n))


def roc_auc__sklearn(y_true, scores):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(y_true, scores)


def roc_auc__trapezoid(y_true, scores):
    fpr, tpr = roc_points__array(y_true, scores)
    return np.trapezoid(tpr, fpr)


def precision_at_k__nlargest(y_true, scores, k):
    return y_true[pd.Series(scores).nlargest(k).index].mean()


def precision_at_k__heap(y_true, scores, k):
    from heapq import nlargest

    return Fraction(sum(y for _, y in nlargest(k, zip(scores.tolist(), y_true.tolist()))), k)


def precision_at_k__torch(y_true, scores, k):
    import torch

    return torch.from_numpy(y_true)[torch.from_numpy(scores).topk(k).indices].double().mean()


def precision_at_k__rank(y_true, scores, k):
    return sum(y for y, s in zip(y_true, scores) if (scores > s).sum() < k) / k


def log_loss__loop(y_true, p):
    kept = [min(max(x, 1e-15), 1 - 1e-15) for x in p.tolist()]
    return -sum(log(x) if y else log(1 - x) for y, x in zip(y_true, kept)) / len(kept)


def log_loss__sklearn(y_true, p):
    from sklearn.metrics import log_loss

    return log_loss(y_true, np.clip(p, 1e-15, 1 - 1e-15), labels=[0, 1])


def log_loss__torch(y_true, p):
    import torch

    kept = torch.from_numpy(p).clamp(1e-15, 1 - 1e-15)
    return torch.nn.functional.binary_cross_entropy(kept, torch.from_numpy(y_true).double())


def log_loss__xlogy(y_true, p):
    from scipy.special import xlog1py, xlogy

    q = p.clip(1e-15, 1 - 1e-15)
    return -(xlogy(y_true, q) + xlog1py(1 - y_true, -q)).mean()


def log_loss__pandas(y_true, p):
    s = pd.Series(p).clip(1e-15, 1 - 1e-15)
    return -np.log(s.where(y_true == 1, 1 - s)).mean()


def best_threshold__min_key(y_true, scores, cost_fp, cost_fn):
    def cost(t):
        return cost_fp * np.sum(y_true[scores >= t] == 0) + cost_fn * np.sum(y_true[scores < t])

    return min([np.inf, *sorted(scores, reverse=True)], key=cost)


def best_threshold__pandas(y_true, scores, cost_fp, cost_fn):
    candidates = sorted({*scores, np.inf}, reverse=True)
    costs = pd.Series(
        [cost_fp * ((scores >= t) & (y_true == 0)).sum() + cost_fn * ((scores < t) & (y_true == 1)).sum()
         for t in candidates],
        index=candidates,
    )  # fmt: skip
    return costs.idxmin()


def best_threshold__walrus(y_true, scores, cost_fp, cost_fn):
    best, lowest = np.inf, cost_fn * y_true.sum()
    for t in np.unique(scores)[::-1]:
        yes = scores >= t
        if (cost := cost_fp * (yes > y_true).sum() + cost_fn * (yes < y_true).sum()) < lowest:
            best, lowest = t, cost
    return best


class _Costs:
    def __call__(self, y_true, scores, cost_fp, cost_fn):
        t = np.append(np.unique(scores), np.inf)[::-1]
        yes = scores >= t[:, None]
        return t[
            np.argmin((yes & (y_true == 0)) @ np.full(len(scores), cost_fp) + (~yes & (y_true == 1)).sum(1) * cost_fn)
        ]


best_threshold__class_with_call = _Costs()
