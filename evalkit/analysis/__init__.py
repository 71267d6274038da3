"""Look behind the metrics: at the data that they were computed on, and at the samples behind a number.

`leakage` finds test samples in the training data, `slices` measures a share on every part of the data, `mistakes` names
confused pairs and the worst single mistakes, `importance` shuffles columns, and `saliency` (which needs torch) draws
which pixels a network looks at. Import what you need from these modules.
"""
