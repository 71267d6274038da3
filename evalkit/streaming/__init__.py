"""Metrics of data that arrives in batches, or lies on many machines.

An *accumulator* is the small summary of the rows seen so far from which a metric follows: four counts for precision,
a few sums for a calibration curve. These operations make it useful:

* `update(rows)` takes in a batch (it changes the accumulator in place, so that a large table is not copied per batch);
* `merge(other)` returns the summary of the rows of both, and leaves both as they are;
* `reset()` forgets all rows, for the next epoch;
* `compute()` returns the metric, changes nothing, and can be asked at any time;
* `to_dict()` and `from_dict()` go through JSON without losing a bit.

One law holds for all of them: **however the rows are cut into batches, and in whatever order the summaries are merged,
the result is that of the whole array.** Counts, and the areas under the ROC curve that are made of counts, agree to
the last bit; sums of real numbers to a relative difference of about 1e-15.

>>> from evalkit.streaming import LabelCounts
>>> monday = LabelCounts(num_classes=2).update([0, 1, 1], [0, 1, 0])
>>> tuesday = LabelCounts(num_classes=2).update([1, 0], [1, 1])
>>> monday.merge(tuesday).compute().accuracy
0.6

The shape is that of `clu.metrics` (google/CommonLoopUtils): a metric is a value with a merge. It maps one to one to
Apache Beam's `create_accumulator`, `add_input`, `merge_accumulators` and `extract_output`.
"""

from evalkit.streaming.accumulator import Accumulator
from evalkit.streaming.auc import ExactAUC
from evalkit.streaming.binned_auc import AUCEstimate, BinnedAUC
from evalkit.streaming.calibration import Calibration, CalibrationCurve, TopLabelCalibration
from evalkit.streaming.groups import Bundle, Slices
from evalkit.streaming.labels import LabelCounts
from evalkit.streaming.log_loss import LogLoss
from evalkit.streaming.paired import PairedCounts, PairedTable
from evalkit.streaming.regression import Regression, RegressionSummary
from evalkit.streaming.top_k import TopK

__all__ = [
    "AUCEstimate",
    "Accumulator",
    "BinnedAUC",
    "Bundle",
    "Calibration",
    "CalibrationCurve",
    "ExactAUC",
    "LabelCounts",
    "LogLoss",
    "PairedCounts",
    "PairedTable",
    "Regression",
    "RegressionSummary",
    "Slices",
    "TopK",
    "TopLabelCalibration",
]
