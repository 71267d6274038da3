"""What a submission can see and reach: nothing but its own data."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from warm_kernels import Kernel, warm

from autograder import exercises
from autograder.grading import GradingError
from autograder.grading.sandbox import bubblewrap, host
from autograder.grading.sandbox.limits import Limits

__all__ = ["warm"]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]


def test_network() -> None:
    with socket.socket() as listener, Kernel() as kernel:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        reach = "import socket; socket.create_connection(({!r}, {}), timeout=3)"
        assert kernel.run(reach.format("127.0.0.1", port)).startswith("ConnectionRefusedError")
        assert kernel.run(reach.format("192.0.2.1", 80)).startswith("OSError: [Errno 101]")
        assert kernel.run(reach.format("example.org", 80)).startswith("gaierror")
        assert kernel.run("print([name for _, name in socket.if_nameindex()])") == "['lo']"


def test_own_loopback_works() -> None:
    talk = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "c = socket.create_connection(s.getsockname())\nprint('talks')"
    )
    with Kernel() as kernel:
        assert kernel.run(talk) == "talks"


def test_names_in_the_abstract_are_private() -> None:
    name = f"\0grading-test-{random.random()}"
    with socket.socket(socket.AF_UNIX) as listener, Kernel() as one, Kernel() as other:
        listener.bind(name)
        listener.listen()
        reach = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({name!r})"
        assert one.run(reach).startswith("ConnectionRefusedError")
        one.run("import socket; s = socket.socket(socket.AF_UNIX); s.bind('\\0left'); s.listen()")
        assert other.run("import socket; socket.socket(socket.AF_UNIX).connect('\\0left')").startswith("Connection")


def test_files(tmp_path: Path) -> None:
    data = tmp_path / "work"
    (data / "more").mkdir(parents=True)
    (data / "data.csv").write_text("a,b")
    (data / "more" / "quiz.json").write_text("{}")
    (data / "precision_recall.ipynb").write_text("hidden tests")
    (data / "link.csv").symlink_to("/etc/passwd")
    (tmp_path / "gradebook.db").write_text("grades")
    with Kernel(data) as kernel:
        listing = "import os; print(sorted(os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs))"
        assert kernel.run(listing) == "['./data.csv', './more/quiz.json']"
        assert kernel.run("print(open('data.csv').read())") == "a,b"
        for path in (
            tmp_path,
            Path.home(),
            Path(__file__),
            "/etc/passwd",
            "/etc/hostname",
            "/var",
            "/run",
            "/root/.ssh",
        ):
            seen = kernel.run(f"import os; print(os.path.exists({str(path)!r}) and os.listdir({str(path)!r}))")
            # A folder can be there because something that is shared lies in it; then there is nothing else in it.
            assert seen == "False" or "gradebook.db" not in seen
            assert ".ssh" not in seen
            assert "test_sandbox.py" not in seen
        assert (
            kernel.run("print(os.listdir('/sockets'), os.listdir('/dev/pts'), os.listdir('/dev/shm'))")
            == "[] ['ptmx'] []"
        )
        inside = kernel.run("print(*os.listdir('/'))").split()
        assert set(inside).isdisjoint({"home", "var", "srv", "mnt", "media", "boot", "run"})
    assert (data / "data.csv").read_text() == "a,b"


def test_nothing_but_the_scratch_folder_can_be_written() -> None:
    with Kernel() as kernel:
        for folder in ("/", "/usr", "/usr/bin", "/etc", "/sockets", "/dev", "/proc", str(Path(json.__file__).parent)):
            answer = kernel.run(f"open({folder!r} + '/x', 'w')")
            assert answer.startswith(("OSError: [Errno 30]", "PermissionError", "FileNotFoundError")), (folder, answer)
        # Read-only for root, and not an ordinary user's either way.
        refused = ("OSError: [Errno 30]", "PermissionError")
        assert kernel.run(f"open({host.__file__!r}, 'a')").startswith(refused)
        assert kernel.run("open('mine', 'w').write('x'); open('/tmp/mine', 'w'); print('fine')") == "fine"


def test_processes_are_private() -> None:
    with Kernel() as one, Kernel() as other:
        assert one.run("import os; print(os.getpid(), os.getppid(), sorted(os.listdir('/proc')))") == (
            "1 0 ['cpuinfo', 'meminfo', 'stat']"
        )
        other.run("x = 42")
        for target in ("os.getppid()", "-1", "2", "3"):
            one.run(f"os.kill({target}, 9)")
        assert one.run(f"os.kill({os.getpid()}, 0)").startswith("ProcessLookupError")
        assert other.run("print(x)") == "42"
        assert one.run("print('alive')") == "alive"


SYSTEM_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    libc.__getattr__(name).restype = ctypes.c_long
    return os.strerror(ctypes.get_errno()) if libc.__getattr__(name)(*arguments) < 0 else 'done'
"""


@pytest.mark.parametrize(
    "call",
    [
        "'unshare', 0x10000000",
        "'unshare', 0x00020000",
        "'setns', 0, 0",
        "'mount', b'tmpfs', b'/tmp', b'tmpfs', 0, None",
        "'umount2', b'/sockets', 2",
        "'umount2', b'/proc', 2",
        "'ptrace', 16, 1, 0, 0",
        "'process_vm_readv', 1, None, 0, None, 0, 0",
        "'memfd_create', b'x', 0",
        "'syscall', 250, 0, -3, 0",  # keyctl: the session's keyring
        "'syscall', 321, 0, None, 0",  # bpf
        "'setuid', 0",
        "'chroot', b'/tmp'",
        "'sethostname', b'x', 1",
    ],
)
def test_system_calls_that_are_refused(call: str) -> None:
    with Kernel() as kernel:
        kernel.run(SYSTEM_CALL)
        assert kernel.run(f"print(call({call}))") in (
            "Operation not permitted",
            "Invalid argument",
            "Function not implemented",
        )
        assert kernel.run("print(call('getpid'))") == "done"


def test_no_privileges() -> None:
    read = "import ctypes; data = (ctypes.c_uint32 * 6)(); head = (ctypes.c_uint32 * 2)(0x20080522, 0)"
    with Kernel() as kernel:
        kernel.run(SYSTEM_CALL + read)
        assert kernel.run("print(call('capget', head, data), list(data))") == "done [0, 0, 0, 0, 0, 0]"
        assert kernel.run("print(libc.prctl(39, 0, 0, 0, 0))") == "1"  # PR_GET_NO_NEW_PRIVS
        assert kernel.run("import os; print(os.getuid(), os.getgroups() in ([], [1000], [65534]))").startswith("1000")


def test_surroundings_are_those_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SECRET", "secret")
    with Kernel() as kernel:
        text = kernel.run("import os; print(sorted(os.environ.items()))")
        assert "secret" not in text
        assert str(Path.home()) not in kernel.run("print(os.path.expanduser('~'))")
        assert "student" in text
        opened = kernel.run(
            "import stat\nfor n in range(200):\n    try: s = os.fstat(n)\n    except OSError: continue\n"
            "    if stat.S_ISREG(s.st_mode): print(n)"
        )
        assert opened == ""


def test_a_submission_leaves_nothing_for_the_next() -> None:
    poison = (
        "import os, sys, json, builtins, numpy\nos.environ['X'] = 'poison'\njson.loads = builtins.sorted = None\n"
        "numpy.mean = lambda *_: 99\nsys.path.insert(0, '/tmp/work')\nopen('/tmp/work/numpy.py', 'w').write('x')\n"
        "open('/dev/shm/left', 'w').write('x'); open('/tmp/home/left', 'w').write('x'); print('poisoned')"
    )
    look = (
        "import os, json, numpy; print(os.environ.get('X'), json.loads('1'), sorted('ba')[0], numpy.mean([1, 3]), "
        "os.listdir('.'), os.listdir('/dev/shm'), 'left' in os.listdir('/tmp/home'))"
    )
    with Kernel() as first, Kernel() as concurrent:
        assert first.run(poison) == "poisoned"
        assert concurrent.run(look) == "None 1 a 2.0 [] [] False"
    with Kernel() as later:
        assert later.run(look) == "None 1 a 2.0 [] [] False"


def test_every_kernel_draws_its_own_random_numbers() -> None:
    draws = set()
    for _ in range(2):
        with Kernel() as kernel:
            draws.add(kernel.run("import random, numpy; print(random.random())"))
            draws.add(kernel.run("print(numpy.random.random())"))
            draws.add(kernel.run("import tempfile; print(tempfile.mktemp())"))
    assert len(draws) == 6


def test_left_processes_end_with_the_kernel() -> None:
    seconds = f"98765{random.randrange(1000):03}"
    daemon = (
        "import subprocess, os\n"
        f"subprocess.Popen(['sleep', '{seconds}'], start_new_session=True)\n"
        f"subprocess.Popen(['sh', '-c', '(setsid sleep {seconds} &) &'])\nprint('started')"
    )
    with Kernel() as kernel:
        assert kernel.run(daemon) == "started"
        assert _running(seconds, wanted=2) == 2
    assert _running(seconds, wanted=0) == 0


def _running(argument: str, wanted: int) -> int:
    for _ in range(600):
        count = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                count += path.read_bytes().split(b"\0")[:2] == [b"sleep", argument.encode()]
            except OSError:
                continue
        if count == wanted:
            break
        time.sleep(0.1)
    return count


def test_bubblewrap_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GradingError, match=r"bubblewrap \(bwrap\) is not installed\. Install it .*apt-get install"):
        host.WarmProcess("kernel")


def test_bubblewrap_that_may_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    warm = host.WarmProcess("kernel")
    with pytest.raises(GradingError, match=r"cannot open one here \(bwrap: No permissions to create new namespace\)"):
        warm.connect()
    assert not Path(warm.folder).exists()


def test_only_what_is_needed_is_bound() -> None:
    words = bubblewrap.arguments("/somewhere", measured=True)
    bound = [words[i + 1] for i, word in enumerate(words) if word in ("--ro-bind", "--bind", "--ro-bind-try")]
    writable = [words[i + 1] for i, word in enumerate(words) if word == "--bind"]
    assert writable == ["/somewhere"]
    assert "--unshare-all" in words
    assert "--share-net" not in words
    assert {"/", "/etc", "/home", "/root", "/tmp", str(Path.home()), str(Path.cwd())}.isdisjoint(bound)
    hidden = [words[i + 1] for i, word in enumerate(words) if word == "--tmpfs"]
    assert {Path(path).name for path in hidden} >= {"evalkit", "sklearn", "exercises"}


def test_limits_are_told_to_the_sandbox() -> None:
    with Kernel(limits=Limits(open_files=77)) as kernel:
        assert kernel.run("import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))") == "(77, 77)"


def test_the_warm_process_ends_with_the_grader() -> None:
    program = (
        "from autograder.grading.sandbox import host; import os, time\n"
        "w = host.client('kernel'); print(host._own['kernel'].process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        pid = int(grader.stdout.readline())
        grader.kill()
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the sandbox outlives the grader")


def test_sandbox_does_not_depend_on_what_the_grader_has_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bubblewrap.arguments("/somewhere", measured=True)
    vendored = Path(next(path for path in sys.path if Path(path).name == "site-packages"), "setuptools", "_vendor")
    monkeypatch.setattr(sys, "path", [*sys.path, str(vendored)])
    assert bubblewrap.arguments("/somewhere", measured=True) == before


def test_exercises_of_others_are_covered_where_answers_are_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A package that announces exercises lies among the packages that the sandbox shows; a course's folder does not."""
    (package,) = map(Path, find_spec("yaml").submodule_search_locations)
    monkeypatch.setattr(exercises, "own", lambda: [exercises.Own(package, "yaml"), exercises.Own(tmp_path)])
    words = bubblewrap.arguments("/somewhere", measured=True)
    assert str(package) in [words[i + 1] for i, word in enumerate(words) if word == "--tmpfs"]
    assert str(tmp_path) not in words
    assert words[words.index("AUTOGRADER_EXERCISES") + 1] == ""
    words = bubblewrap.arguments("/somewhere", measured=False)
    assert words[words.index(str(tmp_path)) - 1 :][:3] == ["--ro-bind", str(tmp_path), "/exercises/1"]
    assert words[words.index("AUTOGRADER_EXERCISES") + 1] == "/exercises/0:/exercises/1"
