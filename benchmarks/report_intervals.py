"""How often do the 95 % intervals of `evalkit report` contain the true value?

Run `python benchmarks/report_intervals.py`. Scores are normal, shifted for the positives; the true value comes from a
million rows. Each line says of 400 samples how many intervals contain it: the area under the ROC curve, the average
precision, and F1 at the middle between the two means.
"""

import numpy as np
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score, roc_auc_score

from evalkit.report._intervals import area_interval, average_precision_interval, f1_interval
from evalkit.report._score_counts import ScoreCounts

SAMPLES = 400
DESIGNS = [(0.3, 1.2, 300), (0.1, 1.5, 300), (0.5, 1.0, 200), (0.05, 2.0, 1000), (0.3, 0.3, 300)]

print("positives  shift  rows    AUC     AP     F1")
for share, shift, rows in DESIGNS:
    rng = np.random.default_rng(0)

    def sample(n, rng=rng, share=share, shift=shift):
        """Return truth and scores of n rows."""
        y = rng.random(n) < share
        return y, np.round(rng.normal(shift * y, 1), 2)

    y, p = sample(1_000_000)
    truth = roc_auc_score(y, p), average_precision_score(y, p), f1_score(y, p > shift / 2)
    caught = np.zeros(3)
    for _ in range(SAMPLES):
        y, p = sample(rows)
        scores, place = np.unique(p, return_inverse=True)
        negative, positive = (np.bincount(place[y == k], minlength=len(scores))[::-1] for k in (0, 1))
        counts = ScoreCounts(scores[::-1], negative, positive, exact=True)
        table = confusion_matrix(y, p > shift / 2)
        found = area_interval(counts), average_precision_interval(counts), f1_interval(table, 1)
        caught += [low <= right <= high for (low, high), right in zip(found, truth, strict=True)]
    print(f"{share:9.2f} {shift:6.1f} {rows:5d}", *(f"{100 * each / SAMPLES:5.1f}%" for each in caught))
