"""Programs that tests run to their end, however long that takes on a busy machine."""

from __future__ import annotations

import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.waiting.progress import sizes, until

T = TypeVar("T")


def ended(
    process: subprocess.Popen[Any],
    *,
    seen: Callable[[], object] = lambda: None,
    logs: Callable[[], Iterable[Path]] = lambda: (),
) -> int:
    """Wait until a process has ended; its exit status.

    It is killed where it makes no progress any more.
    """
    try:
        until(
            lambda: process.poll() is not None,
            f"the end of {process.args!r}",
            seen=seen,
            logs=logs,
            every_s=0.02,
        )
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.returncode


def run(
    command: Sequence[str | Path],
    *,
    given: bytes = b"",
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; what it writes is progress.

    Parameters
    ----------
    command
        The program and its arguments.
    given
        Its standard input.
    start
        How it is started (`tests.launch.launch.start`).
    options
        Of `subprocess.Popen`: ``cwd``, ``env``.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, out, err = (Path(folder) / name for name in ("input", "output", "errors"))
        source.write_bytes(given)
        with source.open("rb") as stdin, out.open("wb") as stdout, err.open("wb") as stderr:
            process = start(command, stdin=stdin, stdout=stdout, stderr=stderr, **options)
        status = ended(process, seen=lambda: sizes(out, err), logs=lambda: (out, err))
        said = (path.read_bytes().decode() for path in (out, err))
        return subprocess.CompletedProcess(list(command), status, *said)


def lines_of(process: subprocess.Popen[bytes]) -> queue.Queue[bytes]:
    """Give the lines of a process's standard output as they come."""
    found: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    source = process.stdout

    def read() -> None:
        for line in source:
            found.put(line.rstrip(b"\n"))

    threading.Thread(target=read, daemon=True).start()
    return found


def following(items: queue.Queue[T], what: str = "the next line") -> T:
    """Wait for the next of what comes."""
    until(lambda: not items.empty(), what, every_s=0.01)
    return items.get_nowait()
