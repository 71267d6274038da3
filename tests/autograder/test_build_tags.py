"""Compact tags become nbgrader metadata; what is wrong with a source is said with file, line and cell."""

import re

import build_sample as sample
import pytest

from autograder.authoring.source import SourceError, lesson_sources, source_notebook


def cells_by_id(path):
    return {cell.id: cell for cell in source_notebook(path).cells}


def test_tags_become_nbgrader_metadata(tmp_path):
    cells = cells_by_id(sample.write_sample(tmp_path))
    common = {"schema_version": 3, "task": False}
    assert cells["precision"].metadata.nbgrader == {
        "grade": False,
        "solution": True,
        "locked": False,
        "grade_id": "precision",
        **common,
    }
    assert cells["check_precision"].metadata.nbgrader == {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": "check_precision",
        "points": 3,
        **common,
    }
    assert cells["fraud_costs"].metadata.nbgrader == {
        "grade": True,
        "solution": True,
        "locked": False,
        "grade_id": "fraud_costs",
        "points": 4,
        **common,
    }


def test_only_known_metadata_remains(tmp_path):
    notebook = source_notebook(sample.write_sample(tmp_path))
    assert {key for cell in notebook.cells for key in cell.metadata} == {"nbgrader", "tags"}
    assert list(notebook.metadata) == ["kernelspec"]
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_ids_depend_on_the_source_alone(tmp_path):
    first = [cell.id for cell in source_notebook(sample.write_sample(tmp_path / "a")).cells]
    second = [cell.id for cell in source_notebook(sample.write_sample(tmp_path / "b")).cells]
    assert first == second
    assert len(set(first)) == len(first) == 6


def test_cells_of_nbgraders_toolbar_are_taken_as_they_are(tmp_path):
    meta = '{"grade": false, "grade_id": "precision", "locked": false, "schema_version": 3, "solution": true'
    text = sample.SAMPLE.replace('# %% exercise="precision"', f'# %% nbgrader={meta}, "checksum": "0", "task": false}}')
    assert cells_by_id(sample.write_sample(tmp_path, text)) == cells_by_id(sample.write_sample(tmp_path))


DOC = '    """Return TP / (TP + FP), a float."""\n'
BROKEN = {
    "unknown tag": ("exercise=", "exercize=", "unknown tag 'exercize'"),
    "no quotation marks": ('exercise="precision"', "exercise=precision", 'write tag="value"'),
    "words without a tag": ('%% exercise="precision"', "%% An exercise", "is not a tag"),
    "unknown exercise": ('exercise="precision"', 'exercise="precison"', "there is no exercise 'precison'"),
    "exercise of another lesson": ('exercise="precision"', 'exercise="accuracy"', "belongs to the lesson 02"),
    "two tags": ('exercise="precision"', 'exercise="precision" check="precision"', ": keep one"),
    "no test cell": (sample.CHECK, "", "has no test cell after it"),
    "test cell first": (sample.EXERCISE + sample.CHECK, sample.CHECK + sample.EXERCISE, "has no test cell after it"),
    "nothing to test": (sample.EXERCISE, "", "nothing to test"),
    "other test cell": ("seed=7", "seed=7, verbose=True", "the test cell must be"),
    "hidden test with the visible inputs": ("seed=7", "seed=0", "with any seed except 0"),
    "no hidden test": ('### BEGIN HIDDEN TESTS\ncheck("precision", precision, seed=7)\n', "", "the test cell must be"),
    "other arguments": ("precision(y_true, y_pred):", "precision(y_pred, y_true):", "must take (y_true, y_pred)"),
    "other name": ("def precision(", "def precisions(", "must define precision(y_true, y_pred)"),
    "no docstring": (DOC, "", "needs a docstring"),
    "no end of the solution": ("    ### END SOLUTION\n", "", "'### END SOLUTION' once; this one has it 0 times"),
    "solution outside the function": (
        "def precision(y_true, y_pred):\n" + DOC + "    ### BEGIN",
        "### BEGIN",
        "must define precision",
    ),
    "syntax error": ("return float(", "return float((", "is not Python"),
    "exercise twice": (sample.CHECK, sample.CHECK + sample.EXERCISE + sample.CHECK, "'precision' stands 2 times"),
    "written answer without points": (" points=4", "", "needs points"),
    "written answer in a code cell": ("[markdown] manual", "manual", "is a written answer"),
    "points of an exercise": ('exercise="precision"', 'exercise="precision" points=3', "an exercise brings its own"),
    "quiz of another lesson": ('quiz="03', 'quiz="02', "must name the quiz of this lesson"),
    "quiz cell with more in it": ("show_quiz(", "print(1)\nshow_quiz(", "with one line"),
    "quiz not shown": (sample.QUIZ, "", "one cell must show the quiz"),
    "raw cell": ("# %% [markdown]\n", "# %% [raw]\n", "code or markdown, not raw"),
    "corrupt toolbar metadata": ('exercise="precision"', 'nbgrader={"grade": true}', "nbgrader does not accept"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_problem_is_named_with_its_place(tmp_path, old, new, message):
    assert old in sample.SAMPLE
    path = sample.write_sample(tmp_path, sample.SAMPLE.replace(old, new, 1))
    with pytest.raises(SourceError) as caught:
        source_notebook(path)
    assert message in str(caught.value)
    place = rf"solutions/{sample.NAME}\.py(:\d+ \(cell \d\))?: "
    assert all(re.match(place, problem) for problem in caught.value.problems)


def test_the_line_is_that_of_the_cell(tmp_path):
    path = sample.write_sample(tmp_path, sample.SAMPLE.replace("seed=7", "seed=0"))
    line = sample.SAMPLE.splitlines().index('# %% check="precision"') + 1
    with pytest.raises(SourceError, match=re.escape(f"precision_recall.py:{line} (cell 4): ")):
        source_notebook(path)


def test_all_problems_of_a_lesson_are_named_at_once(tmp_path):
    text = sample.SAMPLE.replace("seed=7", "seed=0").replace(" points=4", "")
    with pytest.raises(SourceError) as caught:
        source_notebook(sample.write_sample(tmp_path, text))
    assert len(caught.value.problems) == 2


def test_a_quiz_needs_its_bank(tmp_path):
    with pytest.raises(SourceError, match=r"quiz\.yml is missing"):
        source_notebook(sample.write_sample(tmp_path, bank=None))


def test_sources_are_found_in_order(tmp_path):
    for name in ("02_b", "01_a"):
        (tmp_path / "solutions" / name).mkdir(parents=True)
        (tmp_path / "solutions" / name / f"{name[3:]}.py").touch()
    assert [source.stem for source in lesson_sources(tmp_path)] == ["a", "b"]
    (tmp_path / "solutions" / "03_c").mkdir()
    with pytest.raises(SourceError, match=r"solutions/03_c/c\.py is missing"):
        lesson_sources(tmp_path)
