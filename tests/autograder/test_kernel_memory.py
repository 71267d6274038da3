"""What the kernel of the system holds for a submission: pipes, sockets, shared memory, and names that are no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from nbclient.exceptions import DeadKernelError
from warm_kernels import Kernel, warm

from autograder.grading.sandbox import groups, watch
from autograder.grading.sandbox.groups import Place, _mounts, _own_groups, _version_1, _version_2
from autograder.grading.sandbox.limits import Limits

__all__ = ["warm"]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]

SMALL = Limits(memory_megabytes=200, disk_megabytes=16)
# All of these are bounded: without any wall they would take about 1.5 GB, and end.
SOCKETS = """
import os, socket, time
def fill():
    kept = []
    for _ in range(200):
        try:
            kept.append(socket.socketpair())
            kept[-1][0].setblocking(False)
            while kept[-1][0].send(bytes(32_000)): pass
        except OSError: pass
    return kept
for _ in range(30):
    try: pid = os.fork()
    except OSError: break
    if pid == 0:
        kept = fill()
        time.sleep(60)
        os._exit(0)
time.sleep(8)
print("still here")
"""
SHARED = """
import mmap, os, time
for _ in range(6):
    if os.fork() == 0:
        memory = mmap.mmap(-1, 120_000_000)
        for start in range(0, len(memory), 4096): memory[start] = 1
        time.sleep(60)
        os._exit(0)
time.sleep(8)
print("still here")
"""
NAMELESS = """
import ctypes, os, time
for _ in range(5):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"\\xff\\xfe) 1 (", 0, 0, 0)
        memory = bytearray(b"1") * 100_000_000
        time.sleep(60)
        os._exit(0)
time.sleep(8)
print("still here")
"""


@pytest.fixture(params=["counted", "uncounted"])
def wall(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With control groups, which this machine must then offer, and without."""
    if request.param == "uncounted":
        monkeypatch.setattr(groups, "find_place", lambda: None)
    elif groups.find_place() is None:
        pytest.skip("this account may make no control groups")
    return str(request.param)


def _available() -> float:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable"))


@pytest.mark.parametrize("bomb", [SHARED, NAMELESS], ids=["shared", "nameless"])
def test_memory_that_hides_ends_the_kernel(wall: str, bomb: str) -> None:
    before = _available()
    with Kernel(limits=SMALL, timeout=60) as kernel:
        child = kernel.child
        try:
            # The system kills the largest process of a group, the watcher all of them.
            assert kernel.run(bomb) == "still here"
            assert wall == "counted"
            assert before - _available() < 200 + 16 + 300  # and what other processes of the machine took meanwhile
        except DeadKernelError:
            pass
        child.kill()
        assert child.wait(30.0) is not None
        assert child.why == "used more than 200 MB of memory"


def test_full_sockets_stay_below_the_limit(wall: str) -> None:
    before = _available()
    with Kernel(limits=SMALL, timeout=60) as kernel:
        child = kernel.child
        try:
            said = kernel.run(SOCKETS)
        except DeadKernelError:
            said = child.why
        taken = before - _available()
    if wall == "counted":
        assert said in ("used more than 200 MB of memory", "still here")
        assert taken < 200 + 16 + 300  # and what other processes of the machine took meanwhile
    else:
        # Sixteen processes with 128 files each hold less than half a gigabyte; more processes are not let live.
        assert taken < 500 + 300


CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    return os.strerror(ctypes.get_errno()) if getattr(libc, name)(*arguments) < 0 else "done"
"""


@pytest.mark.parametrize(
    "call",
    [
        "'shmget', 0, 1_000_000, 0o600",
        "'semget', 0, 4, 0o600",
        "'msgget', 0, 0o600",
        "'inotify_init'",
        "'inotify_init1', 0",
        "'fanotify_init', 0, 0",
    ],
)
def test_what_belongs_to_no_process_or_to_all_is_refused(call: str) -> None:
    with Kernel() as kernel:
        kernel.run(CALL)
        assert kernel.run(f"print(call({call}))") == "Operation not permitted"


def test_families_of_sockets(wall: str) -> None:
    with Kernel() as kernel:
        for family in ("16, 3, 16", "16, 3, 9", 17, 38, 40):  # netlink but for routes, packet, crypto, vsock
            assert kernel.run(f"import socket; socket.socket({family})").startswith("OSError: [Errno 97]")
        assert kernel.run("import socket; a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))") == "b'x'"
        for family in ("AF_INET", "AF_INET6"):
            told = kernel.run(f"import socket; socket.socket(socket.{family}); print('made')")
            assert told == "made" if wall == "counted" else told.startswith("OSError: [Errno 97]")


def test_buffers_keep_their_size_where_nothing_counts_them(wall: str) -> None:
    with Kernel() as kernel:
        kernel.run("import fcntl, os, socket; s, _ = socket.socketpair(); r, w = os.pipe()")
        for larger in (
            "s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000_000)",
            "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10_000_000)",
            "fcntl.fcntl(w, 1031, 1_000_000)",
        ):
            told = kernel.run(f"{larger}; print('larger')")
            assert told == "larger" if wall == "counted" else told.startswith("PermissionError")
        assert kernel.run("s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1); print('other')") == "other"
        assert kernel.run("print(fcntl.fcntl(w, fcntl.F_GETFL) > 0)") == "True"


def test_terminals_are_few() -> None:
    with Kernel() as kernel:
        told = kernel.run("import os\nn = 0\nwhile n < 100:\n    os.openpty()\n    n += 1")
        assert told.startswith("OSError: [Errno 28]")
        assert kernel.run("print(n)") == "16"
        with Kernel() as other:
            assert other.run("!echo in a terminal") == "in a terminal"


def test_many_processes_step_back_and_their_kernel_does_not() -> None:
    """Thirty that spin would leave an answer beside them a sixteenth of a core."""
    with Kernel() as kernel:
        kernel.run(
            "import os, time\nend, pids = time.monotonic() + 12, []\n"
            "for _ in range(6):\n    pids.append(os.fork())\n    if pids[-1] == 0:\n"
            "        os.setsid()\n        while time.monotonic() < end: pass\n        os._exit(0)"
        )
        priorities = "print(os.getpriority(os.PRIO_PROCESS, 0), {os.getpriority(os.PRIO_PROCESS, pid) for pid in pids})"
        for _ in range(100):
            told = kernel.run(f"time.sleep(0.1); {priorities}")
            if told.endswith("{19}"):
                break
        assert told == "0 {19}"
        assert kernel.run("os.setpriority(os.PRIO_PROCESS, pids[0], 0)").startswith("PermissionError")


def test_groups_go_with_their_kernels() -> None:
    place = groups.find_place()
    if place is None:
        pytest.skip("this account may make no control groups")

    def mine() -> list[Path]:
        return [folder for parent in place.folders for folder in parent.glob(f"autograder-{os.getpid()}-*")]

    with Kernel() as kernel:
        kernel.run("x = 1")
        assert len(mine()) == len(place.folders)
        assert all((folder / "cgroup.procs").read_text().split() for folder in mine())
    for _ in range(100):
        if not mine():
            break
        kernel.child  # noqa: B018 - let the end arrive
    groups.remove_abandoned()
    assert not [folder for folder in mine() if (folder / "cgroup.procs").read_text()]


def test_a_group_that_cannot_be_entered_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(limits: Limits) -> groups.Group:
        numbers = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
        return groups.Group(Place(1, ()), [], numbers[:2], numbers[2])

    monkeypatch.setattr(groups, "_refused", False)
    real = groups.new_group
    monkeypatch.setattr(groups, "new_group", lambda limits: real(limits) if groups._refused else shut(limits))
    with Kernel() as kernel:
        assert kernel.run("print('runs')") == "runs"
        assert kernel.run("import socket; socket.socket(socket.AF_INET)").startswith("OSError: [Errno 97]")
    assert groups.find_place() is None


# ------------------------------------------------------------------------------------------------- where groups can be
def test_where_this_process_is() -> None:
    own = _own_groups("9:name=systemd:/\n8:pids:/a\n4:memory,cpu:/a/b:c\n0::/user.slice\n")
    assert own == {"name=systemd": "/", "pids": "/a", "memory": "/a/b:c", "cpu": "/a/b:c", "": "/user.slice"}
    mounts = _mounts(
        "30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
        "31 25 0:27 /docker/x /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"
        "32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n33 25 0:29 / / rw - ext4 /dev/vda rw\n"
    )
    assert mounts["memory"] == (Path("/sys/fs/cgroup/memory"), "/")
    assert mounts["pids"] == (Path("/sys/fs/cgroup/pids"), "/docker/x")
    assert mounts[""] == (Path("/sys/fs/cgroup/unified"), "/")


class Tree:
    """A folder that looks like a tree of control groups, as far as its files go."""

    def __init__(self, top: Path, controllers: str = "cpu memory pids") -> None:
        self.top = top
        self.scope = top / "user.slice" / "run-1.scope"
        self.scope.mkdir(parents=True)
        (self.scope / "cgroup.controllers").write_text(controllers)
        (self.scope / "cgroup.subtree_control").write_text("")
        (self.scope / "cgroup.procs").write_text("")


def test_version_2_is_used_where_it_was_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_can_make", lambda _: True)
    tree = Tree(tmp_path)
    mounts = {"": (tmp_path, "/")}
    assert _version_2({"": "/user.slice/run-1.scope"}, mounts) == Place(2, (tree.scope,))
    assert (tree.scope / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (tree.scope / "autograder-grader").is_dir()
    # A worker of the grader finds itself below, and uses the same place.
    (tree.scope / "cgroup.subtree_control").write_text("memory pids")
    assert _version_2({"": "/user.slice/run-1.scope/autograder-grader"}, mounts) == Place(2, (tree.scope,))
    assert _version_2({"": "/"}, {}) is None
    without = Tree(tmp_path / "other", "cpu")
    assert _version_2({"": "/user.slice/run-1.scope"}, {"": (without.top, "/")}) is None


def test_version_1_needs_both_and_the_right_to_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_can_make", lambda folder: "forbidden" not in str(folder))
    for name in ("memory", "pids", "forbidden"):
        (tmp_path / name / "mine").mkdir(parents=True)
    mounts = {name: (tmp_path / name, "/") for name in ("memory", "pids")}
    own = {"memory": "/mine", "pids": "/not/to/be/seen"}
    assert _version_1(own, mounts) == Place(1, (tmp_path / "memory" / "mine", tmp_path / "pids"))
    assert _version_1(own, {"memory": (tmp_path, "/")}) is None
    assert _version_1(own, {**mounts, "pids": (tmp_path / "forbidden", "/")}) is None


def test_a_name_that_is_no_text_hides_nobody() -> None:
    pid = os.fork()
    if pid == 0:
        import ctypes
        import time

        ctypes.CDLL(None).prctl(15, b"\xff\xfe) 1 (", 0, 0, 0)
        time.sleep(60)
        os._exit(0)
    try:
        while b"\xff" not in Path(f"/proc/{pid}/stat").read_bytes():
            pass
        assert watch.processes()[pid].parent == os.getpid()
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
