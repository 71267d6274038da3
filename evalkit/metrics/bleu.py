"""BLEU: which share of the word sequences of a translation do the references hold?"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from evalkit._core.html import columns_table, value_table
from evalkit._core.inputs import InvalidParameterError, check_choice
from evalkit.metrics.text import DEFINITION, Tokenize, check_texts

Smoothing = Literal["none", "exp", "floor", "add-k"]
SMOOTHING_VALUES = {"none": 0.0, "exp": 0.0, "floor": 0.1, "add-k": 1.0}


@dataclass(frozen=True)
class BleuCounts:
    """What BLEU counts. The counts of two sets of sentences add up to those of both together.

    Attributes
    ----------
    matches, totals : tuple of int
        For n = 1, 2, …: the n-grams of the candidates that the references hold, and all n-grams of the candidates.
    candidate_length, reference_length : int
        Words of the candidates, and of the reference nearest in length to each.
    """

    matches: tuple[int, ...]
    totals: tuple[int, ...]
    candidate_length: int
    reference_length: int

    def __add__(self, other: BleuCounts) -> BleuCounts:
        """Return the counts of both sets of sentences."""
        return BleuCounts(
            tuple(a + b for a, b in zip(self.matches, other.matches, strict=True)),
            tuple(a + b for a, b in zip(self.totals, other.totals, strict=True)),
            self.candidate_length + other.candidate_length,
            self.reference_length + other.reference_length,
        )

    def __radd__(self, other: int) -> BleuCounts:
        """Let `sum` begin with 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def _repr_html_(self) -> str:
        columns = {"words": range(1, len(self.totals) + 1), "matches": self.matches, "of": self.totals}
        lengths = f"{self.candidate_length} words of candidates, {self.reference_length} of references"
        return columns_table(f"BLEU counts: {lengths}", columns)

    @property
    def brevity_penalty(self) -> float:
        """1, or less if the candidates have fewer words than the references: exp(1 − reference / candidate length)."""
        if self.candidate_length == 0:
            return 0.0
        return min(1.0, math.exp(1 - self.reference_length / self.candidate_length))


class BleuScore(float):
    """A BLEU value between 0 and 1: a float that knows how it came about.

    Attributes
    ----------
    counts : BleuCounts
    precisions : tuple of float
        The share of n-grams that match for n = 1, 2, …, after smoothing.
    signature : str
        All choices on which the value depends.
    """

    counts: BleuCounts
    precisions: tuple[float, ...]
    signature: str

    def __new__(cls, value: float, counts: BleuCounts, precisions: tuple[float, ...], signature: str) -> BleuScore:
        score = super().__new__(cls, value)
        score.counts, score.precisions, score.signature = counts, precisions, signature
        return score

    def __getnewargs__(self) -> tuple[Any, ...]:
        return float(self), self.counts, self.precisions, self.signature

    def _repr_html_(self) -> str:
        values = {"precisions": self.precisions, "brevity penalty": self.brevity_penalty, "signature": self.signature}
        return value_table(f"BLEU {float(self):.4f}", values)

    @property
    def score(self) -> float:
        """The value as a plain float."""
        return float(self)

    @property
    def brevity_penalty(self) -> float:
        """The factor for candidates that are shorter than the references."""
        return self.counts.brevity_penalty

    @property
    def candidate_length(self) -> int:
        """The number of words of the candidates."""
        return self.counts.candidate_length

    @property
    def reference_length(self) -> int:
        """The number of words of the references nearest in length."""
        return self.counts.reference_length


def bleu_score(
    candidates: Any,
    references: Any,
    max_n: int = 4,
    *,
    smoothing: Smoothing = "none",
    smoothing_value: float | None = None,
    effective_order: bool = False,
    tokenize: Tokenize = "13a",
) -> BleuScore:
    """Return the BLEU of a set of sentences, **on a scale of 0 to 1** (sacrebleu's values are 0 to 100).

    BLEU is the geometric mean of the n-gram precisions for n = 1 … `max_n`, times the brevity penalty. A precision is
    taken over the whole set: it is not the mean of the sentences' values. An n-gram of a candidate matches at most as
    often as it occurs in any one reference.

    Parameters
    ----------
    candidates : list of n sentences
        The generated sentences, each a string or a list of words.
    references : list of n
        For each candidate, one string or a list of one or more sentences. (sacrebleu wants the transpose.) Among
        several, None and sentences without words stand for a reference that there is not.
    max_n : int
        The longest n-grams.
    smoothing : {"none", "exp", "floor", "add-k"}
        What to do about an order without any match, which makes BLEU 0. "exp" takes 1/2, 1/4, … of a match for each
        such order in turn (NIST), "floor" takes `smoothing_value` matches (0.1), "add-k" adds `smoothing_value` (1) to
        matches and n-grams of every order above 1. Without any matching word the value is 0 all the same.
    smoothing_value : float, optional
        For "floor" and "add-k".
    effective_order : bool
        Leave out orders for which the candidates have no n-gram at all. Meant for single short sentences.
    tokenize : {"13a", "zh", "char", "none"} or callable
        How strings are cut into words: as mteval-v13a does, which needs spaces between words; Chinese, character by
        character; any text into its characters; at white space; or by a function from string to words.

    Returns
    -------
    BleuScore
        A float with `precisions`, `brevity_penalty`, `candidate_length`, `reference_length` and `signature`.

    Raises
    ------
    ValueError
        If the lengths differ or are zero, a candidate has no reference with words, or a parameter is out of its range.

    Notes
    -----
    The values are those of sacrebleu (for a reference that there is not, with None in its place). Case matters; pass
    strings in lower case if it should not. Of two references as near in length, the shorter counts. With
    `smoothing="none"` a single sentence without a common 4-gram has BLEU 0: so has one of languages that are written
    without spaces, unless `tokenize` fits.

    :Formula: brevity penalty × geometric mean of the precisions of word sequences
    :Range: 0 to 1; higher is better
    :Misleads when: a right translation is put in other words; and values of other tokenisers are put side by
        side

    References
    ----------
    K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, "BLEU: a method for automatic evaluation of machine translation",
    ACL 2002. M. Post, "A call for clarity in reporting BLEU scores", WMT 2018. B. Chen and C. Cherry, "A systematic
    comparison of smoothing techniques for sentence-level BLEU", WMT 2014.

    Examples
    --------
    No reference holds "the" twice, so one of the six words of the candidate does not match.

    >>> bleu = bleu_score(["the cat sat on the mat"], [["the cat sat on a mat", "a cat was on the mat"]])
    >>> round(bleu, 4)
    0.6756
    >>> bleu.precisions
    (0.8333333333333334, 1.0, 0.75, 0.3333333333333333)
    >>> bleu.signature
    'bleu|nrefs:2|case:mixed|tok:13a|order:4|eff:no|smooth:none|scale:0-1|evalkit:1'
    """
    check_choice(smoothing, "smoothing", tuple(SMOOTHING_VALUES))
    if isinstance(max_n, bool) or not isinstance(max_n, int) or max_n < 1:
        raise InvalidParameterError(f"max_n must be a whole number of at least 1, got {max_n!r}.")
    value = SMOOTHING_VALUES[smoothing] if smoothing_value is None else smoothing_value
    if not 0 <= value < math.inf:
        raise ValueError(f"smoothing_value must be zero or positive, got {value!r}.")
    texts = check_texts(candidates, references, tokenize, fold=False)
    counts = BleuCounts((0,) * max_n, (0,) * max_n, 0, 0)
    for candidate, several in zip(texts.candidates, texts.references, strict=True):
        counts += _count(candidate, several, max_n)
    precisions, filled = _precisions(counts, smoothing, value)
    smooth = smoothing + (f"[{value:g}]" if smoothing in ("floor", "add-k") else "")
    effective = "yes" if effective_order else "no"
    signature = f"bleu|{texts.signature}|order:{max_n}|eff:{effective}|smooth:{smooth}|scale:0-1|{DEFINITION}"
    mean = _geometric_mean(precisions[:filled] if effective_order else precisions)
    return BleuScore(counts.brevity_penalty * mean, counts, precisions, signature)


def _count(candidate: list[str], references: list[list[str]], max_n: int) -> BleuCounts:
    """Count the n-grams of one sentence."""
    grams = _ngrams(candidate, max_n)
    most: Counter[tuple[str, ...]] = Counter()
    for reference in references:
        most |= _ngrams(reference, max_n)
    matches = [0] * max_n
    for gram, count in grams.items():
        matches[len(gram) - 1] += min(count, most[gram])
    n_words = len(candidate)
    nearest = min((len(reference) for reference in references), key=lambda length: (abs(length - n_words), length))
    return BleuCounts(tuple(matches), tuple(max(0, n_words - n) for n in range(max_n)), n_words, nearest)


def _ngrams(words: list[str], max_n: int) -> Counter[tuple[str, ...]]:
    """Count all sequences of 1 to `max_n` words."""
    return Counter(gram for n in range(1, max_n + 1) for gram in zip(*(words[i:] for i in range(n)), strict=False))


def _precisions(counts: BleuCounts, smoothing: Smoothing, value: float) -> tuple[tuple[float, ...], int]:
    """Return the share of matching n-grams for each order, and the number of orders that have n-grams at all."""
    precisions, filled = [0.0] * len(counts.totals), 0
    if not any(counts.matches):
        return tuple(precisions), len(precisions)
    share = 1.0  # of a match, for "exp"
    for i, (matches, total) in enumerate(zip(counts.matches, counts.totals, strict=True)):
        extra = value if smoothing == "add-k" and i else 0.0
        if total + extra == 0:
            break
        filled = i + 1
        if matches + extra:
            precisions[i] = (matches + extra) / (total + extra)
        elif smoothing == "exp":
            share /= 2
            precisions[i] = share / total
        elif smoothing == "floor":
            precisions[i] = value / total
    return tuple(precisions), filled


def _geometric_mean(values: tuple[float, ...]) -> float:
    return math.exp(math.fsum(map(math.log, values)) / len(values)) if all(values) else 0.0
