"""Files that appear under their name only when they are complete, also after a power failure."""

from __future__ import annotations

import errno
import os
import stat
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


@contextmanager
def output_file(path: Path, *, new: bool = False) -> Iterator[BinaryIO]:
    """Open a file that a command writes for its user; it gets its name once it is complete.

    An older file stays as it is until then, whatever ends the command; the new one has its mode. A
    device or a pipe is written directly.

    Parameters
    ----------
    path
        The file, in a folder that exists; of a link, what it leads to.
    new
        Whether an older file must never be overwritten.

    Raises
    ------
    OSError
        If the disk does not take it. An older file of that name is still there.
    """
    if not new and _is_stream(path):
        with path.open("wb") as file:
            yield file
        return
    if new and (path.exists() or path.is_symlink()):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    target = path.resolve()
    older = target.stat() if target.exists() else None
    if older is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    part = target.with_name(target.name + PART)
    try:
        with part.open("wb") as file:
            if older is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(older.st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        if new:
            os.link(part, target)  # unlike a rename, it replaces nothing
            part.unlink()
        else:
            part.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def try_output(path: Path) -> None:
    """Check, before long work, that `output_file` can make a new file.

    Raises
    ------
    OSError
        If it cannot.
    """
    part = path.resolve().with_name(path.name + PART)
    part.touch()
    part.unlink()


def _is_stream(path: Path) -> bool:
    """Whether a path is no file on a disk: a device, a pipe, a folder, or an open descriptor."""
    if path.exists() and not path.is_file():
        return True
    return path.absolute().parts[1:2] in (("dev",), ("proc",))


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
