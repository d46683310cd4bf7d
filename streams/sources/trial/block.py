"""Writes a proposed mapping as the table ``[sources.x]`` of a configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from streams.printable import printable
from streams.sources.formats.format import PEOPLE
from streams.sources.trial.choose import Mapping

_SURE = re.compile(r"[^A-Za-z0-9._-]+")
_COMMENT_AT = 38
_MAPPED = ("json", "csv")
"""Formats whose places a table must name; the others know them."""


class Block(NamedTuple):
    """A source's settings around its mapping.

    Attributes
    ----------
    name
        The source's.
    format
        Its format.
    topic
        Another's topic that it reads; None where it has files.
    items
        The path of the array that holds a record's events; None where each record is one.
    delimiter
        What stands between the columns of a table.
    encoding
        That of its files, where it is not UTF-8.
    header
        The columns of a table without a header; None where it has one.
    """

    name: str
    format: str
    topic: str | None = None
    items: str | None = None
    delimiter: str = ","
    encoding: str | None = None
    header: list[str] | None = None


def source_name(text: str) -> str:
    """Return a source's name from that of its topic or file.

    Examples
    --------
    >>> source_name("prod.mt log"), source_name("短信.jsonl"), source_name("mt_log.jsonl.gz")
    ('prod.mt-log', 'mine', 'mt_log')
    """
    name = _SURE.sub("-", text).strip("-._")
    for end in (".gz", ".zip", ".bz2", ".xz", ".zst", ".jsonl", ".ndjson", ".json", ".csv", ".txt"):
        name = name.removesuffix(end)
    return name[:60] if name[:1].isalnum() and name not in ("jsonl", "csv", "json") else "mine"


def block(settings: Block, mapping: Mapping) -> str:
    """Return the lines of the table, each with what it means."""
    return "\n".join([f"[sources.{_key(settings.name)}]", *_lines(settings, mapping)]) + "\n"


def preset_block(
    name: str, topic: str | None, kind: str, preset: str, unwrap: Sequence[str]
) -> str:
    """Return the lines of a table whose records have the shape of a preset."""
    lines = [
        f"[sources.{_key(name)}]",
        _line("kind", kind),
        _line("preset", preset, "docs/reference/presets.md says what it stands for"),
    ]
    if topic is not None:
        lines.append(_line("topic", topic))
        lines.append(_line("topic_format", "source", "the topic is another's: it is only read"))
    if unwrap:
        lines.append(_line("unwrap", unwrap[0] if len(unwrap) == 1 else list(unwrap)))
    return "\n".join(lines) + "\n"


def registry_block(name: str, topic: str) -> str:
    """Return the lines of a table whose records name schemas in a registry."""
    key = _key(name)
    lines = [
        f"[sources.{key}]",
        _line("kind", "send", 'or "complaint"'),
        _line("format", "avro", 'or "protobuf" or "json": each record names its schema'),
        _line("topic", topic),
        _line("topic_format", "source", "the topic is another's: it is only read"),
        '# time = "$.sent_at"'.ljust(_COMMENT_AT) + "# as the schema names it",
        '# sender = "$.sender"'.ljust(_COMMENT_AT) + "# as the schema names it",
        f"[sources.{key}.schema_registry]",
        _line("url", "http://127.0.0.1:8081", "where the registry is"),
    ]
    return "\n".join(lines) + "\n"


def _lines(settings: Block, mapping: Mapping) -> Iterator[str]:
    yield _line("kind", mapping.kind, 'or "complaint"' if mapping.kind == "send" else 'or "send"')
    yield _line("format", settings.format)
    if settings.topic is not None:
        yield _line("topic", settings.topic)
        yield _line("topic_format", "source", "the topic is another's: it is only read")
    if mapping.channel is not None:
        yield _line("channel", mapping.channel)
    if settings.items is not None:
        yield _line("items", settings.items, "each of them is an event; the paths begin there")
    if settings.encoding is not None:
        yield _line("encoding", settings.encoding, "a guess: see whether names can be read")
    if settings.delimiter != ",":
        yield _line("delimiter", settings.delimiter)
    if settings.header is not None:
        yield _line("columns", settings.header, "the first line looks like a record: name them")
    if settings.format not in _MAPPED:
        return
    for field in ("time", "sender"):
        if field not in mapping.places:
            unused = _listed(mapping.unused[:8])
            yield f'# {field} = "..."'.ljust(_COMMENT_AT) + f"# not found: which of {unused}?"
    for field, place in mapping.places.items():
        yield _line(field, place, _meaning(field, mapping))
        if field == "time":
            yield from _time_format(mapping)
        elif field == "sender" and mapping.sender_as is not None:
            yield _line("sender_as", mapping.sender_as, "of an address its domain")
    if mapping.unused:
        yield f"# not used: {_listed(mapping.unused)}"[:200]


def _listed(places: Iterable[str]) -> str:
    """Name places in a comment: what comes from a record must not end its line."""
    return printable(", ".join(places))


def _meaning(field: str, mapping: Mapping) -> str:
    if field == "time" and mapping.example:
        return f"the first one is {printable(mapping.example)}"
    if field in PEOPLE:
        return "people: only a keyed hash of them leaves the source"
    return ""


def _time_format(mapping: Mapping) -> Iterator[str]:
    found = mapping.time
    if found is None or found.usual or not found.alternatives:
        return
    formats = found.alternatives[0]
    value = formats[0] if len(formats) == 1 else list(formats)
    if found.problem is None:
        yield _line("time_format", value)
    else:
        yield f"# {found.problem}; choose:"
        for formats in found.alternatives:
            yield "# " + _line("time_format", formats[0] if len(formats) == 1 else list(formats))


def _line(key: str, value: object, comment: str = "") -> str:
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
    return f"{line.ljust(_COMMENT_AT - 1)} # {comment}" if comment else line


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) if "." in name else name
