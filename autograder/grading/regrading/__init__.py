"""Grade a course anew beside its gradebook, say what would change and why, write it, and take it back.

`beside` makes a course that reads what the real one reads and writes elsewhere, `changes` compares the two, `kept`
keeps a copy of what is written over and puts it back, `rows` copies a gradebook; `regrade` puts them together.
"""
