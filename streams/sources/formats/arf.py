"""Feedback reports of mailbox providers (ARF, RFC 5965) to complaints.

A report is mail of three parts: words for people, fields for machines, and the mail that
was complained about. Of that last only header fields are read, and only those that the
source's table names; no words of it go anywhere, not into a reject's detail either.

===========  ===============================================================================
event_time   ``Date`` of the report, when it was filed; failing that, its ``Arrival-Date``
occurred_at  ``Arrival-Date`` (or ``Received-Date``): when the mail came
sender       ``Reported-Domain``, or the domain in the field that the table's ``sender`` names
count        ``Incidents``
kind         ``fraud`` for a Feedback-Type of fraud, ``illegal`` for virus, else the source's
reporter     ``Original-Rcpt-To``, as a keyed hash
event_id     ``Message-ID`` of the report, if it has a proper one
===========  ===============================================================================

What the table names is looked for among the report's fields and then in the header of the
mail complained about (``sender = "From"``), for ``time`` and ``event_id`` in the header
of the report. A Feedback-Type of not-spam takes a complaint back, and auth-failure is
about forged mail: neither is a complaint.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser

from streams.config.sources import Source
from streams.items import Complaint, ComplaintKind, Send
from streams.sources.assemble import FIELDS, Assembler, Clock, Field, Row, mapped_fields, reject
from streams.sources.decode import Undecodable
from streams.sources.formats.mbox import messages
from streams.sources.input_file import LARGEST_RECORD, InputFile
from streams.sources.names import name_problem

_DEFAULTS: dict[Field, str] = {
    "time": "Date",
    "sender": "Reported-Domain",
    "event_id": "Message-ID",
    "count": "Incidents",
    "occurred_at": "Arrival-Date",
    "reporter": "Original-Rcpt-To",
}
_OF_THE_REPORT: tuple[Field, ...] = ("time", "event_id")
_KINDS: dict[str, ComplaintKind] = {"fraud": "fraud", "virus": "illegal"}
_NO_COMPLAINT = ("not-spam", "auth-failure")

_LONGEST_FIELD = 1000
"""Longer ones are left unread: email's parsers take quadratic time over some."""

_YEAR_0 = re.compile(r"(?<![-+:\d])0\d{3}(?!\d)", re.ASCII)
"""Which email takes for 2000: it reads years under 100 as of two digits."""

_IN_ANGLES = re.compile(r"@([^<>@\s]+)>\s*$")
_AFTER_AT = re.compile(r"@([^<>@\s,;()]+)")


class ArfReports:
    """The reports of a file, as complaints and rejects.

    Parameters
    ----------
    source, file, hash_key, clock
        See `streams.sources.read.open_records`.
    """

    def __init__(
        self, source: Source, file: InputFile, hash_key: bytes | None, clock: Clock | None = None
    ) -> None:
        self._file = file
        named: dict[Field, str] = {**_DEFAULTS, **mapped_fields(source)}
        self._names = {field: named[field] for field in FIELDS if field in named}
        self._assembler = Assembler(source, file.name, list(self._names), hash_key, clock)

    def __iter__(self) -> Iterator[Row]:
        """Yield a complaint or a reject for every message."""
        for number, raw in enumerate(messages(self._file), 1):
            try:
                yield self._complaint(number, raw)
            except Undecodable as error:
                yield reject(error, self._file.name, number, raw)

    def _complaint(self, number: int, raw: bytes) -> Send | Complaint:
        if len(raw) > LARGEST_RECORD:
            raise Undecodable("too_big", f"a report must be at most {LARGEST_RECORD} bytes")
        try:
            report = _Report(raw)
            values = tuple(self._value(report, *item) for item in self._names.items())
        except Undecodable:
            raise
        except Exception:  # email's parsers raise what they like on what is no mail
            raise Undecodable("not_a_report", "a record must be mail; found none") from None
        return self._assembler.event(number, values, kind=report.kind)

    def _value(self, report: _Report, field: Field, name: str) -> str | None:
        text = report.field(name, of_the_report=field in _OF_THE_REPORT)
        if field == "time" and text is None:
            text = report.field("Arrival-Date") or report.field("Received-Date")
        if field == "occurred_at" and text is None:
            text = report.field("Received-Date")
        if text is None:
            return None
        if field in ("time", "occurred_at"):
            return _rfc3339(field, text)
        if field == "sender":
            return _domain(text)
        if field == "event_id":
            text = text.strip("<> ")
            return text if name_problem(text) is None else None
        return text.strip("<> ").lower() if field == "reporter" else text


class _Report:
    """One report: its own header, its fields, and the header of the mail reported."""

    def __init__(self, raw: bytes) -> None:
        self._header = _parse(raw)
        parts = [_parse(part) for part in _parts(self._header)]
        fields = next((p for p in parts if _type(p) == "message/feedback-report"), None)
        if fields is None:
            raise Undecodable(
                "not_a_report", "a record must be mail with a part message/feedback-report"
            )
        self._fields = _parse(_body(fields))
        mail = (p for p in parts if _type(p) in ("message/rfc822", "text/rfc822-headers"))
        original = next(mail, None)
        self._original = None if original is None else _parse(_body(original))
        kind = self.field("Feedback-Type")
        if kind is None:
            raise Undecodable("missing", "Feedback-Type must be given; found nothing")
        if kind.lower() in _NO_COMPLAINT:
            raise Undecodable("not_a_complaint", f"a report of {kind.lower()} is no complaint")
        self.kind = _KINDS.get(kind.lower())

    def field(self, name: str, *, of_the_report: bool = False) -> str | None:
        """Return a field's text on one line; None where it is nowhere, or empty."""
        elsewhere = self._header if of_the_report else self._original
        for header in (self._fields, elsewhere):
            value = None if header is None else header.get(name)
            if value is not None and len(text := str(value)) <= _LONGEST_FIELD:
                return " ".join(text.split()) or None
        return None


def _parse(raw: bytes) -> Message:
    return BytesHeaderParser().parsebytes(raw)


def _type(part: Message) -> str:
    return part.get_content_type() if len(str(part.get("content-type", ""))) <= 1000 else ""


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _parts(report: Message) -> list[bytes]:
    """Split a multipart's body. Not by email's parser, which goes on into what is nested."""
    boundary = report.get_boundary() if _type(report).startswith("multipart/") else None
    if not boundary:
        return []
    delimiter = b"--" + boundary.encode("ascii", "surrogateescape")
    parts: list[list[bytes]] = []
    for line in _body(report).splitlines(keepends=True):
        if line.startswith(delimiter):
            rest = line[len(delimiter) :].rstrip()
            if rest == b"--":
                break
            if not rest:
                parts.append([])
                continue
        if parts:
            parts[-1].append(line)
    return [b"".join(part) for part in parts]


def _rfc3339(field: str, date: str) -> str:
    try:
        if _YEAR_0.search(date):
            raise ValueError
        time = email.utils.parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Undecodable(
            "bad_time", f"{field} must be a date of mail (RFC 5322); found something else"
        ) from None
    # "-0000" is UTC too; it says that nobody knows the clock's own zone.
    return time.isoformat() if time.tzinfo is not None else f"{time.isoformat()}Z"


def _domain(text: str) -> str:
    """Return the domain in an address, or the text where it is none.

    Examples
    --------
    >>> _domain('"a@b.example" <Shop@Mail.Example>')
    'mail.example'
    >>> _domain("Mail.Example.")
    'mail.example'
    """
    match = _IN_ANGLES.search(text) or _AFTER_AT.search(text)
    return (match[1] if match else text).strip("<> ").rstrip(".").lower()
