"""Hand pages to Sphinx."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import UserError


def write_all(folder: Path, made: dict[str, str]) -> None:
    """Write what differs, so that Sphinx reads again only that; remove what is no page any more."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def run_sphinx(
    builder: str, config: Path, pages: Path, out: Path, read: Path, settings: dict[str, object] | None = None
) -> None:
    """Run one of Sphinx's builders.

    Parameters
    ----------
    builder : str
        ``"html"`` or ``"gettext"``.
    config, pages, out, read : Path
        The folders of conf.py, of the pages, of what is made and of what is kept for the next run.
    settings : dict, optional
        What stands in the place of conf.py's.

    Raises
    ------
    UserError
        If Sphinx warns of anything.
    """
    from sphinx.cmd.build import main

    options = ["-q", "-W", "--keep-going", "-b", builder, "-c", str(config), "-d", str(read)]
    for name, value in (settings or {}).items():
        options += ["-D", f"{name}={value}"]
    if main([*options, str(pages), str(out)]):
        raise UserError("Sphinx found something wrong with a page; it says above what.")
