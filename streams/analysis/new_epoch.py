"""A new epoch on Kafka: the old feeds end, and detect's next start finds a warmed state, or none.

But for `first_epoch`, nothing of the monitor may run meanwhile. Each step can be done again after a
crash: what is already in a topic is not written twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streams.alerts.cloudevent import CONTENT_TYPE, Successor
from streams.alerts.ending import FeedEnds, place_of
from streams.alerts.era import Era
from streams.alerts.rendering import Published
from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.contents import go_back, grow, records_in, set_positions
from streams.broker.topics.instances import members_left
from streams.broker.topics.offsets import committed, end_offsets
from streams.broker.topics.plan import changelog_topic, count_group, detect_group
from streams.config.model import Config
from streams.config.names import CARRIED_FROM
from streams.delivery.channels.table import group_id
from streams.detection.checkpoint import epoch_of
from streams.detection.protocol import Publish, ShardProtocol
from streams.detection.shard import Shard
from streams.registry.first_rows import first_rows
from streams.registry.table import Registry

NEVER_S = float("inf")
"""Time of writing of counts that raise no early alerts: all buckets were over by then."""

NEWEST = 1000
"""Records at the end of each partition of ``alerts`` that tell the newest epoch."""


class StillRuns(Exception):
    """Processes of the monitor run that must not."""


def ends_of(connection: Connection, config: Config, newest: int | None = None) -> FeedEnds:
    """Read from ``alerts`` how its feeds stand; records that were carried over have no number here.

    Parameters
    ----------
    connection, config
        The broker, and the configuration, which names the topic.
    newest
        Only so many records of each partition; None means all.
    """
    ends = FeedEnds()
    for stored in records_in(connection, config.topic("alerts"), newest):
        if stored.value is not None and CARRIED_FROM not in stored.headers:
            ends.take(stored.partition, stored.value)
    return ends


def first_epoch(connection: Connection, config: Config) -> int:
    """Return the epoch of feeds that begin without a state; after a reset end those before it.

    Several workers may do it at once: all write the same, and readers drop what comes again. While
    a state is stored nothing is written.
    """
    newest = ends_of(connection, config, NEWEST)
    if newest.newest_epoch == 0 or _has_state(connection, config):
        return newest.next_epoch
    ends = ends_of(connection, config)
    shards = range(config.detect.shards)
    successors = [
        Successor(group, shard, ends.next_epoch) for shard in shards for group in config.groups
    ]
    _write(connection, config, list(ends.endings(successors, {})))
    return ends.next_epoch


def _has_state(connection: Connection, config: Config) -> bool:
    """Whether a state was ever stored in the changelog as it is, or counts were acknowledged."""
    stored = end_offsets(connection, [changelog_topic(config)])
    return any(stored.values()) or any(
        offset > 0 for offset in committed(connection, detect_group(config)).values()
    )


def require_stopped(connection: Connection, config: Config) -> None:
    """Raise `StillRuns` where count, detect or a webhook's queue has members.

    One that has ended is waited for as long as its session lasts.
    """
    queues = [group_id(config.name, receiver) for receiver in config.programs]
    running = members_left(connection, (count_group(config), detect_group(config), *queues))
    if running:
        raise StillRuns(
            f"count, detect and serve must be stopped; groups {', '.join(running)} have members."
            " Stop them, and run this again"
        )


def stored_epochs(connection: Connection, config: Config) -> dict[int, int]:
    """Epoch of the state that is stored, by shard; empty where there is none.

    The epoch is 0 where this version cannot read the state.
    """
    heads: dict[bytes, tuple[int, bytes]] = {}
    for stored in records_in(connection, changelog_topic(config)):
        if stored.key is not None and stored.key.endswith(b"/head"):
            heads.pop(stored.key, None)
            if stored.value is not None:
                heads[stored.key] = (stored.partition, stored.value)
    return {shard: epoch_of(head) for shard, head in heads.values()}


def finish_old(connection: Connection, config: Config) -> None:
    """Judge what counts hold beyond detect's state, and publish it; without a state nothing.

    Raises
    ------
    StateLost
        Where this version cannot read the state.
    RecordsGone
        Where counts that it needs are gone.
    """
    slots: dict[int, dict[bytes, bytes]] = {}
    for stored in records_in(connection, changelog_topic(config)):
        held = slots.setdefault(stored.partition, {})
        if stored.key is not None and stored.value is not None:
            held[stored.key] = stored.value
        elif stored.key is not None:
            held.pop(stored.key, None)
    judging = {
        number: found
        for number in range(config.detect.shards)
        if (found := ShardProtocol(number, config, slots.get(number, {}))).restored
    }
    slots.clear()
    moving: list[tuple[int, Published]] = []
    for stored in records_in(connection, config.topic("counts")):
        of_shard = judging.get(stored.partition)
        if of_shard is None or stored.offset < of_shard.shard.position:
            continue
        for step in of_shard.take(stored.offset, stored.value, NEVER_S):
            if isinstance(step, Publish):
                moving += [(stored.partition, alert) for alert in step.alerts]
    _write(connection, config, moving)


def publish(
    connection: Connection, config: Config, ends: FeedEnds, shards: Sequence[Shard], era: Era
) -> int:
    """End the old feeds and begin the new ones; return how many alerts go on.

    Parameters
    ----------
    connection, config
        The broker, and the configuration of the new epoch.
    ends
        How the feeds stand.
    shards, era
        The warmed shards, and what they began from.
    """
    moved = ends.moved_to(era.epoch)
    begun = [(shard.number, alert) for shard in shards for alert in shard.begin_again(moved)]
    goes_on = {place_of(moving.alert): moving.alert.alert_id for _, moving in begun}
    successors = [
        Successor(group, shard.number, era.epoch) for shard in shards for group in config.groups
    ]
    _grow(connection, config, len(shards))
    _write(connection, config, [*ends.endings(successors, goes_on), *begun])
    return len(begun)


def _grow(connection: Connection, config: Config, partitions: int) -> None:
    """Give ``alerts`` a partition for each shard; a queue that has begun reads new ones whole."""
    topic = config.topic("alerts")
    grow(connection, topic, partitions)
    for receiver in config.programs:
        group = group_id(config.name, receiver)
        begun = {number for of, number in committed(connection, group) if of == topic}
        if begun:  # told by what it has committed: the command may have been ended after `grow`
            new = {(topic, n): 0 for n in range(partitions) if n not in begun}
            set_positions(connection, group, new)


def _write(connection: Connection, config: Config, moving: Sequence[tuple[int, Published]]) -> None:
    writer = RecordWriter(connection, compression="none")
    headers = {"content-type": CONTENT_TYPE.encode()}
    for shard, alert in moving:
        writer.write(config.topic("alerts"), alert.value, alert.key, shard, headers)
    writer.flush()


def store(
    connection: Connection, config: Config, shards: Sequence[Shard], begins: Mapping[int, int]
) -> None:
    """Store the shards' state; detect begins each at an offset of ``counts``. Heads come last.

    What was declared is what the topic ``registry`` says, not what was recorded: an archive of
    another cluster numbers its rows in another order, and detect would pass over new ones.
    """
    writer, topic = RecordWriter(connection, compression="none"), changelog_topic(config)
    for shard in shards:
        shard.skip(begins.get(shard.number, 0) - 1)
        declared = Registry()
        declared.begin(*first_rows(connection, config, shard.number))
        shard.registry.take_over(declared)
        head: tuple[bytes, bytes] | None = None
        for slot in shard.checkpoint():
            if head is not None:
                writer.write(topic, head[1], head[0], shard.number)
            head = slot
        writer.flush()
        if head is not None:
            writer.write(topic, head[1], head[0], shard.number)
            writer.flush()


def count_again(connection: Connection, config: Config, shards: Sequence[Shard]) -> None:
    """Let count begin, in each source, with the first record of a bucket that is not closed."""
    to_s: dict[str, float] = {}
    for name, sources in config.groups.items():
        closed = [shard.groups[name].merge.closed for shard in shards]
        for source in sources:
            if None not in closed:
                begin_s = min(each or 0 for each in closed) - source.max_ahead_s
                to_s[source.topic] = min(begin_s, to_s.get(source.topic, begin_s))
    go_back(connection, count_group(config), to_s)
