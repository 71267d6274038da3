"""What a lesson of the course must have: the one list, from which tests, `autograder author check` and the guide come.

`lesson` has the rules of the text, `tasks` those of exercises, `quiz` those of the quiz, `run` those that show when the
lesson runs; `words` the technical terms by the lesson that teaches them. `material` is what a rule looks at.
"""

from autograder.authoring.rules.material import Material, Rule
from autograder.authoring.rules.rulebook import RULES, in_words, read_rules, run_rules

__all__ = ["RULES", "Material", "Rule", "in_words", "read_rules", "run_rules"]
