"""METEOR and its stemmer, checked against NLTK and against all alignments."""

from __future__ import annotations

import itertools
import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import meteor_score
from evalkit.metrics._porter import porter_stem
from evalkit.metrics.meteor import MeteorCounts

VOCABULARY = ["walk", "walks", "walking", "cat", "cats", "the", "a"]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6)
DIFFERENT = st.lists(st.sampled_from(["big", "cat", "sits", "on", "the", "mat", "happily"]), min_size=1, unique=True)


def alignments(candidate, reference):
    """Yield (equal words, equal stems, chunks) of every way to align the words."""
    for partners in itertools.product([None, *range(len(reference))], repeat=len(candidate)):
        used = [j for j in partners if j is not None]
        if len(set(used)) < len(used):
            continue
        pairs = [(word, reference[j]) for word, j in zip(candidate, partners, strict=True) if j is not None]
        if all(porter_stem(a) == porter_stem(b) for a, b in pairs):
            equal = sum(a == b for a, b in pairs)
            before = [None, *partners[:-1]]
            chunks = sum(j is not None and (i is None or i + 1 != j) for i, j in zip(before, partners, strict=True))
            yield equal, len(pairs) - equal, chunks


@pytest.mark.slow
@settings(max_examples=150)
@given(WORDS.filter(lambda words: len(words) < 6), WORDS.filter(lambda words: len(words) < 6))
def test_the_alignment_has_the_most_words_and_then_the_fewest_chunks(candidate, reference):
    equal, stems, chunks = max(alignments(candidate, reference), key=lambda a: (a[0], a[1], -a[2]))
    counts = meteor_score([candidate], [[reference]]).counts[0]
    assert counts == MeteorCounts(len(candidate), len(reference), equal + stems, chunks)


class NoSynonyms:
    @staticmethod
    def synsets(word):
        return []


def nltk_score(candidate, references, **parameters):
    meteor = pytest.importorskip("nltk.translate.meteor_score")
    stemmer = pytest.importorskip("nltk.stem.porter").PorterStemmer("MARTIN_EXTENSIONS")
    return meteor.meteor_score(references, candidate, stemmer=stemmer, wordnet=NoSynonyms, **parameters)


@given(
    DIFFERENT,
    st.lists(DIFFERENT, min_size=1, max_size=3),
    st.sampled_from([(0.9, 3.0, 0.5), (0.81, 0.83, 0.28), (0.5, 1.0, 0.0)]),
)
def test_meteor_is_that_of_nltk_where_words_do_not_repeat(candidate, references, parameters):
    given_parameters = dict(zip(("alpha", "beta", "gamma"), parameters, strict=True))
    score = meteor_score([candidate], [references], **given_parameters)
    assert score == pytest.approx(nltk_score(candidate, references, **given_parameters), rel=1e-12)


@given(WORDS, WORDS)
def test_meteor_is_never_below_that_of_nltk(candidate, reference):
    assert meteor_score([candidate], [[reference]]) >= nltk_score(candidate, [reference]) - 1e-12


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"),
    [
        ("a b c d", "a b c d", 1 - 0.5 / 64),  # one chunk
        ("c d a b", "a b c d", 1 - 0.5 / 8),  # two chunks
        ("a b", "a b c d", 10 * 0.5 / (0.5 + 9) * (1 - 0.5 / 8)),  # recall 1/2
        ("Walking", "walks", 0.5),  # by its stem, whatever the case
        ("big", "large", 0.0),  # no synonyms
        ("", "a", 0.0),
    ],
)
def test_meteor_by_hand(candidate, reference, expected):
    assert meteor_score([candidate], [reference]) == pytest.approx(expected)


def test_the_best_reference_counts():
    score = meteor_score(["a b"], [["c d", "a b", "a c"]])
    assert score.sentences == meteor_score(["a b"], ["a b"]).sentences


def test_sentences_are_averaged_and_pooled():
    score = meteor_score(["a b c", "x"], ["a b c", "y"])
    assert score == pytest.approx((1 - 0.5 / 27 + 0) / 2)
    assert score.pooled == MeteorCounts(4, 4, 3, 1).score() == pytest.approx(0.75 * (1 - 0.5 / 27))


@pytest.mark.slow
def test_many_repeated_words_are_no_trap():
    loop = ["the", "of"] * 40
    assert meteor_score([loop], [[loop]]).counts[0] == MeteorCounts(80, 80, 80, 1)
    start = time.process_time()
    chunks = meteor_score([loop], [[["of", "of", "the", "the"] * 20]]).counts[0].chunks
    assert 41 <= chunks <= 45  # the reference falls into 41 runs in which the two words alternate
    assert time.process_time() - start < 20  # about two seconds


def test_a_score_survives_pickling():
    score = meteor_score(["the cat"], ["a cat"], tokenize="none")
    copied = pickle.loads(pickle.dumps(score))
    assert (float(copied), copied.sentences, copied.pooled, copied.counts, copied.signature) == (
        float(score), score.sentences, score.pooled, score.counts,
        "meteor|nrefs:1|case:lower|tok:none|stages:exact,stem|alpha:0.9|beta:3|gamma:0.5|evalkit:1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"alpha": 1.1}, "alpha must be between 0 and 1, got 1.1"),
        ({"beta": -1}, "beta must be between 0 and inf"),
        ({"beta": float("inf")}, "beta must be between"),
        ({"gamma": float("nan")}, "gamma must be between 0 and 1"),
        ({"tokenize": 3}, "'tokenize' parameter"),
    ],
)
def test_wrong_parameters_are_refused(more, message):
    with pytest.raises(ValueError, match=message):
        meteor_score(["a"], ["a"], **more)


def test_empty_input_is_refused():
    with pytest.raises(ValueError, match="empty input"):
        meteor_score([], [])


# ---------------------------------------------------------------------------------------------------------------- stems
ENDINGS = "s es ed ing eed at bl iz y ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion sion ou ism ate iti ous ive ize e ll".split()  # noqa: E501, SIM905


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.text("abcdeilnorstuwxyz", max_size=6), st.lists(st.sampled_from(ENDINGS), max_size=3))
def test_stems_are_those_of_nltk(start, endings):
    stemmer = pytest.importorskip("nltk.stem.porter").PorterStemmer("MARTIN_EXTENSIONS")
    word = start + "".join(endings)
    assert porter_stem(word) == stemmer.stem(word)


@pytest.mark.parametrize(
    ("word", "stem"),
    [  # examples from Porter's paper
        ("caresses", "caress"), ("ponies", "poni"), ("cats", "cat"), ("feed", "feed"), ("agreed", "agre"),
        ("plastered", "plaster"), ("bled", "bled"), ("motoring", "motor"), ("sing", "sing"), ("conflated", "conflat"),
        ("troubled", "troubl"), ("sized", "size"), ("hopping", "hop"), ("tanned", "tan"), ("falling", "fall"),
        ("filing", "file"), ("happy", "happi"), ("sky", "sky"), ("generalizations", "gener"),
        ("oscillators", "oscil"), ("controll", "control"), ("roll", "roll"), ("is", "is"), ("", ""),
    ],
)  # fmt: skip
def test_stems_of_known_words(word, stem):
    assert porter_stem(word) == stem
