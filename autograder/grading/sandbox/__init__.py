"""Everything that runs beside or around a submission's code.

`host` starts a warm process: one long-lived ``bwrap`` (`bubblewrap`) around a Python that has the lessons' imports
loaded. `server` is the program in it: it forks a child for each kernel and each observer. `jail` shuts the child in
(namespaces, private folders, limits, no privileges, `seccomp`); `kernel` makes it a Jupyter kernel; `observer` runs
a submission's functions and records plain data. `watch` looks after memory and processes. On the side of the grader,
`provisioner` is what jupyter_client, and so nbclient and nbgrader, start kernels through, `observing` asks an observer,
and `warm` holds the warm processes that the workers of a run share.

Only the grader's side holds the other end of the socket pair to a warm process, so no path leads from a submission to
the warm process, and none from one submission to another.
"""
