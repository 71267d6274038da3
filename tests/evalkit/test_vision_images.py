"""Images for lessons: the same from the same seed, in the promised proportions, hard enough, and without network."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import evalkit.vision
from evalkit.vision.images import ImageData, cats_and_dogs, cifar_cats_and_dogs, digits, drawing

pytestmark = pytest.mark.slow

CONDITIONS = {"occluded": 0.22, "small": 0.18, "rotated": 0.20, "cluttered": 0.40, "unusual ears": 0.10}


@pytest.fixture(scope="module")
def pets() -> ImageData:
    return cats_and_dogs(n_train=2000, n_valid=500, seed=0)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_named):
        raise AssertionError("something tried to reach the network")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


# ------------------------------------------------------------------------------------------------------- one interface
def test_both_kinds_of_data_have_one_interface(pets):
    for data in (digits(), pets):
        for x, y in ((data.train_x, data.train_y), (data.valid_x, data.valid_y)):
            assert x.dtype == torch.float32
            assert y.dtype == torch.int64
            assert len(x) == len(y)
            assert x.is_contiguous()
            assert torch.isfinite(x).all()
            assert set(y.tolist()) == set(range(len(data.classes)))
        assert data.train_x.mean(dim=(0, 2, 3)).abs().max() < 1e-4
        assert (data.train_x.std(dim=(0, 2, 3)) - 1).abs().max() < 1e-3
        assert data.note.endswith(".")


def test_they_are_names_of_the_package_and_nothing_loads_torch_before_one_is_used():
    loaded = "print('torch' in sys.modules)"
    code = f"import sys, evalkit.vision; {loaded}; evalkit.vision.digits; {loaded}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert evalkit.vision.cats_and_dogs is cats_and_dogs
    assert evalkit.vision.cifar_cats_and_dogs is cifar_cats_and_dogs


def test_pictures_are_the_images_as_they_were_before_they_were_standardised(pets):
    from sklearn.datasets import load_digits

    grey = digits().pictures("train")
    originals = {image.tobytes() for image in load_digits().images.astype(np.int64)}
    assert grey.shape == (1297, 8, 8)
    assert {image.tobytes() for image in np.rint(grey * 16).astype(np.int64)} <= originals
    colour = pets.pictures(rows=[3, 1])
    assert colour.shape == (2, 32, 32, 3)
    assert 0 <= colour.min() < colour.max() <= 1
    assert np.array_equal(colour, pets.pictures()[[3, 1]])


def test_the_digits_are_split_without_overlap_and_the_seed_decides_how():
    data, other = digits(), digits(seed=1)
    assert (len(data.train_y), len(data.valid_y)) == (1297, 500)
    assert not torch.equal(data.valid_y, other.valid_y)
    assert torch.equal(data.valid_x, digits().valid_x)
    whole = torch.cat([data.train_y, data.valid_y]).bincount()
    assert torch.equal(whole, torch.cat([other.train_y, other.valid_y]).bincount())


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: digits(valid=0), "valid"),
        (lambda: digits(valid=1797), "valid"),
        (lambda: cats_and_dogs(n_train=0), "n_train"),
        (lambda: cats_and_dogs(n_valid=-1), "n_valid"),
    ],
)
def test_an_empty_part_is_an_error_that_names_the_argument(call, name):
    with pytest.raises(ValueError, match=name):
        call()


# -------------------------------------------------------------------------------------------------- the generated ones
def test_a_seed_gives_the_same_pictures_and_a_longer_part_begins_with_a_shorter_one(pets):
    shorter, other = cats_and_dogs(n_train=300, n_valid=20, seed=0), cats_and_dogs(n_train=300, n_valid=20, seed=1)
    assert np.allclose(shorter.pictures("train"), pets.pictures("train", rows=range(300)), atol=1e-5)
    assert np.allclose(shorter.pictures(), pets.pictures(rows=range(20)), atol=1e-5)
    assert torch.equal(shorter.train_y, pets.train_y[:300])
    assert not np.allclose(shorter.pictures(), other.pictures(), atol=0.1)
    again = cats_and_dogs(n_train=300, n_valid=20, seed=0)
    assert torch.equal(again.train_x, shorter.train_x)


def test_training_and_validation_pictures_differ(pets):
    train = {image.tobytes() for image in np.rint(pets.pictures("train") * 255).astype(np.uint8)}
    valid = {image.tobytes() for image in np.rint(pets.pictures() * 255).astype(np.uint8)}
    assert len(train) == 2000
    assert not train & valid


def test_there_are_as_many_cats_as_dogs_in_every_pair(pets):
    assert (pets.valid_y.reshape(-1, 2).sum(dim=1) == 1).all()
    truth = np.where(pets.train_cohorts["mislabelled"], 1 - pets.train_y, pets.train_y)
    assert (truth.reshape(-1, 2).sum(axis=1) == 1).all()


def test_cohorts_have_the_stated_rates_and_do_not_give_the_class_away(pets):
    cohorts, y = pets.train_cohorts, pets.train_y.numpy()
    assert list(cohorts) == ["light", *CONDITIONS, "mislabelled"] == list(pets.cohorts)
    for column in (*cohorts.values(), *pets.cohorts.values()):
        assert column.shape in ((2000,), (500,))
    for name, rate in CONDITIONS.items():
        # Four standard errors of a proportion among 2,000.
        assert cohorts[name].mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / 2000))
        assert abs(cohorts[name][y == 0].mean() - cohorts[name][y == 1].mean()) < 0.1
    assert set(cohorts["light"]) == {"normal", "dark", "bright", "side"}
    assert 0.02 < cohorts["mislabelled"].mean() < 0.06
    assert not pets.cohorts["mislabelled"].any()


def test_each_condition_shows_in_the_pictures(pets):
    pictures, cohorts = pets.pictures("train"), pets.train_cohorts
    brightness = pictures.mean(axis=(1, 2, 3))
    light = cohorts["light"]
    assert brightness[light == "dark"].max() < brightness[light == "bright"].mean()
    assert brightness[light == "dark"].mean() < 0.5 * brightness[light == "normal"].mean()
    assert brightness[light == "bright"].mean() > 1.2 * brightness[light == "normal"].mean()
    halves = abs(pictures[:, :, :16].mean(axis=(1, 2, 3)) - pictures[:, :, 16:].mean(axis=(1, 2, 3)))
    assert halves[light == "side"].mean() > 3 * halves[light == "normal"].mean()
    # The corners show the background, so there colours jump more often where it is cluttered.
    corners = abs(np.diff(pictures[:, :8, :8], axis=1)).mean(axis=(1, 2, 3))
    normal = light == "normal"
    clear = normal & ~cohorts["occluded"]
    assert corners[clear & cohorts["cluttered"]].mean() > 1.5 * corners[clear & ~cohorts["cluttered"]].mean()


def test_a_linear_model_of_the_pixels_does_not_tell_cats_from_dogs(pets):
    x, y = pets.train_x.flatten(1).numpy(), pets.train_y.numpy()
    scores = [
        LogisticRegression(C=strength, max_iter=200)
        .fit(x, y)
        .score(pets.valid_x.flatten(1).numpy(), pets.valid_y.numpy())
        for strength in (3e-5, 1e-4, 1e-3)
    ]
    assert 0.55 < max(scores) < 0.75


# -------------------------------------------------------------------------------------------------------------- drawing
def test_distances_are_negative_inside_zero_on_the_edge_and_right_outside():
    x = np.array([0.0, 1.0, 3.0], dtype=np.float32).reshape(1, 1, 3)
    y = np.zeros_like(x)
    assert drawing.ellipse(x, y, 0, 0, 1, 1).ravel() == pytest.approx([0, 0, 2], abs=1e-3)
    assert drawing.ellipse(x, y, 0, 0, 2, 1, np.pi / 2)[0, 0, 1] == pytest.approx(0, abs=1e-6)
    assert drawing.box(x, y, 0, 0, 1, 2, 0.0).ravel() == pytest.approx([-1, 0, 2])
    assert drawing.segment(x, y, (0, 0), (1, 0)).ravel() == pytest.approx([0, 0, 2])
    # Clockwise on the screen, where y points down: right edge at x = 1.
    assert drawing.triangle(x, y, (0, -9), (1, 0), (0, 9)).ravel()[1] == pytest.approx(0, abs=1e-6)
    assert (np.sign(drawing.triangle(x + 0.5, y, (0, -9), (1, 0), (0, 9))).ravel() == [-1, 1, 1]).all()


def test_a_shape_covers_as_much_as_its_area():
    x, y = drawing.pixel_grid(32)
    cover = drawing.covered(drawing.ellipse(x, y, 0.1, -0.05, 0.5, 0.3), 16)
    assert cover.sum() / 16**2 == pytest.approx(np.pi * 0.5 * 0.3, rel=0.01)


# -------------------------------------------------------------------------------------------------------------- network
def test_no_default_path_touches_the_network(no_network, tmp_path):
    digits()
    cats_and_dogs(n_train=2, n_valid=2)
    with pytest.raises(FileNotFoundError, match=r"download=True.*cats_and_dogs\(\)"):
        cifar_cats_and_dogs(tmp_path)
    with pytest.raises(FileNotFoundError):
        cifar_cats_and_dogs(tmp_path / "there is no such folder")
    assert not (tmp_path / "there is no such folder").exists()


def test_a_download_that_fails_says_so(monkeypatch, tmp_path):
    from torchvision.datasets import CIFAR10

    def fail(self):
        raise OSError("no route to host")

    monkeypatch.setattr(CIFAR10, "download", fail)
    with pytest.raises(OSError, match=r"could not be downloaded.*no route to host"):
        cifar_cats_and_dogs(tmp_path, download=True)


def test_cats_and_dogs_of_cifar_are_read_from_its_folder(monkeypatch, tmp_path, no_network):
    from torchvision.datasets import CIFAR10

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rng = np.random.default_rng(0)
    names = [name for name, _ in (*CIFAR10.train_list, *CIFAR10.test_list)]
    for name in names:
        batch = {"data": rng.integers(0, 256, (40, 3072), dtype=np.uint8), "labels": list(range(10)) * 4}
        (folder / name).write_bytes(pickle.dumps(batch))
    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": classes}))
    # The files are made up, so their checksums are not those of the real ones.
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda path, md5=None: True)
    data = cifar_cats_and_dogs(tmp_path)
    assert data.classes == ("cat", "dog")
    assert (len(data.train_y), len(data.valid_y)) == (40, 8)
    assert data.valid_y.tolist() == [0, 1] * 4
    first_cat = pickle.loads((folder / "test_batch").read_bytes())["data"][3].reshape(3, 32, 32).transpose(1, 2, 0)
    assert np.array_equal(np.rint(data.pictures(rows=[0])[0] * 255), first_cat)
