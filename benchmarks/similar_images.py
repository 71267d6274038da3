"""How many copies `similar_images` finds, and how many other images it accuses, by size.

    python benchmarks/similar_images.py

Crops of scikit-learn's two photographs stand for small photographs: those to train with come from the left half of a
photograph, those that are no copies from the right half. Each training crop is copied with another compression, size
and brightness. The digits of scikit-learn, 8 × 8 pixels that fill few shapes, are the hard case for accusations.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance
from sklearn.datasets import load_digits, load_sample_images

from evalkit.analysis.leakage import similar_images

SIZES = (8, 16, 32, 64, 128, 256)
CROPS = 320
SIDES = 64, 260  # pixels of a photograph that a crop shows


def crops(size: int, half: int, seed: int) -> list[Image.Image]:
    """Square parts of one half of the two photographs, as images of that size."""
    photographs = [Image.fromarray(photograph) for photograph in load_sample_images().images]
    rng, found = np.random.default_rng(seed), []
    for number in range(CROPS):
        photograph = photographs[number % 2]
        left, right = (half * photograph.width // 2, (half + 1) * photograph.width // 2)
        side = int(rng.integers(*SIDES))
        x, y = int(rng.integers(left, right - side + 1)), int(rng.integers(0, photograph.height - side + 1))
        found.append(photograph.resize((size, size), Image.Resampling.LANCZOS, box=(x, y, x + side, y + side)))
    return found


def compressed(image: Image.Image, quality: int) -> Image.Image:
    """The image as a JPEG file of that quality shows it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert(image.mode)


COPIES = {
    "JPEG 75": lambda image: compressed(image, 75),
    "JPEG 30": lambda image: compressed(image, 30),
    "half size": lambda image: image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR),
    "40 % darker": lambda image: ImageEnhance.Brightness(image).enhance(0.6),
}


def array(images: list[Image.Image]) -> np.ndarray:
    """The images as one array."""
    return np.stack([np.asarray(image) for image in images])


def rates(size: int) -> dict[str, int]:
    """How many of the copies are found, and how many other crops are accused."""
    originals = crops(size, half=0, seed=0)
    known = array(originals)
    found = {}
    for name, copy in COPIES.items():
        report = similar_images(known, array([copy(image) for image in originals]))
        found[name] = len(report)
    return {**found, "others": len(similar_images(known, array(crops(size, half=1, seed=1))))}


def main() -> None:
    """Print the table."""
    print(f"{'size':>4}", *(f"{name:>11}" for name in (*COPIES, "others")), f"  of {CROPS}")
    for size in SIZES:
        print(f"{size:>4}", *(f"{count:>11}" for count in rates(size).values()))
    digits = load_digits().images
    report = similar_images(digits[:1200], digits[1200:])
    print(f"digits accused: {len(report)} of {report.n_test}")


if __name__ == "__main__":
    main()
