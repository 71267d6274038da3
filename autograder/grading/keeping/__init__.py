"""What is kept of grading: records of what was run, nbgrader's gradebook, and the report."""
