"""One recorder in a folder at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from streams.archive.atomic_files import make_folder
from streams.archive.manifest import ArchiveUnusable

FOLDER = "state"
_FILE = "lock"


def lock(root: Path) -> int:
    """Take a folder, until the descriptor that is returned is closed or the process ends.

    Raises
    ------
    ArchiveUnusable
        Where another recorder has it.
    OSError
        Where it cannot be written.
    """
    folder = root / FOLDER
    make_folder(folder)
    descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown"
        os.close(descriptor)
        raise ArchiveUnusable(
            f"{root}: must be recorded into by one process at a time; process {owner} does."
            " Stop that, or name another folder"
        ) from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
