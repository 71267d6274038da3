"""When lessons are due, for whom, and what it costs to be late.

`policy` reads ``policy.toml``, `rules` works with what it says, `penalty` is nbgrader's way to ask it.
"""
