"""Which topics Weathervane needs, and how they must be."""

from __future__ import annotations

from streams.broker.topics.topic import TopicSpec
from streams.config.model import Config

DAY_MS = 86_400_000
ALERTS_KEPT_MS = 2 * 365 * DAY_MS
LARGEST_RECORD = {"max.message.bytes": "8388608"}


def detect_group(config: Config) -> str:
    """Consumer group, and Faust's name, of the detect workers."""
    return f"weathervane-detect-{config.name}"


def count_group(config: Config) -> str:
    """Consumer group of the counting processes."""
    return f"weathervane-count-{config.name}"


def changelog_topic(config: Config) -> str:
    """Topic that Faust keeps the monitor's state in."""
    return f"{detect_group(config)}-state-changelog"


def topic_plan(config: Config) -> list[TopicSpec]:
    """Return every topic, as the contract's table has it.

    What may have to be counted again must still be there: raw topics, rejects and counts
    are kept for three of the largest bucket and lateness, and two days at least.
    """
    shards = config.detect.shards
    longest_s = max(s.bucket_s + s.lateness_s for s in config.sources.values())
    keep_ms = max(2 * DAY_MS, int(3000 * longest_s))
    sources = [
        TopicSpec(s.topic, s.table.partitions, retention_ms=keep_ms, any_partitions=True)
        for s in config.sources.values()
    ]
    return [
        *sources,
        TopicSpec("rejects", 1, retention_ms=keep_ms, any_partitions=True),
        TopicSpec("counts", shards, retention_ms=keep_ms, config=LARGEST_RECORD),
        TopicSpec("alerts", shards, retention_ms=ALERTS_KEPT_MS),
        # Few, and one order for all; never compacted, since what was said before is kept, too.
        TopicSpec("labels", 1, retention_ms=ALERTS_KEPT_MS),
        TopicSpec(changelog_topic(config), shards, cleanup="compact", config=LARGEST_RECORD),
    ]
