"""Files of garbage for each adapter: valid records, most of them bent."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from streams.config.sources import Source
from streams.sources.formats.ftc import KINDS
from tests.garbage.pieces import bent_bytes, bent_text, recoded
from tests.garbage.records import SENDERS, mutated
from tests.sources.files import source

T0_S = 1_783_036_800.0
_DATA = Path(__file__).parents[1] / "data"
_FTC_HEADER = (_DATA / "ftc_2021-07.csv").read_bytes().split(b"\n")[0] + b"\n"
_REPORTS = [
    b"From " + report
    for report in (_DATA / "feedback.mbox").read_bytes().removeprefix(b"From ").split(b"\nFrom ")
]


class Form(NamedTuple):
    """A source, and how a record of its files is made."""

    source: Source
    header: bytes
    record: Callable[[random.Random, int], bytes]


def _row(chance: random.Random, cells: list[str]) -> bytes:
    """A line of CSV: valid, or with cells, width, quotes, encoding or bytes changed."""
    fate = chance.random()
    if 0.15 <= fate < 0.6:
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(cells))
            cells[at] = bent_text(chance, cells[at])
    elif 0.6 <= fate < 0.7:
        cells = cells[: chance.randint(0, len(cells))] + cells[: chance.randint(0, 2)]
    text = io.StringIO()
    ends = chance.choice(("\n", "\r\n"))
    if chance.random() < 0.5:
        csv.writer(text, lineterminator=ends, quoting=csv.QUOTE_ALL).writerow(cells)
    else:
        csv.writer(text, lineterminator=ends).writerow(cells)
    line = text.getvalue().encode("utf-8", "surrogatepass")
    if 0.7 <= fate < 0.95:
        return bent_bytes(chance, line)
    return recoded(chance, line) if fate >= 0.95 else line


def _time(chance: random.Random, number: int, form: str) -> str:
    return dt.datetime.fromtimestamp(T0_S + number - chance.uniform(0, 8), dt.UTC).strftime(form)


def _csv(chance: random.Random, number: int) -> bytes:
    sender = f"1069{chance.randrange(SENDERS):04d}"
    time = _time(chance, number, "%Y-%m-%dT%H:%M:%S")
    return _row(chance, [time, sender, "淘宝商城", f"r-{number}", "3", "330100", "13800138000"])


def _ftc(chance: random.Random, number: int) -> bytes:
    time = _time(chance, number, "%Y-%m-%d %H:%M:%S")
    subject = chance.choice([*KINDS, "Other", "No Subject Provided"])
    phone = f"{chance.randrange(10**10):010d}" if chance.random() < 0.95 else ""
    return _row(chance, [phone, time, time, "Town", "Ohio", "303", subject, "Y"])


def _own(chance: random.Random, number: int) -> bytes:
    record = mutated(chance, "complaint", T0_S + number, number) or b""
    return (record.replace(b"\n", b" ") if chance.random() < 0.99 else record) + b"\n"


def _report(chance: random.Random, number: int) -> bytes:
    """A mail: valid, or with its fields, its parts, their encoding or its bytes changed."""
    start, _, rest = chance.choice(_REPORTS).rstrip(b"\n").partition(b"\n")
    lines = rest.replace(b"report-", b"report-%d-" % number).split(b"\n")
    fate = chance.random()
    if 0.15 <= fate < 0.6:
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(lines))
            name, colon, value = lines[at].partition(b":")
            match chance.randrange(5):
                case 0:
                    lines[at] = bent_text(chance, lines[at].decode("utf-8", "replace")).encode(
                        "utf-8", "surrogatepass"
                    )
                case 1 if colon:
                    text = bent_text(chance, value.decode("utf-8", "replace"))
                    lines[at] = name + b": " + text.encode("utf-8", "surrogatepass")
                case 2:
                    lines.insert(at, chance.choice(lines))
                case 3:
                    wrong = chance.choice((b"base64", b"quoted-printable", b"x-uuencode", b"8bit"))
                    lines.insert(at, b"Content-Transfer-Encoding: " + wrong)
                case _:
                    del lines[at]
                    lines = lines or [b""]
    mail = b"\n".join(lines)
    if 0.6 <= fate < 0.95:
        mail = bent_bytes(chance, mail)
    elif fate >= 0.95:
        mail = recoded(chance, mail)
    return start + b"\n" + mail + b"\n\n"


_MAPPED = {"time": "event_time", "sender": "sender.id", "signature": "sender.signature"}
FORMS: dict[str, Form] = {
    "csv": Form(
        source(
            time="t",
            sender="sender",
            signature="sign",
            event_id="id",
            count="n",
            region="area",
            reporter="who",
        ),
        b"t,sender,sign,id,n,area,who\n",
        _csv,
    ),
    "ftc": Form(source(kind="complaint", format="ftc"), _FTC_HEADER, _ftc),
    "arf": Form(source(kind="complaint", format="arf"), b"", _report),
    "own": Form(source(kind="complaint", format="json"), b"", _own),
    "mapped": Form(
        source(kind="complaint", format="json", count="count", region="region", **_MAPPED),
        b"",
        _own,
    ),
}


def content(name: str, seed: int, records: int) -> bytes:
    """A file of so many records, about: a bent one may be two, or none, or end in the next."""
    form, chance = FORMS[name], random.Random(f"{seed} {name}")
    return form.header + b"".join(form.record(chance, number) for number in range(records))
