"""`python -m evalkit` is the command `evalkit`."""

from evalkit.cli import app

app(prog_name="python -m evalkit")
