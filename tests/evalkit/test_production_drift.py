"""Tests of drift: how often they alarm for nothing, what they see, and what the monitor promises."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.stats
from typer.testing import CliRunner

from evalkit.analysis.drift import classifier_test, ks, mmd, psi
from evalkit.cli import app
from evalkit.paired import holm
from evalkit.production import DriftMonitor, retraining_due
from evalkit.production.example import digits, trained
from evalkit.streaming.paired import PairedTable


def band(rate, n, z=2.576):
    """Return the ends of the 99 % band of a count at this rate."""
    half = z * np.sqrt(n * rate * (1 - rate))
    return n * rate - half, n * rate + half


# ---------------------------------------------------------------------------------------------------------------- tests
@pytest.mark.slow
def test_psi_by_chance_is_what_its_law_says():
    rng = np.random.default_rng(0)
    found = [psi(rng.normal(size=500), rng.normal(size=100)) for _ in range(600)]
    values = np.array([test.statistic for test in found])
    assert values.mean() == pytest.approx(9 * (1 / 500 + 1 / 100), rel=0.08)  # half a row in every bin draws it in
    assert 0.3 < (values >= 0.1).mean() < 0.6  # "above 0.1 is drift"
    assert (values > found[0].critical).mean() <= 0.075
    assert found[0].critical == pytest.approx(scipy.stats.chi2.ppf(0.95, 9) * (1 / 500 + 1 / 100))
    assert found[0].p_value == pytest.approx(scipy.stats.chi2.sf(values[0] / 0.012, 9))


def test_psi_by_hand_and_with_an_empty_bin():
    reference, live = np.arange(100.0), np.arange(50.0, 150.0)
    found = psi(reference, live, bins=4)
    counts = np.array([25, 25, 25, 25]), np.array([0, 0, 25, 75])
    one, two = ((c + 0.5) / (c + 0.5).sum() for c in counts)
    assert found.statistic == pytest.approx(((two - one) * np.log(two / one)).sum())
    assert psi([1.0] * 50, [1.0] * 30).statistic == 0
    assert psi(reference, reference).statistic == 0


def test_ks_is_scipys():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(300, 5)).round(1), rng.normal(0.2, 1, size=(200, 5)).round(1)  # with ties
    expected = [scipy.stats.ks_2samp(one[:, i], two[:, i], method="asymp") for i in range(5)]
    found = ks(one, two)
    assert [test.statistic for test in found] == pytest.approx([each.statistic for each in expected])
    assert [test.p_value for test in found] == pytest.approx(holm([each.pvalue for each in expected]), abs=0.05)


@pytest.mark.slow
def test_classifier_and_mmd_keep_their_level_in_many_features():
    rng = np.random.default_rng(0)
    alarms = sum(
        classifier_test(rng.normal(size=(200, 16)), rng.normal(size=(80, 16)), permutations=99, seed=i).p_value <= 0.05
        for i in range(300)
    )
    low, high = band(0.05, 300)
    assert low <= alarms <= high
    alarms = sum(mmd(rng.normal(size=(60, 4)), rng.normal(size=(40, 4)), seed=i).p_value <= 0.05 for i in range(60))
    assert alarms <= band(0.05, 60)[1]


def test_what_they_see():
    rng = np.random.default_rng(0)
    one, wider = rng.normal(size=(300, 6)), rng.normal(size=(200, 6)) * [1, 1, 2, 1, 1, 1]
    moved = rng.normal(size=(200, 6)) + np.array([0, 0, 0, 0.8, 0, 0])
    for test in (classifier_test, mmd):
        assert test(one, wider).p_value <= 0.01
        assert test(one, moved).p_value <= 0.01
    assert np.argmin([test.p_value for test in ks(one, moved)]) == 3
    assert classifier_test(one, moved) == classifier_test(one, moved)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (psi, ([1.0], [1.0, 2.0]), "reference must be"),
        (psi, ([1.0, 2.0], [1.0, np.nan]), "live"),
        (ks, (np.zeros((3, 2)), np.zeros((3, 1))), "2 features and live has 1"),
        (classifier_test, (np.zeros(30), np.zeros(5)), "at least 10 rows"),
        (mmd, (np.zeros((3, 2, 2)), np.zeros(5)), "shape"),
    ],
)
def test_wrong_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


# -------------------------------------------------------------------------------------------------------------- monitor
@pytest.mark.slow
def test_the_monitor_keeps_its_promise_on_a_thousand_clean_batches():
    rng = np.random.default_rng(0)
    monitor = DriftMonitor(rng.normal(size=(2000, 4)), batch=80, false_alarms=0.02, method="ks")
    states = [monitor.update(rng.normal(size=(80, 4))) for _ in range(1000)]
    assert 1 <= sum(state.alarm for state in states) <= band(0.02, 1000)[1]
    assert sum(state.suspicious for state in states) <= band(monitor.per_batch, 1000)[1]


@pytest.mark.slow
def test_the_monitor_keeps_its_promise_with_a_classifier():
    rng = np.random.default_rng(1)
    monitor = DriftMonitor(rng.normal(size=(2000, 8)), batch=100, false_alarms=0.01)
    states = [monitor.update(rng.normal(size=(100, 8))) for _ in range(1000)]
    assert sum(state.alarm for state in states) <= band(0.01, 1000)[1]
    drifted = [monitor.update(rng.normal(0.4, 1, size=(100, 8))) for _ in range(3)]
    assert drifted[-1].alarm
    assert drifted[-1].features


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "repetitions", "ahead"), [(0.1, 100, 1), (0.2, 30, 15)])
def test_a_classifier_on_embeddings_sees_noise_before_psi_of_the_confidence_does(noise, repetitions, ahead):
    """A net that reads digits, and noise on the pixels of 100 of them. Both tests at p ≤ 0.05."""
    seen, _, cohort = digits()
    net = trained(seen, 1)
    x = cohort.x[~cohort.dark].reshape(-1, 64)
    rng = np.random.default_rng(0)

    def looked(pictures):
        scores = net.scores(pictures)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        embedding = pictures @ net.weights["w1"] + net.weights["b1"]
        return embedding, (shares / shares.sum(axis=1, keepdims=True)).max(axis=1)

    seen_by = {"classifier": 0, "psi": 0}
    for i in range(repetitions):
        order = rng.permutation(len(x))
        reference, live = x[order[:500]], x[order[500:600]] + rng.normal(0, noise, (100, 64))
        (one, sure), (two, unsure) = looked(reference), looked(live)
        seen_by["classifier"] += classifier_test(one, two, permutations=99, seed=i).p_value <= 0.05
        seen_by["psi"] += psi(sure, unsure).p_value <= 0.05
    assert seen_by["classifier"] >= seen_by["psi"] + ahead


@pytest.mark.slow
def test_the_monitor_refuses_what_it_was_not_made_for():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least 400"):
        DriftMonitor(rng.normal(size=(300, 2)), batch=100)
    with pytest.raises(ValueError, match="one feature only"):
        DriftMonitor(rng.normal(size=(500, 2)), batch=100, method="psi")
    with pytest.raises(ValueError, match="between 0 and"):
        DriftMonitor(rng.normal(size=500), batch=100, false_alarms=0)
    monitor = DriftMonitor(rng.normal(size=400), batch=50, method="psi")
    with pytest.raises(ValueError, match="batches of 50 rows, got 49"):
        monitor.update(rng.normal(size=49))


def test_retraining_needs_drift_and_a_drop():
    rng = np.random.default_rng(0)
    monitor = DriftMonitor(rng.normal(size=600), batch=100, false_alarms=0.01, method="ks")
    calm = monitor.update(rng.normal(size=100))
    for _ in range(2):
        alarmed = monitor.update(rng.normal(2, 1, size=100))
    worse = PairedTable(((50, 10, 0), (90, 850, 0), (0, 0, 0)))
    same = PairedTable(((50, 10, 0), (10, 930, 0), (0, 0, 0)))
    few = PairedTable(((1, 1, 0), (3, 15, 0), (0, 0, 0)))
    assert not calm.alarm
    assert alarmed.alarm
    assert retraining_due(calm, worse, max_drop=0.02)[0] is False
    assert retraining_due(alarmed, None, max_drop=0.02) == (
        False,
        "the data has drifted; label some rows to see whether it does harm",
    )
    assert retraining_due(alarmed, worse, max_drop=0.02)[0] is True
    assert "as good as before" in retraining_due(alarmed, same, max_drop=0.02)[1]
    assert "more labelled rows" in retraining_due(alarmed, few, max_drop=0.02)[1]


def test_the_command(tmp_path):
    rng = np.random.default_rng(0)
    for name, shift in (("a", 0), ("b", 1)):
        pq.write_table(pa.table({"x": rng.normal(shift, 1, 200), "y": rng.normal(size=200), "z": ["t"] * 200}),
                       tmp_path / f"{name}.parquet")  # fmt: skip
    told = CliRunner().invoke(app, ["drift", str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")])
    assert told.exit_code == 0
    assert "p = 0.005" in told.output
    assert told.output.splitlines()[1].startswith("  x: KS")
    assert "  z:" not in told.output
    assert CliRunner().invoke(app, ["drift", "none.parquet", "none.parquet"]).exit_code == 5
