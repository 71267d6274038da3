"""`autograder author`: what an author begins with passes the check but for its TODOs, and each rule can be broken."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner, Result

from autograder import exercises
from autograder.authoring.author_check import check_lesson
from autograder.authoring.rules import RULES, Material, in_words, rulebook
from autograder.authoring.rules.material import quickly
from autograder.authoring.skeleton import new_exercise, new_lesson
from autograder.cli import app
from autograder.commands.init import init_course
from autograder.errors import UserError
from autograder.grading.course import Course
from autograder.proving.audit import lessons_with_exercises

ROOT = Path(__file__).parents[2]
LESSON = "13_calibration_gap"
READ = [rule for rule in RULES if rule.subject != rulebook.RUN]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["author", *arguments])


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clone with one lesson of the course."""
    shutil.copytree(ROOT / "solutions" / "03_precision_recall", tmp_path / "solutions" / "03_precision_recall")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("site", "benchmarks"))
    shutil.copy(ROOT / "README.md", tmp_path)
    monkeypatch.chdir(tmp_path)
    # An edit within the same second, and of the same length, would not be seen otherwise.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    exercises.use(None)


@pytest.fixture
def begun(clone: Path) -> Path:
    """The source of a lesson that was just begun, with one exercise."""
    source, _ = new_lesson(clone, LESSON, "The gap")
    new_exercise(clone, "gap", "13")
    return source


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def broken(source: Path) -> list[str]:
    exercises.use(source.parents[2])
    material = Material(source)
    return [sentence for rule in READ for sentence in rule.broken(material)]


def test_what_is_begun_lacks_nothing_but_its_todos(clone: Path, begun: Path) -> None:
    assert broken(begun) == []
    text = begun.read_text(encoding="utf-8")
    assert "- **CG.1** " in text
    assert re.search(r"\*\*Minutes\*\* \| [1-9]\d: ", text)
    assert 'check("gap", gap, seed=1301)' in text
    assert [path.name for path in (clone / "exercises").iterdir()] == ["gap.py"]


@pytest.mark.slow
def test_an_exercise_for_a_lesson_of_the_course_changes_its_minutes(clone: Path) -> None:
    before = (clone / "README.md").read_text(encoding="utf-8")
    _, source = new_exercise(clone, "gap", "3")
    assert broken(source) == []
    after = (clone / "README.md").read_text(encoding="utf-8")
    assert [len(set(before.splitlines()) - set(after.splitlines())), len(after) - len(before)] == [1, 0]
    assert exercises.lessons()["03_precision_recall"][-1] == "gap"


def test_the_audit_takes_the_lessons_that_are_there(clone: Path) -> None:
    new_lesson(clone, LESSON, "The gap")
    exercises.use(clone)
    assert lessons_with_exercises(clone) == ["03_precision_recall"]
    new_exercise(clone, "gap", "13")
    assert lessons_with_exercises(clone) == ["03_precision_recall", LESSON]


def test_commands_say_what_comes_next(clone: Path) -> None:
    assert "Next: write what says TODO, then run autograder author check 13." in run("new-lesson", LESSON).output
    assert "Written: exercises/gap.py" in run("new-exercise", "gap", "--lesson", "13").output
    result = run("new-exercise", "gap", "--lesson", "13")
    assert (result.exit_code, "There is an exercise 'gap'" in result.output) == (2, True)
    result = run("new-lesson", "13_other")
    assert (result.exit_code, f"There is a lesson {LESSON}" in result.output) == (2, True)
    assert run("new-exercise", "no-name", "--lesson", "13").exit_code == 2
    assert run("new-lesson", "Calibration").exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("# # 13 · The gap", "# # The gap", 'the first cell must begin with the title, "# 13 · …"'),
        ("**Prerequisites**", "**Needed**", "the first page must say **Prerequisites**"),
        ("**Minutes** | 2", "**Minutes** | 9", "the first page must say | **Minutes** | 2"),
        ("# ## Summary", "# ## In short", "it must have ## Objectives, ## Quiz, ## Summary, ## Further reading"),
        ("# ## TODO: the first", "# #### TODO: the first", "the heading '#### TODO: the first section' leaves out"),
        ("**CG.3** TODO", "**CG.4** TODO", "its objectives must be CG.1, CG.2 and so on"),
        ("**CG.1** TODO", "**PR.1** TODO", "the letters PR are those of the objectives of 03_precision_recall"),
        ("# - **CG.3** TODO: explain something.", "", "it must have 3 objectives or more"),
        ("| Points | For |", "| What | For |", "the text above the written answer 'why' must have a rubric"),
        ("# - TODO: what to read on", "# TODO: what to read on", "there must be something under ## Further reading"),
        ("<!-- = len(values) -->", "", "5 numbers or more must be bound to the data"),
        ("<!-- true: len(above) < len(values) -->", "", "5 comparisons or more must be bound to the data"),
        ("TODO: the question.", "[A page](../x.md).", "the link to ../x.md must lead to a file in the lesson's folder"),
        ("TODO: the question.", "![](x.png)", "the image '![](x.png' needs an alt text"),
        ("values = np.array(", "values = " + "1 + " * 30 + "np.array(", "a line of code has"),
        ("### Exercise: gap", "### Exercise: the gap", "the exercise 'gap' must stand under the heading"),
        ("<summary>Hint 1: TODO</summary>", "<summary>Help</summary>", "must have a folded hint"),
        ("# Three questions.", "# Two questions.", 'the text under ## Quiz must begin with "Three questions."'),
        ("# ## TODO: the first", "# ## Going further: the first", 'nothing that is graded or asked may stand below'),
        ('\n# %%\nfig', '\n# %% jupyter={"source_hidden": true}\nfig', "a folded cell must begin with a short comment"),
    ],
)  # fmt: skip
def test_a_rule_of_the_text_is_broken(begun: Path, old: str, new: str, sentence: str) -> None:
    edit(begun, old, new)
    assert any(found.startswith(sentence) or sentence in found for found in broken(begun)), broken(begun)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"loop": variant_loop, ', "", "the exercise 'gap' needs 3 variants or more; it has 2"),
        ("points=3,", "points=7,", "its cases are worth 3 points together, but points=7"),
        ('objective="CG.1"', 'objective="CG.7"', "the exercise gap measures CG.7, which is no objective of the lesson"),
        ("it divides by zero.", "it divides by zero; see Jaccard.", "speaks of 'Jaccard'"),
        ("Look at that case first.", "Look", "the hint of 'without-empty' in the exercise 'gap' must be sentences"),
        ("values.size, 1)", "values.size, 1) + 0.5", "gap: variant 'selected' is right but earned"),
        (
            "return above / len(values) if len(values) > 0 else 0.0",
            "return reference(values, limit)",
            "calls reference",
        ),
    ],
)
def test_a_rule_of_exercises_is_broken(clone: Path, begun: Path, old: str, new: str, sentence: str) -> None:
    edit(clone / "exercises" / "gap.py", old, new)
    assert any(sentence in found for found in broken(begun)), broken(begun)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"What is a share', '"Of every number, what is a share', 'leave out "all that apply" and "every"'),
        ('text: "3/4"', 'text: "3/4, three of the four"', ""),
        ('text: "No."', 'text: "No, since it is not larger than the limit."', "the right answer is the longest one in"),
        ("answer: 0.25", "answer: 25", "share: true is for a right answer from 0 to 1, not 25"),
    ],
)
def test_a_rule_of_the_quiz_is_broken(begun: Path, old: str, new: str, sentence: str) -> None:
    edit(begun.with_name("quiz.yml"), old, new)
    if "No, since" in new:
        edit(begun.with_name("quiz.yml"), 'text: "It can fall."', 'text: "It can fall, but it cannot rise any more."')
        edit(begun.with_name("quiz.yml"), 'text: "All values"', 'text: "All values, those below the limit included"')
    assert any(sentence in found for found in broken(begun)) == bool(sentence), broken(begun)


def test_a_quiz_with_too_few_questions_is_named(begun: Path) -> None:
    material = Material(begun)
    material.questions = material.questions[1:4]  # as if the others were not there
    (there,) = [rule for rule in READ if rule.broken.__name__ == "there"]
    assert list(there.broken(material)) == [
        "quiz.yml needs 3 questions or more for the text, with block: true; it has 2",
        "quiz.yml needs 3 questions or more for the end; it has 1",
    ]


@pytest.mark.slow
def test_an_exercise_of_one_question_gives_nothing_away(clone: Path, begun: Path) -> None:
    path = clone / "exercises" / "gap.py"
    text = path.read_text(encoding="utf-8")
    begin, end = text.index("    values = rng"), text.index("# TODO: the right answer")
    case = '    return [Case("one", (np.array([1, 2, 9, 9]), 4), 3.0)]\n\n\n'
    path.write_text(text[:begin] + case + text[end:], encoding="utf-8")
    found = broken(begun)
    assert "the exercise 'gap' gives points to an answer that is always 0.5" in found
    assert "most cases of 'gap' ask the same with another seed: draw them from rng" in found


@pytest.mark.slow
def test_build_names_what_has_no_place(clone: Path, begun: Path) -> None:
    shutil.rmtree(clone / "solutions" / "03_precision_recall")
    text = begun.read_text(encoding="utf-8")
    first, last = text.index("# %% [markdown]\n# ### Exercise: gap"), text.index("# %% [markdown]\n# ## Written")
    begun.write_text(text[:first] + text[last:], encoding="utf-8")
    done = CliRunner().invoke(app, ["build"])
    assert done.exit_code == 0, done.output
    assert "the exercise 'gap' is registered for this lesson, but has no cell in it" in done.output
    edit(clone / "exercises" / "gap.py", LESSON, "13_calibration")
    done = CliRunner().invoke(app, ["build"])
    assert done.exit_code == 2
    assert 'exercises/gap.py says lesson="13_calibration", which is none; there are: 13_calibration_gap' in done.output


@pytest.mark.slow
def test_a_course_folder_gets_the_exercises_of_its_clone(clone: Path, begun: Path) -> None:
    course = clone / "course"
    init_course(course, ["13"], clone)
    assert (course / "exercises" / "gap.py").read_bytes() == (clone / "exercises" / "gap.py").read_bytes()
    assert 'check(\\"gap\\", gap)' in (course / "release" / LESSON / "calibration_gap.ipynb").read_text(
        encoding="utf-8"
    )
    assert Course(course).lessons()[LESSON].unjudged == {}
    edit(course / "exercises" / "gap.py", "TODO", "DONE")
    assert init_course(course, [], clone).files.kept == ["exercises/gap.py"]


def test_what_cannot_be_read_is_said_with_the_todos(clone: Path, begun: Path) -> None:
    edit(clone / "exercises" / "gap.py", "def cases(", "def cases")
    found = check_lesson(clone, "13")
    assert found[0].startswith("exercises/gap.py is not Python: ")
    assert any("calibration_gap.py:21: TODO" in sentence for sentence in found)
    with pytest.raises(UserError, match="There is no lesson '77'"):
        check_lesson(clone, "77")


@pytest.mark.slow
def test_an_exercise_that_is_not_in_the_notebook_is_named(clone: Path, begun: Path) -> None:
    edit(begun, '# %% exercise="gap"', "# %%")
    edit(begun, '# %% check="gap"', "# %%")
    assert any("the exercise 'gap' is registered, but not in the notebook" in sentence for sentence in broken(begun))


def test_the_guide_has_the_rules() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = guide.partition("<!-- The rules: autograder author rules -->\n\n")[2]
    assert listed.partition("\n<!-- End of the rules -->")[0] == in_words()


@pytest.mark.slow
def test_a_lesson_that_says_something_else_than_its_run_is_found(clone: Path, begun: Path) -> None:
    edit(begun, "There are 6<!--", "There are 7<!--")
    edit(begun, "return float(np.mean(values > limit)) if len(values) else 0.0", "return 0.5")
    found = "\n".join(check_lesson(clone, "13"))
    assert "the text says 7, but len(values) is 6.0" in found
    assert "the solution of 'gap' in the source earns 0 of 3 points" in found


@pytest.mark.slow
def test_nobody_waits_for_the_run_of_a_lesson_whose_text_is_wrong(begun: Path) -> None:
    edit(begun, "# %%\nfig", "# %%\nimport time\n\ntime.sleep(3600)\nfig")
    edit(begun, "# # 13 · The gap", "# # The gap")
    assert any("the first cell must begin with the title" in found for found in check_lesson(begun.parents[2], "13"))


@pytest.mark.slow
def test_without_answers_networks_train_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    import evalkit.vision.experiment.train as of_experiments
    from evalkit import training
    from evalkit.vision import experiment

    # What the first cell replaces, the end of the test puts back.
    for module, name in ((training, "fit"), (of_experiments, "fit"), (experiment, "run")):
        monkeypatch.setattr(module, name, getattr(module, name))
    lesson = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("from evalkit.vision import digits")])
    exec(quickly(lesson).cells[0].source, {})
    rows: list[int] = []

    def step(model: torch.nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        rows.append(len(batch[0]) if model.training and torch.is_grad_enabled() else 0)
        found = model(batch[0])
        return found.square().mean(), found, batch[1]

    data = torch.randn(3000, 1), torch.zeros(3000)
    history = training.fit(torch.nn.Linear(1, 1), data, data, epochs=5, step=step, progress=False)
    assert (history.epochs, sum(rows)) == (1, 512)
    (network,) = experiment.run("digits", depths=[8], skips=[True], width=4, epochs=5, progress=False).runs
    assert len(network.epochs) == 1
