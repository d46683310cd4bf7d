"""A file through its source's adapter: events and rejects, one for every record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from streams.config.sources import Source
from streams.items import Place, Reject
from streams.sources.assemble import Clock, Row
from streams.sources.formats.arf import ArfReports
from streams.sources.formats.csv_rows import CsvRows
from streams.sources.formats.ftc import FtcRows
from streams.sources.formats.json_lines import JsonLines
from streams.sources.input_file import InputFile, Unopenable
from streams.sources.privacy import ENVIRONMENT

__all__ = ["Records", "Unopenable", "open_records"]


class Records:
    """The records of one file, to be iterated once.

    Where the file turns out damaged, a gzip that breaks off for one, what could be read
    comes first and a last `Reject`, "truncated", for the rest.

    Attributes
    ----------
    name
        What the rejects' places call the file.
    """

    def __init__(
        self, source: Source, path: Path, hash_key: bytes | None, clock: Clock | None = None
    ) -> None:
        if source.hashes_people and hash_key is None:
            raise Unopenable(
                f"{path}: sources.{source.name} carries recipients or reporters and needs a key to"
                f" hash them: set hash_key_file, or {ENVIRONMENT}"
            )
        self._file = InputFile(path)
        self.name = self._file.name
        try:
            self._rows = rows_of(source, self._file, hash_key, clock)
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
        with self:
            for number, row in enumerate(self._rows, 1):  # noqa: B007
                yield row
            if self.damage is not None:
                place = Place(file=self.name, line=number + 1)
                yield Reject(
                    "truncated",
                    f"a file must be whole; {self.damage} after {number} records",
                    place,
                    self._file.cut,
                )

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
        """Close the file, if it is to be read no further."""
        self._file.close()


def open_records(
    source: Source, path: Path, hash_key: bytes | None, clock: Clock | None = None
) -> Records:
    """Open a file of a source.

    Parameters
    ----------
    source
        Says which adapter, and which columns or paths.
    path
        The file, plain or gzip; ``-`` is standard input.
    hash_key
        For recipients and reporters (`streams.sources.privacy.read_hash_key`).
    clock
        The time, epoch s: what lies further ahead of it than the source's ``max_ahead``
        is a reject. None where a later step sees to that.

    Raises
    ------
    Unopenable
        Where there is no such file, or it lacks a column that the source names.
    """
    return Records(source, path, hash_key, clock)


class _Adapter(Protocol):
    def __call__(
        self, source: Source, file: InputFile, hash_key: bytes | None, clock: Clock | None
    ) -> Iterable[Row]: ...


def rows_of(
    source: Source, file: InputFile, hash_key: bytes | None, clock: Clock | None = None
) -> Iterator[Row]:
    """Return the records of an open file, by the source's format."""
    return iter(_ADAPTERS[source.table.format](source, file, hash_key, clock))


_ADAPTERS: dict[str, _Adapter] = {
    "arf": ArfReports,
    "csv": CsvRows,
    "ftc": FtcRows,
    "json": JsonLines,
}
