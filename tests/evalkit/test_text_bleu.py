"""BLEU and its tokenizer, checked against sacrebleu."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import bleu_score
from evalkit.metrics.bleu import BleuCounts
from evalkit.metrics.text import tokenize_13a

WORDS = st.lists(st.sampled_from("the a cat dog sat on mat . ,".split()), max_size=9)  # noqa: SIM905
SENTENCE = WORDS.map(" ".join)
REFERENCE = WORDS.filter(bool).map(" ".join)


@st.composite
def corpora(draw):
    """Candidates and, for each, the same number of references, as sacrebleu needs it."""
    n, refs = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    candidates = draw(st.lists(SENTENCE, min_size=n, max_size=n))
    row = st.lists(REFERENCE, min_size=refs, max_size=refs)
    return candidates, draw(st.lists(row, min_size=n, max_size=n))


@pytest.mark.slow
@settings(max_examples=300)
@given(
    corpora(),
    st.integers(1, 5),
    st.sampled_from([("none", None), ("exp", None), ("floor", None), ("floor", 0.5), ("add-k", None), ("add-k", 0.3)]),
    st.booleans(),
    st.sampled_from(["13a", "none"]),
)
def test_bleu_is_that_of_sacrebleu(corpus, max_n, smoothing, effective_order, tokenize):
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    candidates, references = corpus
    oracle = sacrebleu.BLEU(
        smooth_method=smoothing[0],
        smooth_value=smoothing[1],
        effective_order=effective_order,
        max_ngram_order=max_n,
        tokenize=tokenize,
    )
    expected = oracle.corpus_score(candidates, [list(stream) for stream in zip(*references, strict=True)])
    score = bleu_score(
        candidates,
        references,
        max_n,
        smoothing=smoothing[0],
        smoothing_value=smoothing[1],
        effective_order=effective_order,
        tokenize=tokenize,
    )
    assert score == pytest.approx(expected.score / 100, rel=1e-12, abs=1e-300)
    assert score.precisions == pytest.approx([p / 100 for p in expected.precisions], rel=1e-12)
    assert score.brevity_penalty == pytest.approx(expected.bp, rel=1e-12)
    assert (score.candidate_length, score.reference_length) == (expected.sys_len, expected.ref_len)


@pytest.mark.slow
@settings(max_examples=500)
@given(st.lists(st.sampled_from([*"ab 05.,-'\"&;!()$\n€é", "&quot;", "&amp;", "<skipped>"]), max_size=12).map("".join))
def test_the_tokenizer_is_that_of_sacrebleu(text):
    module = pytest.importorskip("sacrebleu.tokenizers.tokenizer_13a")
    assert tokenize_13a(text) == module.Tokenizer13a()(text.rstrip()).split()


def test_the_tokenizer_treats_every_ascii_character_as_sacrebleu_does():
    module = pytest.importorskip("sacrebleu.tokenizers.tokenizer_13a")
    for code in range(32, 127):
        for text in (f"a{chr(code)}b", f"1{chr(code)}2", f"a{chr(code)}2", f"1{chr(code)}b", f"{chr(code)}a"):
            assert tokenize_13a(text) == module.Tokenizer13a()(text).split(), text


@given(corpora())
def test_counts_of_parts_add_up_to_those_of_the_whole(corpus):
    parts = [bleu_score([c], [r]).counts for c, r in zip(*corpus, strict=True)]
    assert sum(parts[1:], parts[0]) == bleu_score(*corpus).counts


@given(corpora())
def test_words_give_what_sentences_give(corpus):
    candidates, references = corpus
    words = [c.split() for c in candidates], [[r.split() for r in several] for several in references]
    score = bleu_score(*words)
    assert score == bleu_score(candidates, references, tokenize="none")
    assert "tok:given" in score.signature


@pytest.mark.parametrize(
    ("candidate", "references", "expected"),
    [
        ("a b c d e", ["a b c d e"], 1.0),
        ("a b c d", ["a b c d e f g h"], 0.36787944117144233),  # every n-gram matches; half as long: exp(1 − 2)
        ("x y z w", ["a b c d"], 0.0),
        ("", ["a"], 0.0),
        ("a b c", ["a b c"], 0.0),  # too short for a 4-gram
        ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"], 0.0),
    ],
)
def test_bleu_by_hand(candidate, references, expected):
    assert bleu_score([candidate], [references]) == pytest.approx(expected)


def test_a_word_matches_as_often_as_one_reference_holds_it():
    # The example of Papineni et al.: "the" seven times, at most twice in a reference.
    score = bleu_score(["the the the the the the the"], [["the cat is on the mat", "there is a cat on the mat"]], 1)
    assert score == pytest.approx(2 / 7)
    assert score.counts == BleuCounts((2,), (7,), 7, 7)


def test_of_two_references_as_near_the_shorter_counts():
    assert bleu_score(["a b c d"], [["a b c d e", "a b c"]]).reference_length == 3


def test_a_set_is_scored_as_a_whole():
    # One sentence alone would score 0; together they have matches of all orders.
    together = bleu_score(["a b c d e", "x y"], ["a b c d e", "x z"])
    assert 0 < together < 1


def test_effective_order_leaves_out_orders_without_any_ngram():
    assert bleu_score(["a b c"], ["a b c"], effective_order=True) == 1


def test_the_number_of_references_may_vary_and_a_string_is_one_reference():
    score = bleu_score(["a b", "c d"], [["a b", "a c"], "c d"], 2)
    assert score == 1
    assert score.signature.startswith("bleu|nrefs:var|")


def test_the_signature_names_every_choice():
    def halves(text):
        return [text[: len(text) // 2], text[len(text) // 2 :]]

    score = bleu_score(["abcd"], [["abcd"]], 2, smoothing="floor", smoothing_value=0.25, tokenize=halves)
    assert score.signature == (
        "bleu|nrefs:1|case:mixed|tok:halves|order:2|eff:no|smooth:floor[0.25]|scale:0-1|evalkit:1"
    )
    assert score.counts.totals == (2, 1)


def test_a_score_survives_copying_and_pickling():
    score = bleu_score(["a b c d e"], [["a b c d f"]])
    for copied in (pickle.loads(pickle.dumps(score)), copy.deepcopy(score)):
        assert copied == score == copied.score
        assert (copied.counts, copied.precisions, copied.signature) == (score.counts, score.precisions, score.signature)
    assert type(score.score) is float


@pytest.mark.parametrize(
    ("candidates", "references", "more", "message"),
    [
        ([], [], {}, "Found empty input.*candidates"),
        ("a b", ["a b"], {}, "candidates must be a list"),
        (["a b"], "a b", {}, "references must be a list"),
        (["a"], ["a", "b"], {}, "1 candidates but references for 2"),
        (["a"], [[]], {}, r"references\[0\] is empty"),
        (["a", "b"], [["a"], ["", " "]], {}, r"references\[1\] has no words"),
        (["a", "b"], [["a"], [None]], {}, r"references\[1\] is empty"),
        ([["a", "b"]], [["a", "b"]], {}, r"candidates\[0\] is a list of words, so references\[0\]"),
        ([3], ["a"], {}, r"candidates\[0\] must be a string or a list of words, got 3"),
        (["a"], [[3]], {}, r"references\[0\]\[0\] must be a string"),
        (["a"], ["a"], {"max_n": 0}, "max_n must be a whole number of at least 1"),
        (["a"], ["a"], {"smoothing": "linear"}, "'smoothing' parameter must be one of"),
        (["a"], ["a"], {"smoothing_value": -1}, "smoothing_value must be zero or positive"),
        (["a"], ["a"], {"tokenize": "intl"}, "'tokenize' parameter must be one of"),
    ],
)
def test_wrong_arguments_are_refused(candidates, references, more, message):
    with pytest.raises(ValueError, match=message):
        bleu_score(candidates, references, **more)


CHINESE = st.text(st.sampled_from("我有一只猫，狗。“x” —3.5cat！〇ㄅ 𠀀\u2000"), min_size=1, max_size=14)


@settings(max_examples=150)
@given(CHINESE, CHINESE.filter(str.strip), st.sampled_from(["zh", "char"]))
def test_words_without_spaces_are_cut_as_sacrebleu_cuts_them(candidate, reference, tokenize):
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    oracle = sacrebleu.BLEU(tokenize=tokenize, smooth_method="add-k")
    expected = oracle.corpus_score([candidate], [[reference]]).score / 100
    score = bleu_score([candidate], [reference], tokenize=tokenize, smoothing="add-k")
    assert score == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert f"tok:{tokenize}" in score.signature


def test_identical_chinese_sentences():
    sentence = "我有一只很大的猫。"
    assert bleu_score([sentence], [sentence]) == 0  # one word for 13a, so there is no 4-gram
    assert bleu_score([sentence], [sentence], tokenize="zh") == 1
    assert bleu_score([sentence], [sentence], tokenize="char") == 1


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_reference_among_others_is_one_that_there_is_not(nothing):
    """sacrebleu does so for None; for "" it takes a length of zero and forgets the penalty of a short candidate."""
    sacrebleu = pytest.importorskip("sacrebleu.metrics")
    candidates, references = ["a b", "a b c d e"], [["a b c d e", nothing], ["a b c d", "b c d e"]]
    score = bleu_score(candidates, references)
    streams = [["a b c d e", "a b c d"], [None, "b c d e"]]
    expected = sacrebleu.BLEU(smooth_method="none").corpus_score(candidates, streams)
    assert score == pytest.approx(expected.score / 100, rel=1e-12)
    assert "nrefs:var" in score.signature
    assert score.brevity_penalty < 1
