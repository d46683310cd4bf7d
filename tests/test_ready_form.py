"""Threads that read their first struct at once end nothing, where msgspec has learnt the form."""

from __future__ import annotations

import subprocess
import sys

ROUNDS = 300
CODE = f"""
import sys, threading
import msgspec
from streams.ready_form import ready

sys.setswitchinterval(1e-6)
for _ in range({ROUNDS}):
    Inner = msgspec.defstruct("Inner", [("d", list[int])])
    Outer = ready(msgspec.defstruct("Outer", [("a", int), ("c", dict[str, Inner]), ("e", Inner)]))
    gate, found = threading.Barrier(4), []

    def read(form=Outer):
        gate.wait()
        fields = {{"a": 1, "c": {{"x": {{"d": []}}}}, "e": {{"d": [2]}}}}
        found.append(msgspec.convert(fields, form))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.e.d for each in found] == [[2]] * 4
"""


def test_threads_that_convert_at_once_get_the_same() -> None:
    """Without `ready`, a process that does this ends with a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
