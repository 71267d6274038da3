"""Every known answer, judged by the page as the audit judges it; and evalkit itself, where an index has 32 bits."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from practice_site import served, write_site

from autograder import exercises
from autograder.authoring.practice import practice_ids
from autograder.checking.exercise import Exercise
from autograder.proving.answers import source_as
from autograder.proving.audit import Outcome, items

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
# A page has no clock but the wall's, and here a slow machine must not decide. test_practice_page tries when it ends an
# answer.
PATIENCE = 20
# It needs torch.
LEFT_OUT = ("evalkit.analysis.saliency",)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_site(folder)
    for path in (folder / "practice" / "tasks").glob("*.json"):
        task = json.loads(path.read_text())
        task["key"]["seconds"] *= PATIENCE
        path.write_text(json.dumps(task))
    (folder / "sources.zip").write_bytes(sources())
    return folder


@pytest.fixture(scope="module")
def page(chromium: Browser, site: Path) -> Iterator[Page]:
    with served(site) as url:
        context = chromium.new_context()
        opened = context.new_page()
        opened.goto(url)
        yield opened
        context.close()


def sources() -> bytes:
    """What the references of the exercises need, which no site holds."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for path in [path for folder in ("evalkit", "autograder") for path in (ROOT / folder).rglob("*.py")]:
            packed.write(path, path.relative_to(ROOT))
    return archive.getvalue()


def judged(page: Page, exercise: Exercise, code: str) -> dict[str, Any]:
    found = page.evaluate(
        """async ([exercise, code, seconds]) => {
          const { check } = await import("./practice/practice.js");
          return check(exercise, code, seconds);
        }""",
        [exercise.id, code, PATIENCE * exercise.seconds],
    )
    verdict: dict[str, Any] = found.get("verdict", {"points": 0.0, "hints": ["the page had to end it"]})
    return verdict


def test_there_are_enough_of_them() -> None:
    known = [item for name in practice_ids() for item in items(exercises.get(name))]
    assert len(practice_ids()) >= 35
    assert len(known) > 400


@pytest.mark.parametrize("name", practice_ids())
def test_known_answers_are_judged_in_the_page_as_in_the_audit(page: Page, name: str) -> None:
    exercise = exercises.get(name)
    problems = []
    for item in items(exercise):
        verdict = judged(page, exercise, source_as(item.answer, exercise.function_name))
        outcome = Outcome(item, verdict["points"], verdict, "in the page")
        problems += [f"{problem}: {verdict}" for problem in outcome.problems()]
    assert problems == []


def test_no_solution_and_no_hidden_test_is_among_the_files(site: Path) -> None:
    folder = site / "practice"
    judge = zipfile.ZipFile(folder / "judge.zip")
    files = [path.read_text() for path in folder.rglob("*") if path.suffix in (".js", ".json", ".css")]
    text = "".join([*files, *(judge.read(name).decode() for name in judge.namelist())])
    assert "You divided by TP + FN" in text
    source = "".join(path.read_text() for path in sorted((ROOT / "solutions").glob("*/*.py")))
    seeds = re.findall(r"check\(.*seed=(\d+)\)", source)
    solutions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source, re.DOTALL)
    # Shorter ones can stand anywhere, such as an import.
    lines = {line.strip() for solution in solutions for line in solution.splitlines() if len(line.strip()) > 35}
    assert len(seeds) > 50
    assert len(lines) > 100
    assert [line for line in lines if line in text or json.dumps(line)[1:-1] in text] == []
    assert [seed for seed in seeds if re.search(rf"seed\W+{seed}\b", text)] == []


# Run in Pyodide. On 32 bits NumPy writes int64 with its name.
DOCTESTS = """
import doctest, importlib, io, pkgutil

class Checker(doctest.OutputChecker):
    def check_output(self, want, got, flags):
        return super().check_output(want, got.replace(", dtype=int64)", ")"), flags)

out, attempted = io.StringIO(), 0
names = ["evalkit.bootstrap", "evalkit.uncertainty"] + [
    found.name
    for part in ("_core", "metrics", "streaming", "analysis")
    for found in pkgutil.walk_packages(importlib.import_module(f"evalkit.{part}").__path__, f"evalkit.{part}.")
    if found.name not in LEFT_OUT
]
runner = doctest.DocTestRunner(Checker())
for name in names:
    for test in doctest.DocTestFinder().find(importlib.import_module(name), name):
        attempted += runner.run(test, out=out.write).attempted
(attempted, out.getvalue())
"""
REFERENCES = """
import json
from autograder import exercises
from autograder.checking.compare import same_outcome

failures, keys = [], json.loads(KEYS)
for name, key in keys.items():
    exercise = exercises.get(name)
    seen = exercise.observe(exercise.reference, [case["args"] for case in key["cases"]])
    for case, outcome in zip(key["cases"], seen, strict=True):
        if not same_outcome(case["expected"], outcome, key["tolerance"]):
            failures.append(f"{name}, {case['name']}: {outcome}")
(len(keys), "".join(failures))
"""


@pytest.fixture(scope="module")
def bare(page: Page) -> Page:
    """The page with a Python of its own, in which evalkit and the exercises can be imported."""
    page.evaluate(
        """async () => {
          const { loadPyodide } = await import("./practice/pyodide/pyodide.mjs");
          window.python = await loadPyodide({ indexURL: "practice/pyodide/" });
          await python.loadPackage("numpy");
          python.FS.writeFile("/sources.zip", new Uint8Array(await (await fetch("sources.zip")).arrayBuffer()));
          python.runPython("import sys; sys.path.insert(0, '/sources.zip')");
        }"""
    )
    return page


def test_the_examples_of_evalkit_hold_with_indices_of_32_bits(bare: Page) -> None:
    attempted, failures = run(bare, DOCTESTS.replace("LEFT_OUT", repr(LEFT_OUT)))
    assert failures == ""
    assert attempted > 150


def test_the_references_are_right_with_indices_of_32_bits(bare: Page, site: Path) -> None:
    tasks = {path.stem: json.loads(path.read_text())["key"] for path in (site / "practice" / "tasks").glob("*.json")}
    count, failures = run(bare, REFERENCES.replace("KEYS", repr(json.dumps(tasks))))
    assert failures == ""
    assert count == len(practice_ids())


def run(bare: Page, code: str) -> tuple[int, str]:
    count, failures = bare.evaluate("code => python.runPython(code).toJs()", code)
    return count, failures
