"""Files that are there wholly or not at all, whatever ends the process or the power."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PART = ".part"
"""Ends the name of a file that is not complete."""


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written; it gets its name once all of it is on the disk.

    Raises
    ------
    OSError
        Where the disk does not take it; what was there by that name still is.
    """
    make_folder(path.parent)
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are not there, each lasting as a file in it does.

    Raises
    ------
    OSError
        Where the disk does not take it.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a name last: files get theirs in the order in which they were written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_parts(root: Path) -> None:
    """Remove what a process that was killed has left half written."""
    for path in root.rglob(f"*{PART}"):
        path.unlink()
