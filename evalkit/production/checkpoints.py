"""Which weights made these answers? A fingerprint of a checkpoint that depends on its numbers and on nothing else.

A file's bytes are no identity: the same weights saved under another name, or in another order, give another file. So
each tensor is hashed by itself, and the fingerprint is the hash of the sorted list.

>>> import numpy as np
>>> one = fingerprint({"w": np.array([1.0, 2.0]), "b": np.array([0.5])})
>>> other = fingerprint({"b": np.array([0.5]), "w": np.array([1.0, np.nextafter(2.0, 3.0)])})
>>> one.root == other.root, one.architecture == other.architecture
(False, True)
>>> one.difference(other)
"tensor 'w' has other values"
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from evalkit._core.extras import needs
from evalkit.tables.canonical import digest_of

Tensor = tuple[str, tuple[int, ...], str]  # type, shape, SHA-256 of the bytes
PREFIXES = ("_orig_mod.", "module.")  # what torch.compile and DataParallel put before every name
SAFETENSORS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "C64": "complex64",
}  # fmt: skip


class FingerprintError(ValueError):
    """There are no weights to take a fingerprint of; the message says why."""


@dataclass(frozen=True)
class Fingerprint:
    """A manifest of tensors.

    Attributes
    ----------
    tensors : dict
        Type, shape and SHA-256 of each tensor, by name.
    """

    tensors: Mapping[str, Tensor]
    _source: Any = field(default=None, compare=False, repr=False)

    @cached_property
    def root(self) -> str:
        """The hash of names, types, shapes and values."""
        return digest_of({name: list(tensor) for name, tensor in self.tensors.items()})

    @cached_property
    def architecture(self) -> str:
        """The hash of names, types and shapes: the same for all checkpoints of one network."""
        return digest_of({name: list(tensor[:2]) for name, tensor in self.tensors.items()})

    def __str__(self) -> str:
        return self.root[:16]

    def again(self) -> Fingerprint:
        """Return the fingerprint that the model has now, if it was taken from one in memory."""
        return self if self._source is None else fingerprint(self._source)

    def difference(self, other: Fingerprint) -> str:
        """Return the first difference in words; empty if there is none."""
        mine, theirs = dict(self.tensors), dict(other.tensors)
        if mine.keys() != theirs.keys():
            for prefix in PREFIXES:
                for longer, shorter in ((mine, theirs), (theirs, mine)):
                    if {name.removeprefix(prefix) for name in longer} == set(shorter):
                        return f"the names of all tensors begin with {prefix!r} in one of them: save the inner model"
            only = sorted(mine.keys() ^ theirs.keys())
            return f"{len(only)} tensors are in one of them only, such as {only[0]!r}"
        changed = [name for name in sorted(mine) if mine[name] != theirs[name]]
        if not changed:
            return ""
        one, two = mine[changed[0]], theirs[changed[0]]
        more = f", and {len(changed) - 1} more tensors differ" if len(changed) > 1 else ""
        for what, place in (("type", 0), ("shape", 1)):
            if one[place] != two[place]:
                return f"tensor {changed[0]!r} has another {what}: {one[place]} and {two[place]}{more}"
        return f"tensor {changed[0]!r} has other values{more}"


def fingerprint(state: Any) -> Fingerprint:
    """Return the fingerprint of a model's weights.

    Parameters
    ----------
    state : dict of arrays or tensors, object with `state_dict()`, or path
        A `.safetensors`, `.npz`, `.pt` or `.pth` file is read (the last two by torch, weights only).

    Returns
    -------
    Fingerprint
        It is the same for another order of the names, another memory layout, device and file format. It differs if one
        bit of one tensor does, or its type.

    Raises
    ------
    FingerprintError
        If there are no tensors, or something else among them, such as the epoch of a training checkpoint.
    """
    source = None
    if isinstance(state, str | Path):
        path = Path(state)
        if not path.is_file():
            raise FingerprintError(f"There is no file {path}.")
        if path.suffix == ".safetensors":
            return Fingerprint(_of_safetensors(path))
        values = _loaded(path)
    else:
        source = state
        values = state.state_dict() if hasattr(state, "state_dict") else state
    if not isinstance(values, Mapping) or not values:
        raise FingerprintError("There are no tensors: give a state dict, such as model.state_dict().")
    for name, value in values.items():
        if not (hasattr(value, "dtype") and hasattr(value, "shape")):
            raise FingerprintError(
                f"{name!r} is a {type(value).__name__}, not a tensor: give the state dict of the model, not the whole "
                "checkpoint of the training."
            )
    with ThreadPoolExecutor(2) as pool:  # hashing large arrays leaves the interpreter free
        found = dict(zip(map(str, values), pool.map(_tensor, values.values()), strict=True))
    return Fingerprint(found, source)


def _tensor(value: Any) -> Tensor:
    shape = tuple(int(size) for size in value.shape)
    if hasattr(value, "detach"):
        import torch

        name = str(value.dtype).removeprefix("torch.")
        flat = value.detach().cpu().contiguous().reshape(-1)
        data = flat.view(torch.uint8).numpy() if flat.numel() else np.empty(0, np.uint8)
    else:
        data = np.ascontiguousarray(value)
        data = data.astype(data.dtype.newbyteorder("<"), copy=False)
        name, data = data.dtype.name, data.reshape(-1).view(np.uint8)
    return name, shape, sha256(data.data).hexdigest()


def _of_safetensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file: the length of a header, the header as JSON, and the bytes of all tensors."""
    with path.open("rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        except (struct.error, ValueError, MemoryError, OverflowError) as error:
            raise FingerprintError(f"{path.name} is no safetensors file.") from error
        found = {}
        for name, told in header.items():
            if name != "__metadata__":
                start, stop = told["data_offsets"]
                file.seek(8 + length + start)
                digest = sha256()
                for block in _read(file, stop - start):
                    digest.update(block)
                dtype = SAFETENSORS.get(told["dtype"], told["dtype"])
                found[name] = (dtype, tuple(told["shape"]), digest.hexdigest())
    return found


def _read(file: Any, size: int) -> Iterator[bytes]:
    while size > 0:
        block = file.read(min(size, 1 << 22))
        if not block:
            raise FingerprintError(f"{file.name} ends too early.")
        size -= len(block)
        yield block


def _loaded(path: Path) -> Any:
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return dict(arrays)
    if path.suffix not in (".pt", ".pth", ".bin"):
        raise FingerprintError(f"{path.name} is neither a .safetensors nor a .npz, .pt or .pth file.")
    needs("torch")
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds
        raise FingerprintError(f"{path.name} cannot be read as weights: {str(error).splitlines()[0]}") from error
