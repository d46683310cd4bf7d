"""What recorded senders belong to: unfolded where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

import pyarrow as pa
import pyarrow.compute as pc

from streams.archive.schema import WIDER
from streams.detection.context.membership import Wider


class RecordedParents(Mapping[str, set[Wider]]):
    """What a bucket's senders belong to, over all sources.

    Examples
    --------
    >>> parents = RecordedParents()
    >>> names = pa.table({"signature": pa.nulls(1, pa.list_(pa.string())), "platform": [["Mall"]],
    ...                   "category": pa.nulls(1, pa.list_(pa.string()))})
    >>> parents.add(["a"], names)
    >>> parents["a"], parents.get("b"), parents.members({("platform", "Mall")})
    ({('platform', 'Mall')}, None, {'a'})
    """

    def __init__(self) -> None:
        self._tables: list[tuple[Sequence[str], pa.Table]] = []
        self._rows: list[dict[str, int]] | None = None

    def add(self, senders: Sequence[str], rows: pa.Table) -> None:
        """Add senders, with their rows of the table of counts."""
        if any(rows[level].null_count < len(rows) for level in WIDER):
            self._tables.append((senders, rows.select(WIDER).combine_chunks()))

    def joined(self, more: RecordedParents) -> RecordedParents:
        """Both together."""
        self._tables += more._tables
        self._rows = None
        return self

    def _places(self) -> list[dict[str, int]]:
        if self._rows is None:
            self._rows = [{one: at for at, one in enumerate(of)} for of, _ in self._tables]
        return self._rows

    def __getitem__(self, sender: str) -> set[Wider]:
        names: set[Wider] = set()
        for at, (_, rows) in zip(self._places(), self._tables, strict=True):
            if sender in at:
                for level in WIDER:
                    names.update((level, name) for name in rows[level][at[sender]].as_py() or ())
        if not names:
            raise KeyError(sender)
        return names

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(one for of, _ in self._tables for one in of)
        return (one for one in names if one in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, sender: object) -> bool:
        return isinstance(sender, str) and bool(self.get(sender))

    def __bool__(self) -> bool:
        return bool(self._tables)

    def members(self, of: Set[Wider]) -> set[str]:
        """See `streams.detection.context.membership.members`."""
        found: set[str] = set()
        for level in WIDER:
            names = pa.array([name for at, name in of if at == level], pa.string())
            for senders, rows in self._tables if len(names) else ():
                column = rows[level].combine_chunks()
                mine = pc.is_in(pc.list_flatten(column), value_set=names)
                places = pc.filter(pc.list_parent_indices(column), mine)
                found.update(senders[place] for place in places.to_pylist())
        return found
