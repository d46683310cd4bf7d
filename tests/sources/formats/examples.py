"""A record of each format that names a person: one for each line of the table of formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.sources.files import DATA

_FTC_HEADER = (DATA / "ftc_2021-07.csv").read_bytes().split(b"\n")[0] + b"\n"


class Example(NamedTuple):
    """Files of a format that name people.

    Attributes
    ----------
    table
        A source's table that maps a person's field.
    header
        What stands before the records.
    record
        Makes a record from a person.
    """

    table: dict[str, Any]
    header: bytes
    record: Callable[[str], str]


EXAMPLES = {
    "json": Example(
        {"kind": "send", "time": "t", "sender": "s", "recipient": "to"},
        b"",
        lambda person: f'{{"t": "2026-07-03", "s": "shop", "to": "{person}"}}\n',
    ),
    "csv": Example(
        {"kind": "complaint", "time": "t", "sender": "s", "reporter": "who"},
        b"t,s,who\n",
        lambda person: f"2026-07-03,shop,{person}\n",
    ),
    "ftc": Example(
        {"kind": "complaint", "reporter": "Consumer_City"},
        _FTC_HEADER,
        lambda person: f"2025550100,2021-07-08 00:00:22,2021-07-07,{person},Ohio,303,Other,Y\n",
    ),
    "arf": Example(
        {"kind": "complaint"},
        b"",
        lambda person: (
            "From mailbox\nDate: Fri, 03 Jul 2026 12:00:00 +0000\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
            f"--b\n\nDear {person}\n--b\nContent-Type: message/feedback-report\n\n"
            "Feedback-Type: abuse\nReported-Domain: shop.example\n"
            f"Original-Rcpt-To: <{person}>\n\n--b--\n\n"
        ),
    ),
}
"""One for each line of the table: a new format brings its own."""
