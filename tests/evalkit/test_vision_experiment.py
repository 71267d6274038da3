"""The experiment trains as a hand-written loop does, survives a kill, and writes down what it measured."""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import precision_recall_fscore_support
from torch import nn
from torch.nn import functional

from evalkit.plots import alt_text
from evalkit.training import diagnose
from evalkit.vision.experiment import NetworkRun, Results, Settings, grid, run, side_by_side
from evalkit.vision.experiment import __main__ as command
from evalkit.vision.experiment import settings as experiment_settings
from evalkit.vision.experiment.progress import Bar
from evalkit.vision.experiment.train import LayerNorms, augmented, train_network
from evalkit.vision.images import digits
from evalkit.vision.resnet import ResNet

pytestmark = pytest.mark.slow

SETTINGS = Settings(
    data="digits", fingerprint="0", depth=8, skip=True, seed=0, width=4, shortcut="A", epochs=8, batch_size=64,
    learning_rate=0.1, momentum=0.9, weight_decay=0.0, schedule="constant", augment=False, precision="float32",
    device="cpu",
)  # fmt: skip


@pytest.fixture(scope="module")
def few():
    data = digits()
    return replace(data, train_x=data.train_x[:192], train_y=data.train_y[:192],
                   valid_x=data.valid_x[:100], valid_y=data.valid_y[:100])  # fmt: skip


def small(data, **settings):
    defaults = {"depths": [8], "skips": [True], "width": 4, "epochs": 2, "batch_size": 64,
                "schedule": "constant", "threads": 1, "progress": False}  # fmt: skip
    return run(data, **{**defaults, **settings})


def measured(results):
    """What must not depend on how long anything took, or on whether it was interrupted."""
    runs = results.to_dict()["runs"]
    for one in runs:
        for epoch in one["epochs"]:
            del epoch["seconds"]
    return runs


# ------------------------------------------------------------------------------------------------------------- training
def test_it_is_the_loop_that_one_writes_by_hand(few):
    found = small(few, seeds=[3], weight_decay=0.001).get(8, skip=True)
    torch.manual_seed(3)
    model = ResNet(8, 4, 10, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.001)
    for number, epoch in enumerate(found.epochs):
        torch.manual_seed(found.settings.seed_of(number))
        total = 0.0
        for rows in torch.randperm(192).split(64):
            loss = functional.cross_entropy(model(few.train_x[rows]), few.train_y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        assert epoch.train.loss == pytest.approx(total / 192, rel=1e-3)
        model.eval()
        with torch.no_grad():
            valid = functional.cross_entropy(model(few.valid_x), few.valid_y).item()
        model.train()
        assert epoch.valid.loss == pytest.approx(valid, rel=1e-2)
        assert epoch.learning_rate == 0.1


def test_scores_are_those_of_the_network_that_is_returned(few):
    found = small(few).get(8, skip=True)
    with torch.no_grad():
        predicted = found.model(few.valid_x).argmax(dim=1).numpy()
    truth = few.valid_y.numpy()
    expected = precision_recall_fscore_support(truth, predicted, labels=range(10), zero_division=0)
    assert not found.model.training
    assert found.last.valid.accuracy == pytest.approx((truth == predicted).mean())
    for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
        assert getattr(found.last.valid, name) == pytest.approx(values.tolist())


def test_gradient_norms_are_measured_for_each_layer_from_input_to_output(few):
    found = small(few, batch_size=192, epochs=1, seeds=[5]).get(8, skip=True)
    torch.manual_seed(5)
    model = ResNet(8, 4, 10, 1)
    functional.cross_entropy(model(few.train_x), few.train_y).backward()
    layers = {name: part for name, part in model.named_modules() if isinstance(part, nn.Conv2d | nn.Linear)}
    norms = found.last.layer_norms
    assert list(norms) == list(layers)
    assert next(iter(norms)) == "conv1"
    assert list(norms)[-1] == "fc"
    assert len(norms) == 8
    for name, layer in layers.items():
        assert norms[name] == pytest.approx(layer.weight.grad.norm().item(), rel=1e-3)
    whole = torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).norm().item()
    assert found.last.gradient_norm == pytest.approx(whole, rel=1e-3)


def test_norms_are_the_mean_of_steps_spread_over_the_epoch():
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    norms = LayerNorms(model, every=2)
    for value in (1.0, 100.0, 3.0, 100.0, 8.0):
        model[0].weight.grad = torch.tensor([[value]])
        norms.measure()
    assert norms.taken() == {"0": 4.0}
    model[0].weight.grad = torch.tensor([[7.0]])
    norms.measure()
    assert norms.taken() == {"0": 7.0}


def test_a_seed_gives_the_same_numbers_and_the_process_keeps_its_own_random_numbers(few):
    torch.manual_seed(77)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first, again, other = (small(few, seeds=[seed], augment=True) for seed in (1, 1, 2))
    assert measured(first) == measured(again)
    assert measured(first) != measured(other)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_networks_with_one_seed_start_from_one_point(few):
    results = small(few, skips=[True, False], seeds=[0, 1], epochs=1)
    assert [(one.settings.seed, one.settings.skip) for one in results.runs] == [
        (0, True), (0, False), (1, True), (1, False),
    ]  # fmt: skip
    assert len({one.parameters for one in results.runs}) == 1


def test_bf16_trains_and_its_losses_are_close_to_those_of_float32(few):
    exact, rough = (small(few, precision=precision) for precision in ("float32", "bf16"))
    assert rough.environment["precision"] == "bf16"
    first, other = exact.runs[0].first_loss, rough.runs[0].first_loss
    assert first != other
    assert first == pytest.approx(other, rel=0.05)
    assert all(parameter.dtype == torch.float32 for parameter in rough.runs[0].model.parameters())


def test_bf16_is_chosen_where_it_pays(monkeypatch):
    monkeypatch.setattr(experiment_settings, "cpu_has_bf16", lambda: True)
    assert experiment_settings.precision_for("auto", "cpu", side=32) == "bf16"
    assert experiment_settings.precision_for("auto", "cpu", side=8) == "float32"
    assert experiment_settings.precision_for("bf16", "cpu", side=8) == "bf16"
    assert experiment_settings.precision_for("auto", "mps", side=32) == "float32"
    monkeypatch.setattr(experiment_settings, "cpu_has_bf16", lambda: False)
    assert experiment_settings.precision_for("auto", "cpu", side=32) == "float32"


def test_the_learning_rate_falls_after_half_and_three_quarters(few):
    rates = [epoch.learning_rate for epoch in small(few, epochs=4, schedule="steps").runs[0].epochs]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001])


def test_late_warms_up_and_falls_at_the_end():
    late = replace(SETTINGS, schedule="late")
    rates = [late.learning_rate_of(epoch) for epoch in range(8)]
    assert rates == pytest.approx([0.02, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.01])
    assert replace(late, epochs=1).learning_rate_of(0) == 0.1


def test_augmented_images_are_shifted_or_mirrored_originals_of_the_same_rows():
    x = torch.randn(40, 2, 16, 16)
    changed = augmented(x, seed=0)
    assert torch.equal(changed, augmented(x, seed=0))
    assert not torch.equal(changed, augmented(x, seed=1))
    seen = set()
    for image, result in zip(x, changed, strict=True):
        padded = functional.pad(image, (2, 2, 2, 2))
        found = [
            (down, right, mirrored)
            for down in range(5)
            for right in range(5)
            for mirrored in (False, True)
            for crop in [padded[:, down : down + 16, right : right + 16]]
            if torch.equal(result, crop.flip(2) if mirrored else crop)
        ]
        assert len(found) == 1
        seen.update(found)
    assert {mirrored for _, _, mirrored in seen} == {False, True}
    assert {down for down, _, _ in seen} == {right for _, right, _ in seen} == set(range(5))


def test_a_run_whose_loss_is_not_finite_ends_and_can_still_be_written(few, tmp_path):
    results = small(few, learning_rate=1e30, epochs=5, folder=tmp_path)
    assert results.runs[0].diverged
    assert len(results.runs[0].epochs) == 1
    results.save(tmp_path / "e.json")
    loaded = Results.load(tmp_path / "e.json")
    assert loaded.runs[0].diverged
    assert measured(loaded) == measured(results)
    assert len(small(few, learning_rate=1e30, epochs=5, folder=tmp_path).runs[0].epochs) == 1


# ------------------------------------------------------------------------------------------------ stopping and going on
def test_what_is_done_is_not_done_again(few, tmp_path):
    first = small(few, folder=tmp_path)
    again = small(few, folder=tmp_path)
    assert again.to_dict() == first.to_dict()  # even the seconds: nothing was trained
    assert [path.name for path in tmp_path.iterdir()] == [f"{first.runs[0].settings.hash()}.pt"]
    small(few, folder=tmp_path, seeds=[1])
    assert len(list(tmp_path.iterdir())) == 2
    for name, parameter in first.runs[0].model.state_dict().items():
        assert torch.equal(parameter, again.runs[0].model.state_dict()[name])


@pytest.mark.parametrize("field", [field.name for field in fields(Settings)])
def test_the_hash_depends_on_every_setting(field):
    other = {"depth": 20, "schedule": "steps", "shortcut": "B", "precision": "bf16"}
    value = getattr(SETTINGS, field)
    new = other.get(field) or (not value if isinstance(value, bool) else value + type(value)(1))
    assert replace(SETTINGS, **{field: new}).hash() != SETTINGS.hash()
    assert replace(SETTINGS).hash() == SETTINGS.hash()


def test_other_images_are_another_configuration(few):
    other = replace(few, train_y=few.train_y.flip(0))
    assert experiment_settings.fingerprint(few) != experiment_settings.fingerprint(other)
    assert experiment_settings.fingerprint(few) == experiment_settings.fingerprint(replace(few))


@pytest.fixture(scope="module")
def whole():
    """The experiment of the next test, when nobody kills it."""
    return measured(small("digits", skips=[True, False], epochs=5, augment=True, schedule="steps"))


@pytest.fixture(scope="module")
def processes():
    """Processes that have loaded torch, and what its optimizers load when they begin: else that is most of the test."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["evalkit.vision.experiment.__main__", "torch._dynamo"])
    return context


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_killed_process_goes_on_as_if_it_had_not_been_killed(tmp_path, processes, threads, whole, capsys):
    options = [
        "--data", "digits", "--depths", "8", "--width", "4", "--epochs", "5", "--batch-size", "64",
        "--threads", threads, "--augment", "--schedule", "steps", "--quiet", "--out", str(tmp_path),
    ]  # fmt: skip
    checkpoints = tmp_path / "checkpoints"
    process = processes.Process(target=command.main, args=(options,))
    process.start()
    deadline = time.monotonic() + 120
    while not list(checkpoints.glob("*.pt")):
        assert time.monotonic() < deadline
        assert process.is_alive()
        time.sleep(0.01)
    time.sleep(0.1)  # somewhere in an epoch
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "experiment.json").exists()
    left = {path.stem: torch.load(path, weights_only=True)["epochs"] for path in checkpoints.glob("*.pt")}
    assert len(left) <= int(threads)
    assert all(1 <= len(epochs) < 5 for epochs in left.values())

    if threads == "1":
        # Once as from the shell.
        shell = [sys.executable, "-m", "evalkit.vision.experiment", *options]
        shown = subprocess.run(shell, check=True, capture_output=True, text=True).stdout
    else:
        assert command.main(options) == 0
        shown = capsys.readouterr().out
    assert "experiment.json" in shown
    resumed = Results.load(tmp_path / "experiment.json")
    by_hash = {one.settings.hash(): one for one in resumed.runs}
    for name, epochs in left.items():  # they were not trained a second time
        kept = [epoch.seconds for epoch in by_hash[name].epochs[: len(epochs)]]
        assert kept == [epoch["seconds"] for epoch in epochs]
    assert measured(resumed) == whole


# -------------------------------------------------------------------------------------------------------- side by side
def test_networks_side_by_side_become_what_each_becomes_alone(few):
    torch.manual_seed(77)
    np.random.seed(77)  # noqa: NPY002
    before, state = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    together = small(few, skips=[True, False], seeds=[0, 1], epochs=3, augment=True, threads=2)
    alone = small(few, skips=[True, False], seeds=[0, 1], epochs=3, augment=True, threads=1)
    assert (together.environment["at_once"], alone.environment["at_once"]) == (2, 1)
    assert measured(together) == measured(alone)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize(
    ("device", "threads", "networks", "expected"),
    [("cpu", 2, 6, 2), ("cpu", 8, 6, 4), ("cpu", 8, 1, 1), ("cpu", 1, 6, 1), ("cuda", 8, 6, 1)],
)
def test_how_many_networks_are_trained_at_a_time(device, threads, networks, expected):
    assert side_by_side.at_once(device, threads, networks) == expected


def test_a_round_shares_the_threads_and_ends_before_the_next_begins(few, monkeypatch):
    going, seen = [], []

    def watched(model, settings, data, **options):
        going.append(settings)
        time.sleep(0.05)
        seen.append((len(going), torch.get_num_threads()))
        run = train_network(model, settings, data, **options)
        going.remove(settings)
        return run

    monkeypatch.setattr(side_by_side, "train_network", watched)
    results = small(few, seeds=range(5), epochs=1, threads=4)
    assert sorted(seen) == [(1, 4), (4, 1), (4, 1), (4, 1), (4, 1)]
    assert [one.settings.seed for one in results.runs] == list(range(5))


def test_only_the_callers_thread_shows_progress_and_it_shows_all(few, monkeypatch, capsys):
    shown = []
    for name in ("start", "step_done", "epoch_done", "end"):
        original = getattr(Bar, name)

        def watched(self, what, *rest, original=original, name=name):
            shown.append((name, what if isinstance(what, int) else None, threading.get_ident()))
            return original(self, what, *rest)

        monkeypatch.setattr(Bar, name, watched)
    small(few, skips=[True, False], epochs=3, threads=2, progress=True)
    assert {thread for _, _, thread in shown} == {threading.get_ident()}
    counts = Counter(name for name, _, _ in shown)
    assert (counts["start"], counts["epoch_done"], counts["end"]) == (2, 6, 2)
    assert sum(what for name, what, _ in shown if name == "step_done") == 2 * 3 * 3
    assert "2 networks in " in capsys.readouterr().err


def test_a_network_that_fails_stops_the_others_and_its_error_is_raised(few, monkeypatch):
    stopped = []

    def failing(model, settings, data, *, step_done, **options):
        if not settings.skip:
            raise RuntimeError("no memory for the plain network")

        def counted(steps):
            stopped.append(steps)
            step_done(steps)

        return train_network(model, settings, data, step_done=counted, **options)

    monkeypatch.setattr(side_by_side, "train_network", failing)
    for skips in ([True, False], [False, True]):  # in a thread of its own, and in the caller's
        stopped.clear()
        with pytest.raises(RuntimeError, match="no memory for the plain network"):
            small(few, skips=skips, epochs=10_000, threads=2)
        assert len(stopped) < 30_000


def test_an_interruption_stops_every_network(few, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Bar, "epoch_done", interrupt)
    before, threads = threading.active_count(), torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        small(few, skips=[True, False], epochs=10_000, threads=2)
    assert threading.active_count() == before
    assert torch.get_num_threads() == threads


def test_the_bar_counts_a_network_that_ended_early(few, capsys):
    with Bar(2, 10, shown=True) as bar:
        bar.step_done(3)
        run = NetworkRun(replace(SETTINGS, epochs=5), 0)
        run.epochs.extend([small(few, epochs=1).runs[0].last] * 2)
        bar.end(run)
        assert bar._bar.n == 3 + 6
    assert "2 networks in " in capsys.readouterr().err


# -------------------------------------------------------------------------------------------------------------- results
@pytest.fixture(scope="module")
def results(few):
    return small(few, depths=[8, 14], skips=[True, False], seeds=[0, 1], epochs=3)


def test_the_table_has_a_row_for_each_network(results):
    table = results.table()
    assert len(table) == 8
    row = table[(table.depth == 14) & (table.network == "plain") & (table.seed == 1)].iloc[0]
    last = results.get(14, skip=False, seed=1).last
    assert row.valid_accuracy == last.valid.accuracy
    assert row.lowest_recall == min(last.valid.recall)
    assert row.macro_f1 == pytest.approx(np.mean(last.valid.f1))
    assert row.seconds == pytest.approx(3 * row.seconds_per_epoch)


def test_the_spread_is_over_seeds(results):
    spread = results.spread().set_index(["depth", "network"])
    values = [one.last.valid.accuracy for one in results.of(8, skip=True)]
    assert spread.loc[(8, "skip")][["seeds", "min", "median", "max"]].tolist() == [
        2, min(values), np.mean(values), max(values),
    ]  # fmt: skip
    assert len(spread) == 4


def test_what_is_written_is_read_back(results, tmp_path):
    results.save(tmp_path / "e.json")
    loaded = Results.load(tmp_path / "e.json")
    assert loaded == results
    assert loaded.get(8, skip=True).model is None
    with pytest.raises(ValueError, match="schema 99"):
        Results.from_dict({**results.to_dict(), "schema": 99})


def test_a_network_that_is_not_there_is_a_key_error(results):
    with pytest.raises(KeyError, match="depth 20"):
        results.get(20, skip=True)
    with pytest.raises(KeyError, match="seed=5"):
        results.get(8, skip=True, seed=5)


def test_a_run_is_a_history_that_can_be_diagnosed(results):
    one = results.get(8, skip=True)
    assert one.history.valid["accuracy"] == [epoch.valid.accuracy for epoch in one.epochs]
    assert one.history.grad_norm == [epoch.gradient_norm for epoch in one.epochs]
    assert diagnose(one.history)


def test_every_figure_says_in_words_what_it_shows(results):
    words = {name: alt_text(getattr(results, f"plot_{name}")()) for name in command.FIGURES}
    for text in words.values():
        assert "with skips" in text.lower()
        assert "plain" in text.lower()
    values = sorted(one.last.valid.accuracy for one in results.of(14, skip=True))
    assert f"from {values[0]:.3f} to {values[1]:.3f}" in words["accuracy"]
    norms = [one.epochs[0].layer_norms["conv1"] for one in results.of(8, skip=False)]
    assert f"Depth 8, plain: {np.mean(norms):.2g} in the first layer" in words["gradients"]
    assert "depth 14" in words["classes"]
    assert "depth 8" in alt_text(results.plot_classes(depth=8))
    for name in command.FIGURES:
        for ax in getattr(results, f"plot_{name}")().axes:
            assert ax.get_xlabel() or ax.get_subplotspec().is_first_row()


# --------------------------------------------------------------------------------------------------------- command line
def test_the_command_writes_one_json_file_and_the_figures(tmp_path, capsys):
    options = "--data cats-dogs --n-train 64 --n-valid 16 --depths 8 --networks skip --width 4 --epochs 2 --threads 1"
    assert command.main([*options.split(), "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    content = json.loads((tmp_path / "experiment.json").read_text())
    assert set(content) == {"schema", "data", "environment", "runs"}
    assert content["data"]["classes"] == ["cat", "dog"]
    assert (content["data"]["train"], content["data"]["valid"]) == (64, 16)
    assert len(content["runs"][0]["epochs"]) == 2
    assert set(content["runs"][0]["epochs"][0]) == {
        "train", "valid", "gradient_norm", "layer_norms", "learning_rate", "seconds",
    }  # fmt: skip
    for name in command.FIGURES:
        with Image.open(tmp_path / f"{name}.png") as image:
            assert "with skips" in image.text["Description"].lower()
    assert "valid_accuracy" in shown.out
    # A bar is drawn over itself; what stays is the last of its states, and one line.
    assert shown.err.count("\n") == 1
    left = shown.err.split("\r")[-1].strip()
    assert left.startswith("1 network in ")
    assert "(depth 8, skip, seed 0)" in left


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--depths 18", "nearest to 18 are 14 and 20"),
        ("--epochs 0", "epochs"),
        ("--batch-size 0", "batch_size"),
        ("--width 0", "width"),
        ("--learning-rate 0", "learning_rate"),
        ("--seeds -1", "seed"),
        ("--data cifar", "root"),
        ("--root somewhere", "root"),
        ("--data cifar --root there-is-no-such-folder", "no CIFAR-10 in 'there-is-no-such-folder'"),
        ("--n-train 10", "cats-dogs"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_training(options, message, tmp_path, capsys):
    assert command.main(["--out", str(tmp_path / "out"), *options.split()]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data": "cats"}, "digits, cats-dogs, cifar"),
        ({"precision": "half"}, "auto, float32, bf16"),
        ({"schedule": "cosine"}, "constant, late, steps"),
        ({"depths": []}, "at least one"),
    ],
)
def test_wrong_arguments_are_errors_that_name_what_is_right(settings, message):
    with pytest.raises(ValueError, match=message):
        run(**settings)


def test_a_stopped_experiment_says_how_to_go_on(monkeypatch, tmp_path, capsys):
    def stop(*_args, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr(grid, "train_all", stop)
    assert command.main(["--out", str(tmp_path)]) == 130
    assert "goes on from the last epoch" in capsys.readouterr().err


# That at depth 56 the skips make the difference is checked where lesson 09 trains these networks.
def test_every_option_says_what_it_does_and_what_happens_without_it():
    for action in command.parser()._actions:
        assert action.help, action.option_strings
        text = action.help % {"default": action.default} if "%(" in action.help else action.help
        assert action.default not in (None,) or action.nargs == 0 or "default" in text, action.option_strings


def test_another_setting_does_not_write_over_an_earlier_experiment(tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--depths", "8", "--width", "4", "--epochs", "1", "--networks", "skip", "--quiet", "--out", str(out)]
    assert command.main(options) == 0
    before = (out / "experiment.json").read_bytes()
    assert command.main([*options, "--seeds", "1"]) == 2
    assert "seeds [0] instead of [1]" in capsys.readouterr().err
    assert (out / "experiment.json").read_bytes() == before
    assert command.main(options) == 0  # the same command goes on where it was


def test_settings_that_make_no_sense_leave_the_folder_free(tmp_path):
    out = tmp_path / "out"
    assert command.main(["--depths", "9", "--quiet", "--out", str(out)]) == 2
    assert not (out / "settings.json").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("device", ["cuda", "toaster"])
def test_a_device_that_is_not_there_gives_a_sentence(tmp_path, capsys, device):
    assert command.main(["--device", device, "--quiet", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert f"device '{device}' cannot be used here" in said
    assert len(said.splitlines()) == 1
