"""What keeps a submission from being graded."""


class UnusableError(Exception):
    """The message says why nothing of the submission can be graded."""
