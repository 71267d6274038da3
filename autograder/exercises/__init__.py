"""The exercises, one file each, loaded when they are first asked for.

Those of the course lie in this package. Others lie in packages that announce them, and in a course's own folder
`exercises`; their modules are loaded as if they lay here, so that everything finds them in the same way.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

from autograder.checking.exercise import Exercise
from autograder.errors import UserError
from autograder.exercises import _own
from autograder.exercises._own import Own

__all__ = [
    "LESSONS",
    "ExerciseError",
    "Own",
    "environment",
    "file_of",
    "get",
    "ids",
    "is_of_the_course",
    "lessons",
    "of_course",
    "of_lesson",
    "own",
    "problems",
    "use",
]

#: The lessons of the course -> ids of their exercises, in the order in which they appear.
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


class ExerciseError(UserError, LookupError):
    """An exercise whose file cannot be used; the message is a sentence that says what to do."""


_HERE = Path(__file__).parent
_found: list[Own] | None = None


def use(course: Path | str | None) -> None:
    """Take the exercises of a course's own folder, beside those of the packages.

    Without this call they are those of the course around the current folder; in a process that a grader started, those
    of the grader. What was loaded from another folder is forgotten.

    Parameters
    ----------
    course : Path, str or None
        The course folder, or the clone. None: as without this call.
    """
    global _found
    _own.forget(__name__, {str(own.path) for own in _found or ()})
    __path__[1:] = []
    get.cache_clear()
    importlib.invalidate_caches()
    _found = None if course is None else [*_own.installed(), *_own.of_course(Path(course))]
    if course is not None:
        own()


def own() -> list[Own]:
    """The folders of exercises that are not of this package."""
    global _found
    if _found is None:
        told = _own.told()
        _found = [*_own.installed(), *_own.around(Path.cwd())] if told is None else told
    __path__[1:] = [str(each.path) for each in _found]
    return _found


def environment(places: Iterable[Path] | None = None) -> dict[str, str]:
    """What a process needs in its environment to have the same exercises, perhaps because it sees them elsewhere."""
    return _own.environment([each.path for each in own()] if places is None else places)


def lessons() -> dict[str, tuple[str, ...]]:
    """The ids of the exercises of each lesson: those of the course as they appear, then others by name."""
    found = {lesson: list(names) for lesson, names in LESSONS.items()}
    taken = {name for names in LESSONS.values() for name in names}
    for folder in own():
        for name, lesson in _own.names(folder).items():
            if lesson is not None and name not in taken:
                found.setdefault(lesson, []).append(name)
                taken.add(name)
    return {lesson: tuple(found[lesson]) for lesson in sorted(found)}


def ids() -> list[str]:
    """The ids of all exercises, in the order of the course."""
    return [exercise_id for lesson in lessons().values() for exercise_id in lesson]


@cache
def get(exercise_id: str) -> Exercise:
    """The exercise of that id.

    Raises
    ------
    KeyError
        If there is none; the message lists those that exist.
    ExerciseError
        If its file cannot be used; the message says why.
    """
    # To look for others takes time, and most are of the course.
    listed = next((lesson for lesson, names in LESSONS.items() if exercise_id in names), None)
    if listed is None and not any(exercise_id in _own.names(folder) for folder in own()):
        raise KeyError(f"there is no exercise {exercise_id!r}; there are: {', '.join(ids())}")
    exercise = _load(exercise_id)
    if listed not in (exercise.lesson, None):
        raise ExerciseError(
            f'{_place(exercise_id)} says lesson="{exercise.lesson}", but autograder/exercises/__init__.py lists it '
            f'under "{listed}": make the two agree.'
        )
    return exercise


def _load(exercise_id: str) -> Exercise:
    """The EXERCISE of a file, or a sentence that says what is wrong with the file."""
    name, place = f"{__name__}.{exercise_id}", _place(exercise_id)
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ExerciseError(
            f"{place} is missing, but autograder/exercises/__init__.py lists {exercise_id!r}: write the file, or take "
            "the name off the list."
        ) from None
    except SyntaxError as error:
        raise ExerciseError(f"{place} is not Python: {error.msg} (line {error.lineno}).") from None
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise):
        raise ExerciseError(f"{place} has no EXERCISE: end the file with EXERCISE = Exercise(…).")
    if exercise.id != exercise_id:
        raise ExerciseError(
            f'{place} says id="{exercise.id}", but an exercise is named as its file: write id="{exercise_id}", or '
            f"rename the file to {exercise.id}.py."
        )
    return exercise


def file_of(exercise_id: str) -> Path | None:
    """The file of an exercise, or of what begins with ``_`` beside it; None if there is none."""
    folders = [_HERE, *(each.path for each in own())]
    return next((path for folder in folders if (path := folder / f"{exercise_id}.py").is_file()), None)


def _place(exercise_id: str) -> str:
    """How messages name the file of an exercise."""
    path = file_of(exercise_id)
    return f"{_own.FOLDER}/{path.name}" if path and path.parent != _HERE else f"autograder/exercises/{exercise_id}.py"


def is_of_the_course(exercise_id: str) -> bool:
    """Whether an exercise is of this package."""
    return any(exercise_id in names for names in LESSONS.values())


def of_lesson(lesson: str) -> list[Exercise]:
    """The exercises of a lesson, in order. Raises KeyError for an unknown lesson."""
    return [get(exercise_id) for exercise_id in lessons()[lesson]]


def of_course(course: Path | str) -> list[Path]:
    """The folder with the exercises of a course's own, if it has one."""
    return [each.path for each in _own.of_course(Path(course))]


def problems(lesson: str | None = None, *, of_others: bool = False) -> list[str]:
    """What is wrong with the files of exercises, one sentence each.

    Parameters
    ----------
    lesson : str, optional
        Only with its exercises, and with files that are in no lesson.
    of_others : bool, default False
        Only with those that are not of this package.
    """
    found = _misplaced()
    for name in ids() if lesson is None else lessons().get(lesson, ()):
        if of_others and is_of_the_course(name):
            continue
        try:
            exercise = get(name)
            # A probe tells of networks, as a rule: these take seconds to load, and `draw` says the same of their cases.
            given = exercise.points if exercise.probe and lesson is None else exercise.points_of_cases
        except ExerciseError as error:
            found.append(str(error))
            continue
        if abs(given - exercise.points) > 1e-9:
            found.append(
                f"{_place(name)}: its cases are worth {given:g} points together, but points={exercise.points:g}: make "
                "the two agree."
            )
    return found


def _misplaced() -> list[str]:
    """What keeps files in folders of their own from being an exercise of a lesson."""
    found = []
    taken = {name for names in LESSONS.values() for name in names}
    for folder in own():
        for name, lesson in _own.names(folder).items():
            if name in taken:
                found.append(f"{_own.FOLDER}/{name}.py has the name of another exercise: rename the file, and its id.")
            elif lesson is None:
                try:
                    _load(name)
                except ExerciseError as error:
                    found.append(str(error))
                else:
                    found.append(f'{_own.FOLDER}/{name}.py does not say its lesson in so many words: lesson="03_…".')
            taken.add(name)
    return found
