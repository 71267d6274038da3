"""What a submission may use up."""

from __future__ import annotations

from dataclasses import dataclass, replace

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one kernel with everything that it starts.

    Attributes
    ----------
    memory_megabytes : int
        Memory on top of what the warm process holds already.
    processes : int
        Processes at a time.
    threads : int
        Processes and threads at a time; the kernel itself needs about ten.
    open_files : int
        Open files of one process.
    file_megabytes : int
        Size of one file.
    disk_megabytes : int
        All files together; they lie in memory.
    files : int
        How many files.
    cpu_seconds : int
        Processor time of one process.
    """

    memory_megabytes: int = 2048
    processes: int = 32
    threads: int = 256
    open_files: int = 512
    file_megabytes: int = 64
    disk_megabytes: int = 256
    files: int = 10_000
    cpu_seconds: int = 330

    @property
    def too_much_memory(self) -> str:
        """What is said of a submission that used too much memory, as the end of a sentence."""
        return f"used more than {self.memory_megabytes} MB of memory"

    @property
    def too_many_processes(self) -> str:
        """The same of one that started too many processes or threads."""
        return f"started more than {self.processes} processes or {self.threads} threads at a time"

    def uncounted(self) -> Limits:
        """The limits where no control group counts what the kernel holds for a submission.

        An end of a socket holds 208 kB, a pipe 64 kB, and seccomp refuses to enlarge them: so many files in so many
        processes hold less than half a gigabyte.
        """
        return replace(self, open_files=min(self.open_files, 128), processes=min(self.processes, 16))
