"""What a lesson's notebook loads: `check`, the quiz, the explorer, the data sets, the capstone.

Notebooks that students hold import these by their public names, `autograder.quiz`, `autograder.explorer`,
`autograder.datasets` and `autograder.capstone`; those modules hand on what is here.
"""
