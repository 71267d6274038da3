"""How many machines a class needs, on paper, from measured seconds.

    python benchmarks/class_size.py --json size.json
    python benchmarks/sizing.py size.json
    python benchmarks/sizing.py --cpu-seconds 0.3 --coordinator-cpu-seconds 0.04 --disk-kilobytes 17

Nothing here is a guess about speed: the seconds are measured, by `class_size.py` on your machine, or given. What is
assumed is printed with the table: when the grades have to be there, how busy a core can be kept, and how much memory a
notebook may take.

One process coordinates: it takes submissions in, merges, and writes the pages. It uses one core, which is a limit that
more workers do not move. The table names it, and counts no more workers than it can keep busy.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

STUDENTS = (10, 1_000, 100_000)


@dataclass(frozen=True)
class Costs:
    """What one notebook costs, measured.

    Attributes
    ----------
    cpu_seconds : float
        Of processors, in all processes together.
    coordinator_cpu_seconds : float
        Of these, in the process that coordinates.
    disk_kilobytes : float
        In the course folder.
    """

    cpu_seconds: float
    coordinator_cpu_seconds: float
    disk_kilobytes: float


@dataclass(frozen=True)
class Row:
    """What a class needs."""

    students: int
    notebooks: int
    core_hours: float
    coordinator_hours: float
    cores: int
    machines: int
    hours: float
    memory_gigabytes: float
    disk_gigabytes: float


def measured(path: Path) -> Costs:
    """The costs of one more notebook, from two class sizes, so that what is paid once does not count."""
    runs = json.loads(path.read_text())["runs"]
    first, last = runs[0], runs[-1]
    more = last["submissions"] - first["submissions"]
    if more <= 0:
        raise SystemExit(f"{path} holds one size only: run class_size.py with --sizes 100 1000.")
    return Costs(*((last[n] - first[n]) / more for n in ("cpu_seconds", "coordinator_cpu_seconds", "disk_kilobytes")))


def size(
    costs: Costs,
    students: int,
    *,
    lessons: int = 1,
    hours: float = 1.0,
    busy: float = 0.7,
    cores_each: int = 16,
    megabytes: float = 2048.0,
) -> Row:
    """The machines that grade all lessons of a class in the given hours.

    Examples
    --------
    >>> row = size(Costs(0.36, 0.036, 20.0), 1_000, lessons=10, hours=1.0, busy=1.0, cores_each=4)
    >>> row.notebooks, row.core_hours, row.cores, row.machines, row.hours
    (10000, 1.0, 1, 1, 1.0)
    """
    notebooks = students * lessons
    core_hours = notebooks * costs.cpu_seconds / 3600
    coordinator_hours = notebooks * costs.coordinator_cpu_seconds / 3600 / busy
    # More workers than the coordinator can keep up with stand idle.
    hours = max(hours, coordinator_hours)
    cores = max(1, math.ceil(round(core_hours / hours / busy, 9)))
    return Row(
        students=students,
        notebooks=notebooks,
        core_hours=core_hours,
        coordinator_hours=coordinator_hours,
        cores=cores,
        machines=math.ceil(cores / cores_each),
        hours=max(core_hours / cores / busy, coordinator_hours),
        memory_gigabytes=cores * megabytes / 1024,
        disk_gigabytes=notebooks * costs.disk_kilobytes / 1024**2,
    )


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    head = (
        "| Students | Notebooks | Processor hours | Cores | Machines | Hours | Hours of the coordinator "
        "| Memory, GB | Disk, GB |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    lines = [
        f"| {row.students:,} | {row.notebooks:,} | {row.core_hours:.2f} | {row.cores} | {row.machines} "
        f"| {row.hours:.2f} | {row.coordinator_hours:.2f} | {row.memory_gigabytes:.0f} | {row.disk_gigabytes:.2f} |"
        for row in rows
    ]
    return "\n".join([head, *lines])


def main() -> None:
    """Print the table and what it rests on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("figures", type=Path, nargs="?", help="what class_size.py --json wrote")
    parser.add_argument("--cpu-seconds", type=float, help="processor seconds for one notebook, all processes")
    parser.add_argument("--coordinator-cpu-seconds", type=float, help="of these, in the coordinator")
    parser.add_argument("--disk-kilobytes", type=float, default=20.0)
    parser.add_argument("--lessons", type=int, default=1, help="handed in at a time")
    parser.add_argument("--hours", type=float, default=1.0, help="after the deadline, when the grades have to be there")
    parser.add_argument("--busy", type=float, default=0.7, help="the part of a core's time that does work")
    parser.add_argument("--cores-each", type=int, default=16, help="cores of one machine")
    parser.add_argument("--megabytes", type=float, default=2048.0, help="memory for one notebook at a time")
    options = parser.parse_args()
    if options.figures:
        costs = measured(options.figures)
    elif options.cpu_seconds and options.coordinator_cpu_seconds:
        costs = Costs(options.cpu_seconds, options.coordinator_cpu_seconds, options.disk_kilobytes)
    else:
        parser.error("give the file that class_size.py wrote, or --cpu-seconds and --coordinator-cpu-seconds")
    names = ("lessons", "hours", "busy", "cores_each", "megabytes")
    print(table([size(costs, students, **{name: getattr(options, name) for name in names}) for students in STUDENTS]))
    print(
        f"\nMeasured: {costs.cpu_seconds:.3f} s of processors for a notebook, {costs.coordinator_cpu_seconds:.3f} s of "
        f"them in the coordinator, {costs.disk_kilobytes:.0f} kB on disk. Assumed: {options.lessons} lesson(s) of each "
        f"student, graded within {options.hours:g} hour(s), cores busy for {options.busy:.0%} of the time, "
        f"{options.cores_each} cores in a machine, {options.megabytes:.0f} MB for a notebook."
    )


if __name__ == "__main__":
    main()
