"""From the sources in ``solutions/`` to what students get in ``lessons/``.

``tags`` turns compact cell tags into nbgrader's metadata, ``source`` reads a lesson, ``release`` holds the settings
that nbgrader works by, ``build`` makes the lessons and finds drift, ``prose`` checks the numbers in the text.
"""
