"""A file that a command writes line by line; what was in it stays until there is a first line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from streams.cli.console import fail


class OutputLines:
    """Lines for a file, a pipe or nobody.

    It is opened at once, so that one that cannot be written is told before long work. An older
    file is emptied with the first line, or when the work has ended well: work that is refused
    has written nothing, and changes nothing.

    Parameters
    ----------
    path
        The file; None where nobody wants the lines.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._new = self._emptied = False

    def __enter__(self) -> Self:
        if self._path is not None:
            with self._told():
                self._new = not self._path.exists()
                opened = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666)
                self._file = os.fdopen(opened, "wb")
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._file is None or self._path is None:
            return
        if failed:
            # What could not be written has been told once.
            with suppress(OSError):
                self._file.close()
            if self._new and not self._emptied:
                self._path.unlink(missing_ok=True)
            return
        with self._told():
            self._empty(self._file)
            self._file.close()

    def write(self, line: bytes) -> None:
        """Write one line; ends the command where that cannot be, and says which file it was."""
        if self._file is not None:
            with self._told():
                self._empty(self._file)
                self._file.write(line + b"\n")

    def _empty(self, file: BinaryIO) -> None:
        if not self._emptied and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.truncate(0)
        self._emptied = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fail(f"{self._path}: must be writable; {error.strerror}")
