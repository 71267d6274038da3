"""The capstone of lesson 12: what is planted holds for every name; the check says what went wrong."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.lesson.release_case import BOTH_RIGHT, BOTH_WRONG, BROKEN, FIXED, LOST_RIGHT, LOST_WRONG, Plan, plan
from autograder.releases import NUMBERS, ReleaseCase, check_numbers, right_numbers
from evalkit.paired import holm, paired_difference_interval, worse_p_value

NAMES = ("example", "anna", "Bo Li", "student-17", "ümit", "", "x" * 60, "42")


@pytest.fixture(scope="module", params=[NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])])
def case(request: pytest.FixtureRequest) -> ReleaseCase:
    return ReleaseCase(request.param)


@pytest.fixture(scope="module")
def example() -> ReleaseCase:
    return ReleaseCase("example")


def cohorts_of(drawn: Plan) -> dict[str, tuple[int, int, int]]:
    """Broken, fixed and compared rows by light, by camera, and by both."""
    found: dict[str, Counter[str]] = {}
    for (light, camera), count in drawn.counts.items():
        for name in (light, camera, f"{light} × {camera}"):
            found.setdefault(name, Counter()).update(count)
    kinds = (BROKEN, FIXED, BOTH_RIGHT, BOTH_WRONG)
    return {name: (n[BROKEN], n[FIXED], sum(n[kind] for kind in kinds)) for name, n in found.items()}


@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 200))])
def test_the_plan_holds_for_every_draw(seed: int) -> None:
    drawn = plan(np.random.default_rng(seed))
    kinds = (BROKEN, FIXED, BOTH_RIGHT, BOTH_WRONG, LOST_RIGHT, LOST_WRONG)
    assert sum(drawn.total(kind) for kind in kinds) == 6000
    assert all(number >= 0 for count in drawn.counts.values() for number in count.values())
    lost = drawn.total(LOST_RIGHT) + drawn.total(LOST_WRONG)
    assert lost == 40
    # Better overall, and significantly so; no longer once the lost rows count as broken.
    broken, fixed = drawn.total(BROKEN), drawn.total(FIXED)
    assert paired_difference_interval(broken, fixed, 6000 - lost).low > 0.002
    assert paired_difference_interval(broken + drawn.total(LOST_RIGHT), fixed, 6000).low < 0
    # Worse at night with one camera, after Holm; that is the only cohort, and neither tag shows it alone.
    found = cohorts_of(drawn)
    p_values = dict(zip(found, holm([worse_p_value(b, f) for b, f, _ in found.values()]), strict=True))
    hidden = f"night × {drawn.camera}"
    assert [name for name, p in p_values.items() if p <= 0.05] == [hidden]
    assert found[hidden][2] == 60
    assert -0.28 < (found[hidden][1] - found[hidden][0]) / 60 < -0.22
    assert min(found, key=lambda name: (found[name][1] - found[name][0]) / found[name][2]) == hidden
    singles = {name: found[name] for name in found if " × " not in name}
    assert min(holm([worse_p_value(b, f) for b, f, _ in singles.values()])) > 0.05
    assert worse_p_value(*found["night"][:2]) < 0.15  # a trace of it can be seen


def test_evalkit_finds_what_was_planted_and_nothing_else(case: ReleaseCase) -> None:
    found, hidden = case.comparison.first, f"night × {case.plan.camera}"
    assert found.overall.interval().low > 0.002
    assert found.overall.interval(lost_as_broken=True).low < 0
    (worst, p_worst), (_, p_next) = found.suspicious()[:2]
    assert (worst.name, worst.table.rows, worst.table.lost) == (hidden, 60, 0)
    assert p_worst < 0.02 < 0.1 < p_next
    assert worst.interval().high < -0.08
    sites = found.cohorts["site"]
    assert [site.table.rows for site in sites] == [2000] * 3
    assert all(site.interval().estimate > 0 for site in sites)
    # Twelve sources have two pictures, of one place, and fare alike.
    assert found.overall.table.rows == 6000
    assert found.overall.by_source is not None
    assert found.overall.by_source.difference[1].clusters == 5988
    # So the interval over sources is close to Tango's, and either may be typed.
    tango, over_sources = found.overall.table.interval(), found.overall.interval()
    assert list(tango) == pytest.approx(list(over_sources), abs=0.0004)


def test_the_right_numbers_are_those_of_a_plain_count(case: ReleaseCase) -> None:
    runs = [pq.read_table(run.files()[0]).to_pandas() for run in (case.baseline, case.candidate)]
    expected = runs[0]["expected"]
    before, after = (run["output"] == expected for run in runs)
    answered = runs[0]["output"].notna() & runs[1]["output"].notna()
    night = (runs[0]["light"] == "night") & (runs[0]["camera"] == case.plan.camera)
    truth = right_numbers(case)
    assert truth.numbers["rows"] == len(expected)
    assert truth.numbers["lost"] == runs[1]["output"].isna().sum() == 40
    assert truth.numbers["fixed"] == (~before & after & answered).sum()
    assert truth.numbers["broken"] == (before & ~after & answered).sum()
    assert truth.numbers["delta"] == pytest.approx(after[answered].mean() - before[answered].mean())
    assert truth.numbers["worst_delta"] == pytest.approx(after[night].mean() - before[night].mean())
    assert truth.numbers["low"] < truth.numbers["delta"] < truth.numbers["high"]
    assert truth.cohort == f"night × {case.plan.camera}"


def test_a_name_always_gets_the_same_pictures_and_another_name_others(tmp_path: Path, example: ReleaseCase) -> None:
    again = ReleaseCase("  Example ", tmp_path)
    assert again.dataset.hash == example.dataset.hash
    assert right_numbers(again) == right_numbers(example)
    assert (tmp_path / "candidate" / "run.json").is_file()
    numbers = {tuple(right_numbers(ReleaseCase(name)).numbers.values()) for name in NAMES}
    assert len(numbers) == len(NAMES)


# ------------------------------------------------------------------------------------------------------------ the check
def typed(case: ReleaseCase, **changes: object) -> dict[str, object]:
    truth = right_numbers(case)
    rounded = {name: round(value, 3) for name, value in truth.numbers.items()}
    return {**rounded, "worst_cohort": truth.cohort, **changes}


def said(case: ReleaseCase, entry: str, value: object) -> str:
    (remark,) = [r for r in check_numbers(case, typed(case, **{entry: value})).remarks if r.entry == entry]
    assert remark.right is False
    return remark.words


def test_right_numbers_of_three_decimals_are_right(case: ReleaseCase) -> None:
    found = check_numbers(case, typed(case))
    assert found.right == len(NUMBERS) == 8
    assert "8 of 8 numbers are right, the cohort is found." in found.summary


def test_nothing_typed_is_nothing_wrong(example: ReleaseCase) -> None:
    found = check_numbers(example, dict.fromkeys((*NUMBERS, "worst_cohort")))
    assert {remark.right for remark in found.remarks} == {None}
    assert "0 of 8 numbers are right, no cohort is named." in found.summary
    assert "Put your user name" in str(found)
    assert "Put your user name" not in str(check_numbers(ReleaseCase("anna"), {}))


SLIPS = {
    ("rows", "compared"): "You left out the lost pictures",
    ("rows", 5988): "These are the scenes",
    ("rows", 12): "Count the pictures that both models were given",
    ("lost", "lost_right"): "only the lost pictures that the baseline gets right",
    ("lost", 12): "scenes that have two pictures",
    ("fixed", "broken"): "You have taken fixed for broken",
    ("broken", "fixed"): "You have taken broken for fixed",
    ("broken", "broken and lost"): "You counted the lost pictures",
    ("fixed", 1.5): "a whole number",
    ("delta", "minus"): "the wrong way round",
    ("delta", "points"): "You typed points",
    ("delta", "with lost"): "You counted the lost pictures as wrong",
    ("delta", 0.5): "the accuracy of the candidate minus",
    ("low", "with lost"): "You counted the lost pictures as wrong",
    ("low", "other end"): "the other end",
    ("high", "other end"): "the other end",
    ("high", "unpaired"): "compare row by row",
    ("low", "unpaired"): "compare row by row",
    ("worst_delta", "night"): "all of night",
    ("worst_delta", "camera"): "all of camera",
    ("worst_delta", "minus"): "the wrong way round",
    ("worst_delta", "overall"): "over all pictures",
    ("delta", "0.009"): "Type a number",
    ("delta", True): "Type a number",
    ("delta", float("nan")): "Type a number",
    ("low", float("inf")): "Type a number",
}


def wrong_value(case: ReleaseCase, entry: str, slip: object) -> object:
    found, truth = case.comparison.first, right_numbers(case).numbers
    table, lost = found.overall.table, found.overall.interval(lost_as_broken=True)
    shares = [right / of for right, of in map(found.overall.accuracy, ("baseline", "candidate"))]
    half = 1.96 * sum(p * (1 - p) / table.compared for p in shares) ** 0.5
    single = {cohort.name: cohort.table.difference for by in ("light", "camera") for cohort in found.cohorts[by]}
    values: dict[object, object] = {
        "compared": table.compared,
        "lost_right": table.lost_right,
        "broken": table.broken,
        "fixed": table.fixed,
        "broken and lost": table.broken + table.lost_right,
        "minus": round(-truth[entry], 3),
        "points": round(100 * truth[entry], 1),
        "with lost": round({"delta": lost.estimate, "low": lost.low}.get(entry, 0), 4),
        "other end": round(truth["high" if entry == "low" else "low"], 3),
        "unpaired": round(truth["delta"] + (half if entry == "high" else -half), 4),
        "night": round(single["night"], 4),
        "camera": round(single[case.plan.camera], 4),
        "overall": round(truth["delta"], 3),
    }
    return values[slip] if isinstance(slip, str) and slip in values else slip


@pytest.mark.parametrize(("entry", "slip"), SLIPS, ids=lambda value: str(value))
def test_a_wrong_number_is_told_what_went_wrong(case: ReleaseCase, entry: str, slip: object) -> None:
    words = said(case, entry, wrong_value(case, entry, slip))
    assert SLIPS[entry, slip] in words
    # The remark does not give the number away.
    right = right_numbers(case).numbers[entry]
    assert not {f"{abs(right):.3f}", f"{abs(right):.4f}", f"{right:g}"} & set(re.findall(r"\d+(?:\.\d+)?", words))


@pytest.mark.parametrize("form", ["night × {camera}", "NIGHT x {camera}", "{camera}, night", "night and {number}"])
def test_the_cohort_may_be_written_in_other_ways(case: ReleaseCase, form: str) -> None:
    camera = case.plan.camera
    name = form.format(camera=camera, number=camera.split()[1])
    assert "the cohort is found" in check_numbers(case, typed(case, worst_cohort=name)).summary


def test_another_cohort_is_told_so(example: ReleaseCase) -> None:
    number = example.plan.camera.split()[1]
    assert "Cross it" in said(example, "worst_cohort", "night")
    assert "Cross it" in said(example, "worst_cohort", example.plan.camera)
    assert "Another cohort" in said(example, "worst_cohort", f"day × camera {number}")
    assert "Another cohort" in said(example, "worst_cohort", f"night × camera {int(number) % 8 + 1}")
    assert "Type a text" in said(example, "worst_cohort", 7)


def test_a_misspelt_entry_is_named_and_its_text_is_not_html(example: ReleaseCase) -> None:
    found = check_numbers(example, {"<b>dleta</b>": 1})
    assert "There is no entry of that name" in str(found)
    assert "<b>dleta" not in found._repr_html_()
    assert found._repr_html_().count("to do") == 9


@pytest.mark.slow
def test_the_command_prints_what_belongs_into_the_report() -> None:
    result = CliRunner().invoke(app, ["case", "Anna"])
    assert result.exit_code == 0
    truth = right_numbers(ReleaseCase("anna"))
    assert truth.cohort in result.output
    for entry in NUMBERS[4:]:
        assert f"{truth.numbers[entry]:+.4f}" in result.output


def test_a_folder_for_runs_goes_when_the_program_ends() -> None:
    code = "from autograder.releases import file_hash, run_folder\nfolder = run_folder()\n"
    code += "(folder / 'a').write_bytes(b'x')\nprint(folder)\nprint(file_hash(folder / 'a'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    folder, digest = done.stdout.split()
    assert digest == hashlib.sha256(b"x").hexdigest()
    assert not Path(folder).exists()
