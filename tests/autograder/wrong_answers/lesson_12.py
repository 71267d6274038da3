"""Wrong answers to the exercises of lesson 12, as learners write them."""

import hashlib
import math
import pickle
import zlib

import numpy as np


def fingerprint__as_it_comes(state_dict):
    h = hashlib.sha256()
    for name, value in state_dict.items():
        h.update(name.encode())
        h.update(str(value.dtype).encode())
        h.update(str(value.shape).encode())
        h.update(value.tobytes())
    return h.hexdigest()


def fingerprint__pickle(state_dict):
    return hashlib.sha256(pickle.dumps(state_dict)).hexdigest()


def fingerprint__sorted_pickle(state_dict):
    return hashlib.sha256(pickle.dumps(sorted(state_dict.items()))).hexdigest()


def fingerprint__str_of_the_dict(state_dict):
    return hashlib.sha256(str(state_dict).encode()).hexdigest()


def fingerprint__str_of_sorted_items(state_dict):
    return hashlib.sha256(str(sorted(state_dict.items(), key=lambda item: item[0])).encode()).hexdigest()


def fingerprint__names_and_bytes(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        h.update(name.encode())
        h.update(state_dict[name].tobytes())
    return h.hexdigest()


def fingerprint__bytes_only(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        h.update(state_dict[name].tobytes())
    return h.hexdigest()


def fingerprint__names_only(state_dict):
    return hashlib.sha256("".join(sorted(state_dict)).encode()).hexdigest()


def fingerprint__shapes_only(state_dict):
    return hashlib.sha256(str(sorted((n, v.shape, str(v.dtype)) for n, v in state_dict.items())).encode()).hexdigest()


def fingerprint__python_hash(state_dict):
    return str(hash(tuple((n, v.tobytes()) for n, v in sorted(state_dict.items()))))


def fingerprint__hex_of_python_hash(state_dict):
    return hex(hash(str(sorted(state_dict))))


def fingerprint__crc(state_dict):
    crc = 0
    for name in sorted(state_dict):
        v = state_dict[name]
        crc = zlib.crc32(f"{name}{v.dtype}{v.shape}".encode() + v.tobytes(), crc)
    return f"{crc:08x}"


def fingerprint__digest(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        v = state_dict[name]
        h.update(f"{name}{v.dtype}{v.shape}".encode() + v.tobytes())
    return h.digest()


def fingerprint__no_digest(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        v = state_dict[name]
        h.update(f"{name}{v.dtype}{v.shape}".encode() + v.tobytes())
    return h


def fingerprint__sums(state_dict):
    text = "".join(f"{n} {v.dtype} {v.shape} {v.sum()}" for n, v in sorted(state_dict.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint__rounded(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        v = state_dict[name]
        h.update(f"{name}{v.dtype}{v.shape}".encode())
        h.update(np.round(v, 3).tobytes())
    return h.hexdigest()


def fingerprint__formatted(state_dict):
    parts = []
    for name in sorted(state_dict):
        v = state_dict[name]
        parts.append(f"{name} {v.dtype} {v.shape} " + " ".join(f"{x:.6f}" for x in v.ravel()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def fingerprint__text_not_encoded(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        h.update(name)
        h.update(state_dict[name].tobytes())
    return h.hexdigest()


def fingerprint__return_in_the_loop(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        v = state_dict[name]
        h.update(f"{name}{v.dtype}{v.shape}".encode() + v.tobytes())
        return h.hexdigest()


def fingerprint__prints(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        h.update(name.encode() + state_dict[name].tobytes())
    print(h.hexdigest())


def fingerprint__a_dict(state_dict):
    return {name: hashlib.sha256(v.tobytes()).hexdigest() for name, v in state_dict.items()}


def fingerprint__the_array_itself(state_dict):
    h = hashlib.sha256()
    for name in sorted(state_dict):
        v = state_dict[name]
        h.update(f"{name}{v.dtype}{v.shape}".encode())
        h.update(v)
    return h.hexdigest()


def row_diff__exchanged(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": np.where(b & ~c)[0],
        "broken": np.where(c & ~b)[0],
        "both_right": np.where(b & c)[0],
        "both_wrong": np.where(~b & ~c)[0],
    }


def row_diff__with_where_tuples(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": np.where(c & ~b),
        "broken": np.where(b & ~c),
        "both_right": np.where(b & c),
        "both_wrong": np.where(~b & ~c),
    }


def row_diff__lengths(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": len(np.where(c & ~b)[0]),
        "broken": len(np.where(b & ~c)[0]),
        "both_right": len(np.where(b & c)[0]),
        "both_wrong": len(np.where(~b & ~c)[0]),
    }


def row_diff__masks(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {"fixed": c & ~b, "broken": b & ~c, "both_right": b & c, "both_wrong": ~b & ~c}


def row_diff__changed(y_true, baseline, candidate):
    out = {"fixed": [], "broken": [], "both_right": [], "both_wrong": []}
    for i in range(len(y_true)):
        if baseline[i] == candidate[i]:
            out["both_right" if candidate[i] == y_true[i] else "both_wrong"].append(i)
        else:
            out["fixed" if candidate[i] == y_true[i] else "broken"].append(i)
    return out


def row_diff__same_wrong(y_true, baseline, candidate):
    out = {"fixed": [], "broken": [], "both_right": [], "both_wrong": []}
    for i, (t, b, c) in enumerate(zip(y_true, baseline, candidate)):
        if t == b == c:
            out["both_right"].append(i)
        elif t == b:
            out["broken"].append(i)
        elif t == c:
            out["fixed"].append(i)
        elif b == c:
            out["both_wrong"].append(i)
    return out


def row_diff__hyphens(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": np.flatnonzero(c & ~b),
        "broken": np.flatnonzero(b & ~c),
        "both-right": np.flatnonzero(b & c),
        "both-wrong": np.flatnonzero(~b & ~c),
    }


def row_diff__a_tuple(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return np.flatnonzero(c & ~b), np.flatnonzero(b & ~c), np.flatnonzero(b & c), np.flatnonzero(~b & ~c)


def row_diff__sets(y_true, baseline, candidate):
    n = range(len(y_true))
    b, c = {i for i in n if y_true[i] == baseline[i]}, {i for i in n if y_true[i] == candidate[i]}
    return {"fixed": c - b, "broken": b - c, "both_right": b & c, "both_wrong": set(n) - b - c}


def row_diff__two_lists_only(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {"fixed": np.flatnonzero(c & ~b), "broken": np.flatnonzero(b & ~c)}


def row_diff__the_labels(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": y_true[c & ~b].tolist(),
        "broken": y_true[b & ~c].tolist(),
        "both_right": y_true[b & c].tolist(),
        "both_wrong": y_true[~b & ~c].tolist(),
    }


def row_diff__zero_and_one_only(y_true, baseline, candidate):
    return {
        "fixed": np.flatnonzero((baseline == 0) & (candidate == 1)),
        "broken": np.flatnonzero((baseline == 1) & (candidate == 0)),
        "both_right": np.flatnonzero((baseline == 1) & (candidate == 1)),
        "both_wrong": np.flatnonzero((baseline == 0) & (candidate == 0)),
    }


def row_diff__and(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": np.flatnonzero(not b and c),
        "broken": np.flatnonzero(b and not c),
        "both_right": np.flatnonzero(b and c),
        "both_wrong": np.flatnonzero(not b and not c),
    }


def row_diff__from_one(y_true, baseline, candidate):
    out = {"fixed": [], "broken": [], "both_right": [], "both_wrong": []}
    for i, (t, b, c) in enumerate(zip(y_true, baseline, candidate), start=1):
        kind = {(0, 1): "fixed", (1, 0): "broken", (1, 1): "both_right", (0, 0): "both_wrong"}[int(b == t), int(c == t)]
        out[kind].append(i)
    return out


def row_diff__all_right_of_the_candidate(y_true, baseline, candidate):
    b, c = y_true == baseline, y_true == candidate
    return {
        "fixed": np.flatnonzero(c),
        "broken": np.flatnonzero(~c),
        "both_right": np.flatnonzero(b & c),
        "both_wrong": np.flatnonzero(~b & ~c),
    }


def mcnemar__one_sided(b, c):
    n = b + c
    return sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n


def mcnemar__statistic(b, c):
    return (b - c) ** 2 / (b + c) if b + c else 0.0


def mcnemar__statistic_corrected(b, c):
    return (abs(b - c) - 1) ** 2 / (b + c) if b + c else 0.0


def mcnemar__chi2(b, c):
    from scipy.stats import chi2

    return chi2.sf((b - c) ** 2 / (b + c), 1)


def mcnemar__chi2_corrected(b, c):
    from scipy.stats import chi2

    if b + c == 0:
        return 1.0
    return chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1)


def mcnemar__no_cap(b, c):
    n = b + c
    return 2 * sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n


def mcnemar__floats(b, c):
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) * 0.5**k * 0.5 ** (n - k) for k in range(min(b, c) + 1)))


def mcnemar__off_by_one(b, c):
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(min(b, c))) / 2**n)


def mcnemar__single_term(b, c):
    return math.comb(b + c, b) / 2 ** (b + c)


def mcnemar__twice_the_single_term(b, c):
    return min(1.0, 2 * math.comb(b + c, b) / 2 ** (b + c))


def mcnemar__mid_p(b, c):
    n, k = b + c, min(b, c)
    tail = sum(math.comb(n, i) for i in range(k + 1))
    return (2 * tail - math.comb(n, k)) / 2**n


def mcnemar__zero_for_nothing(b, c):
    if b + c == 0:
        return 0.0
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n)


def mcnemar__nan_for_nothing(b, c):
    if b + c == 0:
        return float("nan")
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n)


def mcnemar__from_b(b, c):
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(b + 1)) / 2**n)


def mcnemar__z(b, c):
    from statistics import NormalDist

    if b + c == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(b - c) / math.sqrt(b + c)))


def mcnemar__verdict(b, c):
    n = b + c
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n) <= 0.05


def mcnemar__rounded(b, c):
    n = b + c
    return round(min(1.0, 2 * sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n), 3)


def mcnemar__two_proportions(b, c):
    """As if the rows of each model were others."""
    from statistics import NormalDist

    n = 1000
    p1, p2 = b / n, c / n
    p = (p1 + p2) / 2
    if p == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(p1 - p2) / math.sqrt(2 * p * (1 - p) / n)))


def bootstrap_interval__columns_apart(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(resamples):
        if values.ndim == 1:
            sample = rng.choice(values, len(values))
        else:
            sample = np.stack([rng.choice(values[:, j], len(values)) for j in range(values.shape[1])], axis=1)
        scores.append(statistic(sample))
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__choice_of_cells(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(rng.choice(values.ravel(), values.shape)) for _ in range(resamples)]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__permutations(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(rng.permutation(values)) for _ in range(resamples)]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__replace_false(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(rng.choice(values, len(values), replace=False)) for _ in range(resamples)]
    return np.percentile(scores, [50 * (1 - level), 50 * (1 + level)])


def bootstrap_interval__subsample(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    m = int(0.8 * len(values))
    scores = [statistic(values[rng.permutation(len(values))[:m]]) for _ in range(resamples)]
    return np.percentile(scores, [50 * (1 - level), 50 * (1 + level)])


def bootstrap_interval__two_sd(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return np.mean(scores) - 2 * np.std(scores), np.mean(scores) + 2 * np.std(scores)


def bootstrap_interval__normal(values, statistic, seed, level=0.95, resamples=2000):
    from statistics import NormalDist

    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    z = NormalDist().inv_cdf((1 + level) / 2)
    return statistic(values) - z * np.std(scores), statistic(values) + z * np.std(scores)


def bootstrap_interval__se_of_resamples(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    se = np.std(scores) / np.sqrt(resamples)
    return np.mean(scores) - 1.96 * se, np.mean(scores) + 1.96 * se


def bootstrap_interval__quantiles_of_values(values, statistic, seed, level=0.95, resamples=2000):
    return tuple(np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))


def bootstrap_interval__quantiles_of_last_resample(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        sample = values[rng.integers(0, len(values), len(values))]
        score = statistic(sample)
    return np.quantile(score, [(1 - level) / 2, (1 + level) / 2])


def bootstrap_interval__unseeded(values, statistic, seed, level=0.95, resamples=2000):
    scores = [
        statistic(values[np.random.choice(len(values), len(values))])  # noqa: NPY002
        for _ in range(resamples)
    ]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__seed_42(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(42)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__seed_in_the_loop(values, statistic, seed, level=0.95, resamples=2000):
    scores = []
    for _ in range(resamples):
        rng = np.random.default_rng(seed)
        scores.append(statistic(values[rng.integers(0, len(values), len(values))]))
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__level_at_each_end(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    alpha = 1 - level
    return np.quantile(scores, alpha), np.quantile(scores, 1 - alpha)


def bootstrap_interval__fixed_level(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return np.percentile(scores, 2.5), np.percentile(scores, 97.5)


def bootstrap_interval__thousand(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(1000)]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__n_resamples_of_resamples(values, statistic, seed, level=0.95, resamples=2000):
    """The sizes are mixed up."""
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), resamples)]) for _ in range(len(values))]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__range(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return min(scores), max(scores)


def bootstrap_interval__percent_confusion(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return np.percentile(scores, (1 - level) / 2), np.percentile(scores, (1 + level) / 2)


def bootstrap_interval__exchanged(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return np.quantile(scores, (1 + level) / 2), np.quantile(scores, (1 - level) / 2)


def bootstrap_interval__basic(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return 2 * statistic(values) - high, 2 * statistic(values) - low


def bootstrap_interval__scores_returned(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    return [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]


def bootstrap_interval__half_length(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(resamples)]
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return (high - low) / 2


def bootstrap_interval__without_the_last(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(values[rng.integers(0, len(values) - 1, len(values))]) for _ in range(resamples)]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def bootstrap_interval__leave_one_out(values, statistic, seed, level=0.95, resamples=2000):
    scores = [statistic(np.delete(values, i, axis=0)) for i in range(len(values))]
    return np.quantile(scores, (1 - level) / 2), np.quantile(scores, (1 + level) / 2)


def drift_score__equal_width(reference, live):
    edges = np.linspace(reference.min(), reference.max(), 11)
    p = np.histogram(reference, edges)[0] + 0.5
    q = np.histogram(live, edges)[0] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__default_histogram(reference, live):
    p, edges = np.histogram(reference, 10)
    q, _ = np.histogram(live, edges)
    p, q = (p + 0.5) / (p.sum() + 5), (q + 0.5) / (q.sum() + 5)
    return np.sum((q - p) * np.log(q / p))


def drift_score__closed_ends(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    p = np.histogram(reference, edges)[0] + 0.5
    q = np.histogram(live, edges)[0] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__closed_ends_of_all(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    p = (np.histogram(reference, edges)[0] + 0.5) / (len(reference) + 5)
    q = (np.histogram(live, edges)[0] + 0.5) / (len(live) + 5)
    return np.sum((q - p) * np.log(q / p))


def drift_score__live_bins(reference, live):
    edges = np.quantile(live, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__pooled_bins(reference, live):
    edges = np.quantile(np.r_[reference, live], np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__kl(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum(q * np.log(q / p))


def drift_score__kl_of_the_reference(reference, live):
    from scipy.stats import entropy

    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    return entropy(p, q)


def drift_score__logs_only(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum(np.log(q / p))


def drift_score__epsilon(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) / len(reference)
    q = np.bincount(np.digitize(live, edges), minlength=10) / len(live)
    p, q = np.maximum(p, 0.0001), np.maximum(q, 0.0001)
    return np.sum((q - p) * np.log(q / p))


def drift_score__small_epsilon(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) / len(reference) + 1e-6
    q = np.bincount(np.digitize(live, edges), minlength=10) / len(live) + 1e-6
    return np.sum((q - p) * np.log(q / p))


def drift_score__no_smoothing(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) / len(reference)
    q = np.bincount(np.digitize(live, edges), minlength=10) / len(live)
    return np.sum((q - p) * np.log(q / p))


def drift_score__empty_bins_skipped(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) / len(reference)
    q = np.bincount(np.digitize(live, edges), minlength=10) / len(live)
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q) if a > 0 and b > 0)


def drift_score__live_smoothed_only(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) / len(reference)
    q = (np.bincount(np.digitize(live, edges), minlength=10) + 0.5) / (len(live) + 5)
    return np.sum((q - p) * np.log(q / p))


def drift_score__over_n(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = (np.bincount(np.digitize(reference, edges), minlength=10) + 0.5) / len(reference)
    q = (np.bincount(np.digitize(live, edges), minlength=10) + 0.5) / len(live)
    return np.sum((q - p) * np.log(q / p))


def drift_score__log10(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log10(q / p))


def drift_score__log2(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log2(q / p))


def drift_score__minus(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((p - q) * np.log(q / p))


def drift_score__mean(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.mean((q - p) * np.log(q / p))


def drift_score__per_bin(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return (q - p) * np.log(q / p)


def drift_score__eleven_bins(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    p = np.bincount(np.digitize(reference, edges), minlength=12) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=12) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__nine_bins(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 10))
    edges[0], edges[-1] = -np.inf, np.inf
    p, q = np.histogram(reference, edges)[0] + 0.5, np.histogram(live, edges)[0] + 0.5
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__one_added(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 1
    q = np.bincount(np.digitize(live, edges), minlength=10) + 1
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def drift_score__of_counts(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    return np.sum((q - p) * np.log(q / p))


def drift_score__rounded(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return round(float(np.sum((q - p) * np.log(q / p))), 3)


def drift_score__alarm(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    p = np.bincount(np.digitize(reference, edges), minlength=10) + 0.5
    q = np.bincount(np.digitize(live, edges), minlength=10) + 0.5
    p, q = p / p.sum(), q / q.sum()
    return bool(np.sum((q - p) * np.log(q / p)) > 0.1)


def drift_score__difference_of_means(reference, live):
    return abs(np.mean(live) - np.mean(reference)) / np.std(reference)
