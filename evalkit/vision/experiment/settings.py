"""What an experiment trains with: the settings of one network, the data by name, and what the device can do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any, Literal

import torch

from evalkit.vision.images import ImageData, cats_and_dogs, cifar_cats_and_dogs, digits
from evalkit.vision.resnet import Shortcut, blocks_per_stage

Schedule = Literal["constant", "late", "steps"]
Precision = Literal["float32", "bf16"]

DATA = ("digits", "cats-dogs", "cifar")
SCHEDULES = ("constant", "late", "steps")
PRECISIONS = ("auto", "float32", "bf16")
# On a CPU, images of 8×8 pixels are trained no faster in bf16: there is more to convert than to multiply.
SMALLEST_SIDE_FOR_BF16 = 16


@dataclass(frozen=True)
class Settings:
    """Everything that the training of one network depends on. Their hash names its checkpoint.

    Parameters
    ----------
    data, fingerprint : str
        Name and hash of the images.
    depth, skip, width, shortcut
        Of the `ResNet`.
    seed : int
        Of the initial weights, of shuffling and of augmentation.
    epochs, batch_size : int
    learning_rate, momentum, weight_decay : float
        Of stochastic gradient descent.
    schedule : "constant", "late" or "steps"
        "steps" divides the learning rate by ten after half of the epochs and again after three quarters, as He et al.
        "late" begins with an epoch at a fifth of it (He et al. warm up so at depth 110, with a tenth), and falls only
        at the end: to a half in the last quarter of the epochs and to a tenth in the last eighth.
    augment : bool
        Whether training images are shifted by up to an eighth of their side and mirrored at random, as He et al.
    precision : "float32" or "bf16"
    device : str

    Raises
    ------
    ValueError
        If a value makes no sense.
    """

    data: str
    fingerprint: str
    depth: int
    skip: bool
    seed: int
    width: int
    shortcut: Shortcut
    epochs: int
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: Schedule
    augment: bool
    precision: Precision
    device: str

    def __post_init__(self) -> None:
        blocks_per_stage(self.depth)
        for name in ("epochs", "batch_size", "width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate}.")
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}.")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}, got {self.schedule!r}.")

    @property
    def kind(self) -> str:
        """The network in one word: "skip" or "plain"."""
        return "skip" if self.skip else "plain"

    @property
    def name(self) -> str:
        """The network in a few words, such as "depth 56, plain, seed 0"."""
        return f"depth {self.depth}, {self.kind}, seed {self.seed}"

    def hash(self) -> str:
        """Return 16 hexadecimal digits that change when anything changes on which the result depends."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def learning_rate_of(self, epoch: int) -> float:
        """Return the learning rate of an epoch; the first is 0."""
        done = epoch / self.epochs
        factor = {
            "constant": 1.0,
            "steps": 0.1 ** ((done >= 1 / 2) + (done >= 3 / 4)),
            "late": 0.2 if epoch == 0 < self.epochs - 1 else 0.1 if done >= 7 / 8 else 0.5 if done >= 3 / 4 else 1.0,
        }
        return self.learning_rate * factor[self.schedule]

    def seed_of(self, epoch: int) -> int:
        """Return the seed of what is random in an epoch, so that an epoch can be trained without those before it."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{epoch}".encode()).digest()[:4], "big")


def load_data(
    data: str | ImageData,
    *,
    n_train: int | None = None,
    n_valid: int | None = None,
    root: str | PathLike[str] | None = None,
) -> tuple[str, ImageData]:
    """Return the name of the data and the data. See `evalkit.vision.experiment.run`."""
    if isinstance(data, ImageData):
        return data.note, data
    if data not in DATA:
        raise ValueError(f"data must be one of {', '.join(DATA)}, or ImageData, got {data!r}.")
    if data != "cats-dogs" and not (n_train is n_valid is None):
        raise ValueError(f"n_train and n_valid are for data='cats-dogs'; {data!r} has as many images as it has.")
    if (data == "cifar") != (root is not None):
        raise ValueError("root says where the CIFAR-10 data are: data='cifar' needs it, and nothing else does.")
    loaders: dict[str, Callable[[], ImageData]] = {
        "digits": digits,
        "cats-dogs": lambda: cats_and_dogs(n_train or 2000, n_valid or 500),
        "cifar": lambda: cifar_cats_and_dogs(root or ""),
    }
    return data, loaders[data]()


def fingerprint(data: ImageData) -> str:
    """Return a hash of all images and labels."""
    digest = hashlib.sha256()
    for part in (data.train_x, data.train_y, data.valid_x, data.valid_y):
        digest.update(str(tuple(part.shape)).encode())
        digest.update(part.contiguous().numpy().data)
    return digest.hexdigest()[:16]


def device_for(name: str) -> str:
    """Return the device to compute on: "auto" is a GPU that torch can use through CUDA, and else the CPU.

    Raises
    ------
    ValueError
        If torch does not know the device, or it is not there.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(name).type
        torch.empty(0, device=kind)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device {name!r} cannot be used here ({reason}); take auto or cpu.") from None
    return kind


def precision_for(name: str, device: str, side: int) -> Precision:
    """Return "bf16" or "float32": "auto" is bf16 where the device computes with it natively and it is faster.

    Raises
    ------
    ValueError
        If the name is another one.
    """
    if name not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {name!r}.")
    if name != "auto":
        return "bf16" if name == "bf16" else "float32"
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    fast = device == "cpu" and side >= SMALLEST_SIDE_FOR_BF16 and cpu_has_bf16()
    return "bf16" if fast else "float32"


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bf16 numbers natively (AVX-512 BF16 or AMX), as far as torch can tell."""
    capabilities: Callable[[], Any] | None = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is None:  # torch before 2.10 does not tell
        return False
    found = capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))
