"""Collect what a learning platform hands out as one archive into `submitted/`, under the right students.

`archive` reads the archive within bounds, `platforms` understands the names in it, `roster` knows the class, `collect`
puts each file where grading looks for it.
"""
