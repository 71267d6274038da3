"""Run jobs: `job` grades one notebook in a worker process; a `pool` on this machine or a `cluster` has the workers."""
