"""Right answers to the exercises of lesson 12, in styles other than the lesson's own."""

import hashlib
import json
import math
import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import torch


def fingerprint__tree_of_hashes(state_dict):
    digests = {
        name: hashlib.blake2b(value.tobytes(), digest_size=20).hexdigest() + str(value.dtype) + str(value.shape)
        for name, value in state_dict.items()
    }
    return hashlib.blake2b(json.dumps(digests, sort_keys=True).encode()).hexdigest()


def fingerprint__md5_of_sorted_items(state_dict):
    md5 = hashlib.md5()
    for name, value in sorted(state_dict.items(), key=lambda item: item[0]):
        md5.update(repr((name, value.dtype.name, value.shape)).encode() + value.tobytes("C"))
    return md5.hexdigest()


def fingerprint__torch(state_dict):
    sha = hashlib.sha256()
    for name in sorted(state_dict):
        tensor = torch.from_numpy(np.ascontiguousarray(state_dict[name]))
        sha.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        sha.update(tensor.numpy().tobytes())
    return sha.hexdigest()


def fingerprint__printed_in_full(state_dict):
    text = ""
    for name, value in sorted(state_dict.items()):
        text += name + str(value.dtype) + repr(value.tolist())
    return hashlib.sha1(text.encode()).hexdigest()


def fingerprint__npy_files(state_dict):
    from io import BytesIO

    file = BytesIO()
    for name in sorted(state_dict):
        file.write(name.encode() + b"\n")
        np.save(file, np.ascontiguousarray(state_dict[name]))
    return hashlib.sha3_256(file.getvalue()).hexdigest().upper()


def fingerprint__exclusive_or(state_dict):
    """Independent of the order without sorting."""
    total = bytes(32)
    for name, value in state_dict.items():
        head = f"{name}:{value.dtype}:{'x'.join(map(str, value.shape))}:".encode()
        one = hashlib.sha256(head + value.tobytes()).digest()
        total = bytes(a ^ b for a, b in zip(total, one))
    return total.hex()


def row_diff__pandas(y_true, baseline, candidate):
    rows = pd.DataFrame({"before": baseline == y_true, "after": candidate == y_true})
    keys = {(False, True): "fixed", (True, False): "broken", (True, True): "both_right", (False, False): "both_wrong"}
    return {key: rows.index[(rows.before == b) & (rows.after == a)].tolist() for (b, a), key in keys.items()}


def row_diff__comprehensions(y_true, baseline, candidate):
    rows = list(enumerate(zip(y_true, baseline, candidate)))
    return {
        "fixed": [i for i, (t, b, c) in rows if b != t and c == t],
        "broken": [i for i, (t, b, c) in rows if b == t and c != t],
        "both_right": [i for i, (t, b, c) in rows if b == t == c],
        "both_wrong": [i for i, (t, b, c) in rows if t not in (b, c)],
    }


def row_diff__codes(y_true, baseline, candidate):
    code = 2 * (baseline == y_true) + (candidate == y_true)
    return {
        name: np.argwhere(code == k).ravel() for k, name in enumerate(["both_wrong", "fixed", "broken", "both_right"])
    }


def row_diff__torch(y_true, baseline, candidate):
    before, after = torch.from_numpy(baseline == y_true), torch.from_numpy(candidate == y_true)
    return dict(
        fixed=(after & ~before).nonzero().flatten(),
        broken=(before & ~after).nonzero().flatten(),
        both_right=(before & after).nonzero().flatten(),
        both_wrong=(~(before | after)).nonzero().flatten(),
    )


def row_diff__series(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    index = pd.RangeIndex(len(y_true))
    return {
        "fixed": index[after & ~before],
        "broken": index[before & ~after],
        "both_right": index[before & after],
        "both_wrong": index[~before & ~after],
    }


def mcnemar__scipy_binomtest(b, c):
    from scipy.stats import binomtest

    return binomtest(b, b + c).pvalue if b + c else 1.0


def mcnemar__scipy_distribution(b, c):
    from scipy.stats import binom

    return min(1.0, 2 * binom.cdf(min(b, c), b + c, 0.5))


def mcnemar__statsmodels_like(b, c):
    n = b + c
    if n == 0:
        return 1.0
    log_half = n * math.log(0.5)
    terms = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + log_half for k in range(min(b, c) + 1)]
    return min(1.0, 2 * math.fsum(map(math.exp, terms)))


def mcnemar__evenness(b, c):
    n = b + c
    return Fraction(sum(math.comb(n, k) for k in range(n + 1) if abs(n - 2 * k) >= abs(b - c)), 2**n)


def mcnemar__equal_first(b, c):
    if b == c:
        return 1.0
    n = b + c
    return 2 * sum(math.comb(n, k) for k in range(max(b, c), n + 1)) / 2**n


def mcnemar__running_term(b, c):
    n, term, total = b + c, 1, 0
    for k in range(min(b, c) + 1):
        total += term
        term = term * (n - k) // (k + 1)
    return 1 if b == c else (2 * total) / (1 << n)


def bootstrap_interval__pandas(values, statistic, seed, level=0.95, resamples=2000):
    table = pd.DataFrame(values)
    rng = np.random.default_rng(seed)
    scores = pd.Series(
        [
            statistic(table.sample(frac=1, replace=True, random_state=rng).to_numpy().reshape(values.shape))
            for _ in range(resamples)
        ]
    )
    return scores.quantile((1 - level) / 2), scores.quantile((1 + level) / 2)


def bootstrap_interval__sklearn(values, statistic, seed, level=0.95, resamples=2000):
    from sklearn.utils import resample

    rng = np.random.RandomState(seed)
    scores = sorted(statistic(resample(values, random_state=rng)) for _ in range(resamples))
    tail = (1 - level) / 2
    return scores[math.floor(tail * resamples)], scores[math.ceil((1 - tail) * resamples) - 1]


def bootstrap_interval__torch(values, statistic, seed, level=0.95, resamples=2000):
    generator = torch.Generator().manual_seed(seed)
    index = torch.randint(len(values), (resamples, len(values)), generator=generator).numpy()
    scores = torch.tensor([statistic(values[rows]) for rows in index], dtype=torch.float64)
    return torch.quantile(scores, torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64))


def bootstrap_interval__old_numpy(values, statistic, seed, level=0.95, resamples=2000):
    np.random.seed(seed)
    scores = []
    for _ in range(resamples):
        scores.append(statistic(values[np.random.choice(len(values), len(values), replace=True)]))
    return list(np.percentile(scores, [100 * (1 - level) / 2, 100 * (1 + level) / 2]))


def bootstrap_interval__one_seed_a_resample(values, statistic, seed, level=0.95, resamples=2000):
    scores = np.empty(resamples)
    for k in range(resamples):
        rng = np.random.default_rng([seed, k])
        scores[k] = statistic(values[rng.integers(len(values), size=len(values))])
    alpha = 1 - level
    return np.quantile(scores, alpha / 2, method="weibull"), np.quantile(scores, 1 - alpha / 2, method="weibull")


def bootstrap_interval__multinomial(values, statistic, seed, level=0.95, resamples=2000):
    """How often each row comes is drawn, and the rows are laid out."""
    n = len(values)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    scores = np.apply_along_axis(lambda times: statistic(np.repeat(values, times, axis=0)), 1, counts)
    return np.quantile(scores, (0.5 - level / 2, 0.5 + level / 2))


def bootstrap_interval__vectorize(values, statistic, seed, level=0.95, resamples=2000):
    """np.vectorize calls once more, to see what kind of value comes."""
    rng = np.random.default_rng(seed)
    index = rng.choice(len(values), (resamples, len(values)))
    statistic(values)
    scores = np.vectorize(lambda rows: statistic(values[rows]), signature="(n)->()")(index)
    return tuple(np.nanpercentile(scores, [50 * (1 - level), 50 * (1 + level)]))


def bootstrap_interval__loops(values, statistic, seed, level=0.95, resamples=2000):
    generator = random.Random(seed)
    n = len(values)
    scores = []
    while len(scores) < resamples:
        resample = []
        for _ in range(n):
            resample.append(values[generator.randrange(n)])
        scores.append(statistic(np.array(resample)))
    scores.sort()
    cut = round(resamples * (1 - level) / 2)
    return scores[cut], scores[-cut - 1]


def drift_score__pandas_cut(reference, live):
    edges = [-np.inf, *np.quantile(reference, np.arange(0.1, 0.95, 0.1)), np.inf]
    shares = [
        (pd.cut(pd.Series(values), edges, right=False).value_counts(sort=False).to_numpy() + 0.5) / (len(values) + 5)
        for values in (reference, live)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def drift_score__pandas_qcut(reference, live):
    _, edges = pd.qcut(reference, 10, retbins=True)
    edges[0], edges[-1] = -float("inf"), float("inf")
    p = pd.cut(reference, edges).value_counts().sort_index() + 0.5
    q = pd.cut(live, edges).value_counts().sort_index() + 0.5
    p, q = p / p.sum(), q / q.sum()
    return ((q - p) * np.log(q / p)).sum()


def drift_score__cumulative(reference, live):
    edges = np.quantile(reference, np.linspace(0.1, 0.9, 9))

    def shares(values):
        below = [0, *[int(np.sum(values < edge)) for edge in edges], len(values)]
        return [(b - a + 0.5) / (len(values) + 5) for a, b in pairwise(below)]

    return sum((q - p) * math.log(q / p) for p, q in zip(shares(reference), shares(live)))


def drift_score__both_divergences(reference, live):
    from scipy.stats import entropy

    edges = np.quantile(reference, np.linspace(0, 1, 11))[1:-1]
    p, q = (np.bincount(np.digitize(values, edges), minlength=10) + 0.5 for values in (reference, live))
    return entropy(p, q) + entropy(q, p)


def drift_score__torch(reference, live):
    reference, live = torch.from_numpy(reference), torch.from_numpy(live)
    edges = torch.quantile(reference, torch.linspace(0.1, 0.9, 9, dtype=torch.float64))
    p, q = (torch.bucketize(v, edges, right=True).bincount(minlength=10).double() + 0.5 for v in (reference, live))
    p, q = p / p.sum(), q / q.sum()
    return ((q - p) * (q / p).log()).sum()


def drift_score__by_hand(reference, live):
    """Quantiles between two neighbours, as NumPy takes them."""
    ordered = sorted(reference)
    edges = []
    for k in range(1, 10):
        place, rest = divmod(k * (len(ordered) - 1), 10)
        edges.append(ordered[place] + rest / 10 * (ordered[place + 1] - ordered[place]))
    p, q = [0.5] * 10, [0.5] * 10
    for counts, values in ((p, reference), (q, live)):
        for value in values:
            counts[sum(value >= edge for edge in edges)] += 1
    return sum((b / sum(q) - a / sum(p)) * math.log(b * sum(p) / (a * sum(q))) for a, b in zip(p, q))
