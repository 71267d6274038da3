"""METEOR: align the words of a translation with those of a reference, and score the alignment.

Words are aligned in two stages: first equal words, then words with the same Porter stem ("walk" and "walking").
**There is no third stage for synonyms**, as in the full METEOR, because it needs WordNet: "big" and "large" do not
match, and values are lower than those of tools that have it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evalkit.metrics._porter import porter_stem
from evalkit.metrics.text import DEFINITION, Tokenize, check_texts

BEAMS = 5, 200  # partial alignments that are followed at once, in a first quick search and in the real one


@dataclass(frozen=True)
class MeteorCounts:
    """What METEOR counts in one sentence, or added up over several.

    Attributes
    ----------
    candidate_length, reference_length : int
        Words of the candidate and of the reference.
    matches : int
        Aligned words.
    chunks : int
        Runs of aligned words that are neighbours, in the same order, in both sentences.
    """

    candidate_length: int
    reference_length: int
    matches: int
    chunks: int

    def __add__(self, other: MeteorCounts) -> MeteorCounts:
        """Return the counts of both sets of sentences."""
        return MeteorCounts(
            self.candidate_length + other.candidate_length,
            self.reference_length + other.reference_length,
            self.matches + other.matches,
            self.chunks + other.chunks,
        )

    def score(self, alpha: float = 0.9, beta: float = 3.0, gamma: float = 0.5) -> float:
        """Return the METEOR value of these counts, 0 without matches."""
        if self.matches == 0:
            return 0.0
        precision, recall = self.matches / self.candidate_length, self.matches / self.reference_length
        mean = precision * recall / (alpha * precision + (1 - alpha) * recall)
        return mean * (1 - gamma * math.pow(self.chunks / self.matches, beta))


class MeteorScore(float):
    """The mean METEOR value of the sentences: a float that knows how it came about.

    Attributes
    ----------
    sentences : tuple of float
        The value of each candidate.
    pooled : float
        The value of the counts added up over all sentences, which the paper calls the system-level score.
    counts : tuple of MeteorCounts
        Per candidate, with its best reference.
    signature : str
        All choices on which the value depends.
    """

    sentences: tuple[float, ...]
    pooled: float
    counts: tuple[MeteorCounts, ...]
    signature: str

    def __new__(
        cls, sentences: tuple[float, ...], pooled: float, counts: tuple[MeteorCounts, ...], signature: str
    ) -> MeteorScore:
        score = super().__new__(cls, math.fsum(sentences) / len(sentences))
        score.sentences, score.pooled, score.counts, score.signature = sentences, pooled, counts, signature
        return score

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.sentences, self.pooled, self.counts, self.signature


def meteor_score(
    candidates: Any,
    references: Any,
    *,
    alpha: float = 0.9,
    beta: float = 3.0,
    gamma: float = 0.5,
    tokenize: Tokenize = "13a",
) -> MeteorScore:
    """Return the mean METEOR of sentences, between 0 and 1, with the stages "exact" and "stem" and **no synonyms**.

    With m aligned words, precision P = m / candidate length and recall R = m / reference length give the mean
    F = P·R / (α·P + (1 − α)·R), which leans towards recall. Words out of order cost a penalty: the aligned words fall
    into chunks, and the value is F · (1 − γ · (chunks / m)^β).

    Parameters
    ----------
    candidates : list of n sentences
        The generated sentences, each a string or a list of words. Case does not matter.
    references : list of n
        For each candidate, one string or a list of one or more sentences. The best one counts.
    alpha, beta, gamma : float
        The weight of precision in the mean's denominator (0 to 1), the exponent and the size (0 to 1) of the penalty.
        The defaults are those of Banerjee and Lavie (2005), whose mean is 10·P·R / (R + 9·P), in the notation of
        Lavie and Agarwal (2007). The latter tuned others for English: 0.81, 0.83 and 0.28.
    tokenize : {"13a", "zh", "char", "none"} or callable
        How strings are cut into words: as mteval-v13a does, at white space, or by a function from string to words.
        Marks count as words.

    Returns
    -------
    MeteorScore
        A float with `sentences`, `pooled`, `counts` and `signature`.

    Raises
    ------
    ValueError
        As `bleu_score`.

    Notes
    -----
    Among the alignments with the most equal words and then the most equal stems, the one with the fewest chunks counts.
    It is found by a search that keeps the best 200 partial alignments: exact for ordinary sentences, while those that
    repeat several words many times may get a chunk or two too many. NLTK takes the first alignment that it finds, often
    with more chunks. Even a perfect candidate has one chunk, so its value is 1 − γ/m^β.

    :Formula: mean over the sentences of F × (1 − γ × (chunks / m)^β), where F = P × R / (α × P + (1 − α) × R),
        P = m / candidate length and R = m / reference length for m aligned words
    :Range: 0 to 1; higher is better
    :Misleads when: a right word is a synonym: it counts as missing

    References
    ----------
    S. Banerjee and A. Lavie, "METEOR: an automatic metric for MT evaluation with improved correlation with human
    judgments", ACL workshop 2005. A. Lavie and A. Agarwal, "METEOR: an automatic metric for MT evaluation with high
    levels of correlation with human judgments", WMT 2007.

    Examples
    --------
    >>> meteor = meteor_score(["the cats sat on the mat"], [["on the mat sat the cat"]])
    >>> meteor.counts
    (MeteorCounts(candidate_length=6, reference_length=6, matches=6, chunks=3),)
    >>> float(meteor)
    0.9375
    >>> meteor.signature
    'meteor|nrefs:1|case:lower|tok:13a|stages:exact,stem|alpha:0.9|beta:3|gamma:0.5|evalkit:1'
    """
    for name, value, most in (("alpha", alpha, 1.0), ("beta", beta, math.inf), ("gamma", gamma, 1.0)):
        if not 0 <= value <= most or math.isinf(value):
            raise ValueError(f"{name} must be between 0 and {most:g}, got {value!r}.")
    texts = check_texts(candidates, references, tokenize, fold=True)
    best = [
        max((_count(candidate, reference) for reference in several), key=lambda c: c.score(alpha, beta, gamma))
        for candidate, several in zip(texts.candidates, texts.references, strict=True)
    ]
    pooled = sum(best[1:], best[0]).score(alpha, beta, gamma)
    sentences = tuple(counts.score(alpha, beta, gamma) for counts in best)
    parameters = f"alpha:{alpha:g}|beta:{beta:g}|gamma:{gamma:g}"
    signature = f"meteor|{texts.signature}|stages:exact,stem|{parameters}|{DEFINITION}"
    return MeteorScore(sentences, pooled, tuple(best), signature)


def _count(candidate: list[str], reference: list[str]) -> MeteorCounts:
    """Align two sentences. The number of aligned words follows from counting, the fewest chunks from a search."""
    plan = _Plan.make(candidate, reference)
    chunks = plan.matches
    for beam in BEAMS:  # what the first search finds spares the second one every way that is no better
        chunks = _fewest_chunks(candidate, reference, plan, chunks, beam)
    return MeteorCounts(len(candidate), len(reference), plan.matches, chunks)


@dataclass(frozen=True)
class _Plan:
    """How many words of each kind an alignment has, whichever of the repeated words it aligns.

    Attributes
    ----------
    matches : int
        Aligned words.
    not_exact : Counter
        Per word, how many of its places in the candidate have no equal partner.
    alone : Counter
        Per stem, how many of those have no partner at all.
    spare : Counter
        Per word, how many of its places in the reference are free for a word with the same stem.
    """

    matches: int
    not_exact: Counter[str]
    alone: Counter[str]
    spare: Counter[str]

    @classmethod
    def make(cls, candidate: list[str], reference: list[str]) -> _Plan:
        not_exact = Counter(candidate) - Counter(reference)
        spare = Counter(reference) - Counter(candidate)
        left = _by_stem(not_exact)
        alone = left - _by_stem(spare)
        return cls(len(candidate) - alone.total(), not_exact, alone, spare)


def _by_stem(words: Counter[str]) -> Counter[str]:
    stems: Counter[str] = Counter()
    for word, count in words.items():
        stems[porter_stem(word)] += count
    return stems


def _fewest_chunks(candidate: list[str], reference: list[str], plan: _Plan, known: int, beam: int) -> int:
    """Walk through the candidate word by word, with all ways to align the words so far.

    Return the fewest chunks, or `known`, a number that can be had, if none with fewer was found.

    Two ways that use the same places of the reference, in the same role, and whose last word has the same partner
    have the same future: only the one with fewer chunks is kept.
    """
    bits: Counter[str] = Counter()  # per word and, marked by a leading space, per stem: its places in the reference
    for j, word in enumerate(reference):
        bits[word] |= 1 << j
        bits[" " + porter_stem(word)] |= 1 << j
    # (places used by equal words, places used by stems, partner of the last word or -2) -> chunks
    ways: dict[tuple[int, int, int], int] = {(0, 0, -2): 0}
    seen: Counter[str] = Counter()
    for word in candidate:
        stem = " " + porter_stem(word)
        longer: dict[tuple[int, int, int], int] = {}
        for (exact, stemmed, last), chunks in ways.items():
            steps = [(exact | 1 << j, stemmed, j) for j in _places(bits[word] & ~(exact | stemmed))]
            if seen[word] - (exact & bits[word]).bit_count() < plan.not_exact[word]:
                for j in _places(bits[stem] & ~(exact | stemmed | bits[word])):
                    if (stemmed & bits[reference[j]]).bit_count() < plan.spare[reference[j]]:
                        steps.append((exact, stemmed | 1 << j, j))
                if seen[stem] - ((exact | stemmed) & bits[stem]).bit_count() < plan.alone[stem[1:]]:
                    steps.append((exact, stemmed, -2))
            for way in steps:
                total = chunks + (way[2] not in (-2, last + 1))
                if total < longer.get(way, known):
                    longer[way] = total
        if not longer:
            return known
        ways = longer if len(longer) <= beam else dict(sorted(longer.items(), key=lambda way: (way[1], way[0]))[:beam])
        seen[word] += 1
        seen[stem] += 1
    return min(ways.values())


def _places(bits: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, from the lowest."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
