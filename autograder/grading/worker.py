"""A worker process: one job as a line of JSON on standard input, one outcome as a line on standard output."""

from __future__ import annotations

import json
import os
import sys
import tempfile


def main() -> None:
    """Serve jobs until the input ends."""
    # The line to the supervisor is kept away from everything else that prints, kernels included.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="grading-worker-", ignore_cleanup_errors=True) as home:
        os.chdir(home)
        # Connection files and IPython's profile: nothing of the instructor's own, nothing left behind.
        os.environ.update(JUPYTER_RUNTIME_DIR=home, IPYTHONDIR=os.path.join(home, "ipython"))  # noqa: PTH118

        # A parser of internet addresses that jsonschema takes along where it is there: a second to build, never asked.
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

        from autograder.grading.jobs import Job, Outcome
        from autograder.grading.run import run_job
        from autograder.grading.warm import host
        from autograder.grading.warm.shared import LOST, adopt

        adopt(sys.argv[1])
        for line in sys.stdin:
            try:
                outcome = run_job(Job.from_dict(json.loads(line)))
            except Exception as error:
                outcome = Outcome(None, [], [f"The grader failed with {type(error).__name__}: {str(error)[:300]}"])
            if host.lost():
                # The supervisor sees to a new one, and to this job.
                os._exit(LOST)
            answers.write(json.dumps(outcome.to_dict()) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
