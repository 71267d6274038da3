"""Answers that a person marks: by question, without names, and nothing written over that somebody else has written.

`guide` finds question, rubric and model answer in the lesson's source, `queue` says which answers wait and in what
order, `write` puts a mark into nbgrader's gradebook.
"""
