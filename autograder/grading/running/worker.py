"""Worker processes: forks of one process that has everything loaded. Each carries out orders.

To load nbgrader and Jupyter takes more than a second, a fork takes milliseconds. The process that is forked does no
work itself. A worker reads one order as a line of JSON and answers with a line; ``null`` says that it has lost the
warm process and ends.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from autograder.grading.orders import Answer
from autograder.grading.sandbox.limits import MEGABYTE

# What a worker may take beyond what it was forked with. A submission of the largest size takes a fourth of it.
MEMORY_MEGABYTES = 1024

# What a job needs in any lesson, also what is otherwise loaded late. None of it starts a thread.
PRELOADED = (
    "autograder.grading.running.desk",
    "autograder.grading.running.page",
    "evalkit",
    "IPython.core.inputtransformer2",
)


def main() -> None:
    """Fork a worker whenever the supervisor sends its pipes and connections; end when the supervisor is gone.

    Without the number of a socket, be a worker oneself.
    """
    control = socket.socket(fileno=int(sys.argv[1])) if len(sys.argv) > 1 else None
    # Nobody reads it; and what a submission made asyncio complain about shall not cost the next one time.
    logging.disable()
    # A parser of internet addresses that jsonschema takes along where it is there: a second to build, never asked.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for name in PRELOADED:
        import_module(name)
    if control is None:
        serve("{}", *_own_pipes())
        return
    # The collector shall not write into pages that the forks share.
    gc.collect()
    gc.freeze()
    # Nobody here waits for the workers; the supervisor sees them end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        argument, numbers, *_ = socket.recv_fds(control, 4096, 8)
        if not argument:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(argument.decode(), *numbers)
            os._exit(0)
        control.send(str(pid).encode())
        for number in numbers:
            os.close(number)


def serve(argument: str, orders: int, answers: int, *connections: int) -> None:
    """Be a worker: carry out orders until there are no more."""
    from autograder.grading.running.desk import Desk
    from autograder.grading.sandbox import host
    from autograder.grading.sandbox.warm import adopt

    adopt(argument, list(connections))
    own = _data_bytes()
    desk = Desk()
    with (
        tempfile.TemporaryDirectory(prefix="grading-worker-", ignore_cleanup_errors=True) as home,
        os.fdopen(orders, encoding="utf-8") as lines,
        os.fdopen(answers, "w", encoding="utf-8") as out,
    ):
        os.chdir(home)
        # Connection files and IPython's profile: nothing of the instructor's own, nothing left behind.
        os.environ.update(JUPYTER_RUNTIME_DIR=home, IPYTHONDIR=os.path.join(home, "ipython"))  # noqa: PTH118
        for count, line in enumerate(lines):
            order = json.loads(line)
            answer: Answer | None
            if own is not None:
                _limit_memory(own + MEMORY_MEGABYTES * MEGABYTE if order["walled"] else None)
            try:
                answer = desk.do(order["do"], order["data"])
            except MemoryError:
                if count:
                    # What others have left in this process may be to blame: it is tried in a new one.
                    return
                answer = {"trouble": f"It took more than the {MEMORY_MEGABYTES} MB of memory that reading may take."}
            except Exception as error:
                answer = {"trouble": f"The grader failed with {type(error).__name__}: {str(error)[:300]}"}
            if host.lost():
                # The supervisor sees to a new one, and to this order.
                answer = None
            out.write(json.dumps(answer) + "\n")
            out.flush()
            if answer is None:
                return


def _own_pipes() -> tuple[int, int]:
    """Standard input and output, under numbers that no child inherits: a kernel must not answer for its worker."""
    pipes = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    os.close(null)
    return pipes


def _data_bytes() -> int | None:
    """How much memory this process holds for itself; None where the system does not say it as Linux does."""
    if not Path("/proc/self/statm").exists():
        return None
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def _limit_memory(limit: int | None) -> None:
    """Let this process have no more memory for itself; None lifts the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if limit is None else limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


if __name__ == "__main__":
    main()
