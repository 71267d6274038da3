"""Fingerprints of code: what is copied is found whatever it looks like, and what everybody has tells nothing."""

from __future__ import annotations

import random
import time
from inspect import getsource
from pathlib import Path

import pytest
from grading_samples import answered, change, insert, source
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercises import get
from autograder.grading.reporting.prints import (
    ELSEWHERE,
    MAX_PRINTS,
    Prints,
    known_grams,
    path_of,
    read_prints,
    take_prints,
    write_prints,
)
from autograder.grading.reporting.similar import common_limit, similar_pairs
from autograder.grading.reporting.winnowing import SHARED_TOKENS, grams, normalised, winnow

ORIGINAL = '''
def f1(y_true, y_pred):
    """My own way."""
    hits = 0.0
    for truth, said in zip(y_true, y_pred):  # one by one
        if truth == said == 1:
            hits = hits + 1.0
    weight = 2 * hits / (sum(y_true) + sum(y_pred) + 1e-12)
    return round(weight, 9) if weight > 0.25 else weight
'''
COPY = """
def f1(a, b):
    # all of this
    # is mine
    n = 0.0
    for (p, q) in zip(a, b):
        if (p == q == 1):
            n = (n + 1.0)

    w = ((2 * n)
         / (sum(a) + sum(b) + 1e-12))
    return round(w, 9) if (w > 0.25) else w
"""
OTHER = """
def f1(y_true, y_pred):
    both = (y_true & y_pred).sum()
    either = y_true.sum() + y_pred.sum()
    return 0.0 if not either else float(2 * both) / float(either)
"""


def taken(source: str) -> Prints:
    return {"f1": winnow(grams(normalised(source)))}


def test_names_comments_and_layout_do_not_matter() -> None:
    assert normalised(ORIGINAL) == normalised(COPY)
    assert normalised(ORIGINAL) != normalised(OTHER)
    assert normalised("np.mean(a)") != normalised("np.sum(a)")


def test_a_copy_is_pointed_to_and_other_work_is_not() -> None:
    prints = {"ada": taken(ORIGINAL), "ben": taken(COPY), "cid": taken(OTHER)}
    # Among three, nobody can tell what is common.
    assert similar_pairs(prints, []) == []
    prints["dee"] = {}
    (pair,) = similar_pairs(prints, [])
    assert (pair.first, pair.second, pair.share, pair.where) == ("ada", "ben", 1.0, ["f1"])


def test_junk_around_a_copy_hides_nothing() -> None:
    junk = "\n".join(f"value_{i} = [{i}, {i * 7}, {i * 31}, {i}.5, {i}.25]" for i in range(60))
    padded = taken(ORIGINAL) | {ELSEWHERE: winnow(grams(normalised(junk)))}
    (pair,) = similar_pairs({"ada": taken(COPY), "ben": padded, "cid": {}, "dee": {}}, [])
    assert pair.share == 1.0


def test_what_the_lesson_gives_and_what_the_course_knows_does_not_count() -> None:
    prints = {"ada": taken(ORIGINAL), "ben": taken(COPY), "cid": {}, "dee": {}}
    assert similar_pairs(prints, [])
    assert similar_pairs(prints, known_grams([ORIGINAL], [])) == []
    known = (Path(__file__).parents[2] / "autograder" / "exercises" / "precision.py").read_text()
    variant = known[known.index("def variant_loop") : known.index("def variant_mean")].replace(
        "variant_loop", "precision"
    )
    assert taken(variant)["f1"] <= known_grams([], ["precision"])
    mistake = getsource(get("precision_recall_at").misconceptions["empty-is-perfect"].answer)
    assert taken(mistake)["f1"] <= known_grams([], ["precision_recall_at"])


@pytest.mark.slow
@pytest.mark.parametrize("size", [12, 30, 300])
def test_what_more_than_a_few_students_have_tells_nothing(size: int) -> None:
    few = common_limit(size)
    class_ = {f"s{i}": taken(ORIGINAL if i < few else f"x = {i}\n{OTHER}") for i in range(size)}
    assert len(similar_pairs(class_, known_grams([OTHER], []))) == few * (few - 1) // 2
    class_[f"s{few}"] = taken(COPY)
    assert similar_pairs(class_, known_grams([OTHER], [])) == []


WORDS = ["a", "b", "1", "2", "+", "-", "if", "sum", ".", "["]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=SHARED_TOKENS, max_size=30),
    st.lists(st.sampled_from(WORDS), max_size=20),
    st.lists(st.sampled_from(WORDS), max_size=20),
)
def test_a_shared_passage_of_that_length_is_always_found(shared: list[str], one: list[str], other: list[str]) -> None:
    assert winnow(grams([*one, *shared, *other])) & winnow(grams([*other, *shared, *one]))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_fingerprints(text: str) -> None:
    winnow(grams(normalised(text)))


def test_only_what_the_student_wrote_is_taken() -> None:
    given_ = {cell.source for cell in source().cells} | {cell.source for cell in answered().cells}
    assert take_prints(answered().cells, given_) == {}
    mine = answered(change("precision", ORIGINAL), insert("tail", OTHER))
    found = take_prints(mine.cells, given_)
    assert set(found) == {"precision", ELSEWHERE}
    assert found["precision"] == taken(ORIGINAL)["f1"]


@pytest.mark.slow
def test_a_flood_of_code_is_bounded_and_read_back(tmp_path: Path) -> None:
    lines = "\n".join(f"v{i} = [{i}, {i}.5, {i * 3}] + [{i * 7}, {i * 9}]" for i in range(200))
    flood = answered(*(insert("tail", lines.replace("+", "+" * (1 + n))) for n in range(60)))
    start = time.process_time()
    found = take_prints(flood.cells, set())
    assert time.process_time() - start < 5
    assert sum(map(len, found.values())) <= MAX_PRINTS + 1
    path = path_of(tmp_path, "ada", "03")
    write_prints(path, found)
    assert read_prints(path) == found
    path.write_text("[damaged")
    assert read_prints(path) == {}


def test_three_hundred_students_are_compared_in_a_second() -> None:
    rng = random.Random(0)
    common = [rng.getrandbits(48) for _ in range(400)]
    class_ = {f"s{i}": {"f1": {*rng.sample(common, 60), *(rng.getrandbits(48) for _ in range(60))}} for i in range(300)}
    class_["s1"] = class_["s0"]
    start = time.process_time()
    pairs = similar_pairs(class_, [])
    assert time.process_time() - start < 1
    assert [(pair.first, pair.second) for pair in pairs] == [("s0", "s1")]
