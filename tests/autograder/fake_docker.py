#!/usr/bin/env python3
"""A program for containers, as far as `autograder grade --in-container` needs one: it refuses what it does not know.

Its images are folders, and what runs in one gets nothing of this machine but Python, the image's packages and the
folder that is mounted. What is called stands in the file of the variable FAKE_CALLS. With FAKE_EXIT
nothing runs, and that is the exit code.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ENTRY = ["python", "-P", "-m", "autograder.cli"]
IMAGES = Path(os.environ.get("FAKE_IMAGES", "no images"))


def folder_of(image: str) -> Path:
    """A folder that can stand in a search path."""
    return IMAGES / image.replace(":", "-")


def build(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tag", required=True)
    parser.add_argument("--build-arg", required=True)
    parser.add_argument("context", type=Path)
    said = parser.parse_args(words)
    lines = (said.context / "Dockerfile").read_text().splitlines()
    assert said.build_arg == f"PYTHON={sys.version_info.major}.{sys.version_info.minor}"
    assert "FROM python:${PYTHON}-slim" in lines
    for line in lines:
        if line.startswith("COPY "):
            assert (said.context / line.split()[1]).exists(), line
    (entry,) = [line.removeprefix("ENTRYPOINT ") for line in lines if line.startswith("ENTRYPOINT ")]
    assert json.loads(entry) == ["tini", "--", *ENTRY]
    shutil.copytree(said.context, folder_of(said.tag))
    print("built")
    return 0


def run(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for flag in ("--rm", "--interactive", "--tty"):
        parser.add_argument(flag, action="store_true")
    for option in ("--user", "--network", "--mount", "--workdir", "--userns"):
        parser.add_argument(option)
    parser.add_argument("--security-opt", action="append")
    parser.add_argument("image")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    said = parser.parse_args(words)
    (fields,) = csv.reader([said.mount])
    mount = dict(field.split("=", 1) for field in fields)
    assert mount["type"] == "bind"
    assert said.workdir == mount["target"]
    if "FAKE_EXIT" in os.environ:
        return int(os.environ["FAKE_EXIT"])
    packages = folder_of(said.image) / "packages"
    program = "import sys; sys.argv[0] = 'autograder'; from autograder.cli import app; import autograder; "
    program += f"assert autograder.__file__.startswith({str(packages)!r}), autograder.__file__; app()"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "HOME": "/tmp"}
    command = [mount["source"] if word == mount["target"] else word for word in said.command]
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *command], env=environment, cwd=mount["source"], check=False
    ).returncode


def main() -> int:
    with Path(os.environ["FAKE_CALLS"]).open("a") as calls:
        calls.write(json.dumps([Path(sys.argv[0]).name, *sys.argv[1:]]) + "\n")
    match sys.argv[1:]:
        case ["info"]:
            if os.environ.get("FAKE_DOWN"):
                print("Cannot connect to the daemon. Is it running?", file=sys.stderr)
                return 1
            return 0
        case ["image", "inspect", image]:
            return 0 if folder_of(image).is_dir() else 1
        case ["build", *words]:
            return build(words)
        case ["run", *words]:
            return run(words)
    print(f"no such command: {sys.argv[1:]}", file=sys.stderr)
    return 125


if __name__ == "__main__":
    sys.exit(main())
