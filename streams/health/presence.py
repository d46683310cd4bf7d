"""Files that say which processes run on this host, where they listen, and how the last run ended.

Each process keeps one beside the state, locked as long as it runs. What it finds there at its start
is of the run before: if that did not say that it stopped, it crashed, was killed, or gave up.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

log = logging.getLogger(__name__)

_FOLDER = "processes"
_TRIES, _BETWEEN_S = 20, 0.05


class Run(msgspec.Struct, frozen=True):
    """A run of a process.

    Attributes
    ----------
    process, at, pid
        Its kind, the address of its metrics, its process id.
    began_s
        When it began, epoch s.
    stopped
        Whether it ended because it was told to.
    restarted_s
        When a run last began after one that had not been told to stop; 0 if never.
    """

    process: str
    at: str
    pid: int
    began_s: float
    stopped: bool = False
    restarted_s: float = 0.0


_run = msgspec.json.Decoder(Run)


@contextmanager
def present(state: Path, process: str, at: str) -> Iterator[Run]:
    """Keep the file of this process while the context is open.

    Where the folder cannot be written, nothing is kept, and the run counts as a first one.

    Parameters
    ----------
    state
        The folder of the state.
    process, at
        Its kind, and the address of its metrics.
    """
    run = Run(process, at, os.getpid(), time.time())
    path = state / _FOLDER / f"{process}-{at.rpartition(':')[2]}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        log.info("%s: cannot be written (%s): restarts go unnoticed", path, error.strerror)
        yield run
        return
    with file:
        if not _lock(file):
            yield run  # another process has this port, on another address: the file is its
            return
        before = _read(file)
        if before is not None:
            restarted_s = before.restarted_s if before.stopped else run.began_s
            run = msgspec.structs.replace(run, restarted_s=restarted_s)
        _write(file, run)
        yield run
        # Not reached by an error: then the run did not end because it was told to.
        _write(file, msgspec.structs.replace(run, stopped=True))


def running(state: Path) -> list[Run]:
    """Return the processes that run on this host with this state."""
    found = []
    for path in sorted((state / _FOLDER).glob("*.json")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                run = _read(file)
                if run is not None:
                    found.append(run)
    return found


def _lock(file: IO[bytes]) -> bool:
    """Lock a file; a look at it by `running` lasts a moment only."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN_S)
        else:
            return True
    return False


def _read(file: IO[bytes]) -> Run | None:
    file.seek(0)
    try:
        return _run.decode(file.read())
    except msgspec.DecodeError:
        return None  # empty, or cut off by a full disk


def _write(file: IO[bytes], run: Run) -> None:
    try:
        file.truncate(0)
        file.write(msgspec.json.encode(run))
        file.flush()
    except OSError as error:
        log.warning("%s: cannot be written (%s): restarts go unnoticed", file.name, error.strerror)
