"""Every topic and consumer group that Weathervane needs, and the settings that topics must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.config.model import Config

DAY_MS = 86_400_000
LEAST_KEPT_MS = 2 * DAY_MS
ALERTS_RETENTION_MS = 2 * 365 * DAY_MS
APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
"""The broker sets the times of records: no clock of a sender can be ahead of them."""

SERIES_RETENTION_MS = 90 * DAY_MS
SERIES_BYTES = 2**31
"""Of a partition: whichever bound is reached first, the oldest go."""

ASKED_RETENTION_MS = 7 * DAY_MS

REMOVALS_KEPT_MS = 90 * DAY_MS
"""So long may the sequencer of the registry stand still, and still learn what was removed."""

LARGEST_RECORD = {"max.message.bytes": "8388608"}


@dataclass(frozen=True)
class TopicSpec:
    """What a topic must be.

    Attributes
    ----------
    name
        The topic.
    partitions
        The number of partitions: for creation and, unless `any_partitions`, for the check.
    cleanup
        Its ``cleanup.policy``.
    retention_ms
        The least ``retention.ms``; -1 means for ever; None means that any will do.
    config
        Further settings for creation. In an existing topic only ``max.message.bytes`` is checked,
        because a smaller one makes writes fail; the others are its owner's affair.
    any_partitions
        Whether an existing topic may have another number of partitions.
    more_partitions
        Whether it may have more: those that it had before there were fewer shards.
    only_read
        Whether it is another's: it is never made, and its owner mends it.
    in_backup
        Whether a backup holds its records.
    """

    name: str
    partitions: int
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    any_partitions: bool = False
    more_partitions: bool = False
    only_read: bool = False
    in_backup: bool = True

    def settings(self) -> dict[str, str]:
        """Return the settings for its creation."""
        retention = {} if self.retention_ms is None else {"retention.ms": str(self.retention_ms)}
        return {"cleanup.policy": self.cleanup, **retention, **self.config}


def detect_group(config: Config) -> str:
    """Return the consumer group of the detect workers, which is also Faust's name for them."""
    return config.consumer_group("detect")


def count_group(config: Config) -> str:
    """Return the consumer group of the counting processes."""
    return config.consumer_group("count")


def registry_group(config: Config) -> str:
    """Return the consumer group of the sequencer of the registry."""
    return config.consumer_group("registry")


def changelog_topic(config: Config) -> str:
    """Return the topic in which Faust keeps the detect workers' state."""
    return config.topic("detect-state-changelog")


def _schemas(config: Config) -> TopicSpec:
    """Return the topic of what was decided about schemas: few records, and all are needed.

    The first record about an id holds, so it must not be compacted.
    """
    return TopicSpec(config.topic("schemas"), 1, retention_ms=-1, config=LARGEST_RECORD)


def _series(config: Config) -> list[TopicSpec]:
    """Return the topics of what people look at; who loses them loses a view, and no alert."""
    return [
        TopicSpec(
            config.topic("series"),
            config.detect.shards,
            retention_ms=SERIES_RETENTION_MS,
            config={"retention.bytes": str(SERIES_BYTES), "segment.bytes": str(SERIES_BYTES // 16)},
            more_partitions=True,
            in_backup=False,
        ),
        # The broker's time says how long an entity is asked for.
        TopicSpec(
            config.topic("asked"),
            1,
            retention_ms=ASKED_RETENTION_MS,
            config={
                **APPEND_TIME,
                "retention.bytes": str(2**26),
                "segment.bytes": str(2**22),
            },
            in_backup=False,
        ),
    ]


def topic_plan(config: Config) -> list[TopicSpec]:
    """Return the specification of every topic.

    Whatever a restart may have to count again must still be there. So raw topics, rejects and
    counts are kept for three times the largest bucket plus lateness, and for two days at least.
    Another's topic must hold what its own sources need.
    """
    shards = config.detect.shards
    longest_s = max(s.bucket_s + s.lateness_s for s in config.sources.values())
    retention_ms = max(LEAST_KEPT_MS, int(3000 * longest_s))
    sources = [
        TopicSpec(
            topic,
            of[0].table.partitions,
            retention_ms=max(int(3000 * (s.bucket_s + s.lateness_s)) for s in of)
            if of[0].only_read
            else retention_ms,
            config={} if of[0].only_read else APPEND_TIME,
            any_partitions=True,
            only_read=of[0].only_read,
        )
        for topic, of in config.by_topic.items()
    ]
    return [
        *sources,
        # The newest record of an entry matters; who is slow to read must still learn of removals,
        # and of what was replaced while its control record is in counts.
        TopicSpec(
            config.topic("registry"),
            1,
            cleanup="compact",
            config={
                "min.compaction.lag.ms": str(2 * retention_ms),
                "delete.retention.ms": str(REMOVALS_KEPT_MS),
            },
        ),
        TopicSpec(config.topic("rejects"), 1, retention_ms=retention_ms, any_partitions=True),
        TopicSpec(config.topic("counts"), shards, retention_ms=retention_ms, config=LARGEST_RECORD),
        *([_schemas(config)] if config.asks_registries else []),
        TopicSpec(
            config.topic("alerts"), shards, retention_ms=ALERTS_RETENTION_MS, more_partitions=True
        ),
        # What earlier versions wrote of labels; they are actions now.
        TopicSpec(config.topic("labels"), 1, retention_ms=ALERTS_RETENTION_MS),
        # Texts of actions: a record without a value erases one.
        TopicSpec(config.topic("notes"), 1, cleanup="compact"),
        # Actions are few and need one order. Readers want replaced ones too: no compaction.
        TopicSpec(config.topic("actions"), 1, retention_ms=ALERTS_RETENTION_MS),
        # A case may last, and is read again, for years; few records.
        TopicSpec(config.topic("cases"), 1, retention_ms=-1),
        # It holds whole alerts, in base64.
        TopicSpec(
            config.topic("undelivered"), 1, retention_ms=ALERTS_RETENTION_MS, config=LARGEST_RECORD
        ),
        # The latest record of a user, a token or a session is all that matters.
        TopicSpec(config.topic("users"), 1, cleanup="compact"),
        # Hashes of the feeds' trees, which outlive alerts, and the keys that sign.
        TopicSpec(config.topic("checkpoints"), 1, cleanup="compact"),
        # Whoever sends next reads what was sent to whom.
        TopicSpec(config.topic("notifications"), 1, retention_ms=ALERTS_RETENTION_MS),
        *_series(config),
        TopicSpec(changelog_topic(config), shards, cleanup="compact", config=LARGEST_RECORD),
    ]
