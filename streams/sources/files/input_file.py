"""A file of any size, of any compression and encoding, as lines in UTF-8 and constant memory.

No content of a file raises an error once it is open: one that breaks off ends the lines early, and
`damage` says so. The rest of a broken line is not yielded: half a number is another number.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

from streams.sources.files import encoding as encodings
from streams.sources.files import foreign
from streams.sources.files.compression import CHUNK, COMPRESSIONS, Decompressed
from streams.sources.files.stored import Peekable, Stored, Unopenable
from streams.sources.files.unzipped import MAGIC as ZIP
from streams.sources.files.unzipped import NotOneFile, Unzipped

__all__ = ["LARGEST_RECORD", "LONGEST_LINE", "InputFile", "Unopenable"]

LARGEST_RECORD = 1_048_576
"""A larger record is a reject: by default, Kafka's brokers refuse it too."""

LONGEST_LINE = LARGEST_RECORD + 3
"""Only so much of a longer line is kept: enough to see that it is too long."""

_LONGEST_NAME = 120

_FLAGS = re.compile(r":2,[A-Za-z]*\Z")
"""What a Maildir appends to a file's name when its mail has been seen: it is the same mail."""


class InputFile:
    """An open file, or standard input.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.
    encoding
        Its encoding; None for UTF-8. A mark at its beginning says more.
    setting
        The key of the configuration that names the encoding, for messages.
    binary
        Whether its records are bytes and no text: no encoding is looked for.

    Attributes
    ----------
    name
        What rejects and made-up event ids call it: the last component of its path, as far as that
        can be part of an id.
    bytes_total
        Its size as stored; None where that is not known beforehand.
    encoding
        The codec by which it is read.
    notes
        What was met, and read as what it is: a sentence each.
    cut
        What followed the last complete line of a damaged file.

    Raises
    ------
    Unopenable
        Where the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        encoding: str | None = None,
        setting: str = "encoding",
        *,
        binary: bool = False,
    ) -> None:
        self.path = path
        self.name = _printable(path.name)
        self.cut = b""
        self.notes: list[str] = []
        self._stored = Stored(path)
        self.bytes_total = self._stored.size
        self._unpacked: Decompressed | Unzipped | None = None
        try:
            plain = self._plain()
            self.encoding = encodings.UTF_8
            if not binary:
                self.encoding = self._encoding_of(plain, encoding, setting)
        except BaseException:
            self._stored.close()
            raise
        raw: io.RawIOBase = plain
        if self.encoding != encodings.UTF_8:
            raw = encodings.Transcoded(plain, self.encoding)
        self._buffered = io.BufferedReader(raw, CHUNK)

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, as stored."""
        return self._stored.position

    @property
    def damage(self) -> str | None:
        """Why the file ended early; None where it did not (yet)."""
        inner = None if self._unpacked is None else self._unpacked.damage
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

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end."""
        return self._buffered.read(size)

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._buffered.close()

    def _plain(self) -> Peekable:
        """Return the bytes without compression."""
        # Kept: a peekable file that nobody holds closes what it reads.
        stored = self._packed = Peekable(self._stored)
        head = stored.peek(foreign.LOOKED_AT, b"\n")
        if head.startswith(ZIP):
            try:
                self._unpacked = Unzipped(self._stored)
            except NotOneFile as error:
                raise Unopenable(f"{self.path}: must be a file of records; {error}") from None
        for compression in COMPRESSIONS:
            if head.startswith(compression.magic):
                self._unpacked = Decompressed(stored, self._stored, compression)
        if self._unpacked is None:
            self._refuse_foreign(head)
            return stored
        plain = Peekable(self._unpacked)
        inner = plain.peek(foreign.LOOKED_AT, b"\n")
        again = [found.name for found in COMPRESSIONS if inner.startswith(found.magic)]
        if inner.startswith(ZIP):
            again = ["zip"]
        if again:
            raise Unopenable(
                f"{self.path}: must be compressed once; found {again[0]} inside: unpack it"
            )
        self._refuse_foreign(inner)
        return plain

    def _refuse_foreign(self, head: bytes) -> None:
        found = foreign.foreign(head)
        if found is not None:
            raise Unopenable(f"{self.path}: must be a file of records; {found}")

    def _encoding_of(self, plain: Peekable, named: str | None, setting: str) -> str:
        found = encodings.detected(plain.peek(encodings.LOOKED_AT, b"\n"))
        codec = encodings.UTF_8 if named is None else encodings.codec_of(named)
        if found is None:
            if codec in ("utf-16", "utf-32"):
                raise Unopenable(
                    f"{self.path}: must begin with a byte order mark where {setting} is"
                    f' "{named}"; found none: name "{named}-le" or "{named}-be"'
                )
            return codec
        plain.skip(found.mark)
        if found.encoding != codec and not found.encoding.startswith(f"{codec}-"):
            by = "its mark" if found.mark else "its zeros"
            self.notes.append(f"{self.path}: read as {found.encoding.upper()}, by {by}")
        return found.encoding

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
    text = "".join(c if c.isprintable() else "?" for c in _FLAGS.sub("", name))
    if len(text.encode()) <= _LONGEST_NAME:
        return text
    return f"{text[:25]}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"
