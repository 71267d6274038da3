"""Wrong answers to the exercises of lesson 05, as learners write them."""

import math

import numpy as np


def _rates(y_true, yes):
    return np.sum(yes & (y_true == 0)) / np.sum(y_true == 0), np.sum(yes & (y_true == 1)) / np.sum(y_true == 1)


def roc_points__one_per_sample(y_true, scores):
    order = np.argsort(-scores)
    tp = fp = 0
    fpr, tpr = [0], [0]
    for i in order:
        if y_true[i] == 1:
            tp += 1
        else:
            fp += 1
        fpr.append(fp / sum(y_true == 0))
        tpr.append(tp / sum(y_true == 1))
    return fpr, tpr


def roc_points__repeated_thresholds(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for t in sorted(scores, reverse=True):
        a, b = _rates(y_true, scores >= t)
        fpr.append(a)
        tpr.append(b)
    return np.array(fpr), np.array(tpr)


def roc_points__tpr_first(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for t in np.unique(scores)[::-1]:
        a, b = _rates(y_true, scores >= t)
        fpr.append(a)
        tpr.append(b)
    return tpr, fpr


def roc_points__no_origin(y_true, scores):
    points = [_rates(y_true, scores >= t) for t in np.unique(scores)[::-1]]
    return [p[0] for p in points], [p[1] for p in points]


def roc_points__ascending(y_true, scores):
    fpr, tpr = [], []
    for t in np.unique(scores):
        a, b = _rates(y_true, scores >= t)
        fpr.append(a)
        tpr.append(b)
    return np.array(fpr + [0]), np.array(tpr + [0])


def roc_points__greater(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for t in np.unique(scores)[::-1]:
        a, b = _rates(y_true, scores > t)
        fpr.append(a)
        tpr.append(b)
    return np.array(fpr), np.array(tpr)


def roc_points__pairs(y_true, scores):
    return [(0, 0)] + [_rates(y_true, scores >= t) for t in np.unique(scores)[::-1]]


def roc_points__grid(y_true, scores):
    fpr, tpr = [], []
    for t in np.arange(1, -0.01, -0.01):
        a, b = _rates(y_true, scores >= t)
        fpr.append(a)
        tpr.append(b)
    return np.array(fpr), np.array(tpr)


def roc_points__precision(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for t in np.unique(scores)[::-1]:
        yes = scores >= t
        fpr.append(np.sum(yes & (y_true == 0)) / np.sum(yes))
        tpr.append(np.sum(yes & (y_true == 1)) / np.sum(y_true == 1))
    return np.array(fpr), np.array(tpr)


def roc_auc__count_of_pairs(y_true, scores):
    wins = 0
    for a in scores[y_true == 1]:
        for b in scores[y_true == 0]:
            if a > b:
                wins += 1
            elif a == b:
                wins += 0.5
    return wins


def roc_auc__ties_ignored(y_true, scores):
    pos = scores[y_true == 1]
    neg = scores[y_true == 0]
    return np.mean(pos[:, None] > neg[None, :])


def roc_auc__ties_win(y_true, scores):
    pos = scores[y_true == 1]
    neg = scores[y_true == 0]
    return sum(p >= n for p in pos for n in neg) / (len(pos) * len(neg))


def roc_auc__flipped(y_true, scores):
    pos, neg = scores[y_true == 1], scores[y_true == 0]
    auc = np.mean([(p > n) + 0.5 * (p == n) for p in pos for n in neg])
    if auc < 0.5:
        auc = 1 - auc
    return auc


def roc_auc__accuracy(y_true, scores):
    pred = (scores >= 0.5).astype(int)
    return np.mean(pred == y_true)


def roc_auc__wrong_way(y_true, scores):
    pos, neg = scores[y_true == 1], scores[y_true == 0]
    return np.mean([(n > p) + 0.5 * (p == n) for p in pos for n in neg])


def roc_auc__all_pairs(y_true, scores):
    wins = pairs = 0
    for i in range(len(scores)):
        for j in range(len(scores)):
            if i != j:
                pairs += 1
                wins += (y_true[i] > y_true[j]) * ((scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]))
    return wins / pairs


def roc_auc__sum_of_steps(y_true, scores):
    area, last = 0, 0
    for t in np.unique(scores)[::-1]:
        fpr, tpr = _rates(y_true, scores >= t)
        area += (fpr - last) * tpr
        last = fpr
    return area


def roc_auc__mean_difference(y_true, scores):
    return scores[y_true == 1].mean() - scores[y_true == 0].mean()


def roc_auc__tied_pairs_left_out(y_true, scores):
    pairs = [(p, n) for p in scores[y_true == 1] for n in scores[y_true == 0] if p != n]
    return sum(p > n for p, n in pairs) / len(pairs)


def precision_at_k__first_rows(y_true, scores, k):
    return sum(y_true[:k]) / k


def precision_at_k__ascending(y_true, scores, k):
    order = np.argsort(scores)
    return y_true[order][:k].mean()


def precision_at_k__recall(y_true, scores, k):
    order = np.argsort(scores)[::-1]
    return y_true[order[:k]].sum() / y_true.sum()


def precision_at_k__count(y_true, scores, k):
    order = np.argsort(scores)[::-1][:k]
    return y_true[order].sum()


def precision_at_k__off_by_one(y_true, scores, k):
    order = np.argsort(-scores)
    return y_true[order[: k - 1]].sum() / k


def precision_at_k__one_more(y_true, scores, k):
    order = np.argsort(-scores)
    return y_true[order[: k + 1]].mean()


def precision_at_k__over_all(y_true, scores, k):
    order = np.argsort(-scores)
    return y_true[order[:k]].sum() / len(y_true)


def precision_at_k__sorted_scores_only(y_true, scores, k):
    top = sorted(scores, reverse=True)[:k]
    return sum(s >= 0.5 for s in top) / k


def precision_at_k__rank_of_hit(y_true, scores, k):
    order = np.argsort(-scores)
    return float(y_true[order[k - 1]])


def log_loss__unclipped(y_true, p):
    return np.mean(np.where(y_true == 1, -np.log(p), -np.log(1 - p)))


def log_loss__unclipped_math(y_true, p):
    total = 0
    for y, q in zip(y_true, p):
        total -= math.log(q) if y == 1 else math.log(1 - q)
    return total / len(p)


def log_loss__added_small_number(y_true, p):
    return -np.mean(y_true * np.log(p + 1e-9) + (1 - y_true) * np.log(1 - p + 1e-9))


def log_loss__math_log(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(y_true * math.log(p) + (1 - y_true) * math.log(1 - p))


def log_loss__log10(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(np.where(y_true == 1, np.log10(p), np.log10(1 - p)))


def log_loss__no_minus(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return np.mean(np.log(np.where(y_true == 1, p, 1 - p)))


def log_loss__sum(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.sum(np.log(np.where(y_true == 1, p, 1 - p)))


def log_loss__only_positives(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(y_true * np.log(p))


def log_loss__mean_of_positives(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(np.log(p[y_true == 1]))


def log_loss__squared(y_true, p):
    return ((p - y_true) ** 2).mean()


def log_loss__array(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.log(np.where(y_true == 1, p, 1 - p))


def _cost(y_true, scores, t, cost_fp, cost_fn):
    return cost_fp * np.sum((scores >= t) & (y_true == 0)) + cost_fn * np.sum((scores < t) & (y_true == 1))


def best_threshold__costs_swapped(y_true, scores, cost_fp, cost_fn):
    candidates = [np.inf] + sorted(set(scores), reverse=True)
    return min(candidates, key=lambda t: _cost(y_true, scores, t, cost_fn, cost_fp))


def best_threshold__lowest_of_equals(y_true, scores, cost_fp, cost_fn):
    candidates = sorted(set(scores)) + [np.inf]
    return min(candidates, key=lambda t: _cost(y_true, scores, t, cost_fp, cost_fn))


def best_threshold__no_infinity(y_true, scores, cost_fp, cost_fn):
    candidates = sorted(set(scores), reverse=True)
    costs = [_cost(y_true, scores, t, cost_fp, cost_fn) for t in candidates]
    return candidates[int(np.argmin(costs))]


def best_threshold__grid(y_true, scores, cost_fp, cost_fn):
    candidates = np.linspace(0, 1, 101)
    costs = [_cost(y_true, scores, t, cost_fp, cost_fn) for t in candidates]
    return candidates[int(np.argmin(costs))]


def best_threshold__position(y_true, scores, cost_fp, cost_fn):
    candidates = [np.inf] + sorted(set(scores), reverse=True)
    return int(np.argmin([_cost(y_true, scores, t, cost_fp, cost_fn) for t in candidates]))


def best_threshold__cost(y_true, scores, cost_fp, cost_fn):
    candidates = [np.inf] + sorted(set(scores), reverse=True)
    return min(_cost(y_true, scores, t, cost_fp, cost_fn) for t in candidates)


def best_threshold__accuracy(y_true, scores, cost_fp, cost_fn):
    candidates = [np.inf] + sorted(set(scores), reverse=True)
    return max(candidates, key=lambda t: np.mean((scores >= t) == y_true))


def best_threshold__highest_cost(y_true, scores, cost_fp, cost_fn):
    candidates = [np.inf] + sorted(set(scores), reverse=True)
    return max(candidates, key=lambda t: _cost(y_true, scores, t, cost_fp, cost_fn))


def best_threshold__greater(y_true, scores, cost_fp, cost_fn):
    best, lowest = None, np.inf
    for t in [np.inf] + sorted(set(scores), reverse=True):
        yes = scores > t
        cost = cost_fp * np.sum(yes & (y_true == 0)) + cost_fn * np.sum(~yes & (y_true == 1))
        if cost < lowest:
            best, lowest = t, cost
    return best


def best_threshold__half(y_true, scores, cost_fp, cost_fn):
    return 0.5
