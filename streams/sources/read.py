"""Reads the files of a source: an event or a reject for every record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.config.sources import Source
from streams.items import End, Event, Place, Reject
from streams.sources.assemble import Assembler, Clock
from streams.sources.event_json import Decoder
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.privacy import ENVIRONMENT
from streams.sources.rejects import Undecodable
from streams.sources.times.repeated_hour import RepeatedHours

__all__ = ["Files", "Row", "SourceFile", "Unopenable", "open_records"]

Row = Event | Reject
"""What a record of a file becomes."""


class SourceFile:
    """The records of one file, to be iterated once.

    Where the file turns out to be damaged, for example a gzip that breaks off, the records that
    could be read come first, and a last `Reject`, "truncated", stands for the rest.

    Attributes
    ----------
    name
        What the rejects' places call the file.
    records
        How many records have been read.
    """

    def __init__(
        self,
        source: Source,
        path: Path,
        hash_key: bytes | None,
        clock: Clock | None = None,
        repeated: RepeatedHours | None = None,
    ) -> None:
        if source.hashes_people and hash_key is None:
            raise Unopenable(
                f"{path}: sources.{source.name} carries recipients or reporters and needs a key to"
                f" hash them: set hash_key_file, or {ENVIRONMENT}"
            )
        self._source, self._clock = source, clock
        self.records = 0
        self._file = InputFile(path)
        self.name = self._file.name
        try:
            self._reader = source.format.reader(self._file, source.columns)
            self._repeated = repeated or RepeatedHours()
            self._assembler = Assembler(
                source, self.name, self._reader.fields, hash_key, clock, self._repeated
            )
            self._decoder = Decoder(source)
        except BaseException:
            self._file.close()
            raise

    @property
    def bytes_read(self) -> int:
        """Bytes of the file read so far, compressed where it is."""
        return self._file.bytes_read

    @property
    def bytes_total(self) -> int | None:
        """Size of the file, compressed where it is; None for standard input and pipes."""
        return self._file.bytes_total

    @property
    def damage(self) -> str | None:
        """Why the file ended early, once that is known; None where it did not."""
        return self._file.damage

    def __iter__(self) -> Iterator[Row]:
        """Yield an event or a reject for every record; close the file at its end."""
        number = 0
        self._repeated.begin_file()
        assemble = self._assembler.event
        with self:
            for number, record in enumerate(self._reader, 1):
                self.records = number
                try:
                    row: Row = (
                        assemble(number, record)
                        if type(record) is tuple
                        else self._own_event(record)
                    )
                except Undecodable as error:
                    place = Place(file=self.name, line=number)
                    row = Reject(error.reason, error.detail, place, self._reader.raw())
                yield row
            if self.damage is not None:
                place = Place(file=self.name, line=number + 1)
                yield Reject(
                    "truncated",
                    f"a file must be whole; {self.damage} after {number} records",
                    place,
                    self._file.cut,
                )

    def _own_event(self, record: object) -> Event:
        """Decode a record that is one of Weathervane's own events, as one of a topic is."""
        if isinstance(record, Undecodable):
            raise record
        if not (isinstance(record, bytes) and self._source.format.own_events):
            raise TypeError(f"format {self._source.format.name!r} must yield its fields' values")
        event = self._decoder.decode(record, None if self._clock is None else self._clock())
        if isinstance(event, End):
            raise Undecodable(
                "wrong_kind", f"type must be {self._source.kind} in a file; found an end mark"
            )
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; call this if you stop reading before its end."""
        self._file.close()


def open_records(
    source: Source,
    path: Path,
    hash_key: bytes | None,
    clock: Clock | None = None,
    repeated: RepeatedHours | None = None,
) -> SourceFile:
    """Open a file of a source.

    Parameters
    ----------
    source
        Says which format, and which columns or paths.
    path
        The file, plain or gzip; ``-`` is standard input.
    hash_key
        The key for hashing recipients and reporters (`streams.sources.privacy.read_hash_key`).
    clock
        The time, epoch s: a record further ahead of it than the source's ``max_ahead`` is a
        reject. None where a later step checks that.
    repeated
        Order of the local times of the files before.

    Raises
    ------
    Unopenable
        Where there is no such file, or it lacks a column that the source names.
    """
    return SourceFile(source, path, hash_key, clock, repeated)


class Files:
    """The records of several files, one after another, to be iterated once.

    Each file is checked before the first is read.

    Parameters
    ----------
    source
        Its table says how they are read.
    paths
        In order; ``-`` is standard input.
    hash_key
        The key for hashing recipients and reporters.
    clock
        Now, in epoch seconds: bounds event times from above.

    Attributes
    ----------
    bytes_total
        Size of all, compressed where they are; None where one of them is a pipe.
    damage
        A line for each damaged file.
    damaged
        Each damaged file, with the number of records before the damage.
    index, records_before
        Which file is being read, from 0, and how many records there were in the files before.

    Raises
    ------
    Unopenable
        Where one of them cannot be read as the source says.
    """

    def __init__(
        self,
        source: Source,
        paths: Sequence[Path],
        hash_key: bytes | None,
        clock: Callable[[], float],
    ) -> None:
        self._open = partial(
            open_records, source, hash_key=hash_key, clock=clock, repeated=RepeatedHours()
        )
        self.bytes_total: int | None = 0
        self.damage: list[str] = []
        self.damaged: list[tuple[Path, int]] = []
        self._done = 0
        self._current: SourceFile | None = None
        self.index = self.records_before = self._total = 0
        self._paths = [(path, self._look_at(path)) for path in paths]

    @property
    def bytes_read(self) -> int:
        """Bytes of all files read so far."""
        current = self._current
        return self._done + (0 if current is None else current.bytes_read)

    def __iter__(self) -> Iterator[Row]:
        """Yield an event or a reject for every record."""
        for index, (path, opened) in enumerate(self._paths):
            self.index = index
            with opened or self._open(path) as records:
                self._current = records
                self.records_before = self._total
                yield from records
                self._done += records.bytes_read
                # One more stands for the rest of a damaged file.
                self._total += records.records + (records.damage is not None)
                self._current = None
                if records.damage is not None:
                    self.damage.append(f"{path}: {records.damage}")
                    self.damaged.append((path, records.records))

    def _look_at(self, path: Path) -> SourceFile | None:
        """Check a file, and keep it open only if it cannot be opened again: there may be many."""
        records = self._open(path)
        size = records.bytes_total
        if size is None:
            self.bytes_total = None
            return records
        if self.bytes_total is not None:
            self.bytes_total += size
        records.close()
        return None
