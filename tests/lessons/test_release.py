"""What students get holds no answers and no traces of the machine that built it."""

import re

import nbformat

from autograder.authoring.release import ANSWER_HERE


def test_no_answers(release, notebook):
    text = nbformat.writes(release)
    for secret in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "<!-- =", "<!-- true:"):
        assert secret not in text
    for cell in release.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution") and meta.get("grade"):
            assert cell.source == ANSWER_HERE
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


def test_no_line_of_prose_becomes_an_item_of_a_list(release):
    """Markdown would swallow its number. A real item follows a blank line, or counts on from the one before."""
    for cell in release.cells:
        if cell.cell_type != "markdown":
            continue
        before, last = "", 0
        for line in re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL).splitlines():
            item = re.match(r"\s*(\d+)[.)](\s|$)", line)
            if item:
                assert not before.strip() or int(item[1]) == last + 1, line
                last = int(item[1])
            before = line
