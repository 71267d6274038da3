"""The observer: run the cells of one submission on inputs, and write down as plain data what its functions did.

A stand-alone program: one request as JSON on standard input, one answer as JSON on standard output, then the process
ends. It knows no right answer. Whatever it writes was within the submission's reach and is checked by the reader
(``answer``). Standard library only; NumPy and torch load where the inputs or the submission need them.

Request::

    {"nonce": text, "lesson": name, "seconds": s, "blocked": [package, …], "cells": [source, …],
     "tasks": [{"exercise": id, "after": n, "function": name, "inputs": [[plain, …], …], "seconds": s,
                "probe": source or null}, …]}

A task is observed when the first ``n`` cells have been run. ``seconds`` is the limit of the cells, and in a task that
of one call. A probe is the source of a module with ``observe(function, inputs, *, seconds)``, for an exercise whose
answer is more than a plain function; of this package it can import ``observe``, ``plain`` and ``timelimit``.

Answer::

    {"nonce": text, "tasks": [{"exercise": id, "observations": [observation, …]} or {"exercise": id, "problem": text}],
     "faults": [{"cell": n, "type": name, "message": text, "line": n}, …]}
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, NoReturn

from autograder.checking.observe import observe
from autograder.checking.timelimit import TimeLimit, time_limit
from autograder.grading.sandbox.shell import Shell

MAX_OBSERVATION_CHARACTERS = 500_000
MAX_FAULTS = 20

Task = dict[str, Any]
Look = Callable[..., list[dict[str, Any]]]


class NotAvailableError(RuntimeError):
    """A function was called that is not there while answers are graded."""


def main(stdin: BinaryIO, stdout: BinaryIO) -> NoReturn:
    """Serve one request and end the process, without running what the submission left to be run at the end."""
    # Prints of the submission must not get between the reader and the answer.
    answers = os.dup(stdout.fileno())
    request = json.loads(stdin.read())
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdin, sys.stdout, sys.stderr = (open(os.devnull, mode) for mode in ("r", "w", "w"))  # noqa: PTH123, SIM115
    dumps, write, leave = json.dumps, os.write, os._exit
    data = dumps(respond(request), allow_nan=False).encode()
    while data:
        data = data[write(answers, data) :]
    leave(0)


def respond(request: dict[str, Any]) -> dict[str, Any]:
    """Run the cells and observe the tasks. Changes this process for good: its modules, its ``__main__``."""
    # A probe is the exercise's own code, and may import what this program has loaded.
    looks = {task["exercise"]: _look(task["probe"]) for task in request["tasks"]}
    _block(request["blocked"])
    # As in a notebook, modules are found beside it. What this program needs is loaded.
    sys.path.insert(0, "")
    notebook = _Notebook(request["seconds"])
    done = 0
    tasks = []
    for task in sorted(request["tasks"], key=lambda task: task["after"]):
        for source in request["cells"][done : task["after"]]:
            notebook.run(source)
        done = max(done, task["after"])
        tasks.append({"exercise": task["exercise"], **_observe(looks[task["exercise"]], notebook.names, task)})
    return {"nonce": request["nonce"], "tasks": tasks, "faults": notebook.faults}


def _look(probe: str | None) -> Look:
    if probe is None:
        return observe
    names: dict[str, Any] = {"__name__": "probe"}
    exec(compile(probe, "probe", "exec", dont_inherit=True), names)
    look: Look = names["observe"]
    return look


def _observe(look: Look, names: dict[str, Any], task: Task) -> dict[str, Any]:
    if task["function"] not in names:
        return {"problem": f"{task['function']} is not defined"}
    function = names[task["function"]]
    if not callable(function):
        return {"problem": f"{task['function']} is not a function but a value of type {type(function).__name__[:100]}"}
    try:
        observations = look(function, task["inputs"], seconds=task["seconds"])
    except KeyboardInterrupt:
        return {"problem": f"{task['function']} raised KeyboardInterrupt"}
    return {"observations": [_small(observation) for observation in observations]}


def _small(observation: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(observation)) <= MAX_OBSERVATION_CHARACTERS:
        return observation
    return {"status": "not-plain", "what": "a value that is too large"}


class _Notebook:
    """The learner's cells, run one after another as a kernel would run them."""

    def __init__(self, seconds: float) -> None:
        # What is left of the time for all cells together.
        self.seconds = seconds
        self.faults: list[dict[str, Any]] = []
        self.cell = 0
        self.flags = 0
        self.loop: Any = None
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        shell = Shell(self.names)
        self.names.update(__builtins__=builtins, display=lambda *_, **__: None, get_ipython=lambda: shell)

    def run(self, source: str) -> None:
        """Run a cell. A statement that fails is noted, and the next one runs.

        A notebook would leave the rest of the cell out. But here a statement can fail for want of a package that is
        there in the notebook, and the definitions after it are the learner's all the same.
        """
        self.cell += 1
        try:
            statements = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._note(error)
            return
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self.flags |= getattr(__future__, alias.name).compiler_flag
            limit = time_limit(max(self.seconds, 0.001))
            try:
                with limit:
                    flags = self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
                    code = compile(ast.Module([statement], []), f"<cell {self.cell}>", "exec", flags, True)
                    waiting = eval(code, self.names)
                    if code.co_flags & inspect.CO_COROUTINE:
                        self._wait_for(waiting)
            except BaseException as error:
                self._note(error)
            self.seconds -= limit.used()

    def _wait_for(self, waiting: Any) -> None:
        """The end of a statement with ``await``. All of a notebook's share one loop, as in a kernel."""
        import asyncio

        if self.loop is None:
            self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(waiting)

    def _note(self, error: BaseException) -> None:
        if len(self.faults) >= MAX_FAULTS:
            return
        line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == f"<cell {self.cell}>":
                line = trace.tb_lineno
            trace = trace.tb_next
        try:
            message = "the time was up" if isinstance(error, TimeLimit) else str(error)[:300]
        except Exception:
            message = ""
        self.faults.append({"cell": self.cell, "type": type(error).__name__[:100], "message": message, "line": line})


class _Missing:
    """Stands for a name of a package that is not there. It can be imported and named, but not used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise NotAvailableError(f"{self._name} is not available here")

    def __getattr__(self, name: str) -> _Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(f"{self._name}.{name}")

    def __or__(self, other: Any) -> _Missing:
        # In an annotation, `ConfusionMatrix | None`.
        return self

    __ror__ = __or__


class _Stub(types.ModuleType):
    """A package that is not there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if self.__name__ == "autograder" and name in ("check", "show_quiz"):
            return lambda *_, **__: None
        return _Missing(f"{self.__name__}.{name}")


class _Blocker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives stubs in place of the packages that must not be used."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


def _block(packages: Sequence[str]) -> None:
    sys.meta_path.insert(0, _Blocker(packages))
    for name in list(sys.modules):
        if name.partition(".")[0] in packages:
            del sys.modules[name]


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
