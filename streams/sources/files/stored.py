"""The bytes of a file as they are stored, and a look at the first ones."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Unopenable(Exception):
    """A file cannot be read as its source says; the message names file, rule and remedy."""


class Stored(io.RawIOBase):
    """Counts the stored bytes; a failure to read ends them, and is noted as damage.

    Attributes
    ----------
    position
        How many have been read.
    size
        How many there are; None where that is not known beforehand.
    damage
        Why they ended early; None where they did not (yet).

    Raises
    ------
    Unopenable
        Where there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.position = 0
        self.damage: str | None = None
        self._fd = -1
        self._own = False
        self.size: int | None = None
        try:
            if str(path) == "-":
                self._fd = sys.stdin.fileno()
                return
            self._fd, self._own = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), True
        except (OSError, ValueError, AttributeError) as error:
            why = getattr(error, "strerror", None) or error
            raise Unopenable(f"{path}: must be a readable file; {why}") from None
        found = os.fstat(self._fd)
        if stat.S_ISDIR(found.st_mode):
            self.close()
            raise Unopenable(f"{path}: must be a file; found a directory: name the files in it")
        self.size = found.st_size if stat.S_ISREG(found.st_mode) else None

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See `io.RawIOBase`."""
        with memoryview(buffer).cast("B") as view:
            try:
                data = os.read(self._fd, len(view))
            except OSError as error:
                self.damage = f"the file could be read no further; {error.strerror}"
                return 0
            self.position += len(data)
            view[: len(data)] = data
            return len(data)

    def seekable(self) -> bool:
        """See `io.RawIOBase`."""
        return self.size is not None

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """See `io.RawIOBase`; what has been read is counted up to here."""
        self.position = os.lseek(self._fd, offset, whence)
        return self.position

    def tell(self) -> int:
        """See `io.RawIOBase`."""
        return self.position

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if not self.closed and self._fd >= 0 and self._own:
            os.close(self._fd)
        super().close()


class Peekable(io.RawIOBase):
    """Bytes of which the first can be looked at before they are read."""

    def __init__(self, inner: io.RawIOBase) -> None:
        self._inner = inner
        self._head = b""

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def peek(self, count: int, until: bytes | None = None) -> bytes:
        """Return the first bytes without reading past them, those up to `until` at least.

        There are fewer than `count` where a pipe has given no more, and a line of it has come.
        """
        while len(self._head) < count and (until is None or until not in self._head):
            added = self._inner.read(count - len(self._head))
            if not added:
                break
            self._head += added
        return self._head[:count]

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See `io.RawIOBase`."""
        if not self._head:
            return int(self._inner.readinto(buffer) or 0)
        with memoryview(buffer).cast("B") as view:
            data = self._head[: len(view)]
            self._head = self._head[len(data) :]
            view[: len(data)] = data
            return len(data)

    def skip(self, count: int) -> None:
        """Leave out the first bytes, at most as many as were looked at."""
        self._head = self._head[count:]

    def close(self) -> None:
        """Close what it reads from."""
        self._inner.close()
        super().close()
