"""What a training run borrows from its process, and gives back: random number generators, CPU threads, memory."""

from __future__ import annotations

import ctypes
import os
import platform
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")

# Parameters of glibc's mallopt, and the largest values that it takes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
NEVER_TRIM, LARGEST_MMAP_THRESHOLD = 2**31 - 1, 32 << 20

_KEEPERS: set[object] = set()  # the runs, perhaps in several threads, that want freed memory to be kept
_KEEPERS_LOCK = Lock()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch, NumPy's and Python's global generators, and restore all three afterwards."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        # Datasets that augment their samples often draw from these two.
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002


@contextmanager
def cpu_threads(threads: int | None) -> Iterator[int]:
    """Let torch compute with that many threads, and restore the number that it had before.

    By default it keeps its number, but never has more threads than the process has CPUs: in a container torch sees
    the CPUs of the whole machine, and threads that wait for each other are slower than fewer threads.
    """
    before = torch.get_num_threads()
    wanted = min(before, available_cpus()) if threads is None else threads
    if wanted != before:
        torch.set_num_threads(wanted)
    try:
        yield wanted
    finally:
        if wanted != before:
            torch.set_num_threads(before)


def available_cpus() -> int:
    """How many CPUs this process may use: its affinity, and on Linux the quota of its container, at least one."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = CGROUP_QUOTA.read_text().split()
    except (OSError, ValueError):
        return count
    return count if quota == "max" else max(1, min(count, round(int(quota) / int(period))))


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let the process keep the memory that a training step frees, because the next step needs as much.

    glibc gives it back to the system after every step, which then clears and maps the same pages again: on a busy
    machine that takes longer than the ReLUs that write to them. Afterwards free memory is given back from 64 MB on,
    where glibc arrives by itself once a block of 32 MB has been freed. With another C library nothing happens.
    """
    library = _glibc()
    if library is None:
        yield
        return
    keeper = object()
    with _KEEPERS_LOCK:
        _KEEPERS.add(keeper)
        library.mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
        library.mallopt(M_TRIM_THRESHOLD, NEVER_TRIM)
    try:
        yield
    finally:
        with _KEEPERS_LOCK:
            _KEEPERS.remove(keeper)
            if not _KEEPERS:
                library.mallopt(M_TRIM_THRESHOLD, 2 * LARGEST_MMAP_THRESHOLD)


@cache
def _glibc() -> Any:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
