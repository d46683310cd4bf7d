"""Totals that wait for a lane, in a file without a name: it ends with the process."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path


class FileShelf:
    """Keeps bytes in a file; a restart reads them again from ``counts``.

    The file is emptied when nothing is left in it: what waits for one lane comes back together.

    Parameters
    ----------
    folder
        Where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (open as long as this is)
        weakref.finalize(self, self._file.close)
        self._places: dict[int, tuple[int, int]] = {}
        self._next = self._end = 0

    def put(self, packed: bytes) -> int:
        """See `streams.detection.sealing.Shelf`."""
        self._file.seek(self._end)
        self._file.write(packed)
        number, self._next = self._next, self._next + 1
        self._places[number] = self._end, len(packed)
        self._end += len(packed)
        return number

    def take(self, number: int) -> bytes:
        """See `streams.detection.sealing.Shelf`."""
        at, size = self._places.pop(number)
        self._file.seek(at)
        packed = self._file.read(size)
        if not self._places:
            self._file.truncate(0)
            self._end = 0
        return packed
