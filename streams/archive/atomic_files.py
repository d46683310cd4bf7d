"""Files that appear under their name only when they are complete, also after a power failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

PART = ".part"
"""The end of the name of a file that is not complete."""


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing; it gets its name once all of it is on the disk.

    Raises
    ------
    OSError
        If the disk does not take it. An older file of that name is still there.
    """
    with atomic_files(path) as (file,):
        yield file


@contextmanager
def atomic_files(*paths: Path) -> Iterator[tuple[BinaryIO, ...]]:
    """Open several files for writing; they get their names once all of them are on the disk.

    Raises
    ------
    OSError
        As in `atomic_file`.
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
    """Make a folder and its missing parents, and write each to the disk.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Write a folder's names to the disk, so that files keep them in the order of writing."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_parts(root: Path) -> None:
    """Remove incomplete files that a killed process has left."""
    for path in root.rglob(f"*{PART}"):
        path.unlink()
