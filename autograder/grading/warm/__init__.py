"""Warm processes: kernels that start at once, each in a sandbox of its own.

`host` starts a warm process: one long-lived ``bwrap`` (bubblewrap) around a Python that has the lessons' imports
loaded. `server` is the program in it: it forks a child for each kernel. `jail` shuts the child in (namespaces, private
folders, limits, no privileges, `seccomp`), and `kernel` makes it a Jupyter kernel. `watch` looks after memory and
processes. On the side of the grader, `provisioner` is what jupyter_client, and so nbclient and nbgrader, start kernels
through.

Only the grader's side holds the other end of the socket pair to a warm process, so no path leads from a submission to
the warm process, and none from one submission to another.
"""
