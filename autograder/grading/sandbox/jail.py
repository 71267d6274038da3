"""Shut a fork of the warm process in: nothing to see, nothing to reach, and only so much to use up."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

from autograder.grading.sandbox import seccomp
from autograder.grading.sandbox.limits import MEGABYTE, Limits
from autograder.grading.sandbox.places import HOME, SCRATCH, SOCKETS, WORK

_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _MOVE, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 8192, 16384, 1 << 18
_SET_DUMPABLE, _CAPBSET_DROP, _SET_NO_NEW_PRIVS = 4, 24, 38
_CAPABILITY_VERSION = 0x20080522
# The C libraries that the imports brought reserve room for their threads; none of it is used memory.
_RESERVED_MEGABYTES = 512
# Of the terminals of the machine, which all submissions share.
TERMINALS = 16

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, options.encode())
    _check(result, f"mount {target}")


def be_invisible() -> None:
    """No process of the same user can read or trace this one from now on."""
    _check(_libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0), "prctl")


def leave_namespaces() -> None:
    """Enter namespaces of one's own. The next fork is process 1 of its own namespace of processes."""
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "prctl")
    _check(_libc.unshare(_NEW_NAMESPACES), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def shut(limits: Limits, *, counted: bool) -> None:
    """Cover what is not the submission's, set the limits, give up every privilege. For process 1 of a namespace.

    Parameters
    ----------
    limits : Limits
    counted : bool
        Whether a control group counts what the kernel holds for the processes. Where none does, it may hold less.
    """
    # A session of its own: a signal to "my group" must not go to the group of the warm process.
    os.setsid()
    reserved = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _cover(limits)
    _loopback()
    _limit(limits, reserved)
    _drop_privileges()
    seccomp.install(counted=counted)


def _cover(limits: Limits) -> None:
    _mount("none", "/", None, _REC | _PRIVATE)
    size = f"size={limits.disk_megabytes}m,nr_inodes={limits.files},mode=0700"
    _cover_scratch(size)
    os.mkdir(WORK)  # noqa: PTH102 - short paths, in a fork that should touch as little memory as it can
    os.mkdir(HOME)  # noqa: PTH102
    _mount("tmpfs", "/dev/shm", "tmpfs", _NOSUID | _NODEV | _NOEXEC, size)
    # The processes that /proc would show are the other submissions'. A new one cannot be mounted here, because
    # bubblewrap covers parts of the one it made; so only a few files that programs ask for stay.
    new = f"{SCRATCH}/proc"
    os.mkdir(new)  # noqa: PTH102
    _mount("tmpfs", new, "tmpfs", 0, "size=64k,mode=0555")
    for name in ("cpuinfo", "meminfo", "stat"):
        Path(new, name).touch()
        _mount(f"/proc/{name}", f"{new}/{name}", None, _BIND)
    _mount("tmpfs", new, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    _mount(new, "/proc", None, _MOVE)
    os.rmdir(new)  # noqa: PTH106
    _mount("tmpfs", SOCKETS, "tmpfs", _RDONLY | _NOSUID | _NODEV | _NOEXEC, "size=4k,mode=0555")
    # A shell command of a notebook runs in a terminal.
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, f"newinstance,max={TERMINALS},ptmxmode=0666,mode=620")


def _cover_scratch(size: str) -> None:
    """Mount an empty folder for temporary files. Where Python or the course lie in that place, they stay."""
    shown = sorted({point for point in _mount_points() if point.startswith(f"{SCRATCH}/")})
    new = f"{SCRATCH}/.new"
    # The empty folder is the same for all forks; what is mounted there is each one's own.
    Path(new).mkdir(exist_ok=True)
    _mount("tmpfs", new, "tmpfs", _NOSUID | _NODEV, size)
    for point in shown:
        if any(point.startswith(f"{other}/") for other in shown):
            continue  # it comes with the mount that it lies in
        target = Path(new + point.removeprefix(SCRATCH))
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(point).is_dir():
            target.mkdir()
        else:
            target.touch()
        _mount(point, str(target), None, _BIND | _REC)
    _mount(new, SCRATCH, None, _MOVE)


def _mount_points() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    # Blanks in a path are written as octal numbers.
    return [line.split()[4].encode().decode("unicode_escape").encode("latin-1").decode() for line in lines]


def _loopback() -> None:
    """Switch the loopback device of the new network on: libraries talk to themselves through it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _limit(limits: Limits, reserved: int) -> None:
    memory = reserved + (limits.memory_megabytes + _RESERVED_MEGABYTES) * MEGABYTE
    for which, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NPROC, limits.threads),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_megabytes * MEGABYTE),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 64 * 1024),
    ):
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def _drop_privileges() -> None:
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0):
            # The last one that this Linux knows is passed.
            if ctypes.get_errno() != errno.EINVAL:
                raise OSError(ctypes.get_errno(), "prctl: capability bounding set")
            break
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, bytes(24)), "capset")
    _check(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def forget_parent(keep: set[int]) -> None:
    """Close every file of the warm process but those to keep, and handle signals as a new process does."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        if number not in keep:
            os.dup2(null, number)
    for number in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
        if number > 2 and number not in keep:
            with suppress(OSError):
                os.close(number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
