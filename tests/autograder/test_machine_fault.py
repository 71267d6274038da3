"""A cell of the lesson itself that does not run here is the machine's fault, and is said; a student's doing is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, change, hand_in, insert, make_course, named

from autograder.errors import UserError
from autograder.grading import grade_course
from autograder.grading.course import MachineError
from autograder.grading.running.machine import independent

IMPORTS = "import numpy as np\nimport pandas as pd\nfrom autograder import check"
# What Python says of a pandas that was made for another NumPy.
MISFIT = (
    "numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject"
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose lesson imports pandas, with the right answers of one student."""
    root = make_course(tmp_path / "course")
    path = root / "source" / LESSON / f"{TOPIC}.ipynb"
    source = nbformat.read(path, as_version=4)
    named(source, "imports").source = IMPORTS
    nbformat.write(source, path)
    hand_in(root, "ada", answered(change("imports", IMPORTS)))
    return root


@pytest.mark.slow
def test_a_package_that_does_not_load_is_said_at_once_with_exit_code_1(course: Path, tmp_path: Path) -> None:
    # Found by the kernel, in its sandbox, before the real one.
    package = tmp_path / "site-packages" / "pandas"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"raise ValueError({MISFIT!r})\n")
    command = [sys.executable, "-m", "autograder.cli", "grade", str(course)]
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "A cell of the lesson itself, which begins with `import numpy as np`, stops on this machine" in done.stderr
    assert "ValueError: numpy.dtype size changed" in done.stderr
    assert "Run autograder doctor" in done.stderr
    # Nothing of it stands: where it is put right, the same command grades.
    assert not list(course.glob(f"feedback/ada/{LESSON}/*"))


@pytest.mark.slow
def test_what_a_student_broke_or_left_open_is_no_fault_of_the_machine(course: Path) -> None:
    path = course / "source" / LESSON / f"{TOPIC}.ipynb"
    source = nbformat.read(path, as_version=4)
    source.cells.append(nbformat.v4.new_code_cell("double(2) + 1", id="uses-an-answer"))
    nbformat.write(source, path)
    open_one = answered(
        change("imports", IMPORTS),
        insert("imports", "import sys\nsys.modules['pandas'] = None"),
        insert("tail", "print = 3"),
        double="def double(x):\n    raise NotImplementedError",
    )
    open_one.cells.append(source.cells[-1])
    hand_in(course, "ada", open_one)
    (result,) = grade_course(course).submissions
    assert result.status == "graded"
    assert sum("stopped with" in reason for reason in result.reasons) >= 3


@pytest.mark.slow
def test_a_cell_of_the_lesson_that_fails_everywhere_stops_the_grading_unless_it_is_meant_to(course: Path) -> None:
    path = course / "source" / LESSON / f"{TOPIC}.ipynb"
    source = nbformat.read(path, as_version=4)
    named(source, "tail").source = "np.ones(2) @ np.ones(3)"
    nbformat.write(source, path)
    hand_in(course, "ada", answered(change("imports", IMPORTS), change("tail", "np.ones(2) @ np.ones(3)")))
    with pytest.raises(MachineError, match=r"begins with `np\.ones"):
        grade_course(course)
    named(source, "tail").metadata["tags"] = ["raises-exception"]
    nbformat.write(source, path)
    assert grade_course(course).submissions[0].status == "graded"


def test_the_machines_fault_has_an_exit_code_of_its_own() -> None:
    assert (UserError.exit_code, MachineError.exit_code) == (2, 1)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["import math", "math.pi"], [0, 1]),
        (["?x = 1", "x"], []),
        (["x = []", "?x.append(1)", "x[0]"], [0]),
        (["x = {}", "?x['a'] = 1", "x['a']", "y = 1"], [0, 3]),
        (["import math", "?y = math.pi", "math.pi", "y"], [0, 2]),
        (["x = None", "?x = 2", "x + 1"], [0]),
        (["def f():\n    return g()", "?def g(): ...", "f()"], []),
        (["%matplotlib inline", "from math import *", "display(1)"], [2]),
    ],
)
def test_which_cells_need_no_answer(cells: list[str], expected: list[int]) -> None:
    own = [{"source": cell.removeprefix("?"), "answer": cell.startswith("?")} for cell in cells]
    assert independent(own) == [cells[index] for index in expected]
