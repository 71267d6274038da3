"""Decide points, outside of any submission's process.

The submission's process gets inputs and gives plain data; the cases, the oracle and the judgement stay in the
grader's. `cells`, `names` and `slice` pick what the observer runs; `inspection` reads the source; `answer` checks what
comes back; `verdicts` ties them together; `patch` writes the verdicts into an executed notebook; `secret` draws seeds
that no submission can know.

There is no tripwire against tampering with the interpreter: nothing that a submission does to its own interpreter
can make a wrong answer right, because no right answer is known there.
"""
