"""The format "arf": feedback reports of mailbox providers (RFC 5965), as complaints.

A report is a mail of three parts: words for people, fields for machines, and the mail that the
complaint is about. From the last part, only header fields that the source's table names are read;
no words of it leave this module, not even in a reject's detail.

===========  ===============================================================================
event_time   ``Date`` of the report, when it was filed; failing that, its ``Arrival-Date``
occurred_at  ``Arrival-Date`` (or ``Received-Date``): when the mail came
sender       ``Reported-Domain``, or the domain in the field that the table's ``sender`` names
count        ``Incidents``
kind         ``fraud`` for a Feedback-Type of fraud, ``illegal`` for virus, else the source's
reporter     ``Original-Rcpt-To``, as a keyed hash
event_id     ``Message-ID`` of the report, if it has a proper one
===========  ===============================================================================

A field that the table names is looked up among the report's fields, and then in the header of the
mail that the complaint is about (``sender = "From"``); ``time`` and ``event_id`` in the header of
the report instead. A Feedback-Type of not-spam takes a complaint back, and auth-failure is about
forged mail: neither is a complaint.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesHeaderParser

from streams.items import ComplaintKind, Skipped, name_problem
from streams.sources.files.input_file import LARGEST_RECORD, InputFile
from streams.sources.formats.format import Columns, Field, Format, Headers, Values
from streams.sources.mapping.mapper import Mapper
from streams.sources.rejects import Undecodable

_IN_REPORT_HEADER: tuple[Field, ...] = ("time", "event_id")
_KINDS: dict[str, ComplaintKind] = {"fraud": "fraud", "virus": "illegal"}
_NO_COMPLAINT = ("not-spam", "auth-failure")

_LONGEST_FIELD = 1000
"""Longer fields are not read: email's parsers take quadratic time over some of them."""

_LONGEST_HEADER = 65_536
"""Bytes of a header that are read: who sends spam writes the header of the mail, of any length."""

_LONGEST_PART_HEADER = 8_192
"""The same of a part, whose header says no more than what it holds."""

_MOST_PARTS = 16
"""Parts of a report that are looked at; it has three."""

_YEAR_0 = re.compile(r"(?<![-+:\d])0\d{3}(?!\d)", re.ASCII)
"""Years that email would read as 2000 and later: it takes years under 100 for two digits."""

_HEADER_END = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")

_MBOX_START = b"From "
_IN_ANGLES = re.compile(r"@([^<>@\s]+)>\s*$")
_FIELD_NAME = re.compile(r"[!-9;-~]+")
_AFTER_AT = re.compile(r"@([^<>@\s,;()]+)")


class ArfFile:
    """The reports of a file of mail; see `streams.sources.formats.format.RecordReader`."""

    def __init__(self, file: InputFile, _: Columns) -> None:
        self._file = file
        self._record = b""

    def __iter__(self) -> Iterator[bytes]:
        """Yield each report."""
        for raw in messages(self._file):
            self._record = raw
            yield raw

    def raw(self) -> bytes:
        """Return the report yielded last."""
        return self._record


class ArfRecords:
    """Decodes reports; see `streams.sources.formats.format.RecordDecoder`."""

    def __init__(self, columns: Columns) -> None:
        self._mapper = Mapper(columns, _find)

    def items(self, value: bytes, headers: Headers) -> list[Values | Skipped]:
        """Return the values of the one report."""
        if b":" not in value:
            raise Undecodable("not_a_report", "a record must be mail; found no header")
        try:
            return [self._mapper.values(_FeedbackReport(value))]
        except Undecodable:
            raise
        except Exception:  # email's parsers raise what they like on what is no mail
            raise Undecodable("not_a_report", "a record must be mail; found none") from None


def _find(name: str, field: Field | None) -> Callable[[_FeedbackReport], str | None]:
    return lambda report: _value(report, field, name)


def _value(report: _FeedbackReport, field: Field | None, name: str) -> str | None:
    if field == "kind":
        return report.kind
    text = report.field(name, in_report_header=field in _IN_REPORT_HEADER)
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


def messages(file: InputFile) -> Iterator[bytes]:
    """Yield each message of a file; one of over `LARGEST_RECORD` bytes is cut soon after them.

    A file whose first line begins with ``From`` and a blank is an mbox: in it, every such line
    after an empty one begins a message. The last, broken message of a damaged file is left in
    `file.cut`.
    """
    lines: list[bytes] = []
    size = 0
    is_mbox: bool | None = None
    after_blank = True
    for line in file.lines():
        blank = not line.strip()
        if is_mbox is None:
            if blank:
                continue
            is_mbox = line.startswith(_MBOX_START)
        if is_mbox and after_blank and line.startswith(_MBOX_START):
            if lines:
                yield b"".join(lines)
            lines, size = [], 0
        elif size <= LARGEST_RECORD:
            lines.append(line)
            size += len(line)
        after_blank = blank
    if file.damage is not None:
        file.cut = b"".join([*lines, file.cut])
    elif lines:
        yield b"".join(lines)


class _FeedbackReport:
    """One report: its header, its fields, and the header of the mail that it is about."""

    def __init__(self, raw: bytes) -> None:
        self._header = _parse(raw)
        parts = [_parse(part, _LONGEST_PART_HEADER) for part in _parts(self._header)]
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

    def field(self, name: str, *, in_report_header: bool = False) -> str | None:
        """Return a field's text on one line; None where the field is missing or empty."""
        second = self._header if in_report_header else self._original
        for header in (self._fields, second):
            value = None if header is None else header.get(name)
            if value is not None and len(text := str(value)) <= _LONGEST_FIELD:
                return " ".join(text.split()) or None
        return None


def _parse(raw: bytes, longest: int = _LONGEST_HEADER) -> Message:
    """Read a header, up to `longest` bytes of it; what follows the header is the payload."""
    end = _HEADER_END.search(raw)
    head, rest = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
    message = BytesHeaderParser().parsebytes(head[:longest])
    # What follows a line that belongs in no header is payload too.
    stray = message.get_payload()
    text = rest.decode("ascii", "surrogateescape")
    message.set_payload(f"{stray}\n\n{text}" if stray else text)
    return message


def _type(part: Message) -> str:
    return part.get_content_type() if len(str(part.get("content-type", ""))) <= 1000 else ""


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _parts(report: Message) -> list[bytes]:
    """Split a multipart's body; email's own parser would also parse what is nested inside."""
    boundary = report.get_boundary() if _type(report).startswith("multipart/") else None
    if not boundary:
        return []
    name = re.escape(boundary.encode("ascii", "surrogateescape"))
    delimiter = re.compile(rb"(?:\A|(?<=[\r\n]))--%s(--)?[ \t\v\f]*(?:\r\n|\r|\n|\Z)" % name)
    body = _body(report)
    parts: list[bytes] = []
    start: int | None = None
    for found in delimiter.finditer(body):
        if start is not None:
            parts.append(body[start : found.start()])
        if found[1] or len(parts) == _MOST_PARTS:
            return parts
        start = found.end()
    return parts if start is None else [*parts, body[start:]]


def _rfc3339(field: str, date: str) -> str:
    try:
        if _YEAR_0.search(date):
            raise ValueError
        time = email.utils.parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Undecodable(
            "bad_time", f"{field} must be a date of mail (RFC 5322); found something else"
        ) from None
    # "-0000" is UTC too; it says that the zone of the clock is not known.
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


def field_problem(name: str) -> str | None:
    """Say why no mail has a header field of this name; None where one can.

    Examples
    --------
    >>> field_problem("Original-Rcpt-To")
    >>> field_problem("From:")
    "must be a header field's name: ASCII without blanks and colons"
    """
    if _FIELD_NAME.fullmatch(name) is None:
        return "must be a header field's name: ASCII without blanks and colons"
    return None


ARF = Format(
    name="arf",
    summary="feedback reports of mailbox providers (RFC 5965): one mail, or an mbox",
    kinds=("complaint",),
    channel="email",
    fields={
        "time": "Date",
        "sender": "Reported-Domain",
        "event_id": "Message-ID",
        "count": "Incidents",
        "occurred_at": "Arrival-Date",
        "reporter": "Original-Rcpt-To",
        "kind": "Feedback-Type",
    },
    required=(),
    places="header fields",
    holds_people=True,
    reader=ArfFile,
    record=ArfRecords,
    place_problem=field_problem,
)
