"""Look behind the metrics: at the data that they were computed on, and at the samples behind a number."""
