"""Wrong answers to the exercises of lesson 04, as learners write them."""

import numpy as np


def _pr(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    p = tp / np.sum(y_pred == 1) if np.sum(y_pred == 1) else 0.0
    r = tp / np.sum(y_true == 1) if np.sum(y_true == 1) else 0.0
    return p, r


def f1__mean(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    return (p + r) / 2


def f1__no_guard(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    p = tp / np.sum(y_pred == 1)
    r = tp / np.sum(y_true == 1)
    return 2 * (p * r) / (p + r)


def f1__guard_on_called_only(y_true, y_pred):
    if y_pred.sum() == 0:
        return 0.0
    tp = np.sum((y_true == 1) & (y_pred == 1))
    p, r = tp / y_pred.sum(), tp / y_true.sum()
    return 2 * p * r / (p + r)


def f1__product(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    return p * r


def f1__forgot_two(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    return p * r / (p + r) if p + r else 0.0


def f1__sqrt(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    return (p * r) ** 0.5


def f1__accuracy(y_true, y_pred):
    return np.mean(np.equal(y_true, y_pred))


def f1__operator_order(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    if p + r == 0:
        return 0.0
    return 2 * p * r / p + r


def f1__jaccard(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    errors = np.sum(y_true != y_pred)
    return tp / (tp + errors) if tp + errors else 0.0


def f1__with_tn(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    tn = np.sum((y_true == 0) & (y_pred == 0))
    return 2 * tp / (2 * tp + tn) if tp + tn else 0.0


def fbeta__beta_on_recall(y_true, y_pred, beta):
    p, r = _pr(y_true, y_pred)
    if p + r == 0:
        return 0.0
    return (1 + beta**2) * p * r / (p + beta**2 * r)


def fbeta__hat(y_true, y_pred, beta):
    p, r = _pr(y_true, y_pred)
    if p + r == 0:
        return 0.0
    return (1 + beta ^ 2) * p * r / (beta ^ 2 * p + r)


def fbeta__not_squared(y_true, y_pred, beta):
    p, r = _pr(y_true, y_pred)
    return (1 + beta) * p * r / (beta * p + r) if p + r else 0.0


def fbeta__two(y_true, y_pred, beta):
    p, r = _pr(y_true, y_pred)
    return 2 * p * r / (beta**2 * p + r) if p + r else 0.0


def fbeta__f1(y_true, y_pred, beta=1):
    p, r = _pr(y_true, y_pred)
    return 2 * p * r / (p + r) if p + r else 0.0


def fbeta__no_guard(y_true, y_pred, beta):
    tp = ((y_true == 1) & (y_pred == 1)).sum()
    p = tp / (y_pred == 1).sum()
    r = tp / (y_true == 1).sum()
    return (1 + beta**2) * p * r / (beta**2 * p + r)


def fbeta__one_plus_outside(y_true, y_pred, beta):
    p, r = _pr(y_true, y_pred)
    return 1 + beta**2 * p * r / (beta**2 * p + r) if p + r else 0.0


def fbeta__counts_swapped(y_true, y_pred, beta):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    below = (1 + beta**2) * tp + beta**2 * fp + fn
    return (1 + beta**2) * tp / below if below else 0.0


def macro_f1__of_class_one(y_true, y_pred):
    p, r = _pr(y_true, y_pred)
    return 2 * p * r / (p + r) if p + r else 0.0


def macro_f1__weighted(y_true, y_pred):
    total = 0
    for c in set(y_true):
        tp = sum((y_true == c) & (y_pred == c))
        f1 = 2 * tp / (sum(y_true == c) + sum(y_pred == c))
        total += f1 * sum(y_true == c)
    return total / len(y_true)


def macro_f1__true_classes(y_true, y_pred):
    values = []
    for c in set(y_true):
        tp = sum((y_true == c) & (y_pred == c))
        fp = sum((y_true != c) & (y_pred == c))
        fn = sum((y_true == c) & (y_pred != c))
        values.append(2 * tp / (2 * tp + fp + fn))
    return sum(values) / len(values)


def macro_f1__predicted_classes(y_true, y_pred):
    values = []
    for c in set(y_pred):
        tp = sum((y_true == c) & (y_pred == c))
        fp = sum((y_true != c) & (y_pred == c))
        fn = sum((y_true == c) & (y_pred != c))
        values.append(2 * tp / (2 * tp + fp + fn))
    return sum(values) / len(values)


def macro_f1__f1_of_means(y_true, y_pred):
    ps, rs = [], []
    for c in np.union1d(y_true, y_pred):
        p, r = _pr((y_true == c).astype(int), (y_pred == c).astype(int))
        ps.append(p)
        rs.append(r)
    p, r = np.mean(ps), np.mean(rs)
    return 2 * p * r / (p + r)


def macro_f1__no_guard(y_true, y_pred):
    values = []
    for c in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == c) & (y_pred == c))
        p = tp / np.sum(y_pred == c)
        r = tp / np.sum(y_true == c)
        values.append(2 * p * r / (p + r))
    return sum(values) / len(values)


def macro_f1__accuracy(y_true, y_pred):
    return (y_true == y_pred).sum() / y_true.size


def macro_f1__recalls(y_true, y_pred):
    return np.mean([np.mean(y_pred[y_true == c] == c) for c in np.unique(y_true)])


def macro_f1__nanmean(y_true, y_pred):
    values = []
    for c in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == c) & (y_pred == c))
        p, r = tp / np.sum(y_pred == c), tp / np.sum(y_true == c)
        values.append(2 * p * r / (p + r))
    return np.nanmean(values)


def weighted_f1__macro(y_true, y_pred):
    values = []
    for c in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == c) & (y_pred == c))
        values.append(2 * tp / (np.sum(y_true == c) + np.sum(y_pred == c)))
    return sum(values) / len(values)


def weighted_f1__by_predictions(y_true, y_pred):
    total = 0
    for c in np.unique(y_pred):
        tp = np.sum((y_true == c) & (y_pred == c))
        total += 2 * tp / (np.sum(y_true == c) + np.sum(y_pred == c)) * np.mean(y_pred == c)
    return total


def weighted_f1__not_divided(y_true, y_pred):
    total = 0
    for c in np.unique(y_true):
        tp = np.sum((y_true == c) & (y_pred == c))
        total += 2 * tp / (np.sum(y_true == c) + np.sum(y_pred == c)) * np.sum(y_true == c)
    return total


def weighted_f1__divided_by_classes(y_true, y_pred):
    total = 0
    for c in np.unique(y_true):
        tp = np.sum((y_true == c) & (y_pred == c))
        total += 2 * tp / (np.sum(y_true == c) + np.sum(y_pred == c)) * np.sum(y_true == c)
    return total / len(np.unique(y_true))


def weighted_f1__recall(y_true, y_pred):
    return sum(np.mean(y_pred[y_true == c] == c) * np.mean(y_true == c) for c in np.unique(y_true))


def weighted_f1__no_guard(y_true, y_pred):
    total = 0
    for c in np.unique(y_true):
        tp = np.sum((y_true == c) & (y_pred == c))
        p, r = tp / np.sum(y_pred == c), tp / np.sum(y_true == c)
        total += 2 * p * r / (p + r) * np.sum(y_true == c) / len(y_true)
    return total


def expected_cost__total(y_true, y_pred, cost_fp, cost_fn):
    total = 0
    for t, p in zip(y_true, y_pred):
        if t == 0 and p == 1:
            total += cost_fp
        elif t == 1 and p == 0:
            total += cost_fn
    return total


def expected_cost__swapped(y_true, y_pred, cost_fp, cost_fn):
    fp = np.sum((y_true == 1) & (y_pred == 0))
    fn = np.sum((y_true == 0) & (y_pred == 1))
    return (fp * cost_fp + fn * cost_fn) / len(y_true)


def expected_cost__per_error(y_true, y_pred, cost_fp, cost_fn):
    costs = [cost_fp if p else cost_fn for t, p in zip(y_true, y_pred) if t != p]
    return sum(costs) / len(costs)


def expected_cost__rates(y_true, y_pred, cost_fp, cost_fn):
    fpr = np.sum((y_true == 0) & (y_pred == 1)) / np.sum(y_true == 0)
    fnr = np.sum((y_true == 1) & (y_pred == 0)) / np.sum(y_true == 1)
    return cost_fp * fpr + cost_fn * fnr


def expected_cost__no_costs(y_true, y_pred, cost_fp, cost_fn):
    return (y_true != y_pred).sum() / len(y_true)


def expected_cost__negative(y_true, y_pred, cost_fp, cost_fn):
    slip = y_true - y_pred
    return np.mean(np.where(slip == 1, -cost_fn, np.where(slip == -1, -cost_fp, 0)))


def class_weights__frequencies(y):
    return {c: np.mean(y == c) for c in np.unique(y)}


def class_weights__one_over_count(y):
    return {c: 1 / sum(y == c) for c in set(y)}


def class_weights__without_k(y):
    return {c: len(y) / sum(y == c) for c in set(y)}


def class_weights__two(y):
    return {c: len(y) / (2 * sum(y == c)) for c in set(y)}


def class_weights__list(y):
    classes, counts = np.unique(y, return_counts=True)
    return list(len(y) / (len(classes) * counts))


def class_weights__text_keys(y):
    classes, counts = np.unique(y, return_counts=True)
    return {f"{c}": len(y) / (len(classes) * n) for c, n in zip(classes, counts)}


def class_weights__positions(y):
    classes, counts = np.unique(y, return_counts=True)
    return {i: len(y) / (len(classes) * n) for i, n in enumerate(counts)}


def class_weights__operator_order(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: len(y) / len(classes) * n for c, n in zip(classes, counts)}


def class_weights__rounded(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: round(len(y) / (len(classes) * n), 2) for c, n in zip(classes, counts)}
