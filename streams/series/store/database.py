"""The store's files: RocksDB, with a column family a segment, and one folder a serve process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rocksdict import (
    BlockBasedOptions,
    Cache,
    ColumnFamily,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
)

from streams.series.store.rows import next_prefix

DEFAULT: Final = "default"
_BUFFER_BYTES: Final = 16 << 20
_CACHE_BYTES: Final = 16 << 20
_LOCK, _FILES = "lock", "rows"
_MOST_SLOTS: Final = 16
_DAMAGE: Final = ("Corruption", "No such file or directory")
"""What rocksdict says where bytes or files are not as they were written."""

_REMEDY: Final = (
    "Look at the disk; where it is well, end serve and remove this folder: it is a copy, and is"
    " read again from the topics"
)


class StoreError(Exception):
    """The store cannot be read or written now; the message says why."""


class DamagedStore(StoreError):
    """The store cannot be used any more; it is a copy, and can be made anew."""


@contextlib.contextmanager
def slot(root: Path) -> Iterator[Path]:
    """Hold a folder that no other process has: the first that is free.

    So whoever starts again finds its own.

    Parameters
    ----------
    root
        Where the folders are.

    Raises
    ------
    StoreError
        Where there is none, or it cannot be written.
    """
    try:
        for number in range(1, _MOST_SLOTS + 1):
            folder = root / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / _LOCK).open("ab") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield folder / _FILES
                return
    except OSError as error:
        raise StoreError(f"{root}: must be a folder that can be written; {error}") from None
    raise StoreError(f"{root}: at most {_MOST_SLOTS} serve processes may share it")


def remove(folder: Path) -> None:
    """Remove a store: it is a copy, and is read again from the topic."""
    shutil.rmtree(folder, ignore_errors=True)


def free_bytes(folder: Path) -> int:
    """Return how much a disk still takes, that of the next folder that exists."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


class Database:
    """An open database of bytes.

    Parameters
    ----------
    folder
        Its folder; it is made where there is none.

    Raises
    ------
    StoreError
        Where it cannot be opened.

    Attributes
    ----------
    damage
        What showed, at any call, that its files are damaged; None where nothing did.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._options = folder, _options()
        self.damage: str | None = None
        path = str(folder)
        with self._said("opening"):
            folder.parent.mkdir(parents=True, exist_ok=True)
            exists = (folder / "CURRENT").exists()
            names = Rdict.list_cf(path, self._options) if exists else [DEFAULT]
            self._main = Rdict(
                path, self._options, column_families=dict.fromkeys(names, self._options)
            )
            self._parts = {name: self._main.get_column_family(name) for name in names}
            self._handles = {name: self._main.get_column_family_handle(name) for name in names}

    @property
    def parts(self) -> list[str]:
        """Names of its column families."""
        return sorted(self._parts)

    def make(self, part: str) -> None:
        """Make a column family; nothing happens where there is one."""
        if part not in self._parts:
            with self._said(part):
                self._parts[part] = self._main.create_column_family(part, self._options)
                self._handles[part] = self._main.get_column_family_handle(part)

    def drop(self, part: str) -> None:
        """Drop a column family with all that it holds."""
        self._handles.pop(part, None)
        if self._parts.pop(part, None) is not None:
            with self._said(part):
                self._main.drop_column_family(part)

    def handle(self, part: str) -> ColumnFamily:
        """Return what a batch is told to write to a column family."""
        return self._handles[part]

    def get(self, part: str, key: bytes) -> bytes | None:
        """Read a value."""
        with self._said(part):
            found = self._parts[part].get(key)
        return None if found is None else bytes(found)

    def first(self, part: str, begin: bytes, end: bytes) -> bytes | None:
        """Return the first key from `begin` on and below `end`."""
        return next((key for key, _ in self.scan(part, begin, end)), None)

    def scan(
        self, part: str, begin: bytes, end: bytes, *, newest_first: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the keys from `begin` on and below `end`, with their values, in their order.

        A column family that has been dropped is empty.
        """
        of_part = self._parts.get(part)
        if of_part is None:
            return
        with self._said(part):
            rows = of_part.iter()
            if newest_first:
                rows.seek_for_prev(end)
                while rows.valid() and rows.key() >= begin:
                    if rows.key() < end:
                        yield rows.key(), rows.value()
                    rows.prev()
            else:
                rows.seek(begin)
                while rows.valid() and rows.key() < end:
                    yield rows.key(), rows.value()
                    rows.next()
            rows.status()  # a block that cannot be read ends the rows without a word

    def with_prefix(self, part: str, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield what begins with a prefix."""
        yield from self.scan(part, prefix, next_prefix(prefix))

    def write(self, batch: WriteBatch) -> None:
        """Write all of a batch, or nothing."""
        with self._said("writing"):
            self._main.write(batch)

    def size(self, part: str) -> int:
        """Return the bytes of a column family, on disk and in memory, about."""
        of_part = self._parts[part]
        names = ("rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables")
        with self._said(part):
            return sum(of_part.property_int_value(name) or 0 for name in names)

    def close(self) -> None:
        """Close it; errors no longer matter."""
        self._handles.clear()  # the files are locked as long as one of these is held
        for part in [*self._parts.values(), self._main]:
            with contextlib.suppress(Exception):
                part.close()
        self._parts.clear()

    @contextlib.contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Raise what rocksdict says as an error of the store, which names the folder."""
        try:
            yield
        except GeneratorExit:
            raise
        except Exception as error:  # rocksdict raises bare ones
            said = f"{self._folder}: must be files that can be used ({what}); {error}"
            if any(sign in str(error) for sign in _DAMAGE):
                self.damage = said  # no exception: its frames would keep the files open
                raise DamagedStore(said) from None
            raise StoreError(f"{said}. {_REMEDY}") from None


def _options() -> Options:
    """Return options that bound the memory: three buffers, and a cache for all."""
    table = BlockBasedOptions()
    table.set_block_cache(Cache(_CACHE_BYTES))
    table.set_block_size(16 << 10)
    table.set_cache_index_and_filter_blocks(v=True)
    options = Options(raw_mode=True)
    options.create_if_missing(create_if_missing=True)
    options.create_missing_column_families(create_missing_cfs=True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(_BUFFER_BYTES)
    options.set_db_write_buffer_size(3 * _BUFFER_BYTES)
    options.set_max_total_wal_size(4 * _BUFFER_BYTES)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_bottommost_compression_type(DBCompressionType.zstd())
    options.set_max_background_jobs(2)
    options.set_max_open_files(256)
    options.set_keep_log_file_num(2)
    options.set_max_log_file_size(1 << 20)
    return options
