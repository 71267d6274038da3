"""The tests of scikit-learn 1.9 that do not apply to evalkit, each with its reason and the way in which it must fail.

A name without brackets stands for all parameters of the test. The run fails when a listed test passes, fails in another
way, or does not exist. (Besides, scikit-learn itself skips its tests of array libraries other than NumPy unless they
are installed and SCIPY_ARRAY_API is set.)
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from swap import NothingTested


class Reason(NamedTuple):
    """Why a test does not apply, and the exception it therefore ends in."""

    reason: str
    error: type[BaseException]


OVERFLOW = Reason("its last lines want whole weights to overflow int64 in silence; evalkit raises", ValueError)
OWN_CODE = Reason("tests a reference implementation that the test module itself contains", NothingTested)
POSITIONAL = Reason("wants the old positional arguments, which scikit-learn is retiring", pytest.fail.Exception)
PRIVATE = Reason("tests a private helper of scikit-learn", NothingTested)

NOT_APPLICABLE = {
    "test_classification::test__check_targets": PRIVATE,
    "test_classification::test__check_targets_multiclass_with_both_y_true_and_y_pred_binary": PRIVATE,
    "test_classification::test__check_targets_raises_on_empty_inputs": PRIVATE,
    "test_classification::test__check_targets_sparse_inputs": PRIVATE,
    "test_classification::test_confusion_matrix_dtype": OVERFLOW,
    "test_ranking::test_confusion_matrix_at_thresholds_positional_args_deprecation": POSITIONAL,
    "test_ranking::test_dcg_score": PRIVATE,
    "test_ranking::test_dcg_ties": PRIVATE,
    "test_ranking::test_label_ranking_avp[_my_lrap-check_lrap_only_ties]": OWN_CODE,
    "test_ranking::test_label_ranking_avp[_my_lrap-check_lrap_toy]": OWN_CODE,
    "test_ranking::test_label_ranking_avp[_my_lrap-check_lrap_without_tie_and_increasing_score]": OWN_CODE,
    "test_ranking::test_label_ranking_avp[_my_lrap-check_zero_or_all_relevant_labels]": OWN_CODE,
    "test_ranking::test_ndcg_score": PRIVATE,
    "test_ranking::test_sort_inputs_and_compute_classification_thresholds_input_validation": PRIVATE,
    "test_ranking::test_sort_inputs_and_compute_classification_thresholds_sorting": PRIVATE,
    "test_ranking::test_sort_inputs_and_compute_classification_thresholds_zero_weights": PRIVATE,
    "test_regression::test__check_reg_targets": PRIVATE,
    "test_regression::test__check_reg_targets_exception": PRIVATE,
}

# These call evalkit in worker processes, where the call is not noted.
IN_OTHER_PROCESSES = {"test_classification::test_classification_metric_division_by_zero_nan_validation"}
