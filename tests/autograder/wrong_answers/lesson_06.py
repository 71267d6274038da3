"""Wrong answers to the exercises of lesson 06, as learners write them."""

import numpy as np


def mae__signed(y_true, y_pred):
    total = 0
    for t, p in zip(y_true, y_pred):
        total += t - p
    return total / len(y_true)


def mae__abs_of_mean(y_true, y_pred):
    return abs(y_true.mean() - y_pred.mean())


def mae__sum(y_true, y_pred):
    return sum(abs(t - p) for t, p in zip(y_true, y_pred))


def mae__squared(y_true, y_pred):
    return np.average((y_pred - y_true) ** 2)


def mae__relative(y_true, y_pred):
    return np.mean(abs(y_true - y_pred) / abs(y_true))


def mae__max(y_true, y_pred):
    return max(abs(y_true - y_pred))


def mae__lists(y_true, y_pred):
    return abs(list(y_true) - list(y_pred)) / len(y_true)


def mae__array(y_true, y_pred):
    return np.abs(y_true - y_pred)


def mae__math_fabs(y_true, y_pred):
    import math

    return math.fabs(y_true - y_pred) / len(y_true)


def mse__hat(y_true, y_pred):
    return np.mean((y_true - y_pred) ^ 2)


def mse__times_two(y_true, y_pred):
    return np.mean((y_true - y_pred) * 2)


def mse__abs(y_true, y_pred):
    return np.mean(abs(y_true - y_pred))


def mse__sum(y_true, y_pred):
    error = y_true - y_pred
    return error @ error


def mse__root(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2) ** 0.5


def mse__mean_squared(y_true, y_pred):
    return (sum(y_true - y_pred) / len(y_true)) ** 2


def mse__n_minus_one(y_true, y_pred):
    return sum((y_true - y_pred) ** 2) / (len(y_true) - 1)


def mse__variance(y_true, y_pred):
    return np.std(y_pred - y_true) ** 2


def mse__half(y_true, y_pred):
    return 0.5 * ((y_true - y_pred) ** 2).mean()


def rmse__no_root(y_true, y_pred):
    return ((y_true - y_pred) ** 2).sum() / len(y_true)


def rmse__root_inside(y_true, y_pred):
    return np.mean(((y_true - y_pred) ** 2) ** 0.5)


def rmse__root_of_sum(y_true, y_pred):
    return sum((y_true - y_pred) ** 2) ** 0.5


def rmse__divided_after(y_true, y_pred):
    return np.sqrt(((y_true - y_pred) ** 2).sum()) / y_true.size


def rmse__std(y_true, y_pred):
    return (y_true - y_pred).std()


def rmse__std_ddof(y_true, y_pred):
    return np.std(y_true - y_pred, ddof=1)


def rmse__ddof(y_true, y_pred):
    n = len(y_true)
    return (((y_true - y_pred) ** 2).sum() / (n - 1)) ** 0.5


def rmse__precedence(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2) ** 1 / 2


def rmse__math_sqrt(y_true, y_pred):
    import math

    return np.mean(math.sqrt((y_true - y_pred) ** 2))


def rmse__rounded(y_true, y_pred):
    return round(float(np.sqrt(np.mean((y_true - y_pred) ** 2))), 2)


def r2__ssr_over_sst(y_true, y_pred):
    mean = y_true.mean()
    sst = ((y_true - mean) ** 2).sum()
    if sst == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return ((y_pred - mean) ** 2).sum() / sst


def r2__ddof(y_true, y_pred):
    spread = np.var(y_true, ddof=1)
    if spread == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return 1 - np.mean((y_true - y_pred) ** 2) / spread


def r2__adjusted(y_true, y_pred):
    n = len(y_true)
    sst = ((y_true - y_true.mean()) ** 2).sum()
    if sst == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    r2 = 1 - ((y_true - y_pred) ** 2).sum() / sst
    return 1 - (1 - r2) * (n - 1) / (n - 2)


def r2__correlation(y_true, y_pred):
    if y_true.std() == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return np.corrcoef(y_true, y_pred)[0][1] ** 2


def r2__correlation_not_squared(y_true, y_pred):
    if y_true.std() == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return np.corrcoef(y_true, y_pred)[0][1]


def r2__ratio(y_true, y_pred):
    sse = ((y_true - y_pred) ** 2).sum()
    sst = ((y_true - y_true.mean()) ** 2).sum()
    if sst == 0:
        return 1.0 if sse == 0 else 0.0
    return sse / sst


def r2__no_guard(y_true, y_pred):
    sse = ((y_true - y_pred) ** 2).sum()
    sst = ((y_true - y_true.mean()) ** 2).sum()
    return 1 - sse / sst


def r2__zero_if_constant(y_true, y_pred):
    sst = ((y_true - y_true.mean()) ** 2).sum()
    if sst == 0:
        return 0.0
    return 1 - ((y_true - y_pred) ** 2).sum() / sst


def r2__clipped(y_true, y_pred):
    sse = ((y_true - y_pred) ** 2).sum()
    sst = ((y_true - y_true.mean()) ** 2).sum()
    if sst == 0:
        return 1.0 if sse == 0 else 0.0
    return np.clip(1 - sse / sst, 0, 1)


def r2__mean_of_predictions(y_true, y_pred):
    sse = ((y_true - y_pred) ** 2).sum()
    sst = ((y_true - y_pred.mean()) ** 2).sum()
    if sst == 0:
        return 1.0 if sse == 0 else 0.0
    return 1 - sse / sst


def r2__variance_of_errors(y_true, y_pred):
    if np.var(y_true) == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return 1 - np.var(y_true - y_pred) / np.var(y_true)


def r2__no_squares(y_true, y_pred):
    sst = np.abs(y_true - y_true.mean()).sum()
    if sst == 0:
        return 1.0 if (y_true == y_pred).all() else 0.0
    return 1 - np.abs(y_true - y_pred).sum() / sst
