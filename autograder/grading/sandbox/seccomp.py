"""Refuse system calls that no lesson needs and that a hostile submission could use to get at the kernel or around us.

A filter in the form of the Linux manual page seccomp(2), without a library: load the number of the call, compare,
answer. What it refuses: namespaces and mounts of one's own (they would lift the limit on files), reading other
processes, keyrings (a submission could leave something there for the next), memory files (no limit counts them), and
interfaces with a long record of holes.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_ANY_BIT, _JUMP_IF_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
# The fields of struct seccomp_data.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_NAMESPACE_FLAGS = 0x7E020000  # of clone(2): all the CLONE_NEW… but the one for time
_X32 = 0x40000000

# The architecture's number in audit(7), and the calls by their numbers in the tables of the Linux source.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_CLONE = (56, 220)
_CLONE3 = 435
_SAME_EVERYWHERE = range(425, 434)  # io_uring_…, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
_REFUSED = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "setns": (308, 268),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def program(machine: str) -> bytes:
    """The filter for a machine such as ``x86_64``; empty for one that the tables above do not know."""
    if machine not in _MACHINES:
        return b""
    architecture, column = _MACHINES[machine]

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    def refuse(number: int, error: int) -> bytes:
        return step(_JUMP_IF_EQUAL, number, 0, 1) + step(_RETURN, _REFUSE | error)

    steps = step(_LOAD, _ARCHITECTURE)
    steps += step(_JUMP_IF_EQUAL, architecture, 1, 0) + step(_RETURN, _REFUSE | errno.EPERM)
    steps += step(_LOAD, _NUMBER)
    # The 32-bit variants of the calls have numbers of their own.
    steps += step(_JUMP_IF_GREATER_EQUAL, _X32, 0, 1) + step(_RETURN, _REFUSE | errno.EPERM)
    for numbers in _REFUSED.values():
        steps += refuse(numbers[column], errno.EPERM)
    for number in _SAME_EVERYWHERE:
        steps += refuse(number, errno.ENOSYS)
    # The flags of clone3 lie in memory, where a filter cannot look; the C library falls back to clone.
    steps += refuse(_CLONE3, errno.ENOSYS)
    steps += step(_JUMP_IF_EQUAL, _CLONE[column], 0, 3)
    steps += step(_LOAD, _FIRST_ARGUMENT)
    steps += step(_JUMP_IF_ANY_BIT, _NAMESPACE_FLAGS, 0, 1) + step(_RETURN, _REFUSE | errno.EPERM)
    return steps + step(_RETURN, _ALLOW)


def install() -> None:
    """Put the filter on this process and all it will start. It cannot be taken off again."""
    steps = program(platform.machine())
    if not steps:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    filters = _Program(len(steps) // 8, steps)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filters), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
