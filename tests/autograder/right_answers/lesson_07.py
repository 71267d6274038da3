"""Right answers to the exercises of lesson 07, in styles other than the lesson's own."""

from collections import namedtuple
from itertools import accumulate

import numpy as np
import pandas as pd

Fold = namedtuple("Fold", "train test")


def diagnose__match(train_loss, val_loss):
    match bool(val_loss[-1] >= 1.1 * min(val_loss)), bool(train_loss[-1] > 0.5 * train_loss[0]):
        case True, _:
            return "overfitting"
        case _, True:
            return "underfitting"
    return "good"


def diagnose__pandas(train_loss, val_loss):
    t, v = pd.Series(train_loss), pd.Series(val_loss)
    if v.iloc[-1] / v.min() >= 1.1:
        return "overfitting"
    return "underfitting" if t.iloc[-1] / t.iloc[0] > 0.5 else "good"


def diagnose__select(train_loss, val_loss):
    rules = [val_loss[-1] >= 1.1 * val_loss.min(), train_loss[-1] > train_loss[0] / 2]
    return np.select(rules, ["overfitting", "underfitting"], "good")


def diagnose__torch(train_loss, val_loss):
    import torch

    v = torch.from_numpy(val_loss)
    return "overfitting" if v[-1] >= 1.1 * v.min() else "underfitting" if train_loss[-1] * 2 > train_loss[0] else "good"


def best_epoch__min_key(val_loss):
    return min(
        range(len(val_loss)), key=lambda i: (np.isnan(val_loss[i]), val_loss[i] if val_loss[i] == val_loss[i] else 0)
    )


def best_epoch__pandas(val_loss):
    return pd.Series(val_loss).idxmin()


def best_epoch__sorted(val_loss):
    return sorted((loss, epoch) for epoch, loss in enumerate(val_loss) if loss == loss)[0][1]


def best_epoch__list_index(val_loss):
    return val_loss.tolist().index(np.nanmin(val_loss))


def best_epoch__torch(val_loss):
    import torch

    return torch.nan_to_num(torch.from_numpy(val_loss), nan=torch.inf).argmin()


def best_epoch__masked(val_loss):
    return np.ma.masked_invalid(val_loss).argmin()


def early_stop__walrus(val_loss, patience, min_delta=0.0):
    best, bad = np.inf, 0
    for epoch, loss in enumerate(val_loss):
        if better := loss < best - min_delta:
            best = loss
        if (bad := 0 if better else bad + 1) == patience:
            break
    return epoch


class _Stopper:
    def __call__(self, val_loss, patience, min_delta=0.0):
        self.best, self.since = val_loss[0], 0
        for epoch in range(1, len(val_loss)):
            self.step(val_loss[epoch], min_delta)
            if self.since >= patience:
                return epoch
        return len(val_loss) - 1

    def step(self, loss, min_delta):
        if self.best - loss > min_delta:
            self.best, self.since = loss, 0
        else:
            self.since += 1


early_stop__class_with_call = _Stopper()


def early_stop__generator(val_loss, patience, min_delta=0.0):
    def waits():
        best, waited = np.inf, 0
        for loss in val_loss:
            best, waited = (loss, 0) if loss < best - min_delta else (best, waited + 1)
            yield waited

    return next((epoch for epoch, waited in enumerate(waits()) if waited == patience), len(val_loss) - 1)


def early_stop__accumulate(val_loss, patience, min_delta=0.0):
    def step(state, loss):
        return (loss, 0) if loss < state[0] - min_delta else (state[0], state[1] + 1)

    states = list(accumulate(val_loss, step, initial=(np.inf, 0)))[1:]
    stopped = [epoch for epoch, (_, waited) in enumerate(states) if waited >= patience]
    return stopped[0] if stopped else len(states) - 1


def kfold_indices__sklearn(n, k, seed):
    from sklearn.model_selection import KFold

    return KFold(k, shuffle=True, random_state=seed).split(np.zeros(n))


def kfold_indices__named_tuples(n, k, seed):
    rng = np.random.default_rng(seed)
    parts = np.array_split(rng.permutation(n), k)
    return [Fold(np.concatenate([p for p in parts if p is not part]), part) for part in parts]


def kfold_indices__torch(n, k, seed):
    import torch

    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return [(order[torch.arange(n) % k != i], order[torch.arange(n) % k == i]) for i in range(k)]


def kfold_indices__pandas(n, k, seed):
    order = pd.Series(range(n)).sample(frac=1, random_state=seed).to_numpy()
    return tuple((np.delete(order, np.s_[i::k]), order[i::k]) for i in range(k))


def kfold_indices__sets(n, k, seed):
    import random

    order = random.Random(seed).sample(range(n), n)
    return [(sorted(set(order) - set(order[i::k])), sorted(order[i::k])) for i in range(k)]


def find_leaks__pandas(train, test):
    both = pd.DataFrame(test).reset_index().merge(pd.DataFrame(train).drop_duplicates())
    return both["index"].sort_values()


def find_leaks__bytes(train, test):
    known = {row.tobytes() for row in np.ascontiguousarray(train)}
    return [i for i in range(len(test)) if np.ascontiguousarray(test)[i].tobytes() in known]


def find_leaks__any_all(train, test):
    return [i for i, row in enumerate(test) if (train == row).all(axis=1).any()]


def find_leaks__lists(train, test):
    rows = train.tolist()
    return [i for i, row in enumerate(test.tolist()) if row in rows]


def find_leaks__distances(train, test):
    from scipy.spatial.distance import cdist

    return np.where(cdist(test, train, "chebyshev").min(axis=1) == 0)[0]
