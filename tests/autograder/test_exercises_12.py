"""The exercises of lesson 12: what is special to them."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from known_answers import asked, check_probes_outside, torch_on_one_thread, verdict_on  # noqa: F401 - a fixture
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder.exercises import _bootstrap_probe, _fingerprint_probe, bootstrap_interval, of_lesson

# To draw the large counts of mcnemar takes half a second.
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 21))]
EXERCISES = {exercise.id: exercise for exercise in of_lesson("12_evaluating_releases")}


def arguments(exercise_id, seed, name):
    """The arguments of a case."""
    return next(one.args for one in EXERCISES[exercise_id].draw(seed) if one.name == name)


# fingerprint


@pytest.mark.parametrize("seed", SEEDS)
def test_each_change_of_a_state_dict_changes_what_it_says(seed):
    """Compared with the arrays themselves, not with a hash of them."""

    def content(state):
        return {name: (array.dtype, array.shape, array.tobytes()) for name, array in state.items()}

    for case in EXERCISES["fingerprint"].draw(seed):
        state, changes, *_ = case.args
        for change in changes:
            changed = _fingerprint_probe.changed(state, change)
            unseen = {"names in reverse order", "another order in memory", "every other place in memory"}
            assert (content(changed) == content(state)) == (change in unseen | {"another process"}), change
    state, (order, places, _), _ = arguments("fingerprint", seed, "another place in memory")
    matrices = [name for name, array in state.items() if array.ndim == 2]
    for change in (order, places):
        changed = _fingerprint_probe.changed(state, change)
        assert not any(changed[name].flags.c_contiguous for name in matrices)
    reverse = _fingerprint_probe.changed(state, "names in reverse order")
    assert list(reverse) == list(state)[::-1] != list(state)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_bit_is_one_bit(seed):
    for name in ("other numbers", "a large tensor"):
        state, changes, *_ = arguments("fingerprint", seed, name)
        for change in changes:
            if change.startswith("one bit of "):
                tensor = change.removeprefix("one bit of ")
                before, after = state[tensor], _fingerprint_probe.changed(state, change)[tensor]
                bits = np.unpackbits(
                    np.frombuffer(before.tobytes(), np.uint8) ^ np.frombuffer(after.tobytes(), np.uint8)
                )
                assert bits.sum() == 1
    state, (change, _), _ = arguments("fingerprint", seed, "a large tensor")
    tensor = change.removeprefix("one bit of ")
    assert str(state[tensor]) == str(_fingerprint_probe.changed(state, change)[tensor]), "print does not show it"


@pytest.mark.slow
def test_evalkit_takes_the_same_fingerprints_for_the_same():
    from evalkit.production.checkpoints import fingerprint

    def answer(state_dict):
        return fingerprint(state_dict).root

    for seed in range(3):
        assert verdict_on("fingerprint", answer, seed).passed


def test_the_state_dict_of_a_network_is_turned_into_arrays_as_the_exercise_says():
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.BatchNorm2d(2))
    state = {name: tensor.numpy(force=True) for name, tensor in network.state_dict().items()}
    fingerprint = EXERCISES["fingerprint"].reference
    before = fingerprint(state)
    assert fingerprint(dict(reversed(state.items()))) == before
    network(torch.zeros(1, 3, 8, 8))  # in training mode: batch normalisation remembers
    assert fingerprint({name: tensor.numpy(force=True) for name, tensor in network.state_dict().items()}) != before


def test_the_salt_of_another_process_is_taken_back():
    before = hash
    with pytest.raises(RuntimeError):
        _fingerprint_probe.elsewhere(raising, {})
    assert hash is before


def raising(state):
    raise RuntimeError


def test_a_hash_that_is_salted_anew_in_each_process_is_found_out():
    def fingerprint(state_dict):
        parts = [f"{name} {array.dtype} {array.shape}".encode() + array.tobytes() for name, array in state_dict.items()]
        return hashlib.sha256(str(sorted(map(hash, parts))).encode()).hexdigest()

    verdict = verdict_on("fingerprint", fingerprint)
    assert [case.name for case in verdict.cases if not case.passed] == ["another process"]


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"00" * 16, 3, ["a"], {"a": "b"}, hashlib.sha256()])
def test_what_is_no_text_is_said_in_words(answer):
    verdict = verdict_on("fingerprint", lambda state_dict: answer)
    assert verdict == 0
    assert verdict.hints[0].startswith("The answer must be text, and is of type")


@pytest.mark.parametrize("bits", [4, 8, 12])
def test_a_hash_with_few_answers_is_found_out_however_long_they_are(bits):
    def fingerprint(state_dict):
        full = EXERCISES["fingerprint"].reference(state_dict)
        return f"{int(full, 16) % 2**bits:064x}"

    verdict = verdict_on("fingerprint", fingerprint)
    assert "other numbers" in [case.name for case in verdict.cases if not case.passed]


def test_changing_the_state_dict_is_said():
    def fingerprint(state_dict):
        for array in state_dict.values():
            array[:] = 0
        return "0" * 32

    assert "has been changed" in str(verdict_on("fingerprint", fingerprint))


# row_diff


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_of_the_kinds_that_their_case_says(seed):
    kinds = {one.name: EXERCISES["row_diff"].reference(*one.args) for one in EXERCISES["row_diff"].draw(seed)}
    for one in EXERCISES["row_diff"].draw(seed):
        every = np.concatenate(list(kinds[one.name].values()))
        assert sorted(every) == list(range(len(one.args[0]))), "each row is of one kind"
    assert all(len(rows) for rows in kinds["labels 0 and 1"].values())
    assert all(len(rows) for rows in kinds["four classes by their names"].values())
    assert len(kinds["as many fixed as broken"]["fixed"]) == len(kinds["as many fixed as broken"]["broken"]) > 0
    assert len(kinds["nothing is broken"]["broken"]) == 0 < len(kinds["nothing is broken"]["fixed"])
    same = kinds["the candidate answers like the baseline"]
    assert len(same["fixed"]) == len(same["broken"]) == 0
    assert [name for name, rows in kinds["both are wrong everywhere"].items() if len(rows)] == ["both_wrong"]
    for name in ("four classes by their names", "both are wrong everywhere"):
        _, baseline, candidate = arguments("row_diff", seed, name)
        wrong = kinds[name]["both_wrong"]
        assert 0 < np.sum(baseline[wrong] == candidate[wrong]) < len(wrong), "with one wrong label, and with two"


def test_row_diff_counts_as_the_library_does():
    from evalkit.uncertainty import discordant_counts

    for one in EXERCISES["row_diff"].draw(5):
        found = EXERCISES["row_diff"].reference(*one.args)
        assert discordant_counts(*one.args) == (len(found["broken"]), len(found["fixed"]))


# mcnemar


def test_mcnemar_of_small_counts():
    mcnemar = EXERCISES["mcnemar"].reference
    assert mcnemar(17, 1) == pytest.approx(2 * (1 + 18) / 2**18)
    assert mcnemar(4, 2) == pytest.approx(0.6875)
    assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_mcnemar_agrees_with_scipy(seed):
    from scipy.stats import binomtest

    for one in EXERCISES["mcnemar"].draw(seed):
        b, c = one.args
        p = EXERCISES["mcnemar"].reference(b, c)
        assert p == pytest.approx(binomtest(b, b + c).pvalue if b + c else 1.0, rel=1e-9)
        # So small a p value that 0 would do for it is not asked for.
        assert p > 1e-4


def test_mcnemar_has_cases_in_which_either_count_is_larger():
    larger = {one.name: np.sign(one.args[0] - one.args[1]) for one in EXERCISES["mcnemar"].draw(0)}
    assert larger["more broken than fixed"] == 1
    assert larger["more fixed than broken"] == -1
    b, c = arguments("mcnemar", 0, "more than a thousand rows")
    assert 0.5 ** (b + c) == 0 or b + c < 1075
    with pytest.raises(OverflowError):
        float(math.comb(b + c, b))


# bootstrap_interval


def exact_draws(values, statistic, rng):
    """Many more resamples than anybody is asked to draw."""
    index = rng.integers(0, len(values), (10_000, len(values)))
    return np.array([_bootstrap_probe.STATISTICS[statistic](values[rows]) for rows in index])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_intervals_that_are_accepted_are_near_that_of_endless_resampling(seed):
    """Not only the quantiles of whatever was drawn: what was drawn is the bootstrap's distribution."""
    for one in EXERCISES["bootstrap_interval"].draw(seed):
        values, statistic, own_seed, *more = one.args
        level, resamples = (*more, 0.95, 2000)[0], (*more[1:], 2000)[0]
        draws = exact_draws(values, statistic, np.random.default_rng(1))
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        for right in [bootstrap_interval.right, *EXERCISES["bootstrap_interval"].variants.values()]:
            score = _bootstrap_probe.STATISTICS[statistic]
            interval = right(values, lambda rows, score=score: score(np.array(rows)), own_seed, *more)
            # Where the ends lie among endless draws: near their shares, to five standard deviations and two places.
            shares = (
                [np.mean(draws < end - 1e-12) for end in interval],
                [np.mean(draws <= end + 1e-12) for end in interval],
            )
            allowed = 5 * np.sqrt(tails * (1 - tails) / resamples) + 2 / resamples
            assert (shares[0] - tails <= allowed).all(), one.name
            assert (tails - shares[1] <= allowed).all(), one.name


@pytest.mark.slow
def test_the_percentile_interval_of_scipy_is_right_too():
    from scipy.stats import bootstrap

    def bootstrap_interval(values, statistic, seed, level=0.95, resamples=2000):
        rows = np.arange(len(values))
        found = bootstrap(
            (rows,), lambda drawn: statistic(values[drawn]), n_resamples=resamples, confidence_level=level,
            method="percentile", vectorized=False, rng=np.random.default_rng(seed),
        ).confidence_interval  # fmt: skip
        return found.low, found.high

    for seed in range(2):
        assert verdict_on("bootstrap_interval", bootstrap_interval, seed).passed


@pytest.mark.slow
def test_a_right_bootstrap_is_right_whatever_its_seed():
    """It is judged by what it draws. No luck of the draw may cost points."""
    inputs, key = asked("bootstrap_interval", 0)
    expected = {case["name"]: case["expected"] for case in key["cases"]}
    for case, args in zip(key["cases"], inputs, strict=True):
        for seed in range(25):
            values, statistic, _, *more = args
            (seen,) = EXERCISES["bootstrap_interval"].observe(
                bootstrap_interval.right, [[values, statistic, seed, *more]]
            )
            assert seen == expected[case["name"]], (case["name"], seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_to_resample_are_all_different(seed):
    for one in EXERCISES["bootstrap_interval"].draw(seed):
        first = one.args[0].reshape(len(one.args[0]), -1)[:, 0]
        assert len(set(first.tolist())) == len(first)


@pytest.mark.slow
def test_an_interval_from_no_resamples_earns_nothing_however_near_it_is():
    def bootstrap_interval(values, statistic, seed, level=0.95, resamples=2000):
        rng = np.random.default_rng(seed)
        draws = rng.choice(values, (resamples, len(values)), axis=0)
        scores = draws.mean(axis=1) if values.ndim == 1 else draws[:, :, 0].sum(axis=1) / draws[:, :, 1].sum(axis=1)
        return np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])

    verdict = verdict_on("bootstrap_interval", bootstrap_interval)
    assert verdict == 0
    assert "resamples: 'none'" in str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("answer", [3, "ab", [1, 2, 3], {"low": 1, "high": 2}])
def test_what_is_no_interval_is_said_in_words(answer):
    verdict = verdict_on("bootstrap_interval", lambda *_: answer)
    assert verdict == 0
    assert "two numbers, (low, high)" in str(verdict)


def test_a_statistic_of_single_numbers_is_refused_in_words():
    def bootstrap_interval(values, statistic, seed, level=0.95, resamples=2000):
        scores = [statistic(row) for row in values]
        return min(scores), max(scores)

    assert verdict_on("bootstrap_interval", bootstrap_interval).hints[0].startswith("statistic needs rows of values")


def test_sorting_the_values_in_place_is_said():
    def bootstrap_interval(values, statistic, seed, level=0.95, resamples=2000):
        values.sort(axis=0)
        return 0, 1

    assert "values has been changed" in str(verdict_on("bootstrap_interval", bootstrap_interval))


# drift_score


def psi_by_hand(reference, live):
    """Value by value, in whole numbers as long as it goes."""
    ordered = sorted(reference.tolist())
    edges = []
    for k in range(1, 10):
        place, rest = divmod(k * (len(ordered) - 1), 10)
        edges.append(ordered[place] + rest / 10 * (ordered[place + 1] - ordered[place]))
    counts = [[sum(sum(v >= edge for edge in edges) == k for v in values.tolist()) for k in range(10)]
              for values in (reference, live)]  # fmt: skip
    total = 0.0
    for p, q in zip(*counts, strict=True):
        p, q = (2 * p + 1) / (2 * len(reference) + 10), (2 * q + 1) / (2 * len(live) + 10)
        total += (q - p) * (math.log(q) - math.log(p))
    return total


@pytest.mark.parametrize("seed", SEEDS)
def test_drift_scores_agree_with_those_made_by_hand(seed):
    for one in EXERCISES["drift_score"].draw(seed):
        assert EXERCISES["drift_score"].reference(*one.args) == pytest.approx(psi_by_hand(*one.args), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_live_value_lies_on_an_edge_or_where_another_quantile_could_be(seed):
    for one in EXERCISES["drift_score"].draw(seed):
        reference, live = one.args
        for method in (
            ("linear", "hazen", "median_unbiased", "interpolated_inverted_cdf")
            if len(reference) % 10 == 0
            else ("linear",)
        ):
            edges = np.quantile(reference, np.linspace(0.1, 0.9, 9), method=method)
            for side in ("left", "right"):
                counts = np.bincount(np.searchsorted(edges, live, side=side), minlength=10)
                usual = np.histogram(live, [-np.inf, *np.quantile(reference, np.linspace(0.1, 0.9, 9)), np.inf])[0]
                assert (counts == usual).all(), (one.name, method, side)
    reference, live = arguments("drift_score", seed, "some bins stay empty")
    assert (np.histogram(live, [-np.inf, *np.quantile(reference, np.linspace(0.1, 0.9, 9)), np.inf])[0] == 0).any()


def test_equal_samples_score_nothing():
    values = np.random.default_rng(0).normal(size=200)
    assert EXERCISES["drift_score"].reference(values, values) == 0


# all of them


@pytest.mark.slow
@pytest.mark.usefixtures("warm_to_the_end")
@pytest.mark.parametrize("kind", ["variants", "misconceptions"])
def test_a_grader_outside_judges_by_the_probes(kind):
    check_probes_outside(kind, ("fingerprint", "bootstrap_interval"))
