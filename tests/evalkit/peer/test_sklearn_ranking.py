"""scikit-learn's own tests of its ranking metrics, run on evalkit: see conftest.py."""

from swap import swapped_tests

globals().update(swapped_tests("test_ranking"))
