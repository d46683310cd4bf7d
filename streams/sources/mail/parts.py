"""The parts of a multipart mail, as bytes.

email's own parser would also parse what is nested inside; here a mail within the mail stays one
part, since who wrote it is the one who is complained about.
"""

from __future__ import annotations

import binascii
import quopri
import re
from typing import NamedTuple

from streams.sources.mail.header import Header

_MOST = 16
"""Parts of a mail that are looked at; a report has three."""

_LONGEST_HEADER = 8_192
"""Bytes of a part's header that are read: it says no more than what the part holds."""

_DEEPEST = 3
"""Multiparts within multiparts: mailing lists and virus scanners put one around another."""

_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


class BodyPart(NamedTuple):
    """A part: its content type, and its content as it was before it was encoded for transport."""

    type: str
    content: bytes


def parts_of(header: Header, body: bytes) -> list[BodyPart]:
    """Return the parts of a mail, those of multiparts within it too, `_MOST` at most."""
    found: list[BodyPart] = []
    _add(found, header, body, 1)
    return found


def _add(found: list[BodyPart], header: Header, body: bytes, depth: int) -> None:
    for raw in _split(header, body):
        if len(found) >= _MOST:
            return
        inner, content = Header.split(raw, _LONGEST_HEADER)
        if inner.type().startswith("multipart/") and depth < _DEEPEST:
            _add(found, inner, content, depth + 1)
        else:
            found.append(BodyPart(inner.type(), decoded(inner, content)))


def decoded(header: Header, body: bytes) -> bytes:
    """Return a body without the encoding for transport that the header names, as far as it goes."""
    match (header.first("Content-Transfer-Encoding") or "").lower():
        case "base64":
            letters = _NO_BASE64.sub(b"", body)
            if len(letters) % 4 == 1:  # one letter alone is not a byte
                letters = letters[:-1]
            try:
                return binascii.a2b_base64(letters + b"==")
            except binascii.Error:
                return b""
        case "quoted-printable":
            return quopri.decodestring(body)
        case _:
            return body


def _split(header: Header, body: bytes) -> list[bytes]:
    boundary = header.boundary() if header.type().startswith("multipart/") else None
    if not boundary:
        return []
    delimiter = re.compile(
        rb"(?:\A|(?<=[\r\n]))--%s(--)?[ \t\v\f]*(?:\r\n|\r|\n|\Z)" % re.escape(boundary)
    )
    parts: list[bytes] = []
    start: int | None = None
    for found in delimiter.finditer(body):
        if start is not None:
            parts.append(body[start : found.start()])
        if found[1] or len(parts) == _MOST:
            return parts
        start = found.end()
    return parts if start is None else [*parts, body[start:]]
