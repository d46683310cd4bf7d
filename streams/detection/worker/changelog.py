"""The changelog of detect's state: slots written to RocksDB and Kafka, and how far both agree."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any


class Changelog:
    """One partition of detect's state: RocksDB's copy, and the topic that holds the state itself.

    It goes past the table's own access, which asks which event is current and notes the offset of
    whatever has been sent as the one through which RocksDB holds the changelog: see `hold`.

    Parameters
    ----------
    table
        Faust's table.
    partition
        The partition of its changelog, as Faust names it.
    """

    def __init__(self, table: Any, partition: Any) -> None:
        self._table, self._partition = table, partition
        self._number: int = partition.partition

    @property
    def local(self) -> Any:
        """RocksDB's copy: a mapping of keys to slots."""
        return self._table.data._db_for_partition(self._number)

    def put(self, slots: Iterable[tuple[bytes, bytes]]) -> list[Awaitable[Any]]:
        """Write slots here and send them; await what is returned, then call `hold` with it.

        Faust only logs a changelog write that failed: waiting for it raises.
        """
        local, sent = self.local, []
        for key, value in slots:
            local.put(key, value)
            sent.append(self._send(key, value))
        return sent

    async def delete(self, keys: Iterable[bytes]) -> None:
        """Delete slots in Kafka and then here: what is lost on the way is found again."""
        gone = list(keys)
        arrived = await arrivals([self._send(key, None) for key in gone])
        local = self.local
        for key in gone:
            local.delete(key)
        self.hold(arrived)

    def _send(self, key: bytes, value: bytes | None) -> Awaitable[Any]:
        topic: Any = self._table.changelog_topic
        sent: Awaitable[Any] = topic.send_soon(
            key=key,
            value=value,
            partition=self._number,
            key_serializer="raw",
            value_serializer="raw",
        )
        return sent

    def hold(self, arrived: Iterable[Any]) -> None:
        """Note how far RocksDB holds the changelog: recovery begins there.

        Between this worker's writes there may be another's, which had the shard while this
        one was taken for dead: those are not here, and must be read again.
        """
        store: Any = self._table.data
        held = store.persisted_offset(self._partition)
        through = held_through(held, [record.offset for record in arrived])
        if through is not None and through != held:
            store.set_persisted_offset(self._partition, through)


class WriteDropped(Exception):
    """The client has dropped a write: it is about to end, or was away from the broker for long."""


async def arrivals(sent: Iterable[Awaitable[Any]]) -> list[Any]:
    """Wait for every write.

    Raises
    ------
    WriteDropped
        Where the client has given a write up. It does so by a cancellation, which is no reason to
        take the waiting task for cancelled: Faust would end with a traceback and no reason.
    Exception
        The error of the first write that failed.
    """
    try:
        return [await future for future in sent]
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise WriteDropped("the client has dropped a write that it had not sent") from None


def held_through(held: int | None, written: Iterable[int]) -> int | None:
    """Offset through which all records are held, once those at `written` are.

    Examples
    --------
    >>> held_through(7, [9, 8])
    9
    >>> held_through(7, [8, 12])  # 9 to 11 are another worker's
    8
    >>> print(held_through(None, [3]))
    None
    """
    through = -1 if held is None else held
    for offset in sorted(written):
        if offset == through + 1:
            through = offset
    return None if through == -1 else through
