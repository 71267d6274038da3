"""Packages that evalkit can do without, until somebody asks for what needs them.

`import evalkit` needs NumPy. Figures, files, clusters and networks need more: a set of packages, an *extra*, for each.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

EXTRA_OF = {
    "dask": "scale",
    "distributed": "scale",
    "matplotlib": "plots",
    "openai": "judge",
    "opentelemetry": "trace",
    "pandas": "tables",
    "pyarrow": "tables",
    "rich": "report",
    "torch": "torch",
    "torchvision": "torch",
    "tqdm": "tables",
    "typer": "report",
}


def needs(package: str) -> None:
    """Raise, naming the extra to install, unless a package is there. It is called before the package is imported.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed.
    """
    if package not in sys.modules and find_spec(package) is None:
        raise ModuleNotFoundError(
            f"This needs the package {package}: run pip install 'evalkit-course[{EXTRA_OF[package]}]'.", name=package
        )
