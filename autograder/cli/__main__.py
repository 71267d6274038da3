"""`python -m autograder.cli`."""

from autograder.cli import app

app()
