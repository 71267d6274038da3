"""Disturbed images: each kind does what it says, to every image differently, and the same way for the same seed."""

from __future__ import annotations

import pytest
import torch

from evalkit.vision import cats_and_dogs, digits
from evalkit.vision.cohorts import AS_THEY_ARE, KINDS, disturbed, disturbed_cohorts

COLOUR = torch.rand(12, 3, 32, 32, generator=torch.Generator().manual_seed(0))
GREY = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("x", [COLOUR, GREY], ids=["colour", "grey"])
@pytest.mark.parametrize("kind", KINDS)
def test_shape_range_seed_and_generator(kind, x):
    before, random = x.clone(), torch.random.get_rng_state()
    one, again, other = disturbed(x, kind, seed=1), disturbed(x, kind, seed=1), disturbed(x, kind, seed=2)
    assert one.shape == x.shape
    assert one.dtype == x.dtype
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert (one != x).flatten(1).any(dim=1).all()  # no image is spared
    assert torch.equal(x, before)
    assert torch.equal(torch.random.get_rng_state(), random)


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_gets_its_own_strength(kind):
    same = COLOUR[:1].expand(6, -1, -1, -1)
    versions = disturbed(same, kind)
    assert len({tuple(image.flatten().tolist()) for image in versions}) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_set_begins_with_the_shorter_one(kind):
    assert torch.equal(disturbed(COLOUR, kind, seed=3)[:5], disturbed(COLOUR[:5], kind, seed=3))


def test_light_scales_the_brightness():
    ratio = disturbed(COLOUR, "dark") / COLOUR
    factors = ratio.flatten(1).median(dim=1).values
    assert ((factors > 0.2) & (factors < 0.4)).all()
    bright = disturbed(COLOUR / 4, "bright") / (COLOUR / 4)
    factors = bright.flatten(1).median(dim=1).values
    assert ((factors > 1.6) & (factors < 2.2)).all()


def test_low_contrast_keeps_the_mean_and_narrows_the_spread():
    pale = disturbed(GREY, "low contrast")
    assert torch.allclose(pale.mean(dim=(1, 2, 3)), GREY.mean(dim=(1, 2, 3)), atol=1e-5)
    share = pale.std(dim=(1, 2, 3)) / GREY.std(dim=(1, 2, 3))
    assert ((share > 0.2) & (share < 0.4)).all()


def test_occlusion_covers_a_part_and_leaves_the_rest():
    covered = disturbed(COLOUR, "occluded")
    hidden = (covered == 0.5).all(dim=1).float().mean(dim=(1, 2))
    assert ((hidden > 0.12) & (hidden < 0.33)).all()
    assert ((covered == COLOUR) | (covered == 0.5)).all()


def test_a_crop_shows_a_part_of_the_image_larger():
    ramp = torch.linspace(0, 1, 32).expand(8, 3, 32, 32)
    cropped = disturbed(ramp, "cropped")
    width = cropped[:, 0, 16, -1] - cropped[:, 0, 16, 0]
    assert ((width > 0.5) & (width < 0.85)).all()  # 40 to 60 % of the area


def test_turning_goes_both_ways_and_leaves_no_black_corners():
    bar = torch.zeros(16, 1, 33, 33)
    bar[:, :, 16, 17:] = 1  # a hand that points to the right
    turned = disturbed(bar, "turned")
    above, below = turned[:, 0, :12].sum(dim=(1, 2)), turned[:, 0, 21:].sum(dim=(1, 2))
    assert (above > below).any()
    assert (below > above).any()
    assert (disturbed(torch.full((8, 3, 32, 32), 0.7), "turned") > 0.69).all()


@pytest.mark.slow
def test_standardised_images_stay_standardised():
    data = cats_and_dogs(n_train=40, n_valid=8)
    pictures = torch.from_numpy(data.pictures("valid")).permute(0, 3, 1, 2)
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (data.mean, data.std))
    one = disturbed(data.valid_x, "dark", mean=data.mean, std=data.std, seed=4)
    assert torch.allclose(one * std + mean, disturbed(pictures, "dark", seed=4), atol=1e-5)


@pytest.mark.slow
def test_cohorts_of_a_data_set():
    data = digits()
    cohorts = disturbed_cohorts(data, seed=5)
    assert list(cohorts) == [AS_THEY_ARE, *KINDS]
    assert cohorts[AS_THEY_ARE] is data.valid_x
    assert all(x.shape == data.valid_x.shape for x in cohorts.values())
    assert torch.equal(cohorts["turned"], disturbed(data.valid_x, "turned", mean=data.mean, std=data.std, seed=5))
    assert list(disturbed_cohorts(data, ["dark"])) == [AS_THEY_ARE, "dark"]


def test_what_cannot_be_disturbed_is_refused():
    with pytest.raises(ValueError, match="kind must be one of 'occluded'"):
        disturbed(COLOUR, "foggy")
    for x in (COLOUR[0], COLOUR[:0]):
        with pytest.raises(ValueError, match="x must hold images"):
            disturbed(x, "dark")
