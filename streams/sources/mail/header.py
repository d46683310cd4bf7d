"""The header of a mail or of one of its parts, as far as it can be read.

Feedback reports come from many programs, and quote headers that spammers wrote. So nothing here
raises, and all work is bounded: a header is read up to a limit, and a field too long is no field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import Self

LONGEST_HEADER = 65_536
"""Bytes of a header that are read: who sends spam writes the header of the mail, of any length."""

LONGEST_FIELD = 1000
"""Longer fields are not read: email's parsers take quadratic time over some of them."""

_END = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))[ \t]{0,80}(?:\r\n|\n|\r)(?![ \t])")
"""An empty line, or one of blanks: some programs save mail with them. If the next line goes on with
a field, blanks are a part of that."""

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)


class Header:
    r"""The fields of a header, in their order.

    A line that is neither a field nor the rest of one is left out, such as the line ``From ...`` of
    a mailbox that some providers leave before the mail which they report. After a semicolon it is
    the rest of the field: some programs break parameters without a blank.

    Examples
    --------
    >>> header = Header(b"From x\nA: one\n  two\nContent-Type: a/b;\nboundary=c\na: three")
    >>> header.first("a"), header.all("A"), header.first("b")
    ('one two', ['one two', 'three'], None)
    >>> header.boundary()
    b'c'
    """

    def __init__(self, raw: bytes) -> None:
        self._fields: list[tuple[str, list[bytes]]] = []
        for line in raw.splitlines():
            if line[:1] in (b" ", b"\t"):
                if self._fields:
                    self._fields[-1][1].append(line)
            elif (field := _FIELD.match(line)) is not None:
                self._fields.append((field[1].decode("ascii").lower(), [field[2]]))
            elif self._fields and self._fields[-1][1][-1].rstrip().endswith(b";"):
                self._fields[-1][1].append(line)

    @classmethod
    def split(cls, raw: bytes, longest: int = LONGEST_HEADER) -> tuple[Self, bytes]:
        """Return the header of a mail or part, of which `longest` bytes are read, and its body."""
        end = _END.search(raw)
        head, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
        return cls(head[:longest]), body

    def __contains__(self, name: str) -> bool:
        return any(field == name.lower() for field, _ in self._fields)

    def all(self, name: str) -> list[str]:
        """Return the texts of all fields of a name, each on one line; empty ones are left out."""
        return [text for text in map(_text, self._of(name)) if text]

    def first(self, name: str) -> str | None:
        """Return the text of the first field of a name that has one."""
        return next((text for text in map(_text, self._of(name)) if text), None)

    def after(self, mark: str, name: str) -> str | None:
        """Return the text of the first field of a name that stands below the field `mark`."""
        names = [field for field, _ in self._fields]
        start = names.index(mark.lower()) if mark.lower() in names else len(names)
        found = (pieces for field, pieces in self._fields[start:] if field == name.lower())
        return next((text for text in map(_text, found) if text), None)

    def before(self, mark: str, name: str) -> str | None:
        """Return the text of the first field of a name, if it stands above the field `mark`."""
        for field, pieces in self._fields:
            if field == mark.lower():
                return None
            if field == name.lower():
                return _text(pieces) or None
        return None

    def type(self) -> str:
        """Return the content type in lower case; empty where there is none to be read."""
        return (self.first("Content-Type") or "").partition(";")[0].strip().lower()

    def boundary(self) -> bytes | None:
        """Return what stands between the parts of a multipart."""
        message = Message()
        message["Content-Type"] = self.first("Content-Type") or ""
        try:
            return (message.get_boundary() or "").encode("utf-8", "surrogateescape") or None
        except Exception:  # email's parser raises what it likes on parameters that are none
            return None

    def _of(self, name: str) -> Iterator[list[bytes]]:
        return (pieces for field, pieces in self._fields if field == name.lower())


def _text(pieces: list[bytes]) -> str:
    """Return a field's text on one line, in UTF-8 as far as it is; empty where it is too long."""
    if sum(map(len, pieces)) > 4 * LONGEST_FIELD:
        return ""
    text = " ".join(b" ".join(pieces).decode("utf-8", "surrogateescape").split())
    return text if len(text) <= LONGEST_FIELD else ""
