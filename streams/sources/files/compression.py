"""Compressed files as plain bytes: gzip, bzip2, xz and zstd.

A stream that breaks off gives what could be read, and says so: the standard library's readers raise
there, and lose what they had decompressed. Memory is bounded whatever a file says of itself; a
bomb, which is nearly nothing and decompresses without end, is damage.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

from streams.sources.files.stored import Stored

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 18

BOMB_FROM = 1 << 28
MOST_RATIO = 2_000
"""A file of which more than `BOMB_FROM` bytes have been read, and more than so many for each stored
byte, is a bomb: gzip reaches 1,032, and files of records hardly a hundred."""

_MOST_MEMORY = 1 << 28
"""What xz may ask for; its largest preset takes 65 MiB."""

_LOG_WINDOW = 27
"""Of zstd, as its own command has it: 128 MiB, but for files made with --ultra or --long."""


class _Decompressor(Protocol):
    """What bz2, lzma and zstd have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Inflater:
    """zlib's decompressor in the form of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


def _zstd() -> _Decompressor:
    return ZstdDecompressor(options={DecompressionParameter.window_log_max: _LOG_WINDOW})


def _xz() -> _Decompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)


class Compression(NamedTuple):
    """A way to compress.

    Attributes
    ----------
    name
        As its command is called.
    magic
        How its files begin.
    opened
        Makes what decompresses one stream of it.
    """

    name: str
    magic: bytes
    opened: Callable[[], _Decompressor]


COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", _Inflater),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\0", _xz),
    Compression("zstd", b"\x28\xb5\x2f\xfd", _zstd),
)
_ERRORS = (zlib.error, lzma.LZMAError, ZstdError, OSError, EOFError, ValueError)


def bomb(name: str, given: int, stored: int) -> str | None:
    """Say that a file is a bomb; None where it is none.

    Parameters
    ----------
    name, given, stored
        Its compression, and how many bytes it has given for how many stored ones.
    """
    if given > max(BOMB_FROM, MOST_RATIO * stored):
        return f"the {name} decompresses to more than {MOST_RATIO:,} times its size"
    return None


class Decompressed(io.RawIOBase):
    """The plain bytes of a file of one or more streams of a compression, up to any damage.

    Parameters
    ----------
    packed, stored, compression
        The compressed bytes, the file that they come from, and how they are compressed.

    Attributes
    ----------
    damage
        Why they ended early; None where they did not (yet).
    """

    def __init__(self, packed: io.RawIOBase, stored: Stored, compression: Compression) -> None:
        self.damage: str | None = None
        self._packed, self._stored = packed, stored
        self._compression = compression
        self._inner = compression.opened()
        self._begun = False
        self._input = b""
        self._given = 0

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See `io.RawIOBase`."""
        with memoryview(buffer).cast("B") as view:
            data = self._next(len(view))
            view[: len(data)] = data
            self._given += len(data)
            bombs = bomb(self._compression.name, self._given, self._stored.position)
            self.damage = self.damage or bombs
            return len(data)

    def close(self) -> None:
        """Close the file."""
        self._stored.close()
        super().close()

    def _next(self, count: int) -> bytes:
        while self.damage is None:
            if not self._input and (not self._begun or self._inner.needs_input):
                self._input = self._packed.read(CHUNK) or b""
                if not self._input:
                    if self._begun:
                        self.damage = f"the {self._compression.name} breaks off in the middle"
                    return b""
            if not self._begun:
                # Zeros may pad the end: tapes and block devices.
                self._input = self._input.lstrip(b"\0")
                if not self._input:
                    continue
                self._begun = True
            data = self._decompress(count)
            if data:
                return data
        return b""

    def _decompress(self, count: int) -> bytes:
        given, self._input = self._input, b""
        try:
            data = self._inner.decompress(given, count)
        except MemoryError:
            self.damage = f"the {self._compression.name} asks for too much memory"
        except _ERRORS as error:
            self.damage = f"the {self._compression.name} {_what(error)}"
        else:
            if self._inner.eof:
                self._input = self._inner.unused_data
                self._inner, self._begun = self._compression.opened(), False
            return data
        return b""


def _what(error: Exception) -> str:
    text = str(error).lower()
    if "memory" in text or "window" in text:
        return "asks for too much memory"
    return "is damaged"
