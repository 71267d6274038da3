"""Warm kernels: they behave as kernels do, they end when they must, and they have limits."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import tomllib
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from grading_samples import LESSON, TOPIC, answered, insert, source
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient.exceptions import DeadKernelError
from warm_kernels import Kernel, need_bubblewrap, warm

from autograder.grading.jobs import Job, plain_notebook
from autograder.grading.judging.answer import ObserverError
from autograder.grading.judging.imports import imports_of
from autograder.grading.running import pool, worker
from autograder.grading.sandbox import host, seccomp, server, watch
from autograder.grading.sandbox.limits import Limits
from autograder.grading.sandbox.observing import warm_observer
from autograder.grading.sandbox.provisioner import NAME, WarmKernelManager, WarmProvisioner, data_files
from autograder.grading.sandbox.warm import WarmProcesses

__all__ = ["warm"]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]

SMALL = Limits(memory_megabytes=300, processes=12, open_files=64, file_megabytes=4, disk_megabytes=16, files=100)


def test_cells_share_a_namespace_and_show_figures() -> None:
    with Kernel() as kernel:
        kernel.run("x = 20")
        assert kernel.run("print(x + 1)") == "21"
        kernel.run("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
        (output,) = kernel.notebook.cells[-1].outputs
        assert output.output_type == "display_data"
        assert output.data["image/png"]
        assert kernel.run("1 / 0").startswith("ZeroDivisionError")
        assert kernel.run("!echo from a shell") == "from a shell"
        assert kernel.run("input()").startswith("StdinNotImplementedError")


def test_a_kernel_starts_at_once() -> None:
    with Kernel():
        pass  # The first one imports.
    with Kernel() as kernel:
        # It is a fork: the imports, more than half a second of processor time, were done before.
        assert float(kernel.run("import time; print(time.process_time())")) < 0.3
        assert kernel.run("import sys; print('numpy' in sys.modules)") == "True"


def test_interrupt() -> None:
    with Kernel(timeout=2) as kernel:
        assert kernel.run("import time\ntime.sleep(60)").startswith(("CellTimeoutError", "KeyboardInterrupt"))
        assert kernel.run("while True: pass").startswith(("CellTimeoutError", "KeyboardInterrupt"))
        assert kernel.run("print('goes on')") == "goes on"


def test_kill_ends_a_kernel_that_ignores_everything() -> None:
    stubborn = (
        "import signal\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\n"
        "while True: pass"
    )
    with Kernel(timeout=60) as kernel:
        child = kernel.child
        threading.Timer(1.0, child.kill).start()
        with pytest.raises(DeadKernelError):
            kernel.run(stubborn)
        assert child.poll() == -signal.SIGKILL


def test_a_kernel_that_ends_itself_is_noticed() -> None:
    for source_of_death in ("import os; os._exit(3)", "import os; os.abort()", "import ctypes; ctypes.string_at(0)"):
        with Kernel() as kernel:
            child = kernel.child
            with pytest.raises(DeadKernelError):
                kernel.run(source_of_death)
            assert child.poll() is not None
            assert child.why == ""


def test_one_large_array() -> None:
    with Kernel(limits=SMALL) as kernel:
        assert kernel.run("x = bytearray(3_000_000_000)").startswith("MemoryError")
        assert kernel.run("print('goes on')") == "goes on"


def test_memory_of_all_processes_together() -> None:
    bomb = (
        "import os, time\nfor _ in range(5):\n    if os.fork() == 0:\n"
        "        x = bytearray(b'1') * 100_000_000\n        time.sleep(60)\ntime.sleep(60)"
    )
    with Kernel(limits=SMALL) as kernel:
        child = kernel.child
        with pytest.raises(DeadKernelError):
            kernel.run(bomb)
        assert child.why == "used more than 300 MB of memory"
    with Kernel() as kernel:
        assert kernel.run("print('next')") == "next"


def test_fork_bomb() -> None:
    with Kernel() as other:
        other.run("x = 1")
        with Kernel(limits=SMALL) as kernel:
            child = kernel.child
            with pytest.raises(DeadKernelError):
                kernel.run("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
            assert child.why.startswith(("started more than 12 processes", "used more than 300 MB"))
        assert other.run("print(x)") == "1"


def test_full_disk() -> None:
    fill = "for i in range(20):\n    with open(f'{folder}/{i}', 'wb') as f: f.write(bytes(3_000_000))"
    with Kernel(limits=SMALL) as kernel:
        assert kernel.run("open('big', 'wb').write(bytes(5_000_000))").startswith("OSError: [Errno 27]")
        for folder in ("/tmp", "/dev/shm"):
            assert kernel.run(f"folder = {folder!r}\n{fill}").startswith("OSError: [Errno 28]")
        assert kernel.run("for i in range(200): open(f'/tmp/home/{i}', 'w')").startswith("OSError: [Errno 28]")
        assert kernel.run("print('goes on')") == "goes on"


def test_open_files() -> None:
    with Kernel(limits=SMALL) as kernel:
        assert "Too many open files" in kernel.run("kept = []\nwhile True: kept.append(open('/dev/null'))")
        assert kernel.run("kept.clear(); print('goes on')") == "goes on"


def test_processor_time() -> None:
    with Kernel(limits=Limits(cpu_seconds=3)) as kernel, pytest.raises(DeadKernelError):
        kernel.run("while True: pass")


def test_data_files_leave_out_notebooks_and_links(tmp_path: Path) -> None:
    (tmp_path / "quiz.json").write_text("{}")
    (tmp_path / "hidden.ipynb").write_text("{}")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert data_files(tmp_path, Limits()) == {"quiz.json": b"{}"}
    with pytest.raises(host.WarmError, match="more than 0 MB"):
        data_files(tmp_path, Limits(disk_megabytes=0))


def test_imports_are_loaded_before_the_fork() -> None:
    client = host.client("kernel")
    child = client.start("observe", imports=["wave", "no_such_module"], channels=_channels())
    child.kill()
    with Kernel() as kernel:
        assert kernel.run("import sys; print('wave' in sys.modules)") == "True"
    assert imports_of(["import a.b, c", "x = (", "from d import e", "from . import f"]) == ["a.b", "c", "d"]


def _channels() -> list[int]:
    return [os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)]


def job(text: str, student: str, **settings: Any) -> Job:
    notebook = answered(insert("text-2", text))
    for cell, original in zip(notebook.cells[-2:], source().cells[-2:], strict=True):
        cell.metadata = original.metadata
    return Job(student, LESSON, TOPIC, plain_notebook(notebook), {}, {"GradeExecute": settings})


def test_jobs_survive_the_death_of_the_warm_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[host.WarmProcess] = []
    init = host.WarmProcess.__init__

    def remember(self: host.WarmProcess, kind: host.Kind, imports: Iterable[str] = ()) -> None:
        init(self, kind, imports)
        started.append(self)

    def kill() -> None:
        """Kill both, as soon as both kernels run."""
        end = time.monotonic() + 300
        while time.monotonic() < end:
            kernels = [pid for process in list(started) if process.kind == "kernel" for pid in _forks(process)]
            if len(kernels) == 2:
                killed.extend(started)
                for process in killed:
                    os.kill(_warm_pid(process), signal.SIGKILL)
                return
            time.sleep(0.05)

    killed: list[host.WarmProcess] = []
    monkeypatch.setattr(host.WarmProcess, "__init__", remember)
    results = pool.run_all([job("import time; time.sleep(10)", name) for name in ("ada", "ben")], workers=2)
    killer = threading.Thread(target=kill)
    killer.start()
    points = {done.student: sum(cell.points or 0 for cell in outcome.cells) for done, outcome in results}
    killer.join()
    assert points == {"ada": 5, "ben": 5}
    assert len(killed) == 2
    assert len(started) == 4
    assert all(process.process.poll() is not None for process in started)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _warm_pid(process: host.WarmProcess) -> int:
    """Process 1 of the sandbox, as it is called outside."""
    return _children(process.process.pid)[0]


def _forks(process: host.WarmProcess) -> list[int]:
    forks = [fork for first in _children(process.process.pid) for fork in _children(first)]
    # Of a process that has ended there is no command line any more.
    return [fork for fork in forks if Path(f"/proc/{fork}/cmdline").read_bytes()]


def test_no_sandbox_when_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    look = "import os; assert not os.path.exists('/sockets')"
    ((_, outcome),) = pool.run_all([job(look, "ada", sandbox="none")], workers=1)
    assert outcome.sandbox == "none"
    assert sum(cell.points or 0 for cell in outcome.cells) == 5
    assert not any("stopped with" in remark for remark in outcome.remarks)


def test_memory_limit_is_named_in_the_remarks() -> None:
    bomb = (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        x = bytearray(b'1') * 90_000_000\n        time.sleep(60)\ntime.sleep(60)"
    )
    ((_, outcome),) = pool.run_all([job(bomb, "ada", memory_megabytes=300)], workers=1)
    assert outcome.sandbox == "bubblewrap"
    assert "Cell number 6 used more than 300 MB of memory and was killed." in outcome.remarks[0]


def request(source: str, function: str = "f", **more: Any) -> dict[str, Any]:
    task = {"exercise": "x", "after": 1, "function": function, "inputs": [[2]], "seconds": 2.0, "probe": None}
    return {"nonce": "n", "lesson": LESSON, "seconds": 5.0, "blocked": [], "cells": [source], "tasks": [task]} | more


def test_observer() -> None:
    answer = warm_observer()(request("def f(x):\n    return 2 * x"))
    assert answer["nonce"] == "n"
    assert answer["tasks"] == [{"exercise": "x", "observations": [{"status": "returned", "value": 4}]}]


@pytest.mark.parametrize(
    "module", ["sklearn.metrics", "evalkit.metrics", "autograder.exercises.precision", "torchvision.ops.boxes"]
)
def test_the_observer_has_no_ready_made_answers(module: str) -> None:
    # Without the stand-ins of the observer's own program, too.
    look = f"def f(x):\n    import importlib\n    importlib.import_module({module!r})"
    (task,) = warm_observer(["sklearn.metrics", "evalkit", "autograder.exercises", "torchvision"])(request(look))[
        "tasks"
    ]
    error = task["observations"][0].get("error", {"type": "nothing"})
    assert error["type"] in ("ModuleNotFoundError", "ImportError", "AttributeError"), task
    spec = find_spec(module.partition(".")[0])
    assert spec is not None
    (folder,) = spec.submodule_search_locations or ()
    name = module.split(".")[1]
    look = f"import os\ndef f(x):\n    return [n for d, _, ns in os.walk({folder!r}) for n in ns if {name!r} in d + n]"
    (task,) = warm_observer()(request(look))["tasks"]
    assert task["observations"][0]["value"] == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os; os._exit(0)", "ended before it had answered"),
        (
            "import os\nfor n in range(256):\n    try: os.write(n, b'x' * 9_000_000)\n"
            "    except OSError: pass\nos._exit(0)",
            None,
        ),
        ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", None),
    ],
)
def test_an_observer_that_gives_no_answer(source: str, why: str | None) -> None:
    with pytest.raises(ObserverError, match=why):
        warm_observer(limits=SMALL)(request(source))
    assert warm_observer()(request("def f(x):\n    return x"))["tasks"][0]["observations"][0]["value"] == 2


def test_loss_of_the_warm_process_is_no_fault_of_the_answer() -> None:
    ask = warm_observer()
    ask(request("def f(x):\n    return x"))
    killer = threading.Timer(1.0, lambda: os.kill(_warm_pid(host._own["observe"]), signal.SIGKILL))
    killer.start()
    with pytest.raises(host.WarmError, match="has ended"):
        ask(request("import time\ntime.sleep(4)\ndef f(x):\n    return x"))
    killer.join()
    assert host.lost()
    assert ask(request("def f(x):\n    return x"))["tasks"][0]["observations"][0]["value"] == 2


def test_ends_and_signals_may_cross() -> None:
    client = host.client("observe")
    for _ in range(8):
        channels = [_channels() for _ in range(5)]
        # Nobody asks them anything, so they end at once.
        children = [client.start("observe", channels=numbers) for numbers in channels]
        for child in children:
            child.kill()
        assert all(child.wait(10.0) is not None for child in children)
        for numbers in channels:
            for number in numbers:
                os.close(number)
    assert not client.lost


def test_the_kernels_of_another_checkout_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = KernelProvisionerFactory.instance()
    other = EntryPoint(NAME, "another.checkout:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME)
    monkeypatch.setitem(factory.provisioners, NAME, other)
    WarmKernelManager()
    assert factory.provisioners[NAME].load() is WarmProvisioner


def test_entry_point_is_declared() -> None:
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    target = declared["project"]["entry-points"]["jupyter_client.kernel_provisioners"][NAME]
    module, _, name = target.partition(":")
    assert getattr(import_module(module), name) is WarmProvisioner


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_is_well_formed(machine: str) -> None:
    steps = seccomp.program(machine)
    assert len(steps) % 8 == 0
    # Every jump stays inside.
    count = len(steps) // 8
    for i in range(count):
        code = int.from_bytes(steps[8 * i : 8 * i + 2], "little")
        if code & 7 == 5:
            assert i + 1 + max(steps[8 * i + 2], steps[8 * i + 3]) < count
    assert seccomp.program("abacus") == b""


def test_excesses_count_a_whole_family(monkeypatch: pytest.MonkeyPatch) -> None:
    family = {10: watch.Process(1, 8, 200.0), 11: watch.Process(10, 1, 250.0), 12: watch.Process(11, 1, 250.0)}
    other = {20: watch.Process(1, 8, 150.0)}
    monkeypatch.setattr(watch, "processes", lambda: family | other)
    kernels = [(pid, Limits(memory_megabytes=200), True) for pid in (10, 20)]
    assert watch.excesses(kernels, 100.0) == {10: "used more than 200 MB of memory"}
    assert watch.excesses(kernels, 200.0) == {}
    assert list(watch.excesses([(10, Limits(processes=2), True)], 300.0)) == [10]
    # What processes share counts where no control group counts it.
    monkeypatch.setattr(watch, "shared_megabytes", lambda pid: {11: 150.0, 12: 60.0}.get(pid, 0.0))
    assert watch.excesses(kernels, 300.0) == {}
    assert list(watch.excesses([(pid, limits, False) for pid, limits, _ in kernels], 300.0)) == [10]


def test_shared_processes_start_once_and_close() -> None:
    need_bubblewrap()
    processes = WarmProcesses()
    with processes.connections() as (argument, numbers):
        assert len(numbers) == 2
    with processes.connections() as (again, _):
        assert again == argument
    folders = [Path(folder) for folder in json.loads(argument).values()]
    assert len(folders) == 2
    assert all(folder.is_dir() for folder in folders)
    processes.close()
    assert not any(folder.exists() for folder in folders)


EARLY = {*worker.PRELOADED, *chain(*host.PRELOADED.values()), *chain(*server._LATE_IMPORTS.values())}


@pytest.mark.parametrize("name", sorted(EARLY))
def test_what_is_loaded_beforehand_is_there(name: str) -> None:
    """The warm process passes over what it cannot import, and it would be loaded again in each fork."""
    assert find_spec(name) is not None
