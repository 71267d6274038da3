"""The name by which lessons import their quizzes; the code is in `autograder.lesson.quiz`."""

from autograder.lesson.quiz import render_quiz, show_quiz

__all__ = ["render_quiz", "show_quiz"]
