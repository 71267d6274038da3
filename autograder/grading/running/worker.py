"""Worker processes: forks of one process that has everything loaded. Each serves jobs.

To load nbgrader and Jupyter takes more than a second, a fork takes milliseconds. The process that is forked runs no job
itself. A worker reads one job as a line of JSON and answers with one outcome as a line; ``null`` says that it has lost
the warm process and ends.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import socket
import sys
import tempfile
from importlib import import_module

# What a job needs in any lesson, also what is otherwise loaded late. None of it starts a thread.
PRELOADED = (
    "autograder.grading.running.job",
    "evalkit",
    "IPython.core.inputtransformer2",
)


def main() -> None:
    """Fork a worker whenever the supervisor sends its pipes and connections; end when the supervisor is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # Nobody reads it; and what a submission made asyncio complain about shall not cost the next one time.
    logging.disable()
    # A parser of internet addresses that jsonschema takes along where it is there: a second to build, never asked.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for name in PRELOADED:
        import_module(name)
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


def serve(argument: str, jobs: int, answers: int, *connections: int) -> None:
    """Be a worker: serve jobs until there are no more."""
    from autograder.grading.jobs import Job, Outcome
    from autograder.grading.running.job import run_job
    from autograder.grading.sandbox import host
    from autograder.grading.sandbox.warm import adopt

    adopt(argument, list(connections))
    with (
        tempfile.TemporaryDirectory(prefix="grading-worker-", ignore_cleanup_errors=True) as home,
        os.fdopen(jobs, encoding="utf-8") as lines,
        os.fdopen(answers, "w", encoding="utf-8") as out,
    ):
        os.chdir(home)
        # Connection files and IPython's profile: nothing of the instructor's own, nothing left behind.
        os.environ.update(JUPYTER_RUNTIME_DIR=home, IPYTHONDIR=os.path.join(home, "ipython"))  # noqa: PTH118
        for line in lines:
            outcome: Outcome | None
            try:
                outcome = run_job(Job.from_dict(json.loads(line)))
            except Exception as error:
                outcome = Outcome(None, [], [f"The grader failed with {type(error).__name__}: {str(error)[:300]}"])
            if host.lost():
                # The supervisor sees to a new one, and to this job.
                outcome = None
            out.write(json.dumps(outcome and outcome.to_dict()) + "\n")
            out.flush()
            if outcome is None:
                return


if __name__ == "__main__":
    main()
