"""The name by which lesson 12 imports its slider and its capstone; the code is in `autograder.lesson`."""

from autograder.lesson.mix import Mix, render_mix, show_mix
from autograder.lesson.release_case import BY, ReleaseCase, file_hash, run_folder
from autograder.lesson.release_numbers import NUMBERS, Numbers, check_numbers, right_numbers

__all__ = [
    "BY",
    "NUMBERS",
    "Mix",
    "Numbers",
    "ReleaseCase",
    "check_numbers",
    "file_hash",
    "render_mix",
    "right_numbers",
    "run_folder",
    "show_mix",
]
