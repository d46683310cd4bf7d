"""What recorded senders belong to: unfolded where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from streams.archive.schema import WIDER
from streams.items import Level


class RecordedParents(Mapping[str, set[tuple[Level, str]]]):
    """What a bucket's senders belong to, over all sources.

    Examples
    --------
    >>> parents = RecordedParents()
    >>> names = pa.table({"signature": [None], "platform": [["Mall"]], "category": [None]})
    >>> parents.add(["a"], names)
    >>> parents["a"], "b" in parents
    ({('platform', 'Mall')}, False)
    """

    def __init__(self) -> None:
        self._tables: list[tuple[Sequence[str], pa.Table]] = []
        self._unfolded: dict[str, set[tuple[Level, str]]] | None = None

    def add(self, senders: Sequence[str], rows: pa.Table) -> None:
        """Add senders, with their rows of the table of counts."""
        if any(rows[level].null_count < len(rows) for level in WIDER):
            self._tables.append((senders, rows))

    def joined(self, more: RecordedParents) -> RecordedParents:
        """Both together."""
        self._tables += more._tables
        return self

    def _all(self) -> dict[str, set[tuple[Level, str]]]:
        if self._unfolded is None:
            self._unfolded = {}
            for senders, rows in self._tables:
                for level in WIDER:
                    for sender, names in zip(senders, rows[level].to_pylist(), strict=True):
                        if names:
                            of = self._unfolded.setdefault(sender, set())
                            of.update((level, name) for name in names)
        return self._unfolded

    def __getitem__(self, sender: str) -> set[tuple[Level, str]]:
        return self._all()[sender]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
