"""The encodings of files: told by their first bytes, or named by ``encoding``; read as UTF-8.

A mark at the beginning is certain, and so is UTF-16 whose every second byte is zero. Other
encodings are not told from each other by a program: GB18030 reads nearly any bytes. So they are
named by a person, to whom an error shows what the bytes would say.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

UTF_8 = "utf-8"
LOOKED_AT = 4096
"""Bytes by which an encoding is told."""

_MARKS = (
    (b"\xef\xbb\xbf", UTF_8),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
"""Read as the encoding that has all its characters, and those that its files hold all the same."""

_NO_FILES = ("utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "hz", "charmap")
_GUESSES = ("gb18030", "big5", "cp932", "cp949", "cp1252")
_ASCII = bytes(range(32, 127))
_CHUNK = 1 << 16
_BAD = "\udcff"
"""Stands for bytes that the encoding does not have: in UTF-8 it is a byte that is none either."""


class Detected(NamedTuple):
    """What the first bytes of a file say.

    Attributes
    ----------
    encoding
        The name of Python's codec.
    mark
        How many bytes its mark has.
    """

    encoding: str
    mark: int = 0


def detected(head: bytes) -> Detected | None:
    r"""Tell an encoding from the first bytes; None where they do not say.

    Examples
    --------
    >>> detected("t,s".encode("utf-16-be")), detected(b"\xef\xbb\xbft,s"), detected(b"t,s")
    (Detected(encoding='utf-16-be', mark=0), Detected(encoding='utf-8', mark=3), None)
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return Detected(encoding, len(mark))
    head = head[: len(head) & ~1]
    high, low = head[::2].count(0), head[1::2].count(0)
    if 8 * max(high, low) >= len(head) // 2 and max(high, low) > 1 and min(high, low) == 0:
        return Detected("utf-16-be" if high else "utf-16-le")
    return None


def encoding_problem(name: str) -> str | None:
    """Say why files have no encoding of this name; None where they may have.

    Examples
    --------
    >>> encoding_problem("GB18030"), encoding_problem("utf-16"), encoding_problem("cp1252")
    (None, None, None)
    >>> encoding_problem("base64")
    'must be the name of an encoding, such as "gb18030", "utf-16" or "windows-1252"'
    """
    try:
        codec = codecs.lookup(name)
        if codec.name.replace("-", "_") in _NO_FILES:
            raise LookupError
        if not codec.name.startswith(("utf-16", "utf-32")) and _ASCII.decode(name) != str(
            _ASCII, "ascii"
        ):
            raise LookupError
    except (LookupError, ValueError, TypeError):
        return 'must be the name of an encoding, such as "gb18030", "utf-16" or "windows-1252"'
    return None


def codec_of(name: str) -> str:
    """Return the codec by which an encoding is read.

    Examples
    --------
    >>> codec_of("GB2312"), codec_of("UTF8")
    ('gb18030', 'utf-8')
    """
    found = codecs.lookup(name).name
    return _WIDER.get(found, UTF_8 if found == "utf-8-sig" else found)


def guess(text: bytes, wanted: Iterable[str]) -> tuple[str, str] | None:
    """Return the encoding in which a header holds a wanted name, and what it says in it.

    Examples
    --------
    >>> guess("时间,签名".encode("gbk"), ["签名"])
    ('gb18030', '时间,签名')
    """
    names = [name for name in wanted if not name.isascii()]
    for encoding in _GUESSES:
        try:
            found = text.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(name in found for name in names):
            return encoding, found
    return None


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BAD, max(error.end, error.start + 1)


codecs.register_error("weathervane.bad", _replace)


class Transcoded(io.RawIOBase):
    """Bytes of an encoding as UTF-8; a byte 0xFF, which is none, where they are not of it."""

    def __init__(self, inner: io.RawIOBase, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("weathervane.bad")
        self._ready = b""
        self._at = 0
        self._ended = False

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See `io.RawIOBase`."""
        while self._at == len(self._ready) and not self._ended:
            data = self._inner.read(_CHUNK) or b""
            self._ended = not data
            text = self._decoder.decode(data, final=self._ended)
            self._ready, self._at = text.encode("utf-8", "surrogateescape"), 0
        with memoryview(buffer).cast("B") as view:
            data = self._ready[self._at : self._at + len(view)]
            self._at += len(data)
            view[: len(data)] = data
            return len(data)

    def close(self) -> None:
        """Close what it reads from."""
        self._inner.close()
        super().close()
