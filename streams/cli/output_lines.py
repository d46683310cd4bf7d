"""A file that a command writes line by line; it is emptied only when the first line comes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from streams.cli.console import fail


class OutputLines:
    """Writes lines to a file or a pipe, or drops them.

    The file is opened at once, so that the command fails before long work if it cannot be written.
    An older file is emptied at the first line, or when the work ends well. So a command that
    refuses its arguments leaves the file as it was.

    Parameters
    ----------
    path
        The file; None drops the lines.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._new = self._emptied = False

    def __enter__(self) -> Self:
        if self._path is not None:
            with self._reported():
                self._new = not self._path.exists()
                opened = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o666)
                self._file = os.fdopen(opened, "wb")
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._file is None or self._path is None:
            return
        if failed:
            # The error has been reported already.
            with suppress(OSError):
                self._file.close()
            if self._new and not self._emptied:
                self._path.unlink(missing_ok=True)
            return
        with self._reported():
            self._empty(self._file)
            self._file.close()

    def write(self, line: bytes) -> None:
        """Write one line; if that fails, name the file and end the command."""
        if self._file is not None:
            with self._reported():
                self._empty(self._file)
                self._file.write(line + b"\n")

    def _empty(self, file: BinaryIO) -> None:
        if not self._emptied and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.truncate(0)
        self._emptied = True

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fail(f"{self._path}: must be writable; {error.strerror}")
