"""Wrong answers to the exercises of lesson 07, as learners write them."""

import random

import numpy as np


def diagnose__gap(train_loss, val_loss):
    if val_loss[-1] > 1.1 * train_loss[-1]:
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"


def diagnose__capitals(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * min(val_loss):
        return "Overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "Underfitting"
    return "Good"


def diagnose__short_words(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * min(val_loss):
        return "overfit"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfit"
    return "ok"


def diagnose__underfitting_first(train_loss, val_loss):
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    elif val_loss[-1] >= 1.1 * min(val_loss):
        return "overfitting"
    else:
        return "good"


def diagnose__any_rise(train_loss, val_loss):
    if val_loss[-1] > min(val_loss):
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"


def diagnose__last_step(train_loss, val_loss):
    if val_loss[-1] > val_loss[-2]:
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"


def diagnose__exchanged(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * min(val_loss):
        return "underfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "overfitting"
    return "good"


def diagnose__prints(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * min(val_loss):
        print("overfitting")
    elif train_loss[-1] > 0.5 * train_loss[0]:
        print("underfitting")
    else:
        print("good")


def diagnose__whole_curve(train_loss, val_loss):
    if val_loss > 1.1 * min(val_loss):
        return "overfitting"
    return "good"


def diagnose__no_good(train_loss, val_loss):
    if val_loss[-1] >= 1.1 * min(val_loss):
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"


def best_epoch__argmin(val_loss):
    return np.argmin(val_loss)


def best_epoch__from_one(val_loss):
    best = 0
    for i in range(len(val_loss)):
        if np.isnan(val_loss[best]) or val_loss[i] < val_loss[best]:
            best = i
    return best + 1


def best_epoch__value(val_loss):
    return min(x for x in val_loss if not np.isnan(x))


def best_epoch__drops_nan(val_loss):
    clean = val_loss[~np.isnan(val_loss)]
    return clean.argmin()


def best_epoch__last_of_equals(val_loss):
    best = 0
    for i, loss in enumerate(val_loss):
        if not loss > val_loss[best] and loss == loss:
            best = i
    return best


def best_epoch__argmax(val_loss):
    return np.nanargmax(val_loss)


def best_epoch__where(val_loss):
    return np.where(val_loss == np.nanmin(val_loss))[0]


def best_epoch__min_index_nan(val_loss):
    return list(val_loss).index(min(val_loss)) + 0 * len(val_loss) if not np.isnan(val_loss).any() else None


def best_epoch__first_rise(val_loss):
    for i in range(1, len(val_loss)):
        if val_loss[i] > val_loss[i - 1]:
            return i - 1
    return len(val_loss) - 1


def best_epoch__compares_with_nan(val_loss):
    for i, x in enumerate(val_loss):
        if x == np.nan:
            val_loss[i] = np.inf
    return int(np.argmin(val_loss))


def early_stop__best(val_loss, patience, min_delta=0.0):
    best, best_epoch, wait = np.inf, 0, 0
    for i, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best, best_epoch, wait = loss, i, 0
        else:
            wait += 1
            if wait >= patience:
                break
    return best_epoch


def early_stop__greater_than_patience(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
        if wait > patience:
            return i
    return len(val_loss) - 1


def early_stop__equal_gain_counts(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if best - loss >= min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait == patience:
                return i
    return len(val_loss) - 1


def early_stop__previous_epoch(val_loss, patience, min_delta=0.0):
    wait = 0
    for i in range(1, len(val_loss)):
        if val_loss[i] < val_loss[i - 1] - min_delta:
            wait = 0
        else:
            wait += 1
            if wait == patience:
                return i
    return len(val_loss) - 1


def early_stop__no_reset(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best = loss
        else:
            wait += 1
            if wait == patience:
                return i
    return len(val_loss) - 1


def early_stop__no_delta(val_loss, patience, min_delta=0.0):
    best, wait = float("inf"), 0
    for i, loss in enumerate(val_loss):
        if loss < best:
            best, wait = loss, 0
        else:
            wait += 1
        if wait == patience:
            return i
    return len(val_loss) - 1


def early_stop__plus_delta(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if loss < best + min_delta:
            best, wait = min(best, loss), 0
        else:
            wait += 1
            if wait == patience:
                return i
    return len(val_loss) - 1


def early_stop__none_at_the_end(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait == patience:
                return i


def early_stop__count(val_loss, patience, min_delta=0.0):
    best, wait, epochs = np.inf, 0, 0
    for loss in val_loss:
        epochs += 1
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait == patience:
                break
    return epochs


def early_stop__length(val_loss, patience, min_delta=0.0):
    best, wait = np.inf, 0
    for i, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait == patience:
                return i
    return len(val_loss)


def kfold_indices__not_shuffled(n, k, seed):
    indices = np.arange(n)
    folds = np.array_split(indices, k)
    return [(np.setdiff1d(indices, f), f) for f in folds]


def kfold_indices__independent_draws(n, k, seed):
    rng = np.random.default_rng(seed)
    folds = []
    for _ in range(k):
        test = rng.choice(n, n // k, replace=False)
        folds.append((np.setdiff1d(np.arange(n), test), test))
    return folds


def kfold_indices__with_replacement(n, k, seed):
    rng = np.random.default_rng(seed)
    order = rng.integers(0, n, size=n)
    return [(np.setdiff1d(np.arange(n), part), part) for part in np.array_split(order, k)]


def kfold_indices__test_first(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [(part, np.setdiff1d(order, part)) for part in np.array_split(order, k)]


def kfold_indices__drops_rest(n, k, seed):
    order = list(range(n))
    random.Random(seed).shuffle(order)
    size = n // k
    return [(order[: i * size] + order[(i + 1) * size :], order[i * size : (i + 1) * size]) for i in range(k)]


def kfold_indices__no_seed(n, k, seed):
    order = np.random.permutation(n)
    return [(np.setdiff1d(order, part), part) for part in np.array_split(order, k)]


def kfold_indices__fixed_seed(n, k, seed=42):
    order = np.random.default_rng(42).permutation(n)
    return [(np.setdiff1d(order, part), part) for part in np.array_split(order, k)]


def kfold_indices__everything_in_train(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [(np.arange(n), part) for part in np.array_split(order, k)]


def kfold_indices__float_size(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = n / k
    return [(order[: i * size], order[i * size : (i + 1) * size]) for i in range(k)]


def kfold_indices__only_tests(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return np.array_split(order, k)


def kfold_indices__shuffle_gives_none(n, k, seed):
    order = np.arange(n)
    order = np.random.default_rng(seed).shuffle(order)
    return [(np.setdiff1d(order, part), part) for part in np.array_split(order, k)]


def find_leaks__in_array(train, test):
    return [i for i, row in enumerate(test) if row in train]


def find_leaks__mask(train, test):
    return np.array([(train == row).all(axis=1).any() for row in test])


def find_leaks__rows(train, test):
    known = {tuple(r) for r in train}
    return [tuple(r) for r in test if tuple(r) in known]


def find_leaks__train_indices(train, test):
    known = {tuple(r) for r in test}
    return [i for i, r in enumerate(train) if tuple(r) in known]


def find_leaks__isclose(train, test):
    return [i for i, row in enumerate(test) if any(np.allclose(row, r) for r in train)]


def find_leaks__once(train, test):
    rows, found = [tuple(r) for r in test], []
    for r in {tuple(r) for r in train}:
        if r in rows:
            found.append(rows.index(r))
    return sorted(found)


def find_leaks__lists_as_keys(train, test):
    known = set(train)
    return [i for i, row in enumerate(test) if row in known]


def find_leaks__any(train, test):
    return [i for i, row in enumerate(test) if (train == row).any(axis=1).any()]


def find_leaks__clean_rows(train, test):
    known = {tuple(r) for r in train}
    return [i for i, r in enumerate(test) if tuple(r) not in known]


def find_leaks__count(train, test):
    known = {tuple(r) for r in train}
    return sum(tuple(r) in known for r in test)


def find_leaks__once_per_duplicate(train, test):
    return [i for i, row in enumerate(test) for other in train if (row == other).all()]
