"""What is left of IPython where answers are observed: the magics by which cells make files, run them, and move about.

A cell that an answer may depend on does here what it does in a notebook. Where it only shows, measures or sets up the
notebook, it does nothing. Standard library only.
"""

from __future__ import annotations

import os
import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

# There is no network, and who installs something waits for it.
_INSTALLS = re.compile(r"^\s*(?:sudo\s+)?(?:\S*python\S*\s+-m\s+)?(?:pip3?|uv|conda|mamba|apt|apt-get)\s")
_SHELLS = ("bash", "sh", "script", "!")
_COMMAND_SECONDS = 20.0


class Shell:
    """What ``get_ipython()`` gives.

    Parameters
    ----------
    names : dict
        The names of the notebook.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.user_ns = names

    def run_line_magic(self, name: str, line: str, *unused: Any, **__: Any) -> Any:
        """A line that begins with %."""
        if name == "time":
            exec(line, self.user_ns)
        elif name == "run":
            self._run(line)
        elif name == "cd":
            os.chdir(Path(line.strip().strip("'\"") or "~").expanduser())
        elif name in ("env", "set_env") and re.match(r"\w+[= ]", line):
            variable, _, value = re.sub(r"^(\w+)[ =]+", r"\1=", line).partition("=")
            os.environ[variable] = value.strip()
        elif name in ("sx", "system"):
            return self.getoutput(line)
        return None

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """A cell that begins with %%."""
        if name in ("writefile", "file"):
            words = line.split()
            path = Path(words[-1].strip("'\"")).expanduser()
            with path.open("a" if {"-a", "--append"} & set(words[:-1]) else "w", encoding="utf-8") as file:
                file.write(cell)
        elif name in _SHELLS:
            self.getoutput(cell)

    def system(self, command: str) -> None:
        """A line that begins with !."""
        self.getoutput(command)

    def getoutput(self, command: str, *_: Any, **__: Any) -> list[str]:
        """The lines that a command of the system prints."""
        if _INSTALLS.match(command):
            return []
        done = subprocess.run(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        return done.stdout.decode(errors="replace").splitlines()

    def _run(self, line: str) -> None:
        words = [word for word in line.split() if not word.startswith("-")]
        if words:
            file = words[0].strip("'\"")
            path = Path(file if file.endswith(".py") else f"{file}.py")
            names = runpy.run_path(str(path), run_name="__main__")
            self.user_ns.update({name: value for name, value in names.items() if not name.startswith("__")})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None
