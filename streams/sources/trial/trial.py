"""What the records of a source would become, one line each, before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from streams.config.sources import Source
from streams.items import SKIPPED, End, Event, Place, Reject, Skipped
from streams.sources.event_json import Decoder, encode_event
from streams.sources.files.folder import files_in
from streams.sources.formats.format import Headers
from streams.sources.lost_fields import LostFields
from streams.sources.mapping.asking import AskingItems
from streams.sources.read import open_records
from streams.sources.reject_tally import RejectTally
from streams.sources.rejects import Undecodable

Outcome = Event | Reject | Skipped

FAR_S = 1800.0
"""Times that differ by more from those of their records are told."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An item, where it was, and what it becomes."""

    place: Place
    outcome: Outcome

    @property
    def word(self) -> str:
        """One of "event", "skipped" and "reject"."""
        if isinstance(self.outcome, Reject):
            return "reject"
        return "skipped" if isinstance(self.outcome, Skipped) else "event"

    def document(self) -> dict[str, Any]:
        """Return it for JSON. Nothing of it is the record's own text but what becomes an event."""
        out: dict[str, Any] = {"becomes": self.word}
        if isinstance(self.outcome, Reject):
            out |= {"reason": self.outcome.reason, "detail": self.outcome.detail}
        elif not isinstance(self.outcome, Skipped):
            out["event"] = msgspec.json.decode(encode_event(self.outcome))
        place = msgspec.to_builtins(self.place)
        return {name: value for name, value in place.items() if value is not None} | out


@dataclass
class TriedRecords:
    """The items of some records.

    Attributes
    ----------
    records
        How many records there were.
    items
        What they become, in their order.
    lags_s
        For each event by how much its record was written after it happened, s, where that is known.
    lost
        The fields that events had to do without.
    """

    records: int = 0
    items: list[Tried] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    lost: LostFields = field(default_factory=LostFields)

    def add(self, place: Place, outcome: Outcome, written_s: float | None = None) -> None:
        """Add an item."""
        self.items.append(Tried(place, outcome))
        if written_s is not None and not isinstance(outcome, Reject | Skipped):
            self.lags_s.append(written_s - outcome.event_time.timestamp())

    @property
    def tally(self) -> RejectTally:
        """The rejects by reason."""
        tally = RejectTally()
        for tried in self.items:
            if isinstance(tried.outcome, Reject):
                tally.add(tried.outcome)
        return tally

    def number(self, word: str) -> int:
        """How many items become events, are skipped or are rejects."""
        return sum(tried.word == word for tried in self.items)

    @property
    def lag_s(self) -> float | None:
        """The median of `lags_s`."""
        return median(self.lags_s) if self.lags_s else None

    def notes(self) -> list[str]:
        """Say what may be wrong although each record is understood."""
        lag_s, out = self.lag_s, list(self.lost.sentences())
        if lag_s is not None and abs(lag_s) > FAR_S:
            hours = f"{abs(lag_s) / 3600:.1f} h"
            out.append(
                f"records were written {hours} {'after' if lag_s > 0 else 'before'} their events"
                " happened (median): where they should be new, look at `timezone` and `time_format`"
            )
        if self.items and not self.number("event"):
            out.append("nothing becomes an event: nothing would be counted")
        return out


def try_topic(
    source: Source,
    hash_key: bytes | None,
    records: Iterable[tuple[int, int, bytes | None, Headers, float | None]],
) -> TriedRecords:
    """Say what records of a source's topic become.

    Parameters
    ----------
    source, hash_key
        The source, and the key for hashing people.
    records
        Of each its partition, offset, value, headers, and when it was written: epoch s.
    """
    trial = TriedRecords()
    of_record: Callable[..., Sequence[Event | Undecodable | Skipped]] = _Own(source)
    if source.only_read:
        asking = AskingItems(source, hash_key)
        of_record, trial.lost = asking.of_record, asking.lost
    for partition, offset, value, headers, written_s in records:
        trial.records += 1
        place = Place(topic=source.topic, partition=partition, offset=offset)
        found = of_record(value, headers, source.record_id(partition, offset), written_s)
        for index, item in enumerate(found):
            at = msgspec.structs.replace(place, index=index) if len(found) > 1 else place
            if isinstance(item, Undecodable):
                trial.add(at, Reject(item.reason, item.detail, at, b""))
            else:
                trial.add(at, item, written_s)
    return trial


def try_file(
    source: Source, hash_key: bytes | None, path: Path, most: int, clock: Callable[[], float]
) -> TriedRecords:
    """Say what the first records of a file become, or of a folder's files.

    Raises
    ------
    Unopenable
        Where it cannot be read as the source says.
    """
    trial = TriedRecords()
    for part in files_in(path) if source.format.reads_folders else [path]:
        before, lost = trial.records, trial.lost
        with open_records(source, part, hash_key, clock) as file:
            for row in file:
                if before + file.number > most:
                    return trial
                trial.records, trial.lost = before + file.number, lost.plus(file.lost)
                place = Place(file=file.name, line=file.number)
                trial.add(row.place if isinstance(row, Reject) else place, row)
    return trial


class _Own:
    """Decodes the records of a topic that is ours; an end mark is no event."""

    def __init__(self, source: Source) -> None:
        self._decode = Decoder(source).decode

    def __call__(
        self, value: bytes | None, _: Headers, __: str, written_s: float | None
    ) -> list[Event | Undecodable | Skipped]:
        try:
            event = self._decode(value, written_s)
        except Undecodable as error:
            return [error]
        return [SKIPPED if isinstance(event, End) else event]
