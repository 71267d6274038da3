"""The exercises of lesson 11: what is special to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from known_answers import verdict_on

from autograder import check
from autograder.exercises import of_lesson

SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson("11_task_metrics")}


def arguments(exercise_id, seed, name):
    """The arguments of a case."""
    return next(one.args for one in EXERCISES[exercise_id].draw(seed) if one.name == name)


def values(exercise_id, seed):
    """The right answer to each case, by its name."""
    exercise = EXERCISES[exercise_id]
    return {one.name: exercise.reference(*one.args) for one in exercise.draw(seed)}


def test_a_box_shifted_by_half_its_width_overlaps_by_a_third():
    box_iou = EXERCISES["box_iou"].reference
    assert box_iou([0, 0, 10, 10], [5, 0, 15, 10]) == pytest.approx(1 / 3)
    assert box_iou([0, 0, 10, 10], [10, 0, 20, 10]) == 0
    assert box_iou([0, 0, 10, 10], [2, 2, 7, 7]) == 25 / 100


@pytest.mark.parametrize("seed", SEEDS)
def test_boxes_have_an_area_and_lie_as_their_case_says(seed):
    for one in EXERCISES["box_iou"].draw(seed):
        for box in one.args:
            assert (box[:2] < box[2:]).all()
    assert all(0 <= box.min() <= box.max() <= 1 for box in arguments("box_iou", seed, "coordinates between 0 and 1"))
    inner, outer = arguments("box_iou", seed, "one box inside the other")
    assert (outer[:2] < inner[:2]).all()
    assert (inner[2:] < outer[2:]).all()
    values_of = values("box_iou", seed)
    assert [name for name, value in values_of.items() if value == 0] == [
        one.name for one in EXERCISES["box_iou"].draw(seed) if "the second box lies" in one.name
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_only_two_empty_masks_have_no_overlap_to_speak_of(seed):
    undefined = {name for name, value in values("mask_iou", seed).items() if math.isnan(value)}
    assert undefined == {"both masks are empty"}
    assert {mask.dtype.kind for mask in arguments("mask_iou", seed, "masks of 0 and 1")} == {"i"}


def test_average_precision_is_that_of_the_lesson():
    average_precision = EXERCISES["average_precision"].reference
    assert average_precision(np.array([1, 0, 1, 0]), 3) == pytest.approx(0.5556, abs=5e-5)
    assert average_precision(np.array([0, 1, 1]), 2) == pytest.approx(2 / 3)
    assert average_precision(np.array([], dtype=int), 5) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_no_more_is_found_than_there_is(seed):
    for one in EXERCISES["average_precision"].draw(seed):
        is_match, n_truth = one.args
        assert is_match.sum() <= n_truth
    is_match, n_truth = arguments("average_precision", seed, "every object is found")
    assert is_match.sum() == n_truth
    assert arguments("average_precision", seed, "false alarms come first")[0][0] == 0


def test_the_opposite_scores_high():
    bleu = EXERCISES["bleu"].reference
    truth = "there is no tumour in the left lung of this patient"
    assert bleu("there is a tumour in the left lung of this patient", [truth]) == pytest.approx(0.742, abs=5e-4)
    assert bleu("no tumour was found", ["no tumour was found"]) == 1
    assert bleu("no tumour here", ["no tumour here"]) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_sentences_are_plain_words_and_only_two_cases_are_zero(seed):
    for one in EXERCISES["bleu"].draw(seed):
        candidate, references = one.args
        for text in (candidate, *references):
            assert text == " ".join(text.split())
            assert text.replace(" ", "").isalpha()
            assert text.islower()
    zero = {name for name, value in values("bleu", seed).items() if value == 0}
    assert zero == {"no four words in a row match", "three words"}
    candidate, references = arguments("bleu", seed, "shorter than both references")
    lengths = [len(text.split()) for text in references]
    assert len(candidate.split()) < min(lengths) < max(lengths)
    assert min(lengths) == lengths[1]


def test_bleu_agrees_with_sacrebleu():
    sacrebleu = pytest.importorskip("sacrebleu")
    for seed in range(3):
        for one in EXERCISES["bleu"].draw(seed):
            candidate, references = one.args
            theirs = sacrebleu.sentence_bleu(
                candidate, references, smooth_method="none", tokenize="none", use_effective_order=False
            )
            assert EXERCISES["bleu"].reference(candidate, references) == pytest.approx(theirs.score / 100)


@pytest.mark.parametrize("seed", SEEDS)
def test_captions_name_what_their_case_says(seed):
    for one in EXERCISES["caption_hallucination_rate"].draw(seed):
        captions, objects = one.args
        assert len(captions) == len(objects)
        assert all(present for present in objects)
        assert len({name for present in objects for name in present}) >= 3
    captions, _ = arguments("caption_hallucination_rate", seed, "an object that is denied")
    assert sum(caption.startswith("there is no ") for caption in captions) == 1
    captions, objects = arguments("caption_hallucination_rate", seed, "captions that name nothing")
    known = {name for present in objects for name in present}
    assert sum(not known & set(caption.split()) for caption in captions) == 2


def test_a_plural_is_another_word_whoever_looks_for_it():
    """The exercise compares whole words; evalkit knows plurals. No caption may tell the two apart."""
    for seed in SEEDS:
        for one in EXERCISES["caption_hallucination_rate"].draw(seed):
            captions, objects = one.args
            known = {name for present in objects for name in present}
            wrong = sum(bool(set(c.split()) & known - set(o)) for c, o in zip(captions, objects, strict=True))
            assert EXERCISES["caption_hallucination_rate"].reference(captions, objects) == wrong / len(captions)


def test_a_list_of_detections_may_not_be_changed():
    def average_precision(is_match, n_truth):
        is_match[:] = 0
        return 0.0

    assert "changes its argument is_match in place" in " ".join(check("average_precision", average_precision).hints)


def test_the_warning_of_a_division_by_zero_costs_nothing():
    """0/0 of two empty masks is nan, which is what is asked for."""

    def mask_iou(a, b):
        return np.sum((a == 1) & (b == 1)) / np.sum((a == 1) | (b == 1))

    for seed in range(3):
        assert verdict_on("mask_iou", mask_iou, seed).passed
