"""What pyproject.toml cannot say: the lessons' sources lie outside of the packages, and go into the wheel as well.

`autograder init` makes a course from them, so an instructor needs nothing but the installed package.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# What `autograder build` makes beside the sources.
MADE = ("*.ipynb", "quiz.json", "myths.md")


def sources() -> list[Path]:
    """The files of solutions/ that an author wrote, and the page of docs/ that lessons take along."""
    files = [path for path in Path("solutions").glob("[0-9][0-9]_*/**/*") if path.is_file()]
    files = [path for path in files if not any(path.match(name) for name in MADE) and path.suffix != ".pyc"]
    # A clone may have exercises of its own.
    return [*files, *Path("docs").glob("myths.md"), *Path("exercises").glob("*.py")] if files else []


class BuildWithLessons(build_py):
    """Copy the sources into the package, as ``autograder/packaged/``. An editable install reads them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source, copy in self._copies().items():
                self.mkpath(str(copy.parent))
                self.copy_file(str(source), str(copy))

    def get_source_files(self) -> list[str]:
        """The sdist holds them, too."""
        return [*super().get_source_files(), *map(str, sources())]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *map(str, self._copies().values())]

    def _copies(self) -> dict[Path, Path]:
        return {path: Path(self.build_lib, "autograder", "packaged", path) for path in sources()}


setup(cmdclass={"build_py": BuildWithLessons})
