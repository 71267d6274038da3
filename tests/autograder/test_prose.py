"""Numbers in the text are found, compared to the precision that they show, and checked by execution."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from autograder.authoring.prose import (
    Execution,
    ProseClaim,
    ProseNumber,
    check_prose,
    execute,
    find_claims,
    find_numbers,
    join_stray_items,
    strip_comments,
    tie_percent_signs,
    with_probes,
)


def notebook(*cells):
    new = {"m": nbformat.v4.new_markdown_cell, "c": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[new[kind](source) for kind, source in cells])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is 0.92<!-- = x -->", "0.92"),
        ("is **0.92**<!-- = x -->", "0.92"),
        ("is *7*<!--= x-->", "7"),
        ("is $0.5$<!-- = x -->", "0.5"),
        ("is `1,297`<!-- = x -->", "1,297"),
        ("is −3.5<!-- = x -->", "−3.5"),
        ("is 95 %<!-- = x -->", "95 %"),
        ("is 95\u202f%<!-- = x -->", "95\u202f%"),
        ("is **2.27%**<!-- = x -->", "2.27%"),
        ("is 45/48<!-- = x -->", "45/48"),
        ("1 of 3, then 0.5<!-- = x -->", "0.5"),
    ],
)
def test_the_number_before_the_comment_is_found(text, found):
    assert find_numbers(text) == [ProseNumber(found, "x")]


def test_a_comment_without_equals_is_only_a_comment():
    assert find_numbers("see 3<!-- todo --> and <!-- 4 = x -->") == []


@pytest.mark.parametrize("text", ["no number<!-- = x -->", "3 cats<!-- = x -->", "<!-- = x -->"])
def test_a_comment_must_follow_a_number(text):
    with pytest.raises(ValueError, match="must follow a number"):
        find_numbers(text)


def test_an_expression_must_be_python():
    with pytest.raises(ValueError, match=r"<!-- = x \+ --> is not a Python expression"):
        find_numbers("3<!-- = x + -->")


@pytest.mark.parametrize(
    ("text", "value", "agrees"),
    [
        ("0.94", 0.9375, True),
        ("0.93", 0.9375, False),
        ("0.938", 0.9375, True),
        ("0.9375", 0.9375, True),
        ("0.9374", 0.9375, False),
        ("45/48", 45 / 48, True),
        ("45/48", 0.94, False),
        ("4/0", 1.0, False),
        ("93.75 %", 0.9375, True),
        ("94%", 0.9375, True),
        ("93%", 0.9375, False),
        ("1,297", 1297.0, True),
        ("1,297", 1298.0, False),
        ("−3", -3.0, True),
        ("−3", 3.0, False),
        ("0", float("nan"), False),
        ("1", float("inf"), False),
    ],
)
def test_numbers_agree_to_the_precision_shown(text, value, agrees):
    assert ProseNumber(text, "x").agrees(value) is agrees


def test_comments_are_stripped_and_others_stay():
    text = "**0.92**<!-- = a --> <!-- stays --> and 3<!--\n= b\n-->."
    assert strip_comments(text) == "**0.92** <!-- stays --> and 3."


def test_a_claim_is_found_with_the_words_before_it():
    text = "The table holds 3<!-- = n --> rows. The **last** loss of the run is *lowest*<!-- true:\n  x\n  < y -->."
    assert find_claims(text) == [ProseClaim("The last loss of the run is lowest", "x < y")]
    assert find_numbers(text) == [ProseNumber("3", "n")]
    assert strip_comments(text) == "The table holds 3 rows. The **last** loss of the run is *lowest*."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- true: x > 1 -->", "must follow the words"),
        ("lower<!-- true: x > -->", "is not a Python expression"),
        ("lower<!-- true: True -->", "is the same in every run"),
    ],
)
def test_a_claim_that_cannot_be_checked_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        find_claims(text)


@pytest.mark.slow
def test_a_false_claim_fails_and_a_true_one_does_not(tmp_path):
    lesson = notebook(
        ("c", "import numpy as np\nloss = np.array([3.0, 2.0, 2.5])"),
        (
            "m",
            "It ends lower<!-- true: loss[-1] < loss[0] --> and never rises<!-- true: (np.diff(loss) < 0).all() -->.",
        ),
        ("m", "It has three values<!-- true: len(loss) -->, and ends well<!-- true: lost[-1] < 1 -->."),
        ("m", "Nothing here<!-- true: print() -->, all of them<!-- true: all(loss > 1) -->."),
    )
    assert check_prose(lesson, "01_sample", tmp_path) == [
        "01_sample (cell 2): the text says “… It ends lower and never rises”, "
        "but (np.diff(loss) < 0).all() is np.False_",
        "01_sample (cell 3): the text says “… It has three values”, but len(loss) is 3",
        "01_sample (cell 3): the text says “… It has three values, and ends well”, "
        "but lost[-1] < 1 fails: NameError: name 'lost' is not defined",
        "01_sample (cell 4): the text says “… Nothing here”, but print() is None",
    ]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("the price is\n1. Then more", "the price is 1. Then more"),
        ("- the price is\n  1. Then more", "- the price is 1. Then more"),
        ("it is\n0.5 and\n12) more\n", "it is\n0.5 and 12) more\n"),
        ("1\n+ 2 is 3", "1 + 2 is 3"),
        ("it is\n7.", "it is 7."),
        ("Rules\n\n1. one\n2. two\n   more\n3. three", "Rules\n\n1. one\n2. two\n   more\n3. three"),
        ("1. one\n\n2. two", "1. one\n\n2. two"),
        ("```\nx\n1. y\n```", "```\nx\n1. y\n```"),
    ],
)
def test_a_line_of_prose_does_not_become_an_item_of_a_list(text, joined):
    assert join_stray_items(text) == joined


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("# A model with 95 % accuracy", "# A model with 95\u00a0% accuracy"),
        ("however many, 88\n% are missed, **9 %** not", "however many, 88\u00a0% are missed, **9\u00a0%** not"),
        ("`7 % 2` and $7 % 2$ and\n```\n7 % 2\n```\nand 7 %", "`7 % 2` and $7 % 2$ and\n```\n7 % 2\n```\nand 7\u00a0%"),
        ("five % of n % k", "five % of n % k"),
    ],
)
def test_a_percent_sign_stays_with_its_number(text, tied):
    assert tie_percent_signs(text) == tied


def test_the_lesson_itself_gets_no_probes():
    source = notebook(("m", "1<!-- = 1 -->"), ("c", "x = 2"))
    assert [cell.cell_type for cell in with_probes(source).cells] == ["markdown", "code", "code"]
    assert len(source.cells) == 2


def test_a_malformed_comment_names_its_cell():
    with pytest.raises(ValueError, match=r"^cell 2: "):
        with_probes(notebook(("c", "1"), ("m", "no<!-- = 1 -->")))


@pytest.mark.slow
def test_expressions_are_evaluated_where_they_stand(tmp_path):
    lesson = notebook(
        ("c", "import numpy as np\nfrom fractions import Fraction\nx = np.float64(0.25)"),
        ("m", "First **0.25**<!-- = x -->, 25 %<!-- = x -->, 1/4<!-- = Fraction(1, 4) -->."),
        ("c", "x = 0.5"),
        ("m", "Then 0.5<!-- = x -->, not 0.25<!-- = x -->, nor 3<!-- = y -->, nor 4<!-- = 'abc' -->."),
    )
    assert check_prose(lesson, "01_sample", tmp_path) == [
        "01_sample (cell 4): the text says 0.25, but x is 0.5",
        "01_sample (cell 4): the text says 3, but y fails: NameError: name 'y' is not defined",
        "01_sample (cell 4): the text says 4, but 'abc' fails: ValueError: could not convert string to float: 'abc'",
    ]


@pytest.mark.slow
def test_a_lesson_runs_in_its_folder_and_is_timed(tmp_path):
    (tmp_path / "data.txt").write_text("42")
    executed = execute(notebook(("c", "with open('data.txt') as file:\n    text = file.read()\ntext")), tmp_path)
    assert executed.cells[0].outputs[0].data["text/plain"] == "'42'"
    assert executed.cells[0].metadata.execution["shell.execute_reply"]


@pytest.mark.slow
def test_a_lesson_runs_where_a_loop_runs_already(tmp_path):
    async def of_a_notebook():
        return execute(notebook(("c", "6 * 7")), tmp_path)

    with ThreadPoolExecutor(1) as pool:
        executed = pool.submit(lambda: asyncio.run(of_a_notebook())).result()
    assert executed.cells[0].outputs[0].data["text/plain"] == "42"


@pytest.mark.slow
@pytest.mark.parametrize("begun", [False, True])
def test_a_run_that_nobody_needs_is_ended(tmp_path, begun):
    sleeping = notebook(("c", "from pathlib import Path\nPath('begun').touch()\nimport time\ntime.sleep(3600)"))
    execution = Execution(sleeping, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(execution.run)
        while begun and not (tmp_path / "begun").exists():
            time.sleep(0.01)
        execution.end()
        with pytest.raises(InterruptedError, match="nobody needs it"):
            run.result()
    assert (tmp_path / "begun").exists() == begun
    execution.end()  # once more does nothing
