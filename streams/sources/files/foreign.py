"""Files of other programs, which no format reads as they are: what they are, and the remedy."""

from __future__ import annotations

from typing import NamedTuple


class Foreign(NamedTuple):
    """How a kind of file begins, what it is, and what to do with it."""

    magic: bytes
    what: str
    remedy: str
    at: int = 0


_UNPACK = "unpack it"
_EXPORT = "export it as CSV"
FOREIGN = (
    Foreign(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (xls)", "save it as CSV UTF-8"),
    Foreign(b"PAR1\x15", "a Parquet file", _EXPORT),
    Foreign(b"SQLite format 3\0", "an SQLite database", _EXPORT),
    Foreign(b"%PDF-", "a PDF", "ask for the data as CSV"),
    Foreign(b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    Foreign(b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    Foreign(b"\x04\x22\x4d\x18", "an lz4 file", _UNPACK),
    Foreign(b"\xff\x06\0\0sNaPpY", "a snappy file", _UNPACK),
    Foreign(b"LZIP", "an lzip file", _UNPACK),
    Foreign(b"\x1f\x9d", "a file of compress (.Z)", _UNPACK),
    Foreign(b"ustar", "a tar archive", "unpack it, and name the files in it", 257),
)
LOOKED_AT = 512
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<?xml")


def foreign(head: bytes) -> str | None:
    r"""Say what a file is that no format reads; None where it may be one of records.

    Examples
    --------
    >>> foreign(b"PAR1\x15\x04"), foreign(b"time,sender\\n")
    ('found a Parquet file: export it as CSV', None)
    """
    for kind in FOREIGN:
        if head[kind.at :].startswith(kind.magic):
            return f"found {kind.what}: {kind.remedy}"
    if head.lstrip()[:14].lower().startswith(_MARKUP):
        return "found HTML or XML: save the table in it as CSV"
    return None
