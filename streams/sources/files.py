"""The files of one source, one after another, each checked before the first is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from streams.config.sources import Source
from streams.sources.assemble import Row
from streams.sources.read import Records, open_records


class Files:
    """The records of several files, to be iterated once.

    Parameters
    ----------
    source
        Its table says how they are read.
    paths
        In order; ``-`` is standard input.
    hash_key
        For recipients and reporters.
    clock
        Now, in epoch seconds: bounds event times from above.

    Attributes
    ----------
    bytes_total
        Size of all, compressed where they are; None where one of them is a pipe.
    damage
        What was found damaged, a line for each file.

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
        self._open = partial(open_records, source, hash_key=hash_key, clock=clock)
        self.bytes_total: int | None = 0
        self.damage: list[str] = []
        self._done = 0
        self._current: Records | None = None
        self._paths = [(path, self._look_at(path)) for path in paths]

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, of all."""
        current = self._current
        return self._done + (0 if current is None else current.bytes_read)

    def __iter__(self) -> Iterator[Row]:
        """Yield every record's event or reject."""
        for path, opened in self._paths:
            with opened or self._open(path) as records:
                self._current = records
                yield from records
                self._done += records.bytes_read
                self._current = None
                if records.damage is not None:
                    self.damage.append(f"{path}: {records.damage}")

    def _look_at(self, path: Path) -> Records | None:
        """Check a file; keep open only what cannot be opened again: files may be many."""
        records = self._open(path)
        size = records.bytes_total
        if size is None:
            self.bytes_total = None
            return records
        if self.bytes_total is not None:
            self.bytes_total += size
        records.close()
        return None
