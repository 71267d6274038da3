"""Caption hallucination."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit import UndefinedMetricWarning, chair

VOCABULARY = {
    "dog": ["puppy"],
    "hot dog": ["hotdog"],
    "person": ["people", "man", "woman"],
    "wine glass": [],
    "toilet": ["toilet seat"],
    "knife": [],
    "leaf": [],
    "glass": [],
    "bus": [],
    "horse": [],
}


def mentioned(caption, vocabulary=VOCABULARY):
    everything = [list(vocabulary)]
    return list(chair([caption], everything, vocabulary=vocabulary).mentioned[0])


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A dog.", ["dog"]),
        ("Two DOGS and a puppy", ["dog", "dog"]),
        ("the hot dog", ["hot dog"]),  # no dog in it
        ("hot dogs, hot-dog, hotdogs", ["hot dog"] * 3),
        ("a hot dog's dog", ["hot dog", "dog"]),
        ("hot, hot dog", ["hot dog"]),
        ("puppies and people", ["dog", "person"]),
        ("wine glasses, a glass of wine", ["wine glass", "glass"]),
        ("the toilet seat", ["toilet"]),
        ("knives and leaves", ["knife", "leaf"]),
        ("buses and horses", ["bus", "horse"]),
        ("a dogma on a bush, dog", ["dog"]),
    ],
)
def test_names_of_objects_are_found(caption, expected):
    assert mentioned(caption) == expected


def test_both_rates_by_hand():
    result = chair(
        ["a dog and a man", "a dog, a dog and a horse", "nothing to see", "a hot dog"],
        [["dog"], ["dogs", "Horse"], [], ["dog"]],
        vocabulary=VOCABULARY,
    )
    assert result.chair_i == pytest.approx(2 / 6)  # the man and the hot dog, of six mentions
    assert result.chair_s == pytest.approx(2 / 4)
    assert result.hallucinated == (("person",), (), (), ("hot dog",))
    assert result.mentioned[1] == ("dog", "dog", "horse")


def test_every_mention_counts():
    result = chair(["a dog, a dog and a bus"], [["bus"]], vocabulary=VOCABULARY)
    assert result.chair_i == pytest.approx(2 / 3)
    assert result.hallucinated == (("dog", "dog"),)


def test_a_list_is_a_vocabulary_without_synonyms():
    assert mentioned("cats and dogs and puppies", dict.fromkeys(["cat", "dog"], ())) == ["cat", "dog"]
    assert chair(["a cat"], [["cat"]], vocabulary=["cat", "dog"]).chair_s == 0


def test_without_any_object_named_the_rate_of_objects_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="no caption names an object"):
        result = chair(["hello", ""], [["dog"], []], vocabulary=VOCABULARY)
    assert math.isnan(result.chair_i)
    assert result.chair_s == 0


def test_the_signature_changes_with_the_vocabulary_but_not_with_its_order():
    def signature(vocabulary):
        return chair(["dog"], [["dog"]], vocabulary=vocabulary).signature

    first = signature({"dog": ["puppy", "hound"], "cat": []})
    assert first == signature({"cat": [], "dog": ["hound", "puppy"]})
    assert first != signature({"dog": ["puppy"], "cat": []})
    assert first.startswith("chair|objects:2|table:")


@given(st.lists(st.lists(st.sampled_from(["dog", "bus", "horse", "is", "near"]), max_size=5), min_size=1, max_size=5))
def test_true_objects_are_never_hallucinated_and_absent_ones_always(captions):
    texts = [" ".join(words) for words in captions]
    named = [[word for word in words if word in VOCABULARY] for words in captions]
    if not any(named):
        return
    assert chair(texts, named, vocabulary=VOCABULARY).chair_i == 0
    nothing = chair(texts, [[] for _ in texts], vocabulary=VOCABULARY)
    assert nothing.chair_i == 1
    assert nothing.chair_s == pytest.approx(sum(map(bool, named)) / len(texts))
    assert nothing.hallucinated == nothing.mentioned == tuple(map(tuple, named))


@pytest.mark.parametrize(
    ("captions", "objects", "vocabulary", "message"),
    [
        ([], [], ["dog"], "Found empty input.*captions"),
        ("a dog", [["dog"]], ["dog"], "captions must be a list"),
        (["a dog"], "dog", ["dog"], "objects must be a list"),
        (["a dog"], ["dog"], ["dog"], r"objects\[0\] must be a list of names"),
        (["a dog"], [["dog"], []], ["dog"], "1 captions but objects for 2 images"),
        ([None], [[]], ["dog"], r"captions\[0\] must be a string"),
        (["a dog"], [["zebra"]], ["dog"], r"objects\[0\] holds 'zebra', which is not in the vocabulary"),
        (["a dog"], [[]], [], "vocabulary is empty"),
        (["a dog"], [[]], "dog", "vocabulary must be a dict or a list"),
        (["a dog"], [[]], {"dog": "puppy"}, r"vocabulary\['dog'\] must be a list of synonyms"),
        (["a dog"], [[]], {"dog": ["pet"], "cat": ["pet"]}, "'pet' is a name of two objects: 'dog' and 'cat'"),
        (["a dog"], [[]], ["!"], "name without letters"),
    ],
)
def test_wrong_arguments_are_refused(captions, objects, vocabulary, message):
    with pytest.raises(ValueError, match=message):
        chair(captions, objects, vocabulary=vocabulary)
