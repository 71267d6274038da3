"""Output and messages: floods, forged messages of the kernel, and text that is no text."""

from attacks.attack import Attack

CUT = "Output has a limit for each cell and each text."
WIRE = "What is no message ends the run of the notebook, with the reason; the exercises are judged all the same."

SEND = """
kernel = get_ipython().kernel
def send(kind, content, **more):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), **more)
"""

ATTACKS = [
    Attack(
        name="output-flood",
        tries="Prints without end.",
        stops=CUT,
        named="left more output than is kept|MB of memory",
        cell="while True:\n    print('flood ' * 1000)",
    ),
    Attack(
        name="output-in-one-piece",
        tries="Prints fifty megabytes at once.",
        stops=CUT,
        named="left more output than is kept",
        cell="print('flood ' * 8_000_000)",
        shows="The rest of the output was cut off",
    ),
    Attack(
        name="result-flood",
        tries="Has many megabytes as the result of a cell, and raises an error with as many.",
        stops=CUT,
        named="left more output than is kept",
        cell="'result ' * 2_000_000",
        answer="def precision(y_true, y_pred):\n    return 0.123\nraise ValueError('error ' * 2_000_000)",
    ),
    Attack(
        name="error-with-a-long-name",
        tries="Raises an error whose name has a megabyte, with escape sequences for the instructor's terminal.",
        stops="Names and texts in the report are cut and hold nothing that a terminal would obey.",
        named="stopped with",
        cell=r"""
raise type("N" * 1_000_000, (Exception,), {})("\x1b]0;owned\x07\x1b[2Jcleared\u202e reversed \r over")
""",
    ),
    Attack(
        name="scripts-in-output",
        tries="Displays scripts, frames, pictures from elsewhere and forms, for the feedback page and the report.",
        stops="Pages keep a list of harmless tags; everything else is dropped or escaped.",
        named="script",
        cell="""
from IPython.display import HTML, Javascript, SVG
attack = "<script>alert('x1')</script><img src=x onerror=alert('x2')><iframe src='javascript:alert(3)'></iframe>"
display(HTML(attack), Javascript("alert('x4')"), {"text/html": attack, "text/latex": attack, "text/markdown": attack,
        "image/svg+xml": "<svg onload=alert('x5')><script>alert('x6')</script></svg>",
        "application/javascript": "alert('x7')", "image/png": "'><script>alert('x8')</script>"}, raw=False)
display({"image/svg+xml": "<svg onload=alert('x5')></svg>", "image/png": "'><script>alert('x8')</script>",
         "text/markdown": attack, "text/latex": attack}, raw=True)
raise ValueError(attack)
""",
    ),
    Attack(
        name="malformed-messages",
        tries="Sends messages of the kernel with fields missing or of the wrong kind.",
        stops=WIRE,
        named="sent the grader what is no message of a kernel",
        cell=SEND
        + """
for kind in ("stream", "execute_result", "display_data", "update_display_data", "error", "clear_output", "status",
             "comm_open", "comm_msg", "execute_input", "nonsense"):
    for content in ({}, {"data": 7, "metadata": None, "execution_count": "x", "name": [], "text": {}, "ename": None,
                         "evalue": {}, "traceback": 3, "transient": 5, "comm_id": {}, "execution_state": 1}):
        send(kind, content)
print("sent")
""",
    ),
    Attack(
        name="deep-message",
        tries="Displays data that are nested just as deep as can still be sent.",
        stops=CUT,
        named="left more output than is kept",
        cell="""
deep = []
for _ in range(250):
    deep = [deep]
display({"text/plain": "deep", "application/json": deep}, raw=True)
""",
        shows="The rest of the output was cut off",
    ),
    Attack(
        name="swarm-of-outputs",
        tries="Displays thousands of small things, each of them below every limit.",
        stops=CUT,
        named="left more output than is kept",
        cell=SEND
        + """
for number in range(1_500):
    send("display_data", {"data": {"text/plain": "x" * 1000}, "metadata": {}})
""",
        shows="The rest of the output was cut off",
    ),
    Attack(
        name="early-idle",
        tries="Says that the test cell is done before it has run, and answers for it on the shell's channel.",
        stops="The verdict does not come from the run of the test cell.",
        named="uses get_ipython",
        cell=SEND
        + """
def lie(info=None):
    send("status", {"execution_state": "idle"})
get_ipython().events.register("pre_run_cell", lie)
print("hook set")
""",
        shows="hook set",
    ),
    Attack(
        name="unsigned-message",
        tries="Sends the grader a message without a signature, whose parts are cut off.",
        stops=WIRE,
        named="sent the grader what is no message of a kernel",
        cell="""
kernel = get_ipython().kernel
kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"])
""",
    ),
    Attack(
        name="garbage-on-the-wire",
        tries="Writes raw bytes into the sockets to the grader, past the protocol.",
        stops="The connection breaks, and the cell ends by its time limit; the exercises are judged all the same.",
        # What breaks first is a matter of chance: the grader's side, which says so, or the way back, which is silent.
        named="no message of a kernel|ran longer than|without an answer|ended the Python process",
        cell="""
import os, stat
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode): os.write(number, os.urandom(4096))
    except OSError: pass
""",
    ),
    Attack(
        name="overwritten-output",
        tries="Updates the outputs of earlier test cells by their display id.",
        stops="Verdicts are written into the notebook after all cells have run.",
        named="uses get_ipython",
        cell=SEND
        + """
for name in ("precision", "check_precision", "1"):
    send("display_data", {"data": {"text/plain": "3.0"}, "metadata": {}, "transient": {"display_id": name}})
    send("update_display_data", {"data": {"text/plain": "3.0"}, "metadata": {}, "transient": {"display_id": name}})
print("updated")
""",
        shows="updated",
    ),
    Attack(
        name="half-characters",
        tries="Sends half a character and zero bytes, to break the files and databases of the grader.",
        stops="Text from a submission is cleaned where it arrives.",
        named="stopped with ValueError",
        cell=SEND
        + r"""
import json
kernel.session.pack = lambda content: json.dumps(content, default=str).encode()
send("stream", {"name": "stdout", "text": "half \ud800 zero \x00 end"})
send("display_data", {"data": {"text/plain": "half \ud800 zero \x00 end"}, "metadata": {}})
raise ValueError("zero \x00 end")
""",
    ),
]
