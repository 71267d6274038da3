"""Repair on plain dicts: whatever cells were handed in, every graded cell is there once, in place, with its tests."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import json_values

from autograder.grading.course import Lesson
from autograder.grading.intake.repair import repair

Cell = dict[str, Any]
Cells = list[Cell]

HIDDEN = "\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS"
STUB = "def {}(x):\n    raise NotImplementedError"


def cell(name: str, source: str, kind: str = "code", nbgrader: dict[str, Any] | None = None, **metadata: Any) -> Cell:
    made = {"cell_type": kind, "id": name, "source": source, "metadata": metadata}
    if nbgrader is not None:
        rules = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        made["metadata"] = {**metadata, "nbgrader": {**rules, "grade_id": name, **nbgrader}}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def graded(name: str, source: str, points: float) -> Cell:
    return cell(name, source, nbgrader={"grade": True, "locked": True, "points": points, "checksum": "abc"})


MASTER: Cells = [
    cell("title", "# Lesson", "markdown"),
    cell("imports", "import numpy as np"),
    cell("single", STUB.format("single"), nbgrader={"solution": True}),
    graded("check_single", "assert single(1) == 1", 3),
    cell("given", "LIMIT = 3", nbgrader={"locked": True}, tags=["keep"]),
    cell("double", STUB.format("double"), nbgrader={"solution": True}),
    graded("check_double", "assert double(1) == 2" + HIDDEN, 2),
    cell("why", "Write here.", "markdown", nbgrader={"grade": True, "solution": True, "points": 4}),
    cell("sketch", "# Draw here.", nbgrader={"grade": True, "solution": True, "points": 1}),
    cell("project", "Do a project.", "markdown", nbgrader={"task": True, "points": 5}),
    cell("tail", "print('the end')"),
]
ORDER = [made["id"] for made in MASTER]
GRADED = ["check_single", "check_double", "why", "sketch", "project"]
ANSWERS = {"single": "def single(x):\n    return x", "double": "def double(x):\n    return 2 * x"}
ANSWERS |= {"why": "Because.", "sketch": "plt.plot(x)"}


def notebook(cells: Cells) -> dict[str, Any]:
    return {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


LESSON = Lesson("03_lesson", "lesson", notebook(MASTER), [made["source"].split(HIDDEN)[0] for made in MASTER])


def submitted(**changes: Any) -> Cells:
    """The released lesson with answers. A change is the new source of a cell, some of its fields, or None: deleted."""
    cells = copy.deepcopy(MASTER)
    for made in cells:
        made["source"] = ANSWERS.get(made["id"], made["source"].split(HIDDEN)[0])
    for name, change in changes.items():
        place = at(cells, name)
        if change is None:
            del cells[place]
        else:
            cells[place].update(change if isinstance(change, dict) else {"source": change})
    return cells


def at(cells: Cells, name: str) -> int:
    """The only place of a cell, by its id."""
    (place,) = [i for i, made in enumerate(cells) if made["id"] == name]
    return place


def marked(cells: Cells, name: str) -> Cell:
    """The only cell that nbgrader sees under a name."""
    (found,) = [made for made in cells if made["metadata"].get("nbgrader", {}).get("grade_id") == name]
    return found


def original(name: str) -> Cell:
    return MASTER[ORDER.index(name)]


def duplicate(name: str, source: str) -> Cell:
    """A copy as copy and paste makes it: another id, the same marks."""
    return {**copy.deepcopy(original(name)), "id": f"copy-of-{name}", "source": source}


def repaired(cells: Cells) -> tuple[Cells, list[str]]:
    before = copy.deepcopy(cells)
    made, done = repair(cells, LESSON)
    assert cells == before
    assert LESSON.master == notebook(MASTER)
    nbformat.validate(made)
    return made["cells"], done


def names(cells: Cells) -> list[str]:
    return [made["id"] for made in cells]


# What is in order stays as it is.


def test_honest_work_stays_as_it_is() -> None:
    made, done = repair(submitted(), LESSON)
    assert done == []
    expected = copy.deepcopy(MASTER)
    for one in expected:
        one["source"] = ANSWERS.get(one["id"], one["source"])
    assert made == notebook(expected)


def test_cells_of_ones_own_stay_where_they_are() -> None:
    cells = submitted()
    cells.insert(3, cell("mine", "x = 1"))
    cells.append(cell("note", "A note.", "markdown"))
    found, done = repaired(cells)
    assert done == []
    assert names(found) == [*ORDER[:3], "mine", *ORDER[3:], "note"]
    assert found[3]["source"] == "x = 1"


def test_outputs_and_counts_are_dropped() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "5 points"}
    found, done = repaired(submitted(check_single={"outputs": [output], "execution_count": 7}))
    assert done == []
    assert [made.get("outputs", []) for made in found] == [[]] * len(found)
    assert found[at(found, "check_single")]["execution_count"] is None


def test_order_of_the_students_cells_is_theirs() -> None:
    cells = submitted()
    cells[1], cells[2] = cells[2], cells[1]
    found, done = repaired(cells)
    assert done == []
    assert names(found)[1:3] == ["single", "imports"]


# Locked cells: the lesson's count.


@pytest.mark.parametrize(
    ("name", "kind"), [("check_single", "test cell"), ("check_double", "test cell"), ("given", "locked cell"),
                       ("project", "answer cell")]
)  # fmt: skip
def test_an_edited_locked_cell_gets_its_source_back(name: str, kind: str) -> None:
    found, done = repaired(submitted(**{name: "pass"}))
    assert marked(found, name)["source"] == original(name)["source"]
    assert done == [f"The {kind} {name} was edited; the original was put back."]


def test_a_test_cell_gets_its_hidden_tests_and_that_is_no_edit() -> None:
    for source in (original("check_double")["source"], original("check_double")["source"].split(HIDDEN)[0]):
        found, done = repaired(submitted(check_double=source))
        assert done == []
        assert marked(found, "check_double")["source"].endswith(HIDDEN)


@pytest.mark.parametrize("name", ["check_single", "given"])
def test_blanks_at_the_ends_are_no_edit_and_blanks_before_code_are(name: str) -> None:
    source = original(name)["source"]
    assert repaired(submitted(**{name: f"\n\n{source}  \r\n\n"}))[1] == []
    assert len(repaired(submitted(**{name: f"if True:\n  {source}"}))[1]) == 1


@pytest.mark.parametrize("name", ["single", "why", "sketch"])
def test_an_answer_is_never_overwritten(name: str) -> None:
    found, done = repaired(submitted(**{name: "anything at all"}))
    assert found[at(found, name)]["source"] == "anything at all"
    assert done == []


# Deleted cells.


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("check_single", "test cell"),
        ("check_double", "test cell"),
        ("given", "locked cell"),
        ("project", "answer cell"),
    ],
)
def test_a_deleted_locked_cell_comes_back_in_its_place(name: str, kind: str) -> None:
    found, done = repaired(submitted(**{name: None}))
    assert names(found) == ORDER
    assert marked(found, name) == original(name)
    assert done == [f"The {kind} {name} was deleted; it was put back."]


@pytest.mark.parametrize(("name", "mark"), [("why", ""), ("sketch", "# ")])
def test_a_deleted_answer_that_a_person_grades_comes_back_with_a_notice(name: str, mark: str) -> None:
    found, done = repaired(submitted(**{name: None}))
    assert names(found) == ORDER
    source = marked(found, name)["source"]
    assert source.startswith(f"{mark}_This answer cell was missing from the submission and was put back empty._\n\n")
    assert source.endswith(original(name)["source"])
    assert done == [f"The answer cell {name} was deleted; it was put back."]


def test_a_deleted_answer_that_only_a_test_looks_at_stays_away() -> None:
    found, done = repaired(submitted(single=None))
    assert names(found) == [name for name in ORDER if name != "single"]
    assert done == ["The answer cell single was deleted; what the other cells define was graded."]


@pytest.mark.parametrize("name", ["title", "imports", "tail"])
def test_a_deleted_ordinary_cell_is_nobodys_business(name: str) -> None:
    found, done = repaired(submitted(**{name: None}))
    assert names(found) == [other for other in ORDER if other != name]
    assert done == []


def test_what_was_written_in_the_place_of_a_deleted_test_runs_before_it() -> None:
    cells = submitted(single=None, check_single=None)
    cells.insert(2, cell("mine", ANSWERS["single"]))
    assert names(repaired(cells)[0]) == ["title", "imports", "mine", *ORDER[3:]]


def test_after_a_reordering_a_deleted_cell_follows_the_one_that_stood_before_it() -> None:
    cells = submitted(check_single=None)
    cells.append(cells.pop(at(cells, "single")))
    found, _ = repaired(cells)
    assert names(found)[-2:] == ["single", "check_single"]


def test_the_first_and_the_last_cell_of_a_lesson_come_back_at_the_ends() -> None:
    lesson = Lesson("x", "x", notebook([original("check_single"), original("imports"), original("check_double")]),
                    [original(name)["source"] for name in ("check_single", "imports", "check_double")])  # fmt: skip
    made, _ = repair([cell("mine", "x = 1"), cell("imports", "import numpy"), cell("last", "y = 2")], lesson)
    assert names(made["cells"]) == ["mine", "check_single", "imports", "check_double", "last"]


@pytest.mark.parametrize("cells", [[], [cell("mine", "x = 1")]])
def test_a_notebook_without_any_graded_cell_gets_them_all_and_a_word_about_it(cells: Cells) -> None:
    found, done = repaired(cells)
    assert names(found) == [*names(cells), "check_single", "given", "check_double", "why", "sketch", "project"]
    assert done[0] == "The notebook holds none of the lesson's graded cells: it may belong to another lesson."
    assert sum("was deleted" in sentence for sentence in done) == 8


def test_one_graded_cell_is_enough_to_know_the_lesson() -> None:
    assert not any("another lesson" in sentence for sentence in repaired([original("why")])[1])
    # An answer that only a test looks at does not say which lesson it is.
    assert any("another lesson" in sentence for sentence in repaired([original("single")])[1])


# Duplicated cells.


def test_of_a_duplicated_test_the_last_one_is_kept() -> None:
    cells = submitted()
    cells += [duplicate("check_single", "pass"), duplicate("check_single", original("check_single")["source"])]
    found, done = repaired(cells)
    assert done == ["The test cell check_single was there 3 times; one was kept."]
    assert found[-1] == {**original("check_single"), "id": "copy-of-check_single"}
    assert len(found) == len(MASTER)


@pytest.mark.parametrize("empty", ["", "  \n", STUB.format("single"), STUB.format("single") + "\n"])
def test_of_a_duplicated_answer_the_one_with_work_in_it_is_kept(empty: str) -> None:
    cells = [*submitted(), duplicate("single", empty)]
    found, done = repaired(cells)
    assert names(found) == ORDER
    assert marked(found, "single")["source"] == ANSWERS["single"]
    assert done == ["The answer cell single was there 2 times; the last one with an answer was kept."]


def test_of_two_attempts_the_last_counts_and_the_first_stays_as_an_ordinary_cell() -> None:
    found, done = repaired([*submitted(), duplicate("why", "On second thought.")])
    assert marked(found, "why")["source"] == "On second thought."
    first = found[ORDER.index("why")]
    assert first["source"] == "Because."
    assert first["metadata"] == {}
    assert first["id"] == f"submitted-{ORDER.index('why')}"
    assert done == ["The answer cell why was there 2 times; the last one with an answer was kept."]


def test_of_two_empty_answers_one_is_kept() -> None:
    found, _ = repaired([*submitted(single=STUB.format("single")), duplicate("single", "")])
    assert marked(found, "single")["id"] == "copy-of-single"
    assert len(found) == len(MASTER)


def test_copies_of_ordinary_cells_stay() -> None:
    cells = [*submitted(), cell("imports", "import math")]
    found, done = repaired(cells)
    assert done == []
    assert [made["source"] for made in found if made["source"].startswith("import")] == [
        "import numpy as np", "import math"
    ]  # fmt: skip
    assert len(set(names(found))) == len(found)


# nbgrader's marks: the lesson's count.


@pytest.mark.parametrize(
    ("name", "marks", "kind"),
    [
        ("check_single", {"grade": False}, "test cell"),
        ("check_single", {"locked": False}, "test cell"),
        ("check_single", {"solution": True}, "test cell"),
        ("single", {"grade": True, "points": 50}, "answer cell"),
        ("given", {"task": True}, "locked cell"),
    ],
)
def test_changed_marks_are_put_back_and_said(name: str, marks: dict[str, Any], kind: str) -> None:
    cells = submitted()
    cells[at(cells, name)]["metadata"]["nbgrader"].update(marks)
    found, done = repaired(cells)
    assert found[at(found, name)]["metadata"] == original(name)["metadata"]
    assert done == [f"The marks of the {kind} {name} were changed; the lesson's were put back."]


@pytest.mark.parametrize("name", ["check_single", "project"])
def test_other_points_blame_nobody(name: str) -> None:
    """They may have been changed in the lesson since it was handed out."""
    cells = submitted()
    points = original(name)["metadata"]["nbgrader"]["points"]
    cells[at(cells, name)]["metadata"]["nbgrader"]["points"] = 50
    found, done = repaired(cells)
    assert found[at(found, name)]["metadata"] == original(name)["metadata"]
    assert done == [f"{name} has 50 points in the submission and {points:g} in the lesson, which count."]


def test_marks_that_decide_nothing_are_put_back_without_a_word() -> None:
    cells = submitted()
    cells[at(cells, "check_single")]["metadata"]["nbgrader"].update(checksum="other", schema_version=1)
    found, done = repaired(cells)
    assert found[at(found, "check_single")]["metadata"] == original("check_single")["metadata"]
    assert done == []


def test_lost_marks_are_found_by_id_without_a_word() -> None:
    found, done = repaired([{**made, "metadata": {}} for made in submitted()])
    assert done == []
    assert [made["metadata"] for made in found] == [made["metadata"] for made in MASTER]


def test_lost_ids_are_found_by_marks_without_a_word() -> None:
    cells = submitted()
    for made in cells:
        del made["id"]
    found, done = repaired(cells)
    assert done == []
    assert [made["metadata"] for made in found] == [
        made["metadata"] if "nbgrader" in made["metadata"] else {} for made in MASTER
    ]


def test_marks_say_more_than_the_id() -> None:
    cells = submitted(single=None)
    cells[at(cells, "tail")]["metadata"] = copy.deepcopy(original("single")["metadata"])
    found, done = repaired(cells)
    assert done == []
    assert found[-1]["metadata"]["nbgrader"]["grade_id"] == "single"


def test_a_cell_cannot_make_itself_worth_points() -> None:
    bonus = cell("tip", "x = 1", nbgrader={"grade": True, "points": 9, "grade_id": "bonus"})
    found, done = repaired([*submitted(), bonus])
    assert found[-1]["metadata"] == {}
    assert done == ["A cell claims to be the graded cell bonus; the lesson has no such cell, so it does not count."]
    more = [{**bonus, "id": f"tip-{i}"} for i in range(3)]
    assert repaired([*submitted(), *more])[1] == [
        "A cell claims to be the graded cell bonus, and 2 more claim the like; the lesson has no such cell, so it does "
        "not count."
    ]


@pytest.mark.parametrize(
    ("marks", "told"), [({"points": 1}, True), ({"grade": True}, True), ({"solution": True}, False)]
)
def test_only_a_claim_to_points_is_told(marks: dict[str, Any], told: bool) -> None:
    found, done = repaired([*submitted(), cell("tip", "x = 1", nbgrader={"grade_id": "bonus", **marks})])
    assert found[-1]["metadata"] == {}
    assert bool(done) == told


def test_a_long_or_invisible_name_is_shown_short_and_visible() -> None:
    name = "b\u202eonus" + "x" * 100
    (sentence,) = repaired([*submitted(), cell("tip", "", nbgrader={"grade_id": name, "grade": True})])[1]
    assert "b\\u202eonus" + "x" * 34 + ";" in sentence


def test_tags_are_the_lessons() -> None:
    cells = submitted()
    for made in cells:
        made["metadata"]["tags"] = ["skip-execution"]
    found, done = repaired(cells)
    assert done == []
    # Only the cell that has a tag in the lesson has one.
    assert {made["id"]: made["metadata"]["tags"] for made in found if "tags" in made["metadata"]} == {"given": ["keep"]}


# Types.


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize(("name", "what"), [("single", "answer cell"), ("check_single", "test cell")])
def test_a_cell_turned_into_another_type_is_turned_back(name: str, what: str, kind: str) -> None:
    found, done = repaired(submitted(**{name: {"cell_type": kind}}))
    turned = found[at(found, name)]
    assert {**turned, "source": ""} == {**original(name), "source": ""}
    assert turned["source"] == ANSWERS.get(name, original(name)["source"])
    assert done == [f"The {what} {name} was turned into a {kind} cell; it was turned back."]


def test_an_ordinary_cell_may_be_of_any_type() -> None:
    found, done = repaired(submitted(imports={"cell_type": "markdown"}, tail={"cell_type": "raw"}))
    assert done == []
    assert [found[at(found, name)]["cell_type"] for name in ("imports", "tail")] == ["markdown", "raw"]


# Whatever else can be in a file.


def source_of(value: Any) -> str:
    found, _ = repaired([*submitted(), {"cell_type": "code", "id": "odd", "source": value}])
    source: str = found[-1]["source"]
    return source


def test_a_source_may_be_a_list_of_lines_or_what_is_no_text() -> None:
    assert source_of(["a = 1\n", "b = 2"]) == "a = 1\nb = 2"
    assert source_of(["a", 1, None]) == "a1None"
    assert source_of(7) == "7"
    assert source_of("half a character: \ud800") == "half a character: ?"
    found, _ = repaired([*submitted(), {}])
    assert (found[-1]["source"], found[-1]["cell_type"]) == ("", "raw")


@pytest.mark.parametrize(
    ("cell_id", "kept"),
    [("a" * 64, True), ("a-b_C9", True)] + [(other, False) for other in ("a" * 65, "", "a b", "ä", "a\n", 7, None)],
)
def test_an_id_that_the_format_does_not_allow_is_replaced(cell_id: Any, kept: bool) -> None:
    found, _ = repaired([*submitted(), {"cell_type": "code", "id": cell_id, "source": ""}])
    assert found[-1]["id"] == (cell_id if kept else f"submitted-{len(MASTER)}")


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": None}, {"nbgrader": [1]}, {"nbgrader": {}}])
def test_metadata_of_any_form_is_read_as_none(metadata: Any) -> None:
    found, done = repaired(submitted(check_single={"metadata": metadata}, tail={"metadata": metadata}))
    assert done == []
    assert [made["metadata"] for made in found] == [made["metadata"] for made in MASTER]


PICTURE = {"a.png": {"image/png": "iVBOR"}}


@pytest.mark.parametrize(
    ("attachments", "kept"),
    [
        (PICTURE, True),
        ({}, True),
        ([], False),
        ({"a.png": "iVBOR"}, False),
        ({"a.png": {"image/png": 3}}, False),
        ({"a.png": {"image/png": "\ud800"}}, False),
        ({"\udfff": {"image/png": ""}}, False),
        ({"a.png": {"\ud900": ""}}, False),
        ({"a.png": {"image/png": "\ue000\ud7ff"}}, True),
        (PICTURE | {"b.png": 1}, False),
    ],
)
def test_pictures_that_were_pasted_into_text_stay_if_they_are_pictures(attachments: Any, kept: bool) -> None:
    found, _ = repaired(submitted(why={"attachments": attachments}))
    assert found[at(found, "why")].get("attachments") == (attachments if kept else None)


def test_only_text_has_pictures() -> None:
    found, _ = repaired(submitted(single={"attachments": PICTURE}))
    assert "attachments" not in found[at(found, "single")]


JSON = json_values(["code", "markdown", *ORDER])


@pytest.mark.slow
@given(st.lists(st.sampled_from(submitted()) | st.dictionaries(st.sampled_from(list(MASTER[2])), JSON), max_size=12))
def test_whatever_is_handed_in_every_graded_cell_is_there_once_and_as_the_lesson_has_it(cells: Cells) -> None:
    found, _ = repaired(cells)
    assert len(set(names(found))) == len(found)
    for name in [*GRADED, "given"]:
        assert marked(found, name)["metadata"] == original(name)["metadata"]
        assert marked(found, name)["cell_type"] == original(name)["cell_type"]
    for name in ("check_single", "check_double", "given", "project"):
        assert marked(found, name)["source"] == original(name)["source"]
    # What was put in order is in order; an answer that stays away is missed again.
    again, done = repaired(json.loads(json.dumps(found)))
    assert all(sentence.endswith("was deleted; what the other cells define was graded.") for sentence in done)
    assert again == found
