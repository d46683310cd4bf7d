"""Plays a small file of each source of a configuration, in the source's own format."""

from __future__ import annotations

import csv
import datetime as dt
import email.message
import io
import json
import math
import re
import zlib
import zoneinfo
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

from streams.analysis.replay import Replay
from streams.analysis.shards import ReplaySummary
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import Buckets
from streams.sources.mapping import paths
from streams.sources.schemas.decision import Decision
from streams.sources.schemas.proto_known import KNOWN_FILES
from streams.sources.schemas.registry import SchemaRegistry

START_S = dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp()
NOW_S = dt.datetime(2026, 6, 1, tzinfo=dt.UTC).timestamp()
BUCKETS = 9
KEY = b"a key of at least 16 bytes"

Values = dict[str, str]


def toml(tree: dict[str, Any]) -> str:
    """Write tables as TOML, each on a line of its own."""
    return "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in tree.items())


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _key(value) if isinstance(value, str) else repr(value)


def play(config: Config, folder: Path) -> ReplaySummary:
    """Replay a file for each source; every record must be counted or rejected."""
    files: dict[str, list[Path]] = {}
    for name, source in config.sources.items():
        path = folder / f"{len(files)}.input"
        path.write_bytes(_file(source))
        files[name] = [path]
    replay = Replay(config, files, hash_key=KEY, now_s=NOW_S)
    return replay.run(lambda alert: None, lambda source, reject: None)


def _file(source: Source) -> bytes:
    records = list(_records(source))
    encoding = source.columns.encoding or "utf-8"
    match source.format.name:
        case "json" if source.own_events:
            return b"".join(_own(source, record) for record in records).decode().encode(encoding)
        case "json":
            by_paths = b"".join(_by_paths(source, record) for record in records)
            return by_paths.decode().encode(encoding)
        case "avro":
            return _avro_file([_document(source, record) for record in records])
        case "protobuf":
            return b"".join(_protobuf(_document(source, record)) for record in records)
        case "lines":
            return _lines(source, records)
        case "arf":
            return b"".join(_report(source, record) for record in records)
        case _:
            return _csv(source, records)


def _records(source: Source) -> Iterator[Values]:
    """A few senders for a few buckets: a steady one, a burst, newcomers, a late one, an empty."""
    buckets = Buckets(source.bucket_s, source.timezone)
    zone = zoneinfo.ZoneInfo(source.timezone)
    start = buckets.start(START_S)
    for number in range(BUCKETS):
        end = buckets.end(start)
        for host, count in _senders(number):
            sender = _named_as(source, host)
            time_s = start + (end - start) / 3
            time = dt.datetime.fromtimestamp(time_s, zone)
            yield {
                "time": _written(time, source),
                "occurred_at": _written(time, source),
                "written_at": time.isoformat(),
                "sender": sender,
                "count": str(count),
                "event_id": f"{number}-{sender}",
                "kind": "Other",
                "Sort": "scam",
                "Flag": "yes",
                **dict.fromkeys(("signature", "platform", "category"), f"of {sender}"),
                **dict.fromkeys(("access_code", "account", "merchant", "region"), "x"),
                **dict.fromkeys(("recipient", "reporter"), "13800138000"),
            }
        start = end


def _written(time: dt.datetime, source: Source) -> str:
    if source.table.time_format is None:
        return time.date().isoformat() if source.table.daily else time.isoformat()
    form = source.table.time_format[0]
    if form == "excel":
        passed = time.replace(tzinfo=None) - dt.datetime(1899, 12, 30)
        return f"{passed / dt.timedelta(days=1):.10f}"
    return time.strftime(form)


def _senders(number: int) -> Iterable[tuple[str, int]]:
    if number == 4:
        return  # an empty bucket
    yield "steady.example", 3
    yield "burst.example", 400 if number == 6 else 1
    yield f"new-{number}.例", 1 + 50 * (number == 7)
    if number == 5:
        yield "huge.example", 10**9


def _named_as(source: Source, host: str) -> str:
    """Name a sender so that it can be read as what the source's senders are read as."""
    match source.table.sender_as:
        case "digits" | "e164":
            return f"1069{zlib.crc32(host.encode()):010}"
        case "address":
            return f"news@{host}"
        case _:
            return host


def _own(source: Source, record: Values) -> bytes:
    sender = {
        "id": record["sender"],
        "signature": record["signature"],
        "platform": record["platform"],
        "category": record["category"],
    }
    event: dict[str, Any] = {
        "v": 1,
        "type": source.kind,
        "event_id": record["event_id"],
        "event_time": record["written_at"],
        "channel": source.channel,
        "sender": sender,
        "source": source.name,
        "count": int(record["count"]),
    }
    if source.kind == "complaint":
        event["kind"] = "other"
    return json.dumps(event).encode() + b"\n"


def _by_paths(source: Source, record: Values) -> bytes:
    return json.dumps(_document(source, record)).encode() + b"\n"


def _document(source: Source, record: Values) -> Any:
    document: Any = {}
    for field, place in _places(source):
        if not place.startswith("$$"):
            _put(document, paths.parse_path(place), record.get(field, ""))
    if source.columns.items is not None:
        items = document
        document = {} if source.columns.items != "$[*]" else [items]
        if isinstance(document, dict):
            document["rows"] = [items]
    for name in reversed(source.columns.unwrap):
        document = {
            "cloudevents": {"specversion": "1.0", "data": document},
            "debezium": {"op": "c", "after": document},
            "sns": {"Type": "Notification", "Message": json.dumps(document)},
        }[name]
    return document


def _avro_file(documents: list[Any]) -> bytes:
    """Write documents of one shape; names are no names of Avro, which the reader allows."""
    names = (f"N{number}" for number in range(10_000))
    schema = json.dumps(_avro_type(documents[0], names)).encode()
    block = b"".join(map(_avro, documents))
    head = b"Obj\x01\x02" + _avro("avro.schema") + _number(len(schema)) + schema + b"\x00"
    sync = b"s" * 16
    return head + sync + _number(len(documents)) + _number(len(block)) + block + sync


def _avro_type(value: Any, names: Iterator[str]) -> Any:
    if isinstance(value, dict):
        fields = [{"name": key, "type": _avro_type(each, names)} for key, each in value.items()]
        return {"type": "record", "name": next(names), "fields": fields}
    if isinstance(value, list):
        # Items of one type: the last one has the value, the others are null.
        return {"type": "array", "items": ["null", _avro_type(value[-1], names)]}
    return "string"


def _avro(value: Any) -> bytes:
    if isinstance(value, dict):
        return b"".join(map(_avro, value.values()))
    if isinstance(value, list):
        items = [b"\x00" if each is None else b"\x02" + _avro(each) for each in value]
        return _number(len(items)) + b"".join(items) + b"\x00"
    return _number(len(value.encode())) + str(value).encode()


def _number(value: int) -> bytes:
    found, value = b"", 2 * value
    while value >= 0x80:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def _protobuf(document: Any) -> bytes:
    message = struct_pb2.Struct()
    message.update(document)
    record: bytes = b"\0\0\0\0\7\0" + message.SerializeToString(deterministic=True)
    found, length = b"", len(record)
    while length >= 0x80:
        found += bytes([length & 0x7F | 0x80])
        length >>= 7
    return found + bytes([length]) + record


def struct_schema(registry: SchemaRegistry, id: str) -> Decision:
    """Answer, as a registry, that all records are documents: Google's `Struct`."""
    text = KNOWN_FILES["google/protobuf/struct.proto"]
    return Decision(registry.url, id, "PROTOBUF", text)


def _places(source: Source) -> Iterator[tuple[str, str]]:
    """Where records have each field: the first place that a table names."""
    for field, places in source.columns.named.items():
        yield from [(field, place) for place in places if isinstance(place, str)][:1]
    yield from ((place.lstrip("$."), place) for place, _ in source.columns.where)


def _put(document: Any, path: paths.Path, value: str) -> None:
    """Set the value at a path, and make what lies above it; nothing where another is in the way."""
    at = document
    for step, below in zip(path, [*path[1:], None], strict=True):
        inner: Any = value if below is None else {} if isinstance(below, str) else []
        if isinstance(at, dict) and isinstance(step, str):
            at = at.setdefault(step, inner)
        elif isinstance(at, list) and isinstance(step, int) and step < 1000:
            at.extend([None] * (step + 1 - len(at)))
            at[step] = inner if at[step] is None else at[step]
            at = at[step]
        else:
            return


def _csv(source: Source, records: list[Values]) -> bytes:
    field_of = {place: field for field, place in _places(source)}
    text = io.StringIO()
    table = source.table
    writer = csv.writer(text, delimiter=table.delimiter or ",")
    columns = table.columns or list(field_of)
    if table.columns is None:
        writer.writerow(columns)
    for record in records:
        writer.writerow([record.get(field_of.get(column, ""), "") for column in columns])
    return text.getvalue().encode(source.columns.encoding or "utf-8")


def _lines(source: Source, records: list[Values]) -> bytes:
    field_of = {place: field for field, place in _places(source)}
    lines = [
        re.sub(
            r"\{(\w+)\}",
            lambda name, record=record: record.get(field_of.get(name[1], ""), ""),  # type: ignore[misc]
            source.columns.template,
        )
        for record in records
    ]
    return "".join(f"{line}\n" for line in lines).encode(source.columns.encoding or "utf-8")


def _report(source: Source, record: Values) -> bytes:
    day = dt.datetime.fromisoformat(record["time"])
    date = email.utils.format_datetime(day.replace(tzinfo=day.tzinfo or dt.UTC))
    fields = {
        "Feedback-Type": "abuse",
        "User-Agent": "test/1",
        "Version": "1",
        "Reported-Domain": record["sender"],
        "Arrival-Date": date,
        "Original-Rcpt-To": "person@example.com",
    }
    taken = {name.lower() for name in fields} | {"from", "date", "message-id"}
    for field, place in _places(source):
        if place.lower() not in taken:
            fields[place] = date if field in ("time", "occurred_at") else record.get(field, "")
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return (
        f"From x\nFrom: <a@{record['sender']}>\nDate: {date}\n"
        f"Message-ID: <{record['event_id']}@example.com>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nA report.\n"
        f"--b\nContent-Type: message/feedback-report\n\n{lines}\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: <a@{record['sender']}>\n"
        "Subject: x\n\nx\n--b--\n\n"
    ).encode()
