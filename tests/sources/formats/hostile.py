"""Files that are made to cost much time, for each line of the table of formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.sources.formats.examples import EXAMPLES

PIECES: tuple[bytes, ...] = (
    # Text, space, folds and line ends.
    *(b"a", b"a ", b" ", b"\n ", b"\n\t", b"\r", b"\n", b"\r\n", b"\x1c", b"\xe2\x80\xa8"),
    # Quotes, escapes and brackets; lines that open a quote for the next.
    *(
        b'"',
        b'""',
        b'\\"',
        b"\\",
        b'a","\n',
        b'a,"\n',
        b'\n"',
        b"'",
        b',"',
        b"(",
        b"()",
        b"\\u0041",
    ),
    *(
        b"[",
        b"{",
        b'{"a":',
        b"[],",
        b'{"a":[{}]},',
        b'"a":1,',
        b"\\ud83d\\ude00",
        b"<",
        b"<@",
        b">",
    ),
    # Separators, wide rows, many parameters.
    *(b",", b";", b":", b"@", b"; a=b", b"; a*0=b", b"; a*1*=%20", b'; a="', b"%", b"|", b"\t"),
    # Numbers and times.
    *(b"9", b"0.", b"-", b"1e9", b"0", b"2026-07-03 ", b"+08:00", b"1 Jan "),
    # Mail: boundaries, nested multiparts, headers, encoded words, mailboxes.
    *(b"--b\n", b"\n--b\n", b"--b\n\n", b"\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n"),
    *(b"Content-Type: message/feedback-report\n\n--b\n", b"a:b\n", b"Date: x\n", b"a:\n b\n"),
    *(b"=?utf-8?q?", b"=?utf-8?q?a?= ", b"=?utf-8?b?YQ==?=\n ", b"=\n", b"=3D", b"=?", b"?="),
    *(b"From \n\n", b"\nFrom x\n", b"\nbegin 644 x\n", b"@a.example ", b"<a@b>, "),
    # Unicode: combining marks, what grows when it is normalised, what is no UTF-8.
    *(b"e\xcc\x81", b"\xcc\x81\xcc\xa3", b"\xef\xb7\xba", b"\xe2\x80\xae", b"\xff", b"\x00"),
)
"""What a file may repeat."""

POSITIONS = 3
"""Places of a record at which each piece is tried."""


class Hostile(NamedTuple):
    """A file that repeats one piece at one place of a record.

    Attributes
    ----------
    piece
        What is repeated.
    before, after
        What of the record stands before and after it.
    """

    piece: bytes
    before: bytes
    after: bytes

    def content(self, size: int) -> bytes:
        """Return a file of about `size` bytes."""
        return self.before + self.piece * (size // len(self.piece)) + self.after


def hostile_files(name: str) -> Iterator[Hostile]:
    """Yield files of a format: each piece at places all over a record, and each of its lines."""
    example = EXAMPLES[name]
    record = example.record("13800138000").encode()
    places = [found.start() for found in re.finditer(rb"\b", record)] + [len(record)]
    for number, piece in enumerate(PIECES):
        # Other places for other pieces: together they are all places.
        step = max(1, len(places) // POSITIONS)
        for at in places[number % step :: step]:
            yield Hostile(piece, example.header + record[:at], record[at:])
    lines = record.splitlines(keepends=True)
    for number, line in enumerate(lines):
        start = example.header + b"".join(lines[:number])
        yield Hostile(line, start, b"".join(lines[number:]))
    yield Hostile(record, example.header, b"")
