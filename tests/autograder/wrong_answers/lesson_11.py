"""Wrong answers to the exercises of lesson 11, as learners write them."""

import math
from collections import Counter

import numpy as np


def box_iou__plus_one(a, b):
    iw = min(a[2], b[2]) - max(a[0], b[0]) + 1
    ih = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if iw <= 0 or ih <= 0:
        return 0.0
    inter = iw * ih
    ua = (a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - inter
    return inter / ua


def box_iou__over_the_sum(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]))


def box_iou__unclipped(a, b):
    inter = np.prod(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]))
    return inter / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inter)


def box_iou__product_clipped(a, b):
    inter = max(0, (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1])))
    return inter / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - inter)


def box_iou__x_y_w_h(a, b):
    w = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    h = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    inter = w * h
    return inter / (a[2] * a[3] + b[2] * b[3] - inter)


def box_iou__smaller_box(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def box_iou__enclosing_box(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1])))


def box_iou__dice(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return 2 * w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]))


def box_iou__rounded(a, b):
    w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    return round(w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h), 2)


def mask_iou__dice(a, b):
    if a.sum() + b.sum() == 0:
        return np.nan
    return 2 * np.sum((a == 1) & (b == 1)) / (a.sum() + b.sum())


def mask_iou__pixel_accuracy(a, b):
    return (a == b).sum() / a.size


def mask_iou__empty_is_one(a, b):
    a, b = a.astype(bool), b.astype(bool)
    if not (a | b).any():
        return 1.0
    return (a & b).sum() / (a | b).sum()


def mask_iou__epsilon(a, b):
    a, b = a.astype(bool), b.astype(bool)
    return (a & b).sum() / ((a | b).sum() + 1e-12)


def mask_iou__smoothed(a, b):
    a, b = a.astype(bool), b.astype(bool)
    return ((a & b).sum() + 1) / ((a | b).sum() + 1)


def mask_iou__sum_not_union(a, b):
    if a.sum() + b.sum() == 0:
        return np.nan
    return np.sum((a == 1) & (b == 1)) / (a.sum() + b.sum())


def mask_iou__recall(a, b):
    return ((a == 1) & (b == 1)).sum() / b.sum() if b.sum() else np.nan


def mask_iou__none_for_empty(a, b):
    a, b = a.astype(bool), b.astype(bool)
    return (a & b).sum() / (a | b).sum() if (a | b).any() else None


def average_precision__raw(is_match, n_truth):
    total, found = 0, 0
    for rank, m in enumerate(is_match, 1):
        if m:
            found += 1
            total += found / rank
    return total / n_truth


def average_precision__of_found(is_match, n_truth):
    if not np.any(is_match):
        return 0.0
    p = np.cumsum(is_match) / (np.arange(len(is_match)) + 1)
    p = np.maximum.accumulate(p[::-1])[::-1]
    return p[is_match == 1].mean()


def average_precision__mean_of_all(is_match, n_truth):
    if len(is_match) == 0:
        return 0.0
    p = np.cumsum(is_match) / (np.arange(len(is_match)) + 1)
    return np.maximum.accumulate(p[::-1])[::-1].mean()


def average_precision__forward_envelope(is_match, n_truth):
    best, total, found = 0, 0, 0
    for rank, m in enumerate(is_match, 1):
        found += m
        best = max(best, found / rank)
        if m:
            total += best
    return total / n_truth


def average_precision__scikit_learn(is_match, n_truth):
    from sklearn.metrics import average_precision_score

    if not np.any(is_match):
        return 0.0
    return average_precision_score(is_match, -np.arange(len(is_match)))


def average_precision__recall(is_match, n_truth):
    return sum(is_match) / n_truth


def average_precision__precision(is_match, n_truth):
    return sum(is_match) / len(is_match) if len(is_match) else 0.0


def average_precision__eleven(is_match, n_truth):
    tp = np.cumsum(is_match)
    prec, rec = tp / np.arange(1, len(tp) + 1), tp / n_truth
    return sum(max(prec[rec >= t - 1e-9], default=0) for t in np.arange(0, 1.1, 0.1)) / 11


def average_precision__fails_on_nothing(is_match, n_truth):
    p = np.cumsum(is_match) / np.arange(1, len(is_match) + 1)
    envelope = [max(p[i:]) for i in range(len(p))]
    return sum(h for h, m in zip(envelope, is_match) if m) / n_truth if p.max() > 0 else 0.0


def grams(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def bleu__unclipped(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    product = 1
    for n in range(1, 5):
        mine = grams(c, n)
        known = set().union(*(grams(r, n) for r in rs))
        product *= sum(k for g, k in mine.items() if g in known) / max(1, sum(mine.values()))
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * product**0.25


def bleu__letters(candidate, references):
    product = 1
    for n in range(1, 5):
        most = Counter()
        for r in references:
            most |= grams(r, n)
        mine = Counter({"".join(g): k for g, k in grams(candidate, n).items()})
        most = Counter({"".join(g): k for g, k in most.items()})
        product *= (mine & most).total() / max(1, mine.total())
    r = min((len(r) for r in references), key=lambda x: (abs(x - len(candidate)), x))
    return min(1, math.exp(1 - r / len(candidate))) * product**0.25


def bleu__arithmetic(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    shares = []
    for n in range(1, 5):
        most = Counter()
        for r in rs:
            most |= grams(r, n)
        shares.append((grams(c, n) & most).total() / max(1, len(c) - n + 1))
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * np.mean(shares)


def bleu__no_penalty(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    product = 1
    for n in range(1, 5):
        most = Counter()
        for r in rs:
            most |= grams(r, n)
        product *= (grams(c, n) & most).total() / max(1, len(c) - n + 1)
    return product**0.25


def bleu__penalty_by_longest(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    longest = max(len(r) for r in rs)
    return min(1, math.exp(1 - longest / len(c))) * bleu__no_penalty(candidate, references)


def bleu__no_root(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * bleu__no_penalty(candidate, references) ** 4


def bleu__best_of_the_references(candidate, references):
    c = candidate.split()
    return max(min(1, math.exp(1 - len(r.split()) / len(c))) * bleu__no_penalty(candidate, [r]) for r in references)


def bleu__counts_added_up(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    product = 1
    for n in range(1, 5):
        product *= (grams(c, n) & sum((grams(r, n) for r in rs), Counter())).total() / max(1, len(c) - n + 1)
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * product**0.25


def bleu__single_words(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    most = Counter()
    for r in rs:
        most |= Counter(r)
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * (Counter(c) & most).total() / len(c)


def bleu__log_of_zero(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    logs = []
    for n in range(1, 5):
        most = Counter()
        for r in rs:
            most |= grams(r, n)
        logs.append(math.log((grams(c, n) & most).total() / (len(c) - n + 1)))
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return min(1, math.exp(1 - r / len(c))) * math.exp(sum(logs) / 4)


def bleu__of_a_hundred(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]
    r = min((len(r) for r in rs), key=lambda x: (abs(x - len(c)), x))
    return 100 * min(1, math.exp(1 - r / len(c))) * bleu__no_penalty(candidate, references)


def caption_hallucination_rate__mentions(captions, objects):
    known = set(sum(objects, []))
    wrong = total = 0
    for c, o in zip(captions, objects):
        for w in c.split():
            if w in known:
                total += 1
                wrong += w not in o
    return wrong / total


def caption_hallucination_rate__substring(captions, objects):
    known = set(sum(objects, []))
    return sum(any(n in c and n not in o for n in known) for c, o in zip(captions, objects)) / len(captions)


def caption_hallucination_rate__every_word(captions, objects):
    return sum(any(w not in o for w in c.split()) for c, o in zip(captions, objects)) / len(captions)


def caption_hallucination_rate__missed(captions, objects):
    missing = [n for c, o in zip(captions, objects) for n in o if n not in c.split()]
    return len(missing) / len(sum(objects, []))


def caption_hallucination_rate__incomplete(captions, objects):
    return sum(any(n not in c.split() for n in o) for c, o in zip(captions, objects)) / len(captions)


def caption_hallucination_rate__number(captions, objects):
    known = set(sum(objects, []))
    return sum(bool(set(c.split()) & known - set(o)) for c, o in zip(captions, objects))


def caption_hallucination_rate__good_captions(captions, objects):
    known = set(sum(objects, []))
    return sum(not (set(c.split()) & known - set(o)) for c, o in zip(captions, objects)) / len(captions)


def caption_hallucination_rate__skips_denials(captions, objects):
    known = set(sum(objects, []))
    wrong = 0
    for c, o in zip(captions, objects):
        words = c.split()
        wrong += any(w in known and w not in o and words[max(0, i - 1)] != "no" for i, w in enumerate(words))
    return wrong / len(captions)


def caption_hallucination_rate__inventions_per_caption(captions, objects):
    known = set(sum(objects, []))
    return sum(w in known and w not in o for c, o in zip(captions, objects) for w in c.split()) / len(captions)


def caption_hallucination_rate__list_of_truths(captions, objects):
    known = set(sum(objects, []))
    return [bool(set(c.split()) & known - set(o)) for c, o in zip(captions, objects)]
