"""Reads the files of a source: what every item of every record becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker.errors import SettingsError
from streams.config.sources import Source
from streams.items import Event, Place, Reject, Skipped
from streams.sources.files.folder import files_in
from streams.sources.files.input_file import InputFile, Unopenable
from streams.sources.files.sorting import in_order
from streams.sources.formats.format import Headers
from streams.sources.lost_fields import LostFields
from streams.sources.mapping.asking import AskingItems
from streams.sources.mapping.record_items import Item, reject
from streams.sources.privacy import ENVIRONMENT
from streams.sources.rejects import Undecodable
from streams.sources.schemas.registry import RegistryAway
from streams.sources.schemas.table import SchemaTable
from streams.sources.times.repeated_hour import RepeatedHours

__all__ = ["Files", "Row", "SourceFile", "Unopenable", "open_records"]

Row = Event | Reject | Skipped
"""What an item of a file's record becomes."""

Clock = Callable[[], float]


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
    number
        The number of the record that the last item was of: that of the next record where it stands
        for the rest of a damaged file.
    whole
        The number of the last record all of whose items were taken.
    """

    def __init__(
        self,
        source: Source,
        path: Path,
        hash_key: bytes | None,
        clock: Clock | None = None,
        repeated: RepeatedHours | None = None,
        schemas: SchemaTable | None = None,
    ) -> None:
        if source.hashes_people and hash_key is None:
            raise Unopenable(
                f"{path}: sources.{source.name} carries recipients or reporters and needs a key to"
                f" hash them: set hash_key_file, or {ENVIRONMENT}"
            )
        self._clock = clock
        self.records = self.number = self.whole = 0
        setting = f"sources.{source.name}.encoding"
        self._schemas = SchemaTable() if schemas is None else schemas
        self._file = InputFile(path, source.columns.encoding, setting, binary=source.format.binary)
        self.name = self._file.name
        try:
            columns = source.columns.with_schemas(self._schemas)
            self._reader = source.format.reader(self._file, columns)
            self._repeated = repeated or RepeatedHours()
            self._items = AskingItems(source, hash_key, self._repeated, self._schemas)
            self._id_prefix = f"{source.name}:{self.name}:"
        except SettingsError as error:
            self._file.close()
            raise Unopenable(f"{path}: sources.{source.name}.{error}") from None
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
    def notes(self) -> list[str]:
        """What was met in the file and read as what it is, or is missing: a sentence each."""
        return self._file.notes

    @property
    def lost(self) -> LostFields:
        """The fields that events had to do without."""
        return self._items.lost

    @property
    def damage(self) -> str | None:
        """Why the file ended early, once that is known; None where it did not."""
        return self._file.damage

    def __iter__(self) -> Iterator[Row]:
        """Yield what every item of every record is; close the file at its end."""
        number = 0
        self._repeated.begin_file()
        of_record, of_values, clock = self._of_record, self._items.of_values, self._clock
        with self:
            for number, record in enumerate(self._reader, 1):
                self.records = self.number = number
                record_id = f"{self._id_prefix}{number}"
                written_s = None if clock is None else clock()
                if isinstance(record, bytes):
                    items = of_record(record, (), record_id, written_s)
                else:
                    items = [of_values(record, record_id, written_s)]
                whole = True
                for index, item in enumerate(items):
                    if isinstance(item, Undecodable):
                        place = Place(file=self.name, line=number)
                        raw = self._reader.raw()
                        yield reject(item, place, raw, index, len(items), whole=whole)
                        whole = False
                    else:
                        yield item
                self.whole = number
            if self.damage is not None:
                self.number = number + 1
                place = Place(file=self.name, line=number + 1)
                yield Reject(
                    "truncated",
                    f"a file must be whole; {self.damage} after {number} records",
                    place,
                    self._file.cut,
                )
                self.whole = self.number

    def _of_record(
        self, value: bytes, headers: Headers, record_id: str, written_s: float | None
    ) -> list[Item]:
        try:
            return self._items.of_record(value, headers, record_id, written_s)
        except RegistryAway as error:
            raise Unopenable(
                f"{self._file.path}: the schema registry must answer; {error}"
            ) from None

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
    schemas: SchemaTable | None = None,
) -> SourceFile:
    """Open a file of a source.

    Parameters
    ----------
    source
        Says which format, and which columns or paths.
    path
        The file, plain or compressed; ``-`` is standard input.
    hash_key
        The key for hashing recipients and reporters (`streams.sources.privacy.read_hash_key`).
    clock
        The time, epoch s: a record further ahead of it than the source's ``max_ahead`` is a
        reject. None where a later step checks that.
    repeated
        Order of the local times of the files before.
    schemas
        What is decided about schemas by the files before.

    Raises
    ------
    Unopenable
        Where there is no such file, or it lacks a column that the source names.
    """
    return SourceFile(source, path, hash_key, clock, repeated, schemas)


class Files:
    """The records of several files, one after another, to be iterated once.

    Each file is checked before the first is read.

    Parameters
    ----------
    source
        Its table says how they are read.
    paths
        In order; ``-`` is standard input. A folder stands for its files, where the format
        reads folders.
    hash_key
        The key for hashing recipients and reporters.
    clock
        Now, in epoch seconds: bounds event times from above.
    sort
        Whether all events come in the order of their times. Then the files are one: all records are
        read before the first event comes, and the items are numbered as they come.

    Attributes
    ----------
    bytes_total
        Size of all, compressed where they are; None where one of them is a pipe.
    notes
        What was met in the files: a sentence each.
    lost
        The fields that events of the files read so far had to do without.
    damage
        A line for each damaged file.
    damaged
        Each damaged file, with the number of records before the damage.
    index
        Which of the paths is being read, from 0.

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
        *,
        sort: bool = False,
    ) -> None:
        self._sort, self._given, self._taken = sort, 0, 0
        self._open = partial(
            open_records,
            source,
            hash_key=hash_key,
            clock=clock,
            repeated=RepeatedHours(),
            schemas=SchemaTable(),
        )
        self.bytes_total: int | None = 0
        self.notes: list[str] = []
        self.lost = LostFields()
        self.damage: list[str] = []
        self.damaged: list[tuple[Path, int]] = []
        self._done = 0
        self._current: SourceFile | None = None
        self.index = self._records_before = self._of_folder = 0
        whole = files_in if source.format.reads_folders else lambda path: [path]
        self._paths = [[(file, self._look_at(file)) for file in whole(path)] for path in paths]

    @property
    def bytes_read(self) -> int:
        """Bytes of all files read so far."""
        current = self._current
        return self._done + (0 if current is None else current.bytes_read)

    @property
    def record(self) -> int:
        """The number, in its path, of the record that the last item was of; 0 before the first."""
        return self._given if self._sort else self._of_folder + self._in_file()

    @property
    def whole(self) -> int:
        """The number, in its path, of the last record all of whose items were taken."""
        if self._sort:
            return self._taken
        return 0 if self._current is None else self._of_folder + self._current.whole

    @property
    def records(self) -> int:
        """How many records have been read; one more stands for the rest of a damaged file."""
        return self._records_before + self._in_file()

    def __iter__(self) -> Iterator[Row]:
        """Yield what every item of every record is."""
        if not self._sort:
            yield from self._in_their_order()
            return
        for item in in_order(self._in_their_order()):
            self._given += 1
            yield item
            self._taken = self._given

    def _in_file(self) -> int:
        """The number, in its file, of the record that was read last."""
        return 0 if self._current is None else self._current.number

    def _in_their_order(self) -> Iterator[Row]:
        for index, files in enumerate(self._paths):
            for number, (path, opened) in enumerate(files):
                with opened or self._open(path) as records:
                    self._done, self._records_before = self.bytes_read, self.records
                    self._of_folder = self._of_folder + self._in_file() if number else 0
                    self.index, self._current = 0 if self._sort else index, records
                    yield from records
                    self.lost.take(records.lost)
                    if records.damage is not None:
                        self.damage.append(f"{path}: {records.damage}")
                        self.damaged.append((path, records.records))

    def _look_at(self, path: Path) -> SourceFile | None:
        """Check a file, and keep it open only if it cannot be opened again: there may be many."""
        records = self._open(path)
        self.notes += records.notes
        size = records.bytes_total
        if size is None:
            self.bytes_total = None
            return records
        if self.bytes_total is not None:
            self.bytes_total += size
        records.close()
        return None
