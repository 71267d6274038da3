"""The list itself: each rule as it stands in the guide, and the function that finds where it is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbclient.exceptions import CellExecutionError, CellTimeoutError

from autograder.authoring.rules import lesson, quiz, run, tasks
from autograder.authoring.rules.material import Material, Rule

TEXT, TASKS, QUIZ, RUN = "The text", "Exercises", "The quiz", "The run"

RULES = (
    Rule(TEXT, "The first cell begins with the title, `# NN · …`, and says **Prerequisites**.", lesson.title),
    Rule(
        TEXT,
        f"**Minutes** are what the rule of `autograder/authoring/minutes.py` gives, {lesson.MINUTES[0]} to "
        f"{lesson.MINUTES[-1]} in all.",
        lesson.minutes,
    ),
    Rule(TEXT, "A lesson that is listed in `autograder/exercises` has a row in README's table.", lesson.row_in_readme),
    Rule(
        TEXT, f"The sections {', '.join(f'`{name}`' for name in lesson.SECTIONS)} come in this order.", lesson.sections
    ),
    Rule(TEXT, "One heading is of the first level, and none below leaves a level out.", lesson.headings),
    Rule(
        TEXT,
        f"There are {lesson.MIN_OBJECTIVES} objectives or more, `- **AB.1** …`, with two letters that no other lesson "
        "has, numbered from 1.",
        lesson.objectives,
    ),
    Rule(
        TEXT,
        "Each objective has an exercise, a question or a written answer, and none is asked for that is not there.",
        lesson.coverage,
    ),
    Rule(TEXT, "A written answer has a rubric above it.", lesson.written_answers),
    Rule(TEXT, "`## Further reading` holds a list.", lesson.further_reading),
    Rule(TEXT, "An image in the text has an alt text.", lesson.alt_texts),
    Rule(
        TEXT,
        f"{lesson.MIN_NUMBERS} numbers and {lesson.MIN_CLAIMS} comparisons, or more, are bound by comments.",
        lesson.bound,
    ),
    Rule(TEXT, "A link leads to the web or to a file in the lesson's folder.", lesson.links),
    Rule(TEXT, f"A line of code that is not folded has at most {lesson.LINE_CHARACTERS} characters.", lesson.widths),
    Rule(TEXT, "A folded cell begins with a comment of one short sentence.", lesson.folded_cells),
    Rule(
        TEXT, "A section “Going further” is folded, and holds nothing that is graded or asked.", lesson.folded_sections
    ),
    Rule(
        TASKS,
        "The file of an exercise is there and is Python, and its `EXERCISE` has the file's name as `id`, the right "
        "`lesson`, and cases whose points add up to `points`.",
        tasks.files,
    ),
    Rule(TASKS, "An exercise stands in its lesson's notebook, under the heading `### Exercise: <id>`.", tasks.placed),
    Rule(
        TASKS,
        f"Its text says what to do, in {tasks.MIN_WORDS} words or more, then come folded hints: "
        "`<details><summary>Hint 1: …</summary> … </details>`.",
        tasks.explained,
    ),
    Rule(
        TASKS,
        f"It has {tasks.MIN_MISCONCEPTIONS} misconceptions and {tasks.MIN_VARIANTS} variants, or more, and is worth "
        f"{tasks.POINTS[0]} to {tasks.POINTS[1]} points.",
        tasks.enough,
    ),
    Rule(
        TASKS,
        f"Each misconception has its own hint: sentences, more than {tasks.HINT_CHARACTERS} characters, with a "
        "technical term only from the lesson on that teaches it (`autograder/authoring/rules/words.py`).",
        tasks.hints,
    ),
    Rule(
        TASKS, "A misconception or a variant calls no function of its file: it is pasted into notebooks.", tasks.alone
    ),
    Rule(
        TASKS,
        "Every misconception loses points and gets its own hint, and every variant gets full points: the audit, here "
        "without notebooks.",
        tasks.told_apart,
    ),
    Rule(TASKS, "An answer that computes nothing earns nothing.", tasks.idle),
    Rule(TASKS, "Another seed asks about other inputs, with the same names.", tasks.other_inputs),
    Rule(
        TASKS,
        f"For an exercise of the course itself, `tests/autograder/right_answers` holds {tasks.MIN_RIGHT} answers or "
        f"more in other styles, called `<id>__<style>`, and `wrong_answers` {tasks.MIN_WRONG} as learners write them.",
        tasks.banked,
    ),
    Rule(
        QUIZ,
        f"`quiz.yml` has {quiz.MIN_BLOCK} questions or more for the text (`block: true`), and {quiz.MIN_TOGETHER} for "
        "the end.",
        quiz.there,
    ),
    Rule(QUIZ, "The text under `## Quiz` begins with their number, such as “Eight questions.”", quiz.announced),
    Rule(
        QUIZ,
        "Of the single-choice questions, no place has the right answer in more than half, and the last place has it in "
        "some and not in all.",
        quiz.places,
    ),
    Rule(QUIZ, "The right answer is the longest one in at most half of them.", quiz.lengths),
    Rule(
        QUIZ,
        "No question says “all that apply” or “every”, and `share: true` goes with an answer from 0 to 1.",
        quiz.wording,
    ),
    Rule(RUN, "The numbers and the comparisons in the text are those of the run.", run.numbers),
    Rule(RUN, "The solutions in the source earn full points.", run.solved),
    Rule(RUN, "The notebook that students get runs to its end without answers, and earns nothing.", run.unsolved),
    Rule(RUN, "Nothing is written to stderr: no warnings.", run.quiet),
    Rule(RUN, f"There is a figure, and each has an alt text of {run.ALT_WORDS} words or more.", run.figures),
)


def read_rules(material: Material) -> list[str]:
    """Where a lesson breaks the rules that need no run, one sentence each.

    Raises
    ------
    SourceError, QuizError, ExerciseError
        If the lesson cannot be read as one.
    """
    return _broken(material, (rule for rule in RULES if rule.subject != RUN))


def run_rules(material: Material) -> list[str]:
    """Where a lesson breaks the rules that show when it runs, one sentence each. It runs twice, with your rights."""
    try:
        with material.running("release"):
            return _broken(material, (rule for rule in RULES if rule.subject == RUN))
    except (CellExecutionError, CellTimeoutError) as error:
        last = str(error).strip().splitlines()[-1]
        return [f"solutions/{material.lesson}: it does not run to its end: {last}"]


def _broken(material: Material, rules: Iterable[Rule]) -> list[str]:
    """A rule that the audit, or the run, states has the lesson in its sentence already."""
    return [f"solutions/{material.lesson}: {sentence}" for rule in rules for sentence in rule.broken(material)]


def in_words() -> str:
    """The list as the guide has it, in Markdown."""
    return "\n\n".join(_listed(subject) for subject in (TEXT, TASKS, QUIZ, RUN)) + "\n"


def _listed(subject: str) -> str:
    return "\n".join([f"**{subject}**", "", *_wrapped(rule.says for rule in RULES if rule.subject == subject)])


def _wrapped(sentences: Iterable[str]) -> Iterator[str]:
    from textwrap import fill

    for sentence in sentences:
        yield fill(
            sentence, 120, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
