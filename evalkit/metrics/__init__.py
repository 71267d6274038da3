"""The metrics of evalkit, one module per kind of prediction."""
