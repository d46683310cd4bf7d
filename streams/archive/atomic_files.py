"""Files that are there wholly or not at all, whatever ends the process or the power."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    with all_whole(path) as (file,):
        yield file


@contextmanager
def all_whole(*paths: Path) -> Iterator[tuple[BinaryIO, ...]]:
    """Open files to be written; they get their names once all of each is on the disk.

    Raises
    ------
    OSError
        As of `whole`.
    """
    parts = [path.with_name(path.name + PART) for path in paths]
    try:
        with ExitStack() as opened:
            for path in paths:
                make_folder(path.parent)
            files = tuple(opened.enter_context(part.open("wb")) for part in parts)
            yield files
            for file in files:
                file.flush()
                os.fsync(file.fileno())
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
            _sync_folder(path.parent)
    except BaseException:
        for part in parts:
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
