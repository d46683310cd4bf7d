"""The format "arf": feedback reports of mailbox providers (RFC 5965), as complaints.

A report is a mail: words for people, fields for machines, and the mail that the complaint is about.
Of all this, only header fields that the source's table names are read; no words leave
`streams.sources.mail`, not even in a reject's detail.

===========  ===============================================================================
event_time   ``Date`` of the report, when it was filed; failing that, its topmost ``Received``,
             the line by which an mbox begins it, its ``Arrival-Date``
occurred_at  ``Arrival-Date`` (or ``Received-Date``): when the mail came
sender       the domain in ``From`` of the mail; failing that, in ``Original-Mail-From``;
             failing that, ``Reported-Domain``, if it is one, and no recipient's
count        ``Incidents``
kind         ``fraud`` for a Feedback-Type of fraud, ``illegal`` for virus, else the source's
reporter     ``Original-Rcpt-To``, or Microsoft's ``X-HmXmrOriginalRecipient``, as a keyed hash
event_id     ``Message-ID`` of the report, if it has a proper one
===========  ===============================================================================

A field that the table names is looked up among the report's fields, and then in the header of the
mail that the complaint is about; ``time`` and ``event_id`` first in the header of the report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from streams.items import Skipped, name_problem
from streams.sources.files.input_file import InputFile
from streams.sources.formats.format import Columns, Field, Format, Headers, Values
from streams.sources.mail.mailbox import messages
from streams.sources.mail.report import KINDS, Report
from streams.sources.mapping.mapper import Mapper

_FIELD_NAME = re.compile(r"[!-9;-~]+")


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
        return [self._mapper.values(Report(value))]


def _find(name: str, field: Field | None) -> Callable[[Report], str | None]:
    if field is None:  # a condition: reports that are no complaints may be skipped by it
        return lambda report: report.kind(name)
    return lambda report: _value(report.complaint(), field, name)


def _value(report: Report, field: Field, name: str) -> str | None:
    match field:
        case "time":
            return report.time(name)
        case "occurred_at":
            return report.occurred_at(name)
        case "sender":
            return report.sender(name)
        case "reporter":
            return report.reporter(name)
        case "event_id":
            return _proper(report.event_id(name))
        case "kind":
            return report.kind(name)
        case _:
            return report.text(name)


def _proper(event_id: str | None) -> str | None:
    return event_id if event_id is not None and name_problem(event_id) is None else None


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
    summary="feedback reports of mailbox providers (RFC 5965): mail, an mbox, a Maildir",
    kinds=("complaint",),
    channel="email",
    fields={
        "time": "Date",
        "sender": ("From", "Original-Mail-From", "Reported-Domain"),
        "event_id": "Message-ID",
        "count": "Incidents",
        "occurred_at": "Arrival-Date",
        "reporter": ("Original-Rcpt-To", "X-HmXmrOriginalRecipient"),
        "kind": "Feedback-Type",
    },
    required=(),
    places="header fields",
    holds_people=True,
    binary=True,
    reads_folders=True,
    reader=ArfFile,
    record=ArfRecords,
    kinds_by_text=KINDS,
    place_problem=field_problem,
)
