"""Look after memory and processes of everything that a kernel started.

The limits of the operating system are for one process; these are for all processes of a submission together. A control
group is the better wall, where there is one (`groups`): this one looks five times a second, and sees less.
"""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from autograder.grading.sandbox.limits import MEGABYTE, Limits

_PAGE = resource.getpagesize()


class Process(NamedTuple):
    """A line of the list of processes."""

    parent: int
    threads: int
    megabytes: float


def own_megabytes(pid: int | str = "self") -> float:
    """Memory of a process that is in no file: what it wrote itself, and what it shares with the fork's parent."""
    _, resident, in_files, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(resident) - int(in_files)) * _PAGE / MEGABYTE


def shared_megabytes(pid: int) -> float:
    """Memory that a process may share with others and that is in no file, such as that of ``mmap(-1, …)``."""
    try:
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(b"RssShmem:")) / 1024


def processes() -> dict[int, Process]:
    """The processes in this namespace, by number."""
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - many times a second
        if name.isdigit():
            try:
                # A process can give itself a name that is no text.
                after_name = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
                found[int(name)] = Process(int(after_name[1]), int(after_name[17]), own_megabytes(name))
            except (OSError, ValueError, IndexError):
                continue  # It is gone.
    return found


def excesses(kernels: Iterable[tuple[int, Limits, bool]], inherited_megabytes: float) -> dict[int, str]:
    """For each kernel that is past a limit, why, as the end of a sentence.

    Parameters
    ----------
    kernels : iterable of (int, Limits, bool)
        Process number, limits, and whether a control group counts its memory, too.
    inherited_megabytes : float
        What each process has from the warm process. It is not held against it.
    """
    everything = processes()
    children = defaultdict(list)
    for pid, process in everything.items():
        children[process.parent].append(pid)
    found = {}
    for kernel, limits, counted in kernels:
        family, new = [], [kernel]
        while new:
            family += new
            # The processes of a submission whose parent died have the kernel as their parent: it is their process 1.
            new = [child for parent in new for child in children[parent]]
        members = [everything[pid] for pid in family if pid in everything]
        if len(members) > limits.processes or sum(member.threads for member in members) > limits.threads:
            found[kernel] = limits.too_many_processes
            continue
        used = sum(max(0.0, member.megabytes - inherited_megabytes) for member in members)
        # What several of them share is counted for each: better once too often than not at all.
        used += 0.0 if counted else sum(map(shared_megabytes, family))
        if used > limits.memory_megabytes:
            found[kernel] = limits.too_much_memory
    return found
