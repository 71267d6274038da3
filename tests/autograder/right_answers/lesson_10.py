"""Right answers to the exercises of lesson 10, in styles other than the lesson's own."""

from collections import defaultdict, namedtuple

import numpy as np
import pandas as pd
import torch

Mistake = namedtuple("Mistake", "true predicted count")


def most_confused__named_tuple(table, labels):
    off = table - np.diag(np.diag(table))
    i, j = np.unravel_index(off.argmax(), off.shape)
    return Mistake(labels[i], labels[j], off[i, j]) if off[i, j] else None


def most_confused__pandas(table, labels):
    cells = pd.DataFrame(table, labels, labels).stack(future_stack=True)
    cells = cells[[a != b for a, b in cells.index]]
    return (*cells.idxmax(), cells.max()) if cells.max() > 0 else None


def most_confused__max_key(table, labels):
    k = range(len(labels))
    n, i, j = max(((table[i, j], -i, -j) for i in k for j in k if i != j))
    return None if n == 0 else (labels[-i], labels[-j], n)


def most_confused__copy_and_fill(table, labels):
    wrong = table.copy()
    np.fill_diagonal(wrong, -1)
    where = np.argwhere(wrong == wrong.max())[0]
    return [*labels[where], wrong.max()] if wrong.max() > 0 else None


def worst_mistakes__pandas(y_true, proba, n):
    df = pd.DataFrame({"p": proba[np.arange(len(y_true)), y_true], "wrong": proba.argmax(1) != y_true})
    return df[df.wrong].sort_values("p", kind="stable").index[:n]


def worst_mistakes__sorted(y_true, proba, n):
    wrong = [i for i in range(len(y_true)) if proba[i].argmax() != y_true[i]]
    return sorted(wrong, key=lambda i: proba[i][y_true[i]])[:n]


def worst_mistakes__heap(y_true, proba, n):
    from heapq import nsmallest

    return nsmallest(n, np.flatnonzero(np.argmax(proba, 1) != y_true), key=lambda i: (proba[i, y_true[i]], i))


def worst_mistakes__torch(y_true, proba, n):
    p, y = torch.from_numpy(proba), torch.from_numpy(y_true)
    truth = p.gather(1, y[:, None])[:, 0]
    order = truth.argsort(stable=True)
    return order[(p.argmax(1) != y)[order]][:n]


def worst_mistakes__lexsort(y_true, proba, n):
    rows = np.arange(len(y_true))
    order = np.lexsort((rows, proba[rows, y_true]))
    return [i for i in order if proba[i].argmax() != y_true[i]][:n]


def slice_recall__groupby(y_true, y_pred, groups):
    df = pd.DataFrame({"g": groups, "t": y_true, "hit": y_true & y_pred})
    sums = df.groupby("g")[["hit", "t"]].sum()
    return sums["hit"] / sums["t"]


def slice_recall__where(y_true, y_pred, groups):
    caught = pd.Series(y_pred).where(y_true == 1)
    return caught.groupby(groups).mean().to_dict()


def slice_recall__defaultdict(y_true, y_pred, groups):
    answers = defaultdict(list)
    for t, p, g in zip(y_true, y_pred, groups):
        answers[g] += [p] if t else []
    return {g: sum(a) / len(a) if a else float("nan") for g, a in answers.items()}


def slice_recall__sklearn(y_true, y_pred, groups):
    from sklearn.metrics import recall_score

    return {g: recall_score(y_true[groups == g], y_pred[groups == g], zero_division=np.nan) for g in set(groups)}


def slice_recall__walrus(y_true, y_pred, groups):
    return {g: y_pred[m].mean() if (m := (groups == g) & (y_true == 1)).any() else np.nan for g in np.unique(groups)}


def saliency__func_grad(model, x, target):
    model.eval()
    return torch.func.grad(lambda image: model(image[None])[0, target])(x).abs().amax(0)


def saliency__jacobian(model, x, target):
    model.eval()
    rows = torch.autograd.functional.jacobian(lambda image: model(image.unsqueeze(0)).squeeze(0), x)
    return rows[target].abs().max(0).values


def saliency__numpy(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_(True)
    model(image[None])[0][target].backward()
    return np.abs(image.grad.numpy()).max(axis=0)


def saliency__lists(model, x, target):
    return saliency__numpy(model, x, target).tolist()


def permutation_importance__data_frame(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    df, before = pd.DataFrame(X), (predict(X) == y).mean()

    drops = {}
    for j in df:
        lost = []
        for _ in range(10):
            table = df.copy()
            table[j] = rng.permutation(table[j])
            lost.append(before - np.mean(predict(table.to_numpy()) == y))
        drops[j] = np.mean(lost)
    return pd.Series(drops)


def permutation_importance__random_state(predict, X, y, seed):
    r = np.random.RandomState(seed)
    base = np.mean(predict(X) == y)
    result = np.zeros(X.shape[1])
    for j in range(X.shape[1]):
        for _ in range(10):
            Z = X.copy()
            r.shuffle(Z[:, j])
            result[j] += (base - np.mean(predict(Z) == y)) / 10
    return result


def permutation_importance__torch(predict, X, y, seed):
    g = torch.Generator().manual_seed(seed)
    base, drops = np.mean(predict(X) == y), []
    for j in range(X.shape[1]):
        after = []
        for _ in range(10):
            Z = np.array(X)
            Z[:, j] = X[torch.randperm(len(X), generator=g).numpy(), j]
            after.append((predict(Z) == y).mean())
        drops.append(base - sum(after) / 10)
    return tuple(drops)
