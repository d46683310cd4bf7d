"""A file of any size, plain or gzip, as lines in constant memory.

No content of a file raises an error here: a gzip that breaks off ends the lines early, and `damage`
says so. The rest of a broken line is not yielded: half a number is another number.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

CHUNK = 1 << 18
LARGEST_RECORD = 1_048_576
"""A larger record is a reject: by default, Kafka's brokers refuse it too."""

LONGEST_LINE = LARGEST_RECORD + 3
"""Only so much of a longer line is kept: enough to see that it is too long."""

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LONGEST_NAME = 120
_GZIP = b"\x1f\x8b"


class Unopenable(Exception):
    """A file cannot be read as its source says; the message names file, rule and remedy."""


class InputFile:
    """An open file, or standard input.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.

    Attributes
    ----------
    name
        What rejects and made-up event ids call it: the last component of its path, as far as that
        can be part of an id.
    bytes_total
        Its size as stored; None where that is not known beforehand.
    cut
        What followed the last complete line of a damaged file.

    Raises
    ------
    Unopenable
        Where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = _printable(path.name)
        self.cut = b""
        self._stored = _Stored(path)
        self.bytes_total = self._stored.size
        head = self._stored.peek(len(_GZIP))
        self._gunzip = _Gunzip(self._stored) if head == _GZIP else None
        raw = self._stored if self._gunzip is None else self._gunzip
        self._buffered = io.BufferedReader(raw, CHUNK)

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, as stored."""
        return self._stored.position

    @property
    def damage(self) -> str | None:
        """Why the file ended early; None where it did not (yet)."""
        inner = None if self._gunzip is None else self._gunzip.damage
        return self._stored.damage or inner

    def lines(self) -> Iterator[bytes]:
        """Yield the lines with their ends; a line longer than `LONGEST_LINE` is cut."""
        readline = self._buffered.readline
        while line := readline(LONGEST_LINE):
            if line[-1] != 10:
                if len(line) == LONGEST_LINE:
                    self._skip_line()
                elif self.damage is not None:
                    self.cut = line
                    return
            yield line

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._buffered.close()

    def _skip_line(self) -> None:
        while (piece := self._buffered.readline(CHUNK)) and piece[-1] != 10:
            pass


def _printable(name: str) -> str:
    r"""Return a file's name without characters that an id must not hold.

    Examples
    --------
    >>> _printable("a\tb.csv")
    'a?b.csv'
    >>> _printable("x" * 200)
    'xxxxxxxxxxxxxxxxxxxxxxxxx-01d7de14'
    """
    text = "".join(c if c.isprintable() else "?" for c in name)
    if len(text.encode()) <= _LONGEST_NAME:
        return text
    return f"{text[:25]}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


class _Stored(io.RawIOBase):
    """Counts the stored bytes; a failure to read ends them, and is noted as damage."""

    def __init__(self, path: Path) -> None:
        self.position = 0
        self.damage: str | None = None
        self._head = b""
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
        return True

    def peek(self, count: int) -> bytes:
        """Return the first bytes without reading past them."""
        while len(self._head) < count and (added := self._read(count - len(self._head))):
            self._head += added
        return self._head

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with memoryview(buffer).cast("B") as view:
            data = self._head[: len(view)] or self._read(len(view))
            self._head = self._head[len(data) :]
            view[: len(data)] = data
            self.position += len(data)
            return len(data)

    def _read(self, count: int) -> bytes:
        try:
            return os.read(self._fd, count)
        except OSError as error:
            self.damage = f"the file could be read no further; {error.strerror}"
            return b""

    def close(self) -> None:
        if not self.closed and self._fd >= 0 and self._own:
            os.close(self._fd)
        super().close()


class _Gunzip(io.RawIOBase):
    """Decompresses a gzip of one or more members, up to where it is damaged.

    The standard library's reader raises where a file breaks off, and loses what it had decompressed
    by then.
    """

    def __init__(self, stored: _Stored) -> None:
        self.damage: str | None = None
        self._stored = stored
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False
        self._input = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with memoryview(buffer).cast("B") as view:
            data = self._next(len(view))
            view[: len(data)] = data
            return len(data)

    def _next(self, count: int) -> bytes:
        while self.damage is None:
            if not self._input:
                self._input = self._stored.read(CHUNK) or b""
            if not self._input:
                if self._begun and self.damage is None:
                    self.damage = "the gzip breaks off in the middle"
                return b""
            if not self._begun:
                # Zeros may pad the end: tapes and block devices.
                self._input = self._input.lstrip(b"\0")
                if not self._input:
                    continue
                self._begun = True
            try:
                data = self._member.decompress(self._input, count)
            except zlib.error:
                self.damage = "the gzip is damaged"
                return b""
            self._input = self._member.unconsumed_tail
            if self._member.eof:
                self._input = self._member.unused_data
                self._member, self._begun = zlib.decompressobj(wbits=31), False
            if data:
                return data
        return b""

    def close(self) -> None:
        self._stored.close()
        super().close()
