"""Pictures as text that a page can hold: files as they are, and arrays as PNG."""

from __future__ import annotations

import mimetypes
import struct
import zlib
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from evalkit._core.inputs import Array

LARGEST_FILE = 60_000  # bytes of a picture that is shown as it is
SIDE = 192


def data_url(picture: Any) -> str | None:
    """Return a picture as a `data:` address; None if it is none, or cannot be read.

    Parameters
    ----------
    picture : path, or array of shape (H, W), (H, W, C) or (C, H, W) with C of 1, 3 or 4
        Numbers with fractions run from 0 to 1; others from 0 to 255. What lies outside is brought inside.
    """
    if isinstance(picture, str | Path):
        kind = mimetypes.guess_type(str(picture))[0] or ""
        if not kind.startswith("image/") or not Path(picture).is_file():
            return None
        data = Path(picture).read_bytes()
        return (
            _url("image/jpeg", small) if len(data) > LARGEST_FILE and (small := _thumbnail(data)) else _url(kind, data)
        )
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4):
        array = np.moveaxis(array, 0, 2)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        return None
    return _url("image/png", _png(_bytes(array)))


def _bytes(array: Array) -> Array:
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "f":
        low, high = float(np.nanmin(array)), float(np.nanmax(array))
        if low < 0 or high > 1:  # standardised pictures
            array = (array - low) / ((high - low) or 1)
        array = np.nan_to_num(array) * 255
    return np.clip(np.round(array), 0, 255).astype(np.uint8)


def _png(pixels: Array) -> bytes:
    """Write 8-bit pixels as PNG (ISO/IEC 15948): a header, the rows behind one zero each, and an end."""
    height, width = pixels.shape[:2]
    colour = {2: 0, 3: 2, 4: 6}[pixels.ndim if pixels.ndim == 2 else pixels.shape[2]]
    rows = pixels.reshape(height, -1)
    raw = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def _thumbnail(data: bytes) -> bytes | None:
    """Return a large picture as a small JPEG, if Pillow is there to do it."""
    try:
        from PIL import Image
    except ImportError:
        return None
    with Image.open(BytesIO(data)) as image:
        image.thumbnail((SIDE, SIDE))
        buffer = BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"
