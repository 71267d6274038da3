"""scikit-learn's own tests of its regression metrics, run on evalkit: see conftest.py."""

from swap import swapped_tests

globals().update(swapped_tests("test_regression"))
