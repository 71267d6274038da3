"""Right answers to the exercises of lesson 11, in styles other than the lesson's own."""

import math
import re
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import torch


def box_iou__torch(a, b):
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    size = (torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).clamp(min=0)
    shared = size.prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


def box_iou__torchvision(a, b):
    from torchvision.ops import box_iou

    return box_iou(torch.from_numpy(a)[None], torch.from_numpy(b)[None])[0, 0]


def box_iou__early_return(a, b):
    x1, y1 = max(a[0], b[0]), max(a[1], b[1])
    x2, y2 = min(a[2], b[2]), min(a[3], b[3])
    if x1 >= x2 or y1 >= y2:
        return 0.0
    inter = (x2 - x1) * (y2 - y1)
    return inter / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter)


def box_iou__relu(a, b):
    def relu(x):
        return (x + abs(x)) / 2

    both = relu(min(a[2], b[2]) - max(a[0], b[0])) * relu(min(a[3], b[3]) - max(a[1], b[1]))
    only_a = (a[2] - a[0]) * (a[3] - a[1]) - both
    only_b = (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / (both + only_a + only_b)


def mask_iou__torch(a, b):
    a, b = torch.from_numpy(a).bool(), torch.from_numpy(b).bool()
    return (a & b).sum() / (a | b).sum().double()


def mask_iou__multiplied(a, b):
    a, b = a.astype(float), b.astype(float)
    both = (a * b).sum()
    with np.errstate(invalid="ignore"):
        return both / (a + b - a * b).sum()


def mask_iou__confusion_counts(a, b):
    a, b = a.astype(bool).ravel(), b.astype(bool).ravel()
    tp, fp, fn = sum(a & b), sum(a & ~b), sum(~a & b)
    return tp / (tp + fp + fn) if tp + fp + fn else float("nan")


def mask_iou__scikit_learn(a, b):
    from sklearn.metrics import jaccard_score

    if not a.any() and not b.any():
        return np.nan
    return jaccard_score(a.ravel().astype(int), b.ravel().astype(int))


def average_precision__fractions(is_match, n_truth):
    area, found = Fraction(0), 0
    heights = []
    for rank, match in enumerate(is_match.tolist(), start=1):
        found += match
        heights.append(Fraction(found, rank))
    for i, match in enumerate(is_match):
        if match:
            area += max(heights[i:]) / n_truth
    return area


def average_precision__pandas(is_match, n_truth):
    s = pd.Series(is_match, dtype=float)
    precision = s.expanding().mean()
    envelope = precision[::-1].cummax()[::-1]
    return (envelope * s).sum() / n_truth


def average_precision__voc_code(is_match, n_truth):
    tp = np.cumsum(is_match)
    rec = np.concatenate([[0.0], tp / n_truth, [1.0]])
    prec = np.concatenate([[0.0], tp / np.arange(1, len(tp) + 1), [0.0]])
    for i in range(len(prec) - 1, 0, -1):
        prec[i - 1] = max(prec[i - 1], prec[i])
    change = np.where(rec[1:] != rec[:-1])[0]
    return np.sum((rec[change + 1] - rec[change]) * prec[change + 1])


def average_precision__pairwise(is_match, n_truth):
    recall = [0.0, *(np.cumsum(is_match) / n_truth)]
    best = [0.0] * (len(is_match) + 1)
    for i in reversed(range(len(is_match))):
        best[i] = max(best[i + 1], np.mean(is_match[: i + 1]))
    return sum((after - before) * height for (before, after), height in zip(pairwise(recall), best))


def bleu__counters(candidate, references):
    c, rs = candidate.split(), [r.split() for r in references]

    def ngrams(words, n):
        return Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))

    score = 0
    for n in range(1, 5):
        cand = ngrams(c, n)
        if not cand:
            return 0
        clipped = sum(min(count, max(ngrams(r, n)[g] for r in rs)) for g, count in cand.items())
        if clipped == 0:
            return 0
        score += 0.25 * math.log(clipped / sum(cand.values()))
    r_len = min((abs(len(r) - len(c)), len(r)) for r in rs)[1]
    bp = 1 if len(c) > r_len else math.exp(1 - r_len / len(c))
    return bp * math.exp(score)


def bleu__numpy(candidate, references):
    c = candidate.split()
    p = np.zeros(4)
    for n in range(1, 5):
        mine = ["|".join(c[i : i + n]) for i in range(len(c) - n + 1)]
        if mine:
            runs, counts = np.unique(mine, return_counts=True)
            ceilings = np.zeros(len(runs))
            for r in references:
                words = r.split()
                theirs = ["|".join(words[i : i + n]) for i in range(len(words) - n + 1)]
                ceilings = np.maximum(ceilings, [theirs.count(run) for run in runs])
            p[n - 1] = np.minimum(counts, ceilings).sum() / counts.sum()
    lengths = np.sort([len(r.split()) for r in references])
    r = lengths[np.abs(lengths - len(c)).argmin()]
    return p.prod() ** 0.25 * min(1, np.exp(1 - r / len(c)))


def bleu__nltk(candidate, references):
    """NLTK's, where every length of run matches; it warns of the others."""
    nltk = __import__("importlib").util.find_spec("nltk")
    if nltk is None:
        return bleu__counters(candidate, references)
    from nltk.translate.bleu_score import sentence_bleu

    value = bleu__counters(candidate, references)
    return sentence_bleu([r.split() for r in references], candidate.split()) if value else 0.0


def bleu__removing(candidate, references):
    words = candidate.split()
    product = 1.0
    for n in (1, 2, 3, 4):
        hits, total = Counter(), len(words) - n + 1
        pools = [[tuple(r.split()[i : i + n]) for i in range(len(r.split()) - n + 1)] for r in references]
        for pool in pools:
            found = Counter()
            for i in range(total):
                run = tuple(words[i : i + n])
                if run in pool:
                    pool.remove(run)
                    found[run] += 1
            hits |= found
        product *= hits.total() / total if total > 0 else 0
    c = len(words)
    r = sorted((len(r.split()) for r in references), key=lambda length: (abs(length - c), length))[0]
    return product ** (1 / 4) * (math.exp(1 - r / c) if c < r else 1)


def caption_hallucination_rate__pandas(captions, objects):
    table = pd.DataFrame({"word": [c.split() for c in captions], "objects": objects})
    known = set(table["objects"].explode())
    rows = table.explode("word")
    rows = rows[rows["word"].isin(known)]
    wrong = [word not in present for word, present in zip(rows["word"], rows["objects"])]
    return rows[wrong].index.nunique() / len(table)


def caption_hallucination_rate__regex(captions, objects):
    names = sorted(set(sum(objects, [])))
    hits = 0
    for caption, present in zip(captions, objects):
        if any(re.search(rf"\b{name}\b", caption) for name in names if name not in present):
            hits += 1
    return hits / len(captions)


def caption_hallucination_rate__break(captions, objects):
    vocab = []
    for o in objects:
        vocab.extend(o)
    count = 0
    for i in range(len(captions)):
        for w in captions[i].split(" "):
            if w in vocab and w not in objects[i]:
                count += 1
                break
    return float(count) / len(captions)


def caption_hallucination_rate__fraction(captions, objects):
    known = {n for o in objects for n in o}
    return Fraction(sum(not (known & {*c.split()} <= {*o}) for c, o in zip(captions, objects)), len(captions))
