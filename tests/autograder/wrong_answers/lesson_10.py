"""Wrong answers to the exercises of lesson 10, as learners write them."""

import numpy as np
import pandas as pd


def most_confused__diagonal_kept(table, labels):
    i, j = divmod(table.argmax(), len(labels))
    return labels[i], labels[j], table[i, j]


def most_confused__predicted_first(table, labels):
    t = table.copy()
    np.fill_diagonal(t, 0)
    if t.max() == 0:
        return None
    i, j = np.unravel_index(t.argmax(), t.shape)
    return labels[j], labels[i], t[i, j]


def most_confused__positions(table, labels):
    t = table.copy()
    np.fill_diagonal(t, 0)
    if t.max() == 0:
        return None
    i, j = np.unravel_index(t.argmax(), t.shape)
    return i, j, t[i, j]


def most_confused__no_none(table, labels):
    t = table.copy()
    np.fill_diagonal(t, 0)
    i, j = np.unravel_index(t.argmax(), t.shape)
    return labels[i], labels[j], t[i, j]


def most_confused__without_count(table, labels):
    t = table.copy()
    np.fill_diagonal(t, 0)
    if t.max() == 0:
        return None
    i, j = np.unravel_index(t.argmax(), t.shape)
    return labels[i], labels[j]


def most_confused__text(table, labels):
    t = table.copy()
    np.fill_diagonal(t, 0)
    if t.max() == 0:
        return None
    i, j = np.unravel_index(t.argmax(), t.shape)
    return f"{labels[i]} called {labels[j]}: {t[i, j]}"


def most_confused__both_ways(table, labels):
    best = None
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            n = table[i, j] + table[j, i]
            if n > 0 and (best is None or n > best[2]):
                best = (labels[i], labels[j], n)
    return best


def most_confused__last_of_equals(table, labels):
    best, most = None, 1
    for i in range(len(labels)):
        for j in range(len(labels)):
            if i != j and table[i, j] >= most:
                best, most = (labels[i], labels[j], table[i, j]), table[i, j]
    return best


def most_confused__share(table, labels):
    shares = table / table.sum(axis=1, keepdims=True)
    np.fill_diagonal(shares, 0)
    if shares.max() == 0:
        return None
    i, j = np.unravel_index(shares.argmax(), shares.shape)
    return labels[i], labels[j], table[i, j]


def most_confused__fills_the_table(table, labels):
    np.fill_diagonal(table, 0)
    i, j = np.unravel_index(table.argmax(), table.shape)
    return labels[i], labels[j], table[i, j]


def worst_mistakes__all_rows(y_true, proba, n):
    p = [proba[i, y] for i, y in enumerate(y_true)]
    return np.argsort(p, kind="stable")[:n]


def worst_mistakes__descending(y_true, proba, n):
    wrong = [i for i in range(len(y_true)) if proba[i].argmax() != y_true[i]]
    return sorted(wrong, key=lambda i: -proba[i, y_true[i]])[:n]


def worst_mistakes__most_sure(y_true, proba, n):
    wrong = [i for i in range(len(y_true)) if proba[i].argmax() != y_true[i]]
    return sorted(wrong, key=lambda i: -proba[i].max())[:n]


def worst_mistakes__first_n(y_true, proba, n):
    wrong = [i for i in range(len(y_true)) if proba[i].argmax() != y_true[i]]
    return wrong[:n]


def worst_mistakes__positions(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    wrong = proba.argmax(1) != y_true
    return np.argsort(p[wrong])[:n]


def worst_mistakes__values(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    return sorted(p[proba.argmax(1) != y_true])[:n]


def worst_mistakes__pairs(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    wrong = [(p[i], i) for i in range(len(p)) if proba[i].argmax() != y_true[i]]
    return sorted(wrong)[:n]


def worst_mistakes__below_half(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(p < 0.5)
    return wrong[np.argsort(p[wrong], kind="stable")][: n - 1]


def worst_mistakes__reversed_ties(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    order = np.argsort(-p, kind="stable")[::-1]
    return [i for i in order if proba[i].argmax() != y_true[i]][:n]


def worst_mistakes__n_too_many(y_true, proba, n):
    p = proba[np.arange(len(y_true)), y_true]
    p[proba.argmax(1) == y_true] = 2
    return np.argsort(p, kind="stable")[:n]


def slice_recall__accuracy(y_true, y_pred, groups):
    return {g: (y_true == y_pred)[groups == g].mean() for g in set(groups)}


def slice_recall__precision(y_true, y_pred, groups):
    return {g: y_true[(groups == g) & (y_pred == 1)].mean() for g in set(groups)}


def slice_recall__zero(y_true, y_pred, groups):
    answer = {}
    for g in set(groups):
        n = sum((groups == g) & (y_true == 1))
        answer[g] = sum((groups == g) & (y_true == 1) & (y_pred == 1)) / n if n else 0
    return answer


def slice_recall__python_zero_division(y_true, y_pred, groups):
    answer = {}
    for g in set(groups.tolist()):
        rows = [p for t, p, h in zip(y_true.tolist(), y_pred.tolist(), groups.tolist()) if h == g and t == 1]
        answer[g] = sum(rows) / len(rows)
    return answer


def slice_recall__left_out(y_true, y_pred, groups):
    df = pd.DataFrame({"t": y_true, "p": y_pred, "g": groups})
    return df[df.t == 1].groupby("g").p.mean().to_dict()


def slice_recall__list(y_true, y_pred, groups):
    return [y_pred[(groups == g) & (y_true == 1)].mean() for g in np.unique(groups)]


def slice_recall__over_all_positives(y_true, y_pred, groups):
    return {g: ((groups == g) & (y_true == 1) & (y_pred == 1)).sum() / y_true.sum() for g in np.unique(groups)}


def slice_recall__none(y_true, y_pred, groups):
    answer = {}
    for g in np.unique(groups):
        hits = y_pred[(groups == g) & (y_true == 1)]
        answer[g] = hits.mean() if len(hits) else None
    return answer


def slice_recall__text_keys(y_true, y_pred, groups):
    answer = {}
    for g in np.unique(groups):
        hits = y_pred[(groups == g) & (y_true == 1)]
        answer[str(g)] = hits.mean() if len(hits) else np.nan
    return answer


def slice_recall__and(y_true, y_pred, groups):
    return {g: y_pred[groups == g and y_true == 1].mean() for g in np.unique(groups)}


def saliency__with_batch_axis(model, x, target):
    model.eval()
    image = x.detach().clone().unsqueeze(0).requires_grad_()
    model(image)[0, target].backward()
    return image.grad.abs().max(dim=1).values


def saliency__signed(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None])[0, target].backward()
    return image.grad.max(dim=0).values


def saliency__probability(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None]).softmax(1)[0, target].backward()
    return image.grad.abs().amax(0)


def saliency__highest_class(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None]).max().backward()
    return image.grad.abs().amax(0)


def saliency__no_eval(model, x, target):
    image = x.detach().clone().requires_grad_()
    model(image[None])[0, target].backward()
    return image.grad.abs().amax(0)


def saliency__mean_over_channels(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None])[0, target].backward()
    return image.grad.abs().mean(0)


def saliency__all_channels(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None])[0, target].backward()
    return image.grad.abs()


def saliency__no_requires_grad(model, x, target):
    model.eval()
    model(x[None])[0, target].backward()
    return x.grad.abs().amax(0)


def saliency__normalised(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image[None])[0, target].backward()
    s = image.grad.abs().amax(0)
    return s / s.max()


def saliency__no_batch(model, x, target):
    model.eval()
    image = x.detach().clone().requires_grad_()
    model(image)[target].backward()
    return image.grad.abs().amax(0)


def _importance(predict, X, y, change, repeats=10, sign=1):
    base = np.mean(predict(X) == y)
    return [
        sign * (base - np.mean([np.mean(predict(change(X.copy(), j)) == y) for _ in range(repeats)]))
        for j in range(X.shape[1])
    ]


def permutation_importance__once(predict, X, y, seed):
    rng = np.random.default_rng(seed)

    def change(Z, j):
        Z[:, j] = rng.permutation(Z[:, j])
        return Z

    return _importance(predict, X, y, change, repeats=1)


def permutation_importance__negative(predict, X, y, seed):
    rng = np.random.default_rng(seed)

    def change(Z, j):
        Z[:, j] = rng.permutation(Z[:, j])
        return Z

    return _importance(predict, X, y, change, sign=-1)


def permutation_importance__zeros(predict, X, y, seed):
    def change(Z, j):
        Z[:, j] = 0
        return Z

    return _importance(predict, X, y, change)


def permutation_importance__mean(predict, X, y, seed):
    def change(Z, j):
        Z[:, j] = Z[:, j].mean()
        return Z

    return _importance(predict, X, y, change)


def permutation_importance__no_seed(predict, X, y, seed):
    def change(Z, j):
        Z[:, j] = np.random.permutation(Z[:, j])
        return Z

    return _importance(predict, X, y, change)


def permutation_importance__same_shuffle(predict, X, y, seed):
    def change(Z, j):
        np.random.default_rng(seed).shuffle(Z[:, j])
        return Z

    return _importance(predict, X, y, change)


def permutation_importance__in_place(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    base, answer = np.mean(predict(X) == y), []
    Z = X.copy()
    for j in range(X.shape[1]):
        accuracies = []
        for _ in range(10):
            rng.shuffle(Z[:, j])
            accuracies.append(np.mean(predict(Z) == y))
        answer.append(base - np.mean(accuracies))
    return answer


def permutation_importance__rows(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    return _importance(predict, X, y, lambda Z, j: rng.permutation(Z))


def permutation_importance__dropped_column(predict, X, y, seed):
    return _importance(predict, X, y, lambda Z, j: np.delete(Z, j, axis=1))


def permutation_importance__last_only(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    base, answer = np.mean(predict(X) == y), []
    for j in range(X.shape[1]):
        for _ in range(10):
            Z = X.copy()
            Z[:, j] = rng.permutation(Z[:, j])
            after = np.mean(predict(Z) == y)
        answer.append(base - after)
    return answer
