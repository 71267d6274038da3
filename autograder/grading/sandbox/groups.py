"""Control groups: the one limit that counts all memory of all processes together, what the kernel holds for them too.

Limits of a process do not see the contents of pipes and sockets, memory that several processes share, or files in
memory. A control group does. Each kernel and each observer gets one, where this account may make them:

- version 1, in the place where this process is, or at the top; as a rule only root may;
- version 2, in a group that was handed over: `systemd-run --user --scope -p Delegate=yes autograder grade`, or a
  container that has its own tree.

The grader makes the group and opens its list of processes; the descriptor goes to the process that is to be shut in,
which writes itself into the list before it does anything else. From inside the sandbox no group can be reached.

The system kills the largest process of a group that is full, and lets the others live. The warm process gets the
group's count of such kills to look at, and ends them all.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

from autograder.grading.sandbox.limits import MEGABYTE, Limits

_PREFIX = "autograder-"
_NAME = re.compile(_PREFIX + r"(\d+)-\d+")
_GRADER = f"{_PREFIX}grader"  # where processes of a version 2 group go, which may not have both processes and groups
_number = count()
_refused = False


@dataclass(frozen=True)
class Place:
    """Where groups can be made.

    Attributes
    ----------
    version : {1, 2}
    folders : tuple of Path
        The parents of new groups: of version 1 one for memory and one for processes, of version 2 one.
    """

    version: int
    folders: tuple[Path, ...]

    @property
    def events(self) -> str:
        """The file that counts kills."""
        return "memory.events" if self.version == 2 else "memory.oom_control"


@dataclass
class Group:
    """A control group of one kernel or observer."""

    place: Place
    folders: list[Path] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    events: int = -1

    @property
    def numbers(self) -> list[int]:
        """What the warm process gets: the lists of processes, and the count of kills."""
        return [*self.lists, self.events]

    def opened(self) -> None:
        """Close these; whoever had to be in the group is in it."""
        while self.lists:
            os.close(self.lists.pop())
        if self.events >= 0:
            os.close(self.events)
            self.events = -1

    def why(self, limits: Limits) -> str:
        """Which limit struck, as the end of a sentence; empty if none did."""
        if _count(_read(self.folders[0] / self.place.events), "oom_kill"):
            return limits.too_much_memory
        if _count(_read(self.folders[-1] / "pids.events"), "max"):
            return limits.too_many_processes
        return ""

    def remove(self) -> None:
        """Remove it. Where a process is still ending in it, it stays until `remove_abandoned`."""
        self.opened()
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()


def kills(events: int) -> int:
    """How many processes of a group the system has killed for memory."""
    try:
        return _count(os.pread(events, 1000, 0).decode(), "oom_kill")
    except OSError:
        return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _count(text: str, wanted: str) -> int:
    """How often something happened in a group; 0 if that is not known."""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{wanted} ")), 0)


def new_group(limits: Limits) -> Group | None:
    """A group with limits, whose lists of processes are open; None where there can be none."""
    place = find_place()
    if place is None:
        return None
    group = Group(place)
    # Files in memory count here; the processes have their own limit for them.
    memory = (limits.memory_megabytes + limits.disk_megabytes) * MEGABYTE
    try:
        for parent in place.folders:
            folder = parent / f"{_PREFIX}{os.getpid()}-{next(_number)}"
            folder.mkdir()
            group.folders.append(folder)
            if place.version == 2:
                _set(folder, {"memory.max": memory, "memory.swap.max": 0, "pids.max": limits.threads})
            elif parent == place.folders[0]:
                _set(folder, {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory})
            else:
                _set(folder, {"pids.max": limits.threads})
            group.lists.append(os.open(folder / "cgroup.procs", os.O_WRONLY))
        group.events = os.open(group.folders[0] / place.events, os.O_RDONLY)
    except OSError:
        group.remove()
        return None
    return group


def _set(folder: Path, values: dict[str, int]) -> None:
    for name, value in values.items():
        path = folder / name
        # Where swap is not counted there is no file for it, and as a rule no swap.
        if path.exists() or "sw" not in name:
            path.write_text(str(value))


def join(numbers: list[int]) -> None:
    """Enter groups by what `Group.numbers` gave. For the process that is to be shut in."""
    for number in numbers[:-1]:
        os.write(number, b"0")
    for number in numbers:
        os.close(number)


def find_place() -> Place | None:
    """Where this process may make groups; None if nowhere."""
    return None if _refused else _found_place()


def give_up() -> None:
    """Make no more groups in this process: they cannot be entered."""
    global _refused
    _refused = True


@cache
def _found_place() -> Place | None:
    try:
        own = _own_groups(Path("/proc/self/cgroup").read_text())
        mounts = _mounts(Path("/proc/self/mountinfo").read_text())
    except OSError:
        return None
    return _version_2(own, mounts) or _version_1(own, mounts)


def _own_groups(text: str) -> dict[str, str]:
    """The group of this process by controller; that of version 2 by the empty name."""
    found = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _mounts(text: str) -> dict[str, tuple[Path, str]]:
    """Where the trees of groups are mounted, by controller, and which part of the tree is."""
    found = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup2":
            found[""] = (Path(point), root)
        elif kind == "cgroup":
            found.update({name: (Path(point), root) for name in options.split(",")})
    return found


def _folder(mount: tuple[Path, str], own: str) -> Path:
    """The folder of this process's group; the top of what is mounted if it is not to be seen."""
    point, root = mount
    inside = own.removeprefix(root.rstrip("/")).lstrip("/")
    return point / inside if (point / inside).is_dir() else point


def _version_1(own: dict[str, str], mounts: dict[str, tuple[Path, str]]) -> Place | None:
    if not {"memory", "pids"} <= mounts.keys():
        return None
    folders = tuple(_folder(mounts[name], own.get(name, "/")) for name in ("memory", "pids"))
    return Place(1, folders) if all(map(_can_make, folders)) else None


def _version_2(own: dict[str, str], mounts: dict[str, tuple[Path, str]]) -> Place | None:
    if "" not in mounts:
        return None
    folder = _folder(mounts[""], own.get("", "/"))
    if folder.name == _GRADER:
        folder = folder.parent
    try:
        if not {"memory", "pids"} <= set((folder / "cgroup.controllers").read_text().split()):
            return None
        if not {"memory", "pids"} <= set((folder / "cgroup.subtree_control").read_text().split()):
            _move_in(folder)
            (folder / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        return None
    return Place(2, (folder,)) if _can_make(folder) else None


def _move_in(folder: Path) -> None:
    """Move the processes of a group that was handed over one floor down: it may not have both them and groups."""
    below = folder / _GRADER
    below.mkdir(exist_ok=True)
    for pid in (folder / "cgroup.procs").read_text().split():
        (below / "cgroup.procs").write_text(pid)


def _can_make(folder: Path) -> bool:
    probe = folder / f"{_PREFIX}{os.getpid()}-{next(_number)}"
    try:
        probe.mkdir()
        os.close(os.open(probe / "cgroup.procs", os.O_WRONLY))
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.rmdir()
    return True


def remove_abandoned() -> None:
    """Remove the groups of graders that are gone, and those whose last process has ended since."""
    place = find_place()
    for parent in () if place is None else place.folders:
        for folder in parent.glob(f"{_PREFIX}*-*"):
            found = _NAME.fullmatch(folder.name)
            if found and not Path("/proc", found[1]).exists():
                with suppress(OSError):
                    folder.rmdir()
