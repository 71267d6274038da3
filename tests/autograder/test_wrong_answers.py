"""A wrong answer loses points, and nearly every one gets a hint of its own: about this slip, not slips at large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from answer_bank import bank, named
from known_answers import asked, mistaken, torch_on_one_thread  # noqa: F401 - a fixture

from autograder import exercises
from autograder.checking.hints import general_hint
from autograder.checking.judge import judge
from autograder.checking.verdict import Verdict

pytestmark = pytest.mark.slow

WRONG = bank("wrong_answers")
QUICK = [parameter for parameter in WRONG if not parameter.marks]
SHARE_WITH_OWN_HINT = 0.97
SEED = 4


@cache
def judged(exercise_id: str, answer: Callable[..., Any]) -> tuple[Verdict, bool]:
    """The verdict, and whether its first hint is about this answer: more than where to look and what to try."""
    inputs, key = asked(exercise_id, SEED)
    observations = exercises.get(exercise_id).observe(answer, inputs)
    verdict = judge(key, observations, mistaken(exercise_id, SEED))
    right = [case.passed for case in verdict.cases]
    own = bool(verdict.misconceptions) or (
        bool(verdict.hints) and verdict.hints[0] != general_hint(key, observations, right)
    )
    return verdict, own


#: Slips that were seen more than once, by their names in the bank, and what their hint has to speak of.
SEEN = {
    "precision__over_tp_and_tn": "all right predictions",
    "confusion_counts__tn_without_adding_tp_back": "add them back once",
    "one_vs_rest__tn_without_adding_tp_back": "add it back once",
    "accuracy__tp_plus_tn": "more classes",
    "log_loss__unclipped": "infinite",
    "roc_auc__count_of_pairs": "divide by the number of pairs",
    "roc_points__one_per_sample": "a value for each sample",
    "roc_points__repeated_thresholds": "each distinct score once",
    "threshold_labels__text": "text where a number",
    "accuracy__percent_text": "text where a number",
    "precision__rounded": "rounded",
    "mse__hat": "two stars",
    "fbeta__hat": "two stars",
    "diagnose__capitals": "capitals",
    "make_network__asserts": "assert",
    "make_network__returns_the_error": "You return a ValueError",
    "r2__ssr_over_sst": "spread of the predictions",
    "r2__ddof": "ddof=1",
    "r2__adjusted": "number of columns",
    "rmse__std_ddof": "n − 1",
    "kfold_indices__independent_draws": "draw the test part of each fold anew",
    "ResidualBlock__shortcut_without_norm": "no batch normalisation behind it",
    "ResidualBlock__option_a": "option A",
    "ResidualBlock__pre_activation": "before each convolution",
    "ResidualBlock__no_relu_between": "no ReLU between",
    "ResidualBlock__stride_on_second": "second convolution has the stride",
    "ResidualBlock__three_by_three_projection": "1×1",
    "ResidualBlock__layers_in_forward": "layers in forward",
    "ResidualBlock__no_super": "super().__init__()",
    "ResidualBlock__forward_inside_init": "no method forward",
    "train_one_epoch__loss_after_step": "after the step",
    "train_one_epoch__sum_reduction": "reduction",
    "evaluate__other_keys": "key 'acc'",
    "saliency__with_batch_axis": "(1, height, width)",
    "early_stop__equal_gain_counts": "<=",
    "find_leaks__once_per_duplicate": "twice",
    "permutation_importance__last_only": "keep the last",
    "confusion_counts__no_parentheses": "(a == 1) & (b == 1)",
}


@pytest.mark.parametrize("name", [pytest.param(p.id, marks=p.marks) for p in WRONG if p.id in SEEN])
def test_a_slip_that_is_often_seen_has_its_own_hint(name: str) -> None:
    verdict, own = judged(*named(WRONG)[name])
    assert own
    assert SEEN[name] in verdict.hints[0]


def test_every_such_slip_is_in_the_bank() -> None:
    assert set(SEEN) <= set(named(WRONG))


@pytest.mark.parametrize(("exercise_id", "answer"), WRONG)
def test_a_wrong_answer_loses_points_and_gets_a_hint(exercise_id: str, answer: Callable[..., Any]) -> None:
    verdict, _ = judged(exercise_id, answer)
    assert verdict < verdict.max_points
    assert verdict.hints


@pytest.mark.parametrize(
    "answers", [pytest.param(QUICK, id="quick"), pytest.param(WRONG, id="all", marks=pytest.mark.slow)]
)
def test_nearly_every_wrong_answer_gets_a_hint_of_its_own(answers: list[Any]) -> None:
    without = {
        name: judged(exercise_id, answer)[0].hints[0]
        for name, (exercise_id, answer) in named(answers).items()
        if not judged(exercise_id, answer)[1]
    }
    print(*(f"{name}: {hint}" for name, hint in without.items()), sep="\n")
    assert 1 - len(without) / len(answers) >= SHARE_WITH_OWN_HINT, sorted(without)


def test_the_bank_is_large_and_leaves_no_exercise_out() -> None:
    pytest.importorskip("torch")
    counts = Counter(parameter.values[0] for parameter in WRONG)
    assert len(WRONG) >= 250
    assert set(counts) >= {name for name in exercises.ids() if exercises.is_of_the_course(name)}
    assert min(counts.values()) >= 4
