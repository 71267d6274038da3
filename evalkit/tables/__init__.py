"""Files of predictions: read batch by batch, summed up per group, and written down. Internal for now.

The rooms, in the order in which a file goes through them:

* `files`: a CSV or Parquet file, what types its columns have, and its batches;
* `sources`: several files or a collection of dask, cut into pieces that workers read side by side;
* `codes`: the values of a column as whole numbers 0, 1, 2 …, or as numbers without gaps;
* `groups`: sums per group of rows, and the shares, errors and intervals that follow from them;
* `rows`: a few rows of very many: the worst ones, or an even sample;
* `canonical`: one text for one value, a hash of rows in any order, Parquet files of the same bytes;
* `writing`: results as JSON.

`evalkit.report`, `evalkit.distributed`, `evalkit.production` and `evalkit.analysis.slices` stand on them. What is wrong
with a file is said in one sentence, as a `TableError`.
"""
