"""What students get holds no answers and no traces of the machine that built it."""

import re

import nbformat


def test_no_answers(release, notebook):
    text = nbformat.writes(release)
    for secret in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "<!-- ="):
        assert secret not in text
    for cell in release.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution") and meta.get("grade"):
            assert cell.source == "YOUR ANSWER HERE"
        elif meta.get("solution"):
            assert "raise NotImplementedError()" in cell.source
        elif meta.get("grade"):
            name = meta.grade_id.removeprefix("check_")
            assert re.fullmatch(rf'check\("{name}", \w+\)', cell.source)
    assert [cell.id for cell in release.cells] == [cell.id for cell in notebook.cells]


def test_no_outputs_and_no_traces(release):
    nbformat.validate(release)
    assert (release.nbformat, release.nbformat_minor) == (4, 5)
    assert list(release.metadata) == ["kernelspec"]
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in release.cells)


def test_the_quiz_lies_beside_it(course, lesson):
    assert (course / "release" / lesson / "quiz.json").is_file()
