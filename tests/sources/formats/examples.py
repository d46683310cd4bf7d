"""A record of each format that names a person: one for each line of the table of formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from streams.sources.schemas.decision import Decision
from streams.sources.schemas.table import MOST_DECISIONS, SchemaTable
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
    by_length
        Whether each record stands after its length: what changes that costs all that follow.
    """

    table: dict[str, Any]
    header: bytes
    record: Callable[[str], str]
    by_length: bool = False


REGISTRY = "http://127.0.0.1:9"
PROTO = 'syntax = "proto3"; message A { string t = 1; string s = 2; string to = 3; }'
AVRO = (
    '{"type":"record","name":"A","fields":[{"name":"t","type":"string"},'
    '{"name":"s","type":"string"},{"name":"to","type":"string"}]}'
)
_SYNC = "0123456789abcdef"


def decided() -> SchemaTable:
    """What is decided about schemas: nothing that is asked for is open."""
    table = SchemaTable()
    table.add(Decision(REGISTRY, "7", "PROTOBUF", PROTO))
    for number in range(MOST_DECISIONS):
        table.add(Decision("", str(number), problem="none"))
    return table


def _texts(*texts: str, of_avro: bool) -> str:
    """The fields of a record; their lengths are below 64."""
    if of_avro:
        return "".join(chr(2 * len(text)) + text for text in texts)
    return "".join(chr(8 * n + 2) + chr(len(text)) + text for n, text in enumerate(texts, 1))


def _avro(person: str) -> str:
    record = _texts("2026-07-03", "shop", person, of_avro=True)
    return f"\2{chr(2 * len(record))}{record}{_SYNC}"


def _protobuf(person: str) -> str:
    record = "\0\0\0\0\7\0" + _texts("2026-07-03", "shop", person, of_avro=False)
    return chr(len(record)) + record


EXAMPLES = {
    "json": Example(
        {"kind": "send", "time": "t", "sender": "s", "recipient": "to"},
        b"",
        lambda person: f'{{"t": "2026-07-03", "s": "shop", "to": "{person}"}}\n',
    ),
    "lines": Example(
        {
            "kind": "send",
            "time": "t",
            "sender": "s",
            "recipient": "to",
            "template": "{t} Sent [from:{s}] [to:{to}] [msg:",
        },
        b"",
        lambda person: f"2026-07-03 Sent [from:shop] [to:{person}] [msg:x]\n",
    ),
    "avro": Example(
        {"kind": "send", "time": "t", "sender": "s", "recipient": "to"},
        b"Obj\x01\x02\x16avro.schema"
        + bytes([2 * len(AVRO) & 0x7F | 0x80, 2 * len(AVRO) >> 7])
        + f"{AVRO}\0{_SYNC}".encode(),
        _avro,
    ),
    "protobuf": Example(
        {
            "kind": "send",
            "time": "t",
            "sender": "s",
            "recipient": "to",
            "schema_registry": {"url": REGISTRY},
        },
        b"",
        _protobuf,
        by_length=True,
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
