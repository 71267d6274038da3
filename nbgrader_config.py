"""nbgrader at the root of the repository: ``solutions/`` is the source, ``lessons/`` the release.

Run ``autograder build`` first: it makes the notebooks in ``solutions/`` that nbgrader and its formgrader read.
"""

from autograder import nbgrader_config

c = get_config()  # noqa: F821 - traitlets provides it
c.merge(nbgrader_config(source="solutions", release="lessons"))
