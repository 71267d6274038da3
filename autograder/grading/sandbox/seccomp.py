"""Refuse system calls that no lesson needs and that a hostile submission could use to get at the kernel or around us.

A filter in the form of the Linux manual page seccomp(2), without a library: load the number of the call, compare,
answer. What it refuses: namespaces and mounts of one's own (they would lift the limit on files), reading other
processes, keyrings (a submission could leave something there for the next), memory that belongs to no process (memory
files, System V segments, queues and semaphores), what all processes of the grader's account share a small number of
(watches on files), sockets but those of the machine itself, and interfaces with a long record of holes.

Where no control group counts what pipes and sockets hold, they may not be enlarged either, and the only sockets are
those whose buffers have a fixed size.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_ANY_BIT, _JUMP_IF_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NO_SUCH_CALL = 0xFFFFFFFF  # where a machine does not have it
# The fields of struct seccomp_data.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_SECOND_ARGUMENT, _THIRD_ARGUMENT = 24, 32
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
    "fanotify_init": (300, 262),
    "inotify_init": (253, _NO_SUCH_CALL),
    "inotify_init1": (294, 26),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "mq_open": (240, 180),
    "msgget": (68, 186),
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
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


_SOCKET, _SOCKETPAIR = (41, 198), (53, 199)
_SETSOCKOPT, _FCNTL = (54, 208), (72, 25)
_UNIX, _INET, _INET6, _NETLINK, _NETLINK_ROUTE = 1, 2, 10, 16, 0
_SOL_SOCKET, _BUFFER_SIZES = 1, (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF, and the same by force
_F_SETPIPE_SZ = 1031


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _refuse(error: int) -> bytes:
    return _step(_RETURN, _REFUSE | error)


def _if_call(number: int, steps: bytes) -> bytes:
    """Steps for one call, the number of which is loaded before and after."""
    steps = steps + _step(_LOAD, _NUMBER)
    return _step(_JUMP_IF_EQUAL, number, 0, len(steps) // 8) + steps


def _only_families(number: int, families: tuple[int, ...]) -> bytes:
    """Refuse sockets of all families but some; of netlink only the one by which ZeroMQ asks for the machine's names."""
    route = _step(_LOAD, _THIRD_ARGUMENT) + _step(_JUMP_IF_EQUAL, _NETLINK_ROUTE, 1, 0)
    rest = _step(_JUMP_IF_EQUAL, _NETLINK, 0, 2) + route + _refuse(errno.EAFNOSUPPORT)
    steps = _step(_LOAD, _FIRST_ARGUMENT)
    for place, family in enumerate(families):
        steps += _step(_JUMP_IF_EQUAL, family, len(families) - place - 1 + len(rest) // 8, 0)
    return _if_call(number, steps + rest)


def _fixed_sizes(column: int) -> bytes:
    """Refuse to enlarge the buffers of sockets and pipes."""
    sizes = b"".join(_step(_JUMP_IF_EQUAL, option, 0, 1) + _refuse(errno.EPERM) for option in _BUFFER_SIZES)
    option = _step(_LOAD, _THIRD_ARGUMENT) + sizes
    level = _step(_LOAD, _SECOND_ARGUMENT) + _step(_JUMP_IF_EQUAL, _SOL_SOCKET, 0, len(option) // 8) + option
    command = _step(_LOAD, _SECOND_ARGUMENT) + _step(_JUMP_IF_EQUAL, _F_SETPIPE_SZ, 0, 1) + _refuse(errno.EPERM)
    return _if_call(_SETSOCKOPT[column], level) + _if_call(_FCNTL[column], command)


def program(machine: str, *, counted: bool = True) -> bytes:
    """The filter for a machine such as ``x86_64``; empty for one that the tables above do not know.

    Parameters
    ----------
    machine : str
    counted : bool
        Whether a control group counts what pipes and sockets hold.
    """
    if machine not in _MACHINES:
        return b""
    architecture, column = _MACHINES[machine]
    steps = _step(_LOAD, _ARCHITECTURE)
    steps += _step(_JUMP_IF_EQUAL, architecture, 1, 0) + _refuse(errno.EPERM)
    steps += _step(_LOAD, _NUMBER)
    # The 32-bit variants of the calls have numbers of their own.
    steps += _step(_JUMP_IF_GREATER_EQUAL, _X32, 0, 1) + _refuse(errno.EPERM)
    for numbers in _REFUSED.values():
        if numbers[column] != _NO_SUCH_CALL:
            steps += _step(_JUMP_IF_EQUAL, numbers[column], 0, 1) + _refuse(errno.EPERM)
    for number in _SAME_EVERYWHERE:
        steps += _step(_JUMP_IF_EQUAL, number, 0, 1) + _refuse(errno.ENOSYS)
    families = (_UNIX, _INET, _INET6) if counted else (_UNIX,)
    steps += _only_families(_SOCKET[column], families) + _only_families(_SOCKETPAIR[column], families)
    if not counted:
        steps += _fixed_sizes(column)
    # The flags of clone3 lie in memory, where a filter cannot look; the C library falls back to clone.
    steps += _step(_JUMP_IF_EQUAL, _CLONE3, 0, 1) + _refuse(errno.ENOSYS)
    steps += _step(_JUMP_IF_EQUAL, _CLONE[column], 0, 3)
    steps += _step(_LOAD, _FIRST_ARGUMENT)
    steps += _step(_JUMP_IF_ANY_BIT, _NAMESPACE_FLAGS, 0, 1) + _refuse(errno.EPERM)
    return steps + _step(_RETURN, _ALLOW)


def known() -> bool:
    """Whether there is a filter for this machine."""
    return platform.machine() in _MACHINES


def install(*, counted: bool) -> None:
    """Put the filter on this process and all it will start. It cannot be taken off again."""
    steps = program(platform.machine(), counted=counted)
    if not steps:
        raise OSError(errno.ENOSYS, f"there is no list of system calls for {platform.machine()}")
    libc = ctypes.CDLL(None, use_errno=True)
    filters = _Program(len(steps) // 8, steps)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filters), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
