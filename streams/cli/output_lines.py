"""A file that a command writes line by line; it has its name once the command has succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from streams.archive.atomic_files import output_file
from streams.cli.console import err, fail


class OutputLines:
    """Writes lines to a file or a pipe, or drops them.

    The file is opened at once, under another name, so that the command fails before long work if it
    cannot be written. It replaces an older file when the work ends well. So a command that fails,
    or is interrupted or killed, leaves the older file as it was.

    Parameters
    ----------
    path
        The file; None drops the lines.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._output: AbstractContextManager[BinaryIO] | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            with self._reported():
                self._output = output_file(self._path)
                self._file = self._output.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._output is None or self._path is None:
            return
        if error is not None:
            # The error has been reported already.
            with suppress(OSError):
                self._output.__exit__(kind, error, trace)
            if kind is KeyboardInterrupt and (self._path.is_file() or not self._path.exists()):
                err.print(
                    f"stopped; nothing is written to {self._path}", markup=False, soft_wrap=True
                )
            return
        with self._reported():
            self._output.__exit__(None, None, None)

    def write(self, line: bytes) -> None:
        """Write one line; if that fails, name the file and end the command."""
        if self._file is not None:
            with self._reported():
                self._file.write(line + b"\n")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fail(f"{self._path}: must be writable; {error.strerror}")
