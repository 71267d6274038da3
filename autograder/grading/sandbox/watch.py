"""Look after memory, processes and priority of everything that a kernel started.

The limits of the operating system are for one process; these are for all processes of a submission together. A control
group is the better wall, where there is one (`groups`): this one looks five times a second, and sees less.
"""

from __future__ import annotations

import os
import resource
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from autograder.grading.sandbox.limits import MEGABYTE, Limits

_PAGE = resource.getpagesize()
# A kernel is one process with about ten threads. What has many more shares the cores of the machine with the others
# only as far as these leave them.
_FEW_PROCESSES = 4
_FEW_THREADS = 24
# What grows into a limit does so within seconds, on a busy machine, too, and should meet it.
_PATIENT_LOOKS = 15
_LOWEST_PRIORITY = 19


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


def step_back(kernel: int, family: Iterable[int]) -> None:
    """Give all that a kernel has started, and what that will start, the lowest priority; not its first thread."""
    own = _share(kernel)
    for pid in family:
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - many times a second
                if int(thread) != kernel:
                    os.setpriority(os.PRIO_PROCESS, int(thread), _LOWEST_PRIORITY)
            # Where Linux shares the cores out by sessions, a process that begins one has a share of its own. An account
            # without rights may change one in a tenth of a second; the rest is for the next look.
            share = _share(pid)
            if share and share[:1] != own[:1] and share[-1] != str(_LOWEST_PRIORITY):
                Path(f"/proc/{pid}/autogroup").write_text(str(_LOWEST_PRIORITY))


def _share(pid: int) -> list[str]:
    """The session's share of the cores, such as ``/autogroup-7 nice 0``; nothing where there are no such shares."""
    try:
        return Path(f"/proc/{pid}/autogroup").read_text().split()
    except OSError:
        return []


def excesses(
    kernels: Iterable[tuple[int, Limits, bool]], inherited_megabytes: float, crowded: Counter[int] | None = None
) -> dict[int, str]:
    """For each kernel that is past a limit, why, as the end of a sentence. One that stays crowded steps back.

    Parameters
    ----------
    kernels : iterable of (int, Limits, bool)
        Process number, limits, and whether a control group counts its memory, too.
    inherited_megabytes : float
        What each process has from the warm process. It is not held against it.
    crowded : Counter, optional
        For how many looks each has had many processes. It is kept up to date.
    """
    crowded = Counter() if crowded is None else crowded
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
        threads = sum(member.threads for member in members)
        if len(members) > limits.processes or threads > limits.threads:
            found[kernel] = limits.too_many_processes
            continue
        if len(members) > _FEW_PROCESSES or threads > _FEW_THREADS:
            crowded[kernel] += 1
            if crowded[kernel] > _PATIENT_LOOKS:
                step_back(kernel, family)
        else:
            del crowded[kernel]
        used = sum(max(0.0, member.megabytes - inherited_megabytes) for member in members)
        # What several of them share is counted for each: better once too often than not at all.
        used += 0.0 if counted else sum(map(shared_megabytes, family))
        if used > limits.memory_megabytes:
            found[kernel] = limits.too_much_memory
    return found
