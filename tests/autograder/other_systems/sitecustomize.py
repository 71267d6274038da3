"""Python takes this module along when it starts, if it lies on PYTHONPATH: it takes away what other systems lack.

Which system is to be imitated stands in PRETEND_SYSTEM, and holds for the processes that are started, too.
"""

import importlib
import os
import pathlib
import platform
import signal
import socket
import sys
import types

NOT_ON_MACOS = {
    os: ("pidfd_open", "sched_getaffinity", "sched_setaffinity", "memfd_create", "unshare", "setns"),
    signal: ("pidfd_send_signal",),
    socket: ("SOCK_SEQPACKET", "SO_PEERCRED"),
}
NOT_ON_WINDOWS = {
    os: (
        *("fork", "killpg", "setsid", "getuid", "geteuid", "getgid", "getpgid", "mkfifo", "uname", "waitid"),
        *("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "WNOHANG"),
    ),
    signal: ("SIGKILL", "SIGALRM", "SIGCHLD", "setitimer"),
    socket: ("AF_UNIX", "send_fds", "recv_fds"),
}
MODULES_NOT_ON_WINDOWS = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
# What is Python's own and what is of others knows how to do without; but it asks for the system when it is loaded.
LOADED_BEFORE = ("asyncio", "nbconvert.exporters", "nbgrader.apps", "IPython", "rich.console", "send2trash", "typer")


def take_away(names):
    for module, missing in names.items():
        for name in missing:
            if hasattr(module, name):
                delattr(module, name)


def without_proc():
    """No file of /proc is there for what reads it as the course does."""
    exists, read_text = pathlib.Path.exists, pathlib.Path.read_text

    def is_proc(path):
        return path.parts[:2] == ("/", "proc")

    def no_text(path, *args, **options):
        if is_proc(path):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return read_text(path, *args, **options)

    pathlib.Path.exists = lambda path, *args, **options: not is_proc(path) and exists(path, *args, **options)
    pathlib.Path.read_text = no_text


def locking(number, mode, count):
    """As Windows' own, of which nobody but the process that locks takes any notice."""


if pretended := os.environ.get("PRETEND_SYSTEM"):
    if pretended == "Windows":
        for name in LOADED_BEFORE:
            importlib.import_module(name)
    take_away(NOT_ON_MACOS)
    without_proc()
    platform.system = lambda: pretended
    if pretended == "Windows":
        take_away(NOT_ON_WINDOWS)
        sys.modules.update(dict.fromkeys(MODULES_NOT_ON_WINDOWS))
        sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, locking=locking)
        sys.platform = "win32"
