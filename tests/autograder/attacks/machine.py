"""Reach the grader, the machine or other submissions; or use the machine up."""

from attacks.attack import Attack

PROCESSES = "Each kernel is process 1 of a namespace of its own: it sees no other, and ends with all it started."
LIMITS = "A limit for all processes of a submission together; what passes it is killed, and the report says why."

# By its argument the tests see whether it outlives the grading.
SLEEP = "864209"

ATTACKS = [
    Attack(
        name="kills-the-parent",
        tries="Kills its parent, its group, process 1 and everything else it may.",
        stops=PROCESSES,
        named="uses os",
        cell="""
import os, signal
for target in (os.getppid(), -1, *range(2, 400)):
    try: os.kill(target, signal.SIGKILL)
    except OSError: pass
print("alive with parent", os.getppid())
""",
        shows="alive with parent 0",
    ),
    Attack(
        name="kills-itself",
        tries="Kills its own kernel, so that the tests cannot run.",
        stops="What ends the kernel ends nothing else; the exercises are judged all the same.",
        named="ended the Python process",
        cell="import os\nos._exit(0)",
    ),
    Attack(
        name="system-exit",
        tries="Raises `SystemExit` and `KeyboardInterrupt` in cells and in the answer.",
        stops="Both are errors like any other.",
        named="stopped with SystemExit",
        answer="def precision(y_true, y_pred):\n    raise KeyboardInterrupt\n",
        cell="raise SystemExit(0)",
    ),
    Attack(
        name="exits-in-the-answer",
        tries="Ends the judged process from the answer, with exit code 0.",
        stops="No answer is no points. The other exercises are then judged one by one.",
        named="check_precision earned nothing: the process that ran it ended",
        answer="import os\ndef precision(y_true, y_pred):\n    os._exit(0)\n",
    ),
    Attack(
        name="crash",
        tries="Crashes the interpreter (a null pointer), in the notebook and in the answer.",
        stops="A crash is the end of one process of one submission.",
        named="ended the Python process",
        answer="import ctypes\ndef precision(y_true, y_pred):\n    ctypes.string_at(0)\n",
        cell="ctypes.string_at(0)",
    ),
    Attack(
        name="ptrace",
        tries="Traces and reads other processes by `ptrace` and `process_vm_readv`.",
        stops="No other process is in sight, the calls are refused (seccomp), no privilege is left.",
        named="uses ctypes",
        cell="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
results = [libc.ptrace(16, pid, 0, 0) for pid in (1, 2, os.getppid())]
results += [libc.process_vm_readv(1, None, 0, None, 0, 0), libc.unshare(0x10000000), libc.setns(0, 0)]
print("worked:", sum(result >= 0 for result in results))
""",
        shows="worked: 0",
    ),
    Attack(
        name="daemons",
        tries="Leaves daemons (double fork, own session) that live on after the grading.",
        stops=PROCESSES,
        named="uses subprocess",
        cell=f"""
import subprocess
subprocess.Popen(["sleep", "{SLEEP}"], start_new_session=True)
subprocess.Popen(["sh", "-c", "(setsid sleep {SLEEP} &) &"])
print("daemons left")
""",
        shows="daemons left",
    ),
    Attack(
        name="poisoned-surroundings",
        tries="Leaves environment variables, start-up files and modules that the next submission would load.",
        stops="Every submission is a new fork of a process that runs nobody's code, with new empty folders.",
        named="uses (os|open)",
        cell="""
import os, random, builtins
os.environ.update(PYTHONPATH="/tmp/work", PYTHONSTARTUP="/tmp/work/numpy.py", LD_PRELOAD="/tmp/work/x.so")
written = 0
libraries = [os.path.dirname(module.__file__) for module in (np, os)]
for folder in ("/tmp/work", "/tmp/home", "/tmp", "/dev/shm", *libraries):
    for name in ("numpy.py", "sitecustomize.py", "usercustomize.py", "autograder.py"):
        try:
            with open(f"{folder}/{name}", "w") as file: file.write("raise SystemExit('poisoned')")
            written += 1
        except OSError: pass
np.mean = np.sum = lambda *args, **kwargs: 99
print("files written:", written)
""",
        shows="files written: 16",
    ),
    Attack(
        name="network",
        tries="Asks the network: the grader's machine, the internet, a name server; sends its environment.",
        stops="A network namespace of its own, with nothing but its own loopback.",
        named="uses socket",
        cell="""
import socket
def reach(*address):
    try:
        with socket.create_connection(address, timeout=2): return True
    except OSError: return False
print("reached:", [reach("127.0.0.1", PORT), reach("192.0.2.1", 80), reach("example.org", 443)])
""",
        shows="reached: [False, False, False]",
    ),
    Attack(
        name="fork-bomb",
        tries="Forks without end.",
        stops=LIMITS,
        named="started more than 32 processes",
        cell="import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
    ),
    Attack(
        name="fork-bomb-in-the-answer",
        tries="Forks without end while it is judged.",
        stops=LIMITS,
        named="started more than 32 processes",
        answer="""
import os
def precision(y_true, y_pred):
    while True:
        try: os.fork()
        except OSError: pass
""",
    ),
    Attack(
        name="thread-bomb",
        tries="Starts threads without end.",
        stops=LIMITS,
        named="256 threads|can't start new thread|could not be interrupted",
        cell="""
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
    ),
    Attack(
        name="memory-bomb",
        tries="Uses up the memory, in one piece and in many small ones.",
        stops="A limit for each process by the operating system, and one for all of them together.",
        named="MemoryError|MB of memory",
        cell="""
try:
    one = bytearray(1 << 36)
except MemoryError:
    print("refused in one piece")
many = []
while True:
    many.append(bytearray(1 << 20))
""",
    ),
    Attack(
        name="memory-in-many-processes",
        tries="Lets twenty processes use memory, each less than the limit.",
        stops=LIMITS,
        named="MB of memory",
        cell="""
import os, time
for _ in range(20):
    if os.fork() == 0:
        data = bytearray(os.urandom(1 << 20) * 60)
        time.sleep(30)
time.sleep(30)
""",
    ),
    Attack(
        name="disk-fill",
        tries="Fills every folder it can write, with large files and with many.",
        stops="Folders in memory with a limit of size and of files; files have a limit, too.",
        named="stopped with OSError",
        cell="""
from pathlib import Path
written = 0
for number in range(20_000):
    Path(f"/tmp/work/{number}").touch()
""",
    ),
    Attack(
        name="disk-fill-large",
        tries="Writes a large file in pieces until nothing fits.",
        stops="Folders in memory with a limit of size and of files; files have a limit, too.",
        named="stopped with OSError",
        cell="""
block = bytes(1 << 20)
for number in range(10_000):
    with open(f"/tmp/work/{number}", "wb") as file:
        for _ in range(50): file.write(block)
""",
    ),
    Attack(
        name="open-files",
        tries="Opens files until no more can be opened.",
        stops="A limit of open files for each process.",
        named="Too many open files|ran longer than 5 seconds",
        cell="kept = []\nwhile True:\n    kept.append(open('/dev/null'))",
    ),
    Attack(
        name="endless-cell",
        tries="Loops without end, and swallows every interrupt.",
        stops="The kernel is interrupted, then killed; the notebook has a clock of its own.",
        named="ran longer than 5 seconds",
        cell="""
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    ),
]
