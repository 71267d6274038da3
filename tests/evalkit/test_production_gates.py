"""The gate: three answers, how often each is wrong, and how the command says them."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from evalkit import balanced_accuracy_score, bootstrap_interval, f1_score, precision_score
from evalkit.cli import app
from evalkit.paired import ClusteredMean
from evalkit.production import Gate, GateError, read_gates
from evalkit.production.comparison import Cohort, Compared, Evaluated
from evalkit.production.example import planted
from evalkit.production.forest import Line, forest
from evalkit.production.kinds import change_of
from evalkit.production.pixels import data_url
from evalkit.production.runs import Run
from evalkit.production.sums import BySource
from evalkit.production.verdicts import judged
from evalkit.streaming.paired import PairedTable, paired_table

NO_SCORES = ClusteredMean(0, 0, 0.0, 0.0, 0.0, 0.0)
MARGINS = [Gate("accuracy", max_drop=0.01), Gate("accuracy", by="light", max_drop=0.03)]


def cohort(by, name, table, by_source=None):
    return Cohort(by, name, table, NO_SCORES, by_source)


def compared(tables, errors=0, classes=(), kinds=None):
    """Return a comparison made of counts alone."""
    total = sum(tables[1:], start=tables[0])
    cohorts = tuple(cohort("light", f"l{i}", table) for i, table in enumerate(tables))
    evaluated = Evaluated("match", cohort("", "all", total), {"light": cohorts}, classes, kinds)
    manifest = {"counts": {"errors": errors}, "dataset": {"rows": total.rows}}
    runs = [Run(Path(name), manifest) for name in "ab"]
    return Compared(*runs, ("light",), {"match": evaluated}, 0.95, False)


def table(right, wrong, broken, fixed, lost=0):
    return PairedTable(((wrong, fixed, 0), (broken, right, lost), (0, 0, 0)))


def drawn(rng, n, drop=0.0, discordant=0.06):
    """Return the table of n rows of two models that differ by `drop` in truth."""
    share = max(discordant, drop)
    broken, fixed = (share + drop) / 2, (share - drop) / 2
    counts = rng.multinomial(n, [broken, fixed, 0.88 - share, 0.12])
    return table(counts[2], counts[3], counts[0], counts[1])


def statuses(repetitions, sizes, drops, gates=MARGINS, seed=0, discordant=0.06):
    rng = np.random.default_rng(seed)
    found = [
        judged(compared([drawn(rng, n, d, discordant) for n, d in zip(sizes, drops, strict=True)]), gates).status
        for _ in range(repetitions)
    ]
    return {status: found.count(status) / repetitions for status in ("pass", "undecided", "fail")}


# ------------------------------------------------------------------------------------------- how often it errs (seeded)
@pytest.mark.slow
def test_equal_models_fail_in_at_most_five_percent():
    found = statuses(2000, [500] * 5, [0.0] * 5)
    assert found["fail"] <= 0.05
    assert found["undecided"] > 0.5  # with so few rows, nobody knows
    assert statuses(300, [200] * 20, [0.0] * 20)["fail"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert statuses(150, [4000] * 5, [0.0] * 5)["pass"] >= 0.95  # and with enough, everybody does


def test_at_the_margin_a_pass_is_rare():
    """A candidate that is exactly as much worse as the margin passes in at most 2.5 %: 10 of 400 (binomial: 19)."""
    for n, margin in ((500, 0.03), (2000, 0.01)):
        gates = [Gate("accuracy", max_drop=margin)]
        found = statuses(400, [n], [margin], gates)
        assert found["pass"] <= 0.0475  # the 99.9 % quantile of the binomial at 2.5 %


def test_a_planted_drop_of_six_points_fails():
    """Five cohorts of 500 rows, one of them six points worse."""
    found = statuses(200, [500] * 5, [0.06, 0, 0, 0, 0])
    assert found["fail"] >= 0.9
    assert found["pass"] == 0


def test_a_drop_in_few_rows_is_undecided_and_never_passes():
    """100 rows, six points worse: no significant difference, in most cases, and yet no pass."""
    found = statuses(150, [2000] * 4 + [100], [0.0] * 4 + [0.06], seed=1, discordant=0.12)
    assert found["pass"] == 0
    assert found["undecided"] > 0.5


# -------------------------------------------------------------------------------------------------------- three answers
def test_pass_fail_undecided_and_the_rows_needed():
    good = judged(compared([table(9000, 900, 50, 50)]), MARGINS)
    assert (good.status, good.rows_needed) == ("pass", None)
    bad = judged(compared([table(9000, 700, 250, 50)]), MARGINS)
    assert bad.status == "fail"
    assert bad.reason.startswith("accuracy in all changed by −2.0 points (")
    few = judged(compared([table(90, 6, 2, 2)]), MARGINS)
    assert few.status == "undecided"
    assert few.checks[0].rows_needed == 3140 - 100  # (1.96 + 0.84)² · 0.04 / 0.01²
    assert few.rows_needed == 3040
    assert "about 3,040 more rows would tell" in few.reason
    assert few.checks[0].detectable == pytest.approx(2.8016 * np.sqrt(0.04 / 100), rel=1e-3)


def test_no_margin_asks_for_an_improvement():
    gate = [Gate("accuracy", max_drop=0.0)]
    assert judged(compared([table(9000, 900, 20, 80)]), gate).status == "pass"
    equal = judged(compared([table(9000, 900, 50, 50)]), gate)
    assert (equal.status, equal.rows_needed) == ("undecided", None)  # no number of rows would decide it


def test_lost_rows_count_as_broken_unless_told_otherwise():
    result = compared([table(9000, 900, 10, 10, lost=300)])
    assert judged(result, [Gate("accuracy", max_drop=0.01)]).status == "fail"
    assert judged(result, [Gate("accuracy", max_drop=0.01, lost="left out")]).status == "pass"


def test_small_cohorts_cannot_pass():
    result = compared([table(9000, 900, 50, 50), table(150, 0, 0, 0)])
    assert judged(result, [Gate("accuracy", by="light", max_drop=0.03)]).status == "pass"
    asked = judged(result, [Gate("accuracy", by="light", max_drop=0.03, min_rows=200)])
    assert (asked.status, asked.rows_needed) == ("undecided", 50)
    empty = judged(compared([table(0, 0, 0, 0)]), [Gate("accuracy", max_drop=0.03)])
    assert empty.status == "undecided"


def test_few_sources_decide_nothing():
    sums = ClusteredMean(12, 6000, -600.0, 40000.0, -300000.0, 3000000.0)
    result = compared([table(9000, 900, 50, 50)])
    evaluated = result.evaluated["match"]
    with_sources = Evaluated(
        "match", cohort("", "all", evaluated.overall.table, BySource((sums, sums), (sums, sums), sums)), {}, (), None
    )
    result = Compared(result.baseline, result.candidate, (), {"match": with_sources}, 0.95, False)
    verdict = judged(result, [Gate("accuracy", max_drop=0.01)])
    assert verdict.status == "undecided"
    assert "12 sources, fewer than 20" in verdict.reason


def test_floors_and_errors():
    classes = (cohort("expected", "tumour", table(960, 20, 10, 10)),)
    result = compared([table(9000, 900, 50, 50)], errors=10, classes=classes)
    at_least = {value: judged(result, [Gate("recall", of="tumour", at_least=value)]) for value in (0.95, 0.965, 0.99)}
    assert {value: verdict.status for value, verdict in at_least.items()} == {
        0.95: "pass",
        0.965: "undecided",
        0.99: "fail",
    }
    assert at_least[0.965].rows_needed > 0
    assert judged(result, [Gate("errors", at_most=0.001)]).status == "pass"
    assert judged(result, [Gate("errors", at_most=0.0009)]).status == "fail"
    assert judged(result, [Gate("recall", of="tumour", max_drop=0.02)]).status == "pass"
    with pytest.raises(GateError, match="No row is expected to be 'emu'"):
        judged(result, [Gate("recall", of="emu", max_drop=0.1)])


def test_precision_f1_and_balanced_accuracy_of_both_runs_together():
    kinds = {("a", "a", "a"): 800, ("b", "b", "b"): 900, ("b", "b", "a"): 120, ("a", "b", "a"): 10}
    result = compared([table(1700, 0, 120, 10)], kinds=kinds)
    (check,) = judged(result, [Gate("precision", of="a", max_drop=0.05)]).checks
    assert check.interval.estimate == pytest.approx(810 / 930 - 1)
    assert check.status == "fail"
    assert judged(result, [Gate("precision", of="a", max_drop=0.2)]).status == "pass"
    (balanced,) = judged(result, [Gate("balanced_accuracy", max_drop=0.05)]).checks
    assert balanced.interval.estimate == pytest.approx((1 + 900 / 1020) / 2 - (800 / 810 + 1) / 2)
    assert judged(result, [Gate("f1", of="b", max_drop=0.2)]).status == "pass"
    with pytest.raises(GateError, match="too many different answers"):
        judged(compared([table(1, 1, 1, 1)]), [Gate("f1", of="b", max_drop=0.2)])
    with pytest.raises(GateError, match="No row is expected to be 'emu'"):
        judged(result, [Gate("f1", of="emu", max_drop=0.2)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gate", "metric"),
    [
        (Gate("precision", of="a", max_drop=0.1), lambda t, y, w: precision_score(t == 0, y == 0, sample_weight=w)),
        (Gate("f1", of="a", max_drop=0.1), lambda t, y, w: f1_score(t == 0, y == 0, sample_weight=w)),
        (Gate("balanced_accuracy", max_drop=0.1), lambda t, y, w: balanced_accuracy_score(t, y, sample_weight=w)),
    ],
)
def test_the_interval_is_that_of_the_bootstrap_where_there_are_many_rows(gate, metric):
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 4000)
    base, cand = (np.where(rng.random(4000) < share, truth, rng.integers(0, 3, 4000)) for share in (0.85, 0.8))
    kinds, counts = np.unique(np.stack([truth, base, cand]), axis=1, return_counts=True)
    told = {tuple("abc"[code] for code in kind): int(n) for kind, n in zip(kinds.T, counts, strict=True)}
    found = change_of(Evaluated("match", None, {}, (), told), gate, 0.95)

    def change(t, one, two, sample_weight):
        return metric(t, two, sample_weight) - metric(t, one, sample_weight)

    drawn = bootstrap_interval((truth, base, cand), change, seed=1, resamples=4000)
    assert found.interval.estimate == pytest.approx(drawn.estimate)
    for mine, other in zip(found.interval, drawn, strict=True):
        assert mine == pytest.approx(other, abs=0.08 * (drawn.high - drawn.low))


def drawn_kinds(rng, n, drop):
    """Return counts of kinds: the candidate misses more of the class "a", and calls more of the others so."""
    cells = [(t, b, c) for t in "ab" for b in "ab" for c in "ab"]
    of_a = [0.8 - drop / 2, 0.05 + drop / 2, 0.05, 0.1]  # both say a, only the first, only the second, neither
    of_b = [0.05, 0.03, 0.03 + drop / 2, 0.89 - drop / 2]
    counts = rng.multinomial(n, [0.4 * p for p in of_a] + [0.6 * p for p in of_b])
    return dict(zip(cells, counts.tolist(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("copies", [1, 5])
@pytest.mark.parametrize("metric", ["precision", "f1", "balanced_accuracy"])
def test_an_f1_exactly_as_much_worse_as_the_margin_seldom_passes(metric, copies):
    """Copies of a row say the same, and are no reason to be any surer."""
    rng = np.random.default_rng(5)
    gate = Gate(metric, of=None if metric == "balanced_accuracy" else "a", max_drop=0.5)
    truth = change_of(Evaluated("x", None, {}, (), drawn_kinds(_Expected(), 10**7, 0.06)), gate, 0.95).interval
    passed = failed = 0
    for _ in range(400):
        counts = drawn_kinds(rng, 600, 0.06)
        kind = np.repeat(np.arange(len(counts)), list(counts.values()))
        shared = (np.arange(600), kind, np.full(600, copies)) if copies > 1 else None
        kinds = {key: n * copies for key, n in counts.items()}
        low, high = change_of(Evaluated("x", None, {}, (), kinds, shared), gate, 0.95).interval
        passed += low > truth.estimate
        failed += high < truth.estimate
    assert passed <= 400 * 0.0475  # the 99.9 % quantile of the binomial at 2.5 %
    assert failed <= 400 * 0.0475
    assert passed + failed >= 400 * 0.01  # and no wider than it need be


class _Expected:
    """Draws what is expected, to the row."""

    def multinomial(self, n, shares):
        return np.rint(n * np.array(shares)).astype(int)


def test_no_interval_is_a_point():
    """Ten rows on which two models agree are no proof that they are equal."""
    same = {("a", "a", "a"): 20, ("b", "b", "b"): 20}
    result = compared([table(40, 0, 0, 0)], kinds=same)
    for gate in (Gate("accuracy", max_drop=0.02), Gate("f1", of="a", max_drop=0.02)):
        verdict = judged(result, [gate])
        assert (verdict.status, gate.metric) == ("undecided", gate.metric)
        assert verdict.checks[0].interval.low < -0.05
    many = compared([table(40_000, 0, 0, 0)], kinds={kind: 1000 * n for kind, n in same.items()})
    assert judged(many, [Gate("accuracy", max_drop=0.02), Gate("f1", of="a", max_drop=0.02)]).status == "pass"
    # Thirty sources of a thousand rows each are thirty, not thirty thousand.
    each = ClusteredMean(30, 30_000, 0.0, 0.0, 0.0, 30 * 1000.0**2)
    right = ClusteredMean(30, 30_000, 30_000.0, 30 * 1000.0**2, 30 * 1000.0**2, 30 * 1000.0**2)
    overall = cohort("", "all", table(30_000, 0, 0, 0), BySource((each, each), (right, right), each))
    result = Compared(
        *(Run(Path(n), {}) for n in "ab"), (), {"match": Evaluated("match", overall, {}, (), None)}, 0.95, False
    )
    for gate in (Gate("accuracy", max_drop=0.02), Gate("score", max_drop=0.02), Gate("accuracy", at_least=0.95)):
        verdict = judged(result, [gate])
        assert verdict.status == "undecided", gate


# ---------------------------------------------------------------------------------------------------------------- files
@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ({"metric": "speed", "max_drop": 0.1}, "metric must be one of"),
        ({"metric": "accuracy"}, "needs max_drop or at_least"),
        ({"metric": "accuracy", "max_drop": 0.1, "at_least": 0.5}, "nothing else"),
        ({"metric": "accuracy", "max_drop": 5}, "from 0 to 1"),
        ({"metric": "recall", "max_drop": 0.1}, "needs `of`"),
        ({"metric": "accuracy", "of": "cat", "max_drop": 0.1}, "has no `of`"),
        ({"metric": "errors", "max_drop": 0.1}, "needs at_most"),
        ({"metric": "f1", "of": "cat", "by": "light", "max_drop": 0.1}, "cannot be per cohort"),
        ({"metric": "accuracy", "max_drop": 0.1, "lost": "found"}, "lost must be"),
    ],
)
def test_gates_that_make_no_sense(gate, message):
    with pytest.raises(GateError, match=message):
        Gate(**gate)


def test_gates_of_a_file(tmp_path):
    file = tmp_path / "gates.toml"
    file.write_text(
        '[[gate]]\nmetric = "accuracy"\nmax_drop = 0.01\n[[gate]]\nmetric = "recall"\nof = "a"\nat_least = 0.9\n'
    )
    assert read_gates(file) == [Gate("accuracy", max_drop=0.01), Gate("recall", of="a", at_least=0.9)]
    for text, message in (
        ("", "at least one"),
        ("[[gate]\n", "cannot be read"),
        ('[[gate]]\nmetric = "accuracy"\nmaxdrop = 1\n', "Gate 1 of .* has 'maxdrop'"),
        ("[[gate]]\nmax_drop = 0.1\n", "Gate 1 of"),
        ('[[gate]]\nmetric = "speed"\nmax_drop = 0.1\n', "Gate 1 of .*metric must be"),
        ('title = "x"\n[[gate]]\nmetric = "accuracy"\nmax_drop = 0.1\n', "nothing else"),
    ):
        file.write_text(text)
        with pytest.raises(GateError, match=message):
            read_gates(file)
    with pytest.raises(GateError, match="There are no gates"):
        judged(compared([table(1, 1, 1, 1)]), [])


# ----------------------------------------------------------------------------------------------- the planted regression
@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return planted(tmp_path_factory.mktemp("runs"))


@pytest.mark.slow
def test_the_regression_that_accuracy_hides_is_caught(example):
    overall = example.result.first.overall
    assert overall.table.difference > 0.01  # better overall
    dark = next(c for c in example.result.first.cohorts["light"] if c.name == "dark")
    assert dark.table.compared == 42
    assert dark.table.difference < -0.3
    assert example.verdict.status == "fail"
    assert "light = dark" in example.verdict.reason
    assert [check.status for check in example.verdict.checks] == ["pass", "fail", "pass"]


def test_the_page_needs_nothing_else_and_shows_the_pictures(example, tmp_path):
    page = tmp_path / "release.html"
    example.result.to_html(page, example.verdict, dataset=example.dataset)
    text = page.read_text()
    assert "Do not release the candidate" in text
    assert text.count('src="data:image/png;base64,') == 16  # the broken rows of the dark cohort
    assert "http" not in text
    assert "light = dark" in text
    example.result.to_html(page)
    assert "no verdict" in page.read_text()


def gate(example, tmp_path, text, *more):
    file = tmp_path / "gates.toml"
    file.write_text(text)
    runs = [str(example.baseline.path), str(example.candidate.path)]
    return CliRunner().invoke(app, ["gate", *runs, "--gates", str(file), *more])


OVERALL = '[[gate]]\nmetric = "accuracy"\nmax_drop = {}\n'
BY_LIGHT = OVERALL + 'by = "light"\n'


@pytest.mark.slow
def test_exit_codes(example, tmp_path, monkeypatch):
    assert gate(example, tmp_path, OVERALL.format(0.02)).exit_code == 0
    failed = gate(example, tmp_path, BY_LIGHT.format(0.05))
    assert failed.exit_code == 2
    assert failed.output.startswith("FAIL: accuracy in light = dark changed by −35.7 points")
    assert gate(example, tmp_path, OVERALL.format(0)).exit_code == 3
    assert gate(example, tmp_path, OVERALL.format(0), "--undecided", "fail").exit_code == 2
    assert gate(example, tmp_path, OVERALL.format(0), "--undecided", "pass").exit_code == 0
    assert gate(example, tmp_path, "nonsense").exit_code == 4
    assert gate(example, tmp_path, OVERALL.format(0), "--nope").exit_code == 4
    assert gate(example, tmp_path, OVERALL.format(0), "--undecided", "perhaps").exit_code == 4
    assert gate(example, tmp_path, OVERALL.format(0), "--html", "/nowhere/at/all.html").exit_code == 4
    assert CliRunner().invoke(app, ["gate"]).exit_code == 4
    (tmp_path / "g.toml").write_text(OVERALL.format(0))
    nothing = ["gate", str(tmp_path / "none"), str(example.candidate.path), "--gates", str(tmp_path / "g.toml")]
    assert CliRunner().invoke(app, nothing).exit_code == 5
    assert gate(example, tmp_path, OVERALL.format(0) + 'by = "weather"\n').exit_code == 4
    assert gate(example, tmp_path, OVERALL.format(0), "--timeout", "0.000001").exit_code == 7
    monkeypatch.setattr("evalkit.production.regression.joined", lambda *_: 1 / 0)
    broken = gate(example, tmp_path, OVERALL.format(0))
    assert broken.exit_code == 1
    assert "ZeroDivisionError" in broken.output
    assert CliRunner().invoke(app, ["report", "--nope"]).exit_code == 2  # as before


def test_files_of_the_command(example, tmp_path):
    outputs = {name: tmp_path / f"out.{name}" for name in ("json", "html", "junit")}
    options = [word for name, path in outputs.items() for word in (f"--{name}", str(path))]
    text = BY_LIGHT.format(0.05) + OVERALL.format(0)
    assert gate(example, tmp_path, text, *options).exit_code == 2
    verdict = json.loads(outputs["json"].read_text())["verdict"]
    assert verdict["status"] == "fail"
    assert [check["status"] for check in verdict["checks"]] == ["fail", "pass", "undecided"]
    suite = ElementTree.parse(outputs["junit"]).getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3", "failures": "1", "skipped": "1", "errors": "0",
    }  # fmt: skip
    assert "−35.7 points" in suite.find("testcase/failure").get("message")
    assert "Fail" in outputs["html"].read_text()


@pytest.mark.slow
def test_the_other_commands(example, tmp_path):
    runs = [str(example.baseline.path), str(example.candidate.path)]
    compared = CliRunner().invoke(app, ["compare", *runs, "--by", "light", "--json", str(tmp_path / "c.json")])
    assert compared.exit_code == 0
    assert "light = dark" in compared.output
    assert CliRunner().invoke(app, ["compare", *runs, "--by", "weather"]).exit_code == 5
    np.savez(tmp_path / "a.npz", w=np.zeros(3))
    np.savez(tmp_path / "b.npz", w=np.ones(3))
    marks = CliRunner().invoke(app, ["fingerprint", str(tmp_path / "a.npz"), str(tmp_path / "b.npz")])
    assert "tensor 'w' has other values" in marks.output
    (tmp_path / "rows.csv").write_text("id,input,expected\na,1,1\nb,2,3\n")
    (tmp_path / "my_pipeline.py").write_text("def make(checkpoint):\n    return lambda rows: list(rows['input'])\n")
    command = [
        "run", "rows.csv", "--pipeline", "my_pipeline:make", "--checkpoint", "a.npz", "--to", "out",
    ]  # fmt: skip
    program = Path(sys.executable).with_name("evalkit")
    done = subprocess.run([program, *command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "1 of 2 passed" in done.stdout
    command[3] = "my_pipeline:nothing"
    assert subprocess.run([program, *command], cwd=tmp_path, capture_output=True, check=False).returncode == 4


# ------------------------------------------------------------------------------------------------------------- drawings
def test_arrays_become_pictures(tmp_path):
    image = pytest.importorskip("PIL.Image")
    import base64
    import io

    for array, mode in (
        (np.linspace(0, 1, 12).reshape(3, 4), "L"),
        (np.zeros((3, 5, 6), np.uint8), "RGB"),
        (np.ones((6, 5, 3)), "RGB"),
        (np.array([[True, False]]), "L"),
    ):
        picture = image.open(io.BytesIO(base64.b64decode(data_url(array).partition(",")[2])))
        picture.load()
        assert picture.mode == mode
    assert picture.getpixel((0, 0)) == 255
    file = tmp_path / "noise.png"
    image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)).save(file)
    assert data_url(file).startswith("data:image/jpeg")
    assert len(data_url(file)) < file.stat().st_size
    assert data_url("nothing.png") is None
    assert data_url(np.zeros(3)) is None


def test_the_forest_tells_its_numbers():
    drawing = forest(
        [Line("light = dark", 42, -0.5, -0.36, -0.19, 0.05, True), Line("a", 9, -1, np.nan, 1, None, False)]
    )
    root = ElementTree.fromstring(drawing)
    assert "light = dark: −36.0 points, −50.0 to −19.0" in root.get("aria-label")
    assert drawing.count("<rect") == 1
    assert paired_table(np.arange(9)).broken == 3
