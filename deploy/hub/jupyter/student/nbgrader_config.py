"""nbgrader on a student's server: who hands in is who signed in to the hub."""

from autograder import nbgrader_config

c = get_config()  # noqa: F821 - traitlets provides it
c.merge(nbgrader_config())
