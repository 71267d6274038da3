"""The ground: what an exercise is, and how an answer to it is observed, compared and judged.

`observe` runs an answer and records plain data; `judge` decides points from plain data alone. Between the two runs the
line of trust: where it counts, they run in different processes.
"""
