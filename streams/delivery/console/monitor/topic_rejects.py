"""What the last records of the topic ``rejects`` say of each source: why, where, and of whom. Pure.

Count's metrics say how many rejects there are; an example of each reason, and the senders, are only
on the topic.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from streams.config.model import Config
from streams.config.sources import Source
from streams.items import name_problem

SHOWN: Final = 5
"""Senders that are named, and reasons that are told apart beside the others."""

OTHERS: Final = ""
"""The source of rejects that came from files, or from a topic of no source of today's."""

_LONGEST: Final = 8_192
"""Characters of a payload that is looked at for a sender."""

_PLAIN = re.compile(r"(?:\$\.)?([^.\[\]$]+(?:\.[^.\[\]$]+)*)")


class RejectRecord(msgspec.Struct, frozen=True):
    """A record of the topic, as far as it is shown."""

    reason: str
    detail: str = ""
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    file: str | None = None
    line: int | None = None
    source: str = ""
    payload: str | None = None

    @property
    def place(self) -> str:
        """Where the record is that was rejected.

        Examples
        --------
        >>> RejectRecord("not_json", topic="sends", partition=0, offset=17).place
        'sends[0] @17'
        """
        if self.file is not None:
            return f"{self.file}:{self.line}"
        return f"{self.topic}[{self.partition}] @{self.offset}"


class RejectReason(msgspec.Struct):
    """The rejects of a source for one reason, and the last of them.

    Attributes
    ----------
    reason
        Its word.
    count
        How many there are.
    place, detail
        Where the last one is, and what is wrong with it.
    at_s
        When it was written, epoch s; None where that is not known.
    """

    reason: str
    count: int
    place: str
    detail: str
    at_s: float | None


class SourceRejects(msgspec.Struct):
    """The last rejects of a source.

    Attributes
    ----------
    total
        How many there are.
    since_s
        When the first of them was written, epoch s.
    reasons
        The most frequent first.
    senders
        Who had most, where the record can be read so far.
    """

    total: int
    since_s: float | None
    reasons: list[RejectReason]
    senders: dict[str, int]


class TopicRejects:
    """Counts the last rejects; what it holds grows with the records that it is fed.

    Parameters
    ----------
    config
        The configuration: which topic is whose, and where a record names its sender.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seen: set[bytes] = set()
        self._reasons: dict[str, dict[str, RejectReason]] = {}
        self._senders: dict[str, Counter[str]] = {}
        self._since: dict[str, float | None] = {}

    def take(self, key: bytes | None, value: bytes | None, written_s: float | None) -> None:
        """Take a record, in the order in which they were written; a repeat counts once.

        Parameters
        ----------
        key, value
            Of the record; one that cannot be read is passed over.
        written_s
            When it was written, epoch s.
        """
        if key is not None and key in self._seen:
            return
        try:
            record = _decoder.decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if key is not None:
            self._seen.add(key)
        source = self._source_of(record)
        name = OTHERS if source is None else source.name
        self._since.setdefault(name, written_s)
        reasons = self._reasons.setdefault(name, {})
        before = reasons.get(record.reason)
        count = 1 if before is None else before.count + 1
        reasons[record.reason] = RejectReason(
            record.reason, count, record.place, record.detail, written_s
        )
        sender = None if source is None else sender_of(record, source)
        if sender is not None:
            self._senders.setdefault(name, Counter())[sender] += 1

    def by_source(self) -> dict[str, SourceRejects]:
        """Return the rejects of each source that has some."""
        return {
            name: SourceRejects(
                sum(one.count for one in reasons.values()),
                self._since[name],
                sorted(reasons.values(), key=lambda one: (-one.count, one.reason)),
                _most(self._senders.get(name, Counter()).items()),
            )
            for name, reasons in sorted(self._reasons.items())
        }

    def _source_of(self, record: RejectRecord) -> Source | None:
        if record.source:
            return self._config.sources.get(record.source)
        readers = self._config.by_topic.get(record.topic or "", ())
        return readers[0] if len(readers) == 1 else None


def sender_of(record: RejectRecord, source: Source) -> str | None:
    """Return the sender that a rejected record names; None where it cannot be read so far.

    Parameters
    ----------
    record
        The reject, with its payload.
    source
        Whose it is.
    """
    path = _path_of(source)
    if path is None or record.payload is None or len(record.payload) > _LONGEST:
        return None
    try:
        found: Any = msgspec.json.decode(base64.b64decode(record.payload))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error):
        return None
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    text = str(found) if isinstance(found, str | int) else ""
    return None if name_problem(text) else text


def _path_of(source: Source) -> list[str] | None:
    if not source.only_read:
        return ["sender", "id"]
    place = source.table.sender
    if source.format.name != "json" or not isinstance(place, str):
        return None
    plain = _PLAIN.fullmatch(place)
    return None if plain is None else plain[1].split(".")


def _most(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(counts, key=lambda item: (-item[1], item[0]))[:SHOWN])


_decoder = msgspec.json.Decoder(RejectRecord)
