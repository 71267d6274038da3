"""What a lesson imports, so that its kernels can be forked from a process that has it already."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograder.grading.judging.parsing import parse


def imports_of(sources: Iterable[str]) -> list[str]:
    """The modules that cells import, in order, each once.

    It is meant for the cells of a lesson as its author wrote them, never for a submission: what is loaded before the
    fork is loaded for everybody.

    Examples
    --------
    >>> imports_of(["import numpy as np", "from sklearn.metrics import f1_score\\nimport torch.nn"])
    ['numpy', 'sklearn.metrics', 'torch.nn']
    """
    found: dict[str, None] = {}
    for source in sources:
        tree = parse(source)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                found[node.module] = None
    return list(found)
