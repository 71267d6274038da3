"""The exercises of the course, one file each, loaded when they are first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from autograder.checking.exercise import Exercise

#: lesson -> ids of its exercises, in the order in which they appear.
LESSONS: dict[str, tuple[str, ...]] = {
    "01_confusion_matrix": ("confusion_counts", "threshold_labels", "confusion_table", "one_vs_rest"),
    "02_accuracy_paradox": ("accuracy", "majority_baseline", "balanced_accuracy", "max_prevalence"),
    "03_precision_recall": ("precision", "recall", "caught", "precision_recall_at"),
    "04_f1_and_averages": ("f1", "fbeta", "macro_f1", "weighted_f1", "expected_cost", "class_weights"),
    "05_ranking_and_probability": ("roc_points", "roc_auc", "precision_at_k", "log_loss", "best_threshold"),
    "06_regression_errors": ("mae", "mse", "rmse", "r2"),
    "07_training_curves": ("diagnose", "best_epoch", "early_stop", "kfold_indices", "find_leaks"),
    "08_residual_blocks": ("layer_gradient_norms", "ResidualBlock", "has_identity_path"),
    "09_resnet_vs_plain": ("make_network", "train_one_epoch", "evaluate", "top_k_accuracy"),
    "10_error_analysis": (
        "most_confused",
        "worst_mistakes",
        "slice_recall",
        "saliency",
        "permutation_importance",
    ),
    "11_task_metrics": ("box_iou", "mask_iou", "average_precision", "bleu", "caption_hallucination_rate"),
    "12_evaluating_releases": ("fingerprint", "row_diff", "mcnemar", "bootstrap_interval", "drift_score"),
}


def ids() -> list[str]:
    """The ids of all exercises, in the order of the course."""
    return [exercise_id for lesson in LESSONS.values() for exercise_id in lesson]


@cache
def get(exercise_id: str) -> Exercise:
    """The exercise of that id.

    Raises
    ------
    KeyError
        If there is none; the message lists those that exist.
    """
    if exercise_id not in ids():
        raise KeyError(f"there is no exercise {exercise_id!r}; there are: {', '.join(ids())}")
    exercise = import_module(f"autograder.exercises.{exercise_id}").EXERCISE
    assert isinstance(exercise, Exercise)
    return exercise


def of_lesson(lesson: str) -> list[Exercise]:
    """The exercises of a lesson, in order. Raises KeyError for an unknown lesson."""
    return [get(exercise_id) for exercise_id in LESSONS[lesson]]
