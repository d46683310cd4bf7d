"""What a topic is to be, what one is, and whether that will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

_DAY_MS = 86_400_000
_FOREVER = -1


@dataclass(frozen=True)
class TopicSpec:
    """What a topic is to be.

    Attributes
    ----------
    name
        The topic.
    partitions
        How many it is made with, and must have.
    cleanup
        Its ``cleanup.policy``.
    retention_ms
        Its ``retention.ms``: at least so much must be kept; -1 for ever; None does not care.
    config
        Other settings it is made with. Of an existing topic only ``max.message.bytes``
        is checked, because a smaller one makes writes fail; the rest is its owner's.
    any_partitions
        Whether an existing topic may have another number of partitions.
    """

    name: str
    partitions: int
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    any_partitions: bool = False

    def settings(self) -> dict[str, str]:
        """Return the settings that it is made with."""
        retention = {} if self.retention_ms is None else {"retention.ms": str(self.retention_ms)}
        return {"cleanup.policy": self.cleanup, **retention, **self.config}


@dataclass(frozen=True)
class ExistingTopic:
    """What a topic is; `config` may lack settings that a broker does not tell."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class TopicReport:
    """What became of one topic: `detail` is a sentence for people."""

    name: str
    status: Literal["created", "ok", "problem"]
    detail: str


def problems_with(spec: TopicSpec, found: ExistingTopic, bootstrap: str) -> Iterator[str]:
    """Yield what is wrong with an existing topic: found, wanted, and the remedy."""
    yield from _partitions(spec, found, bootstrap)
    policy = found.config.get("cleanup.policy", "delete")
    if policy != spec.cleanup:
        yield (
            f"cleanup.policy is {policy}, must be {spec.cleanup}; "
            f"{_alter(spec, bootstrap, f'cleanup.policy={spec.cleanup}')}"
        )
    kept = int(found.config.get("retention.ms", _FOREVER))
    wanted = spec.retention_ms
    if wanted is not None and kept != _FOREVER and (wanted == _FOREVER or kept < wanted):
        yield (
            f"retention.ms is {_time(kept)}, must be at least {_time(wanted)}; "
            f"{_alter(spec, bootstrap, f'retention.ms={wanted}')}"
        )
    largest = spec.config.get("max.message.bytes")
    taken = found.config.get("max.message.bytes")
    if largest is not None and taken is not None and int(taken) < int(largest):
        yield (
            f"max.message.bytes is {taken}, must be at least {largest}; "
            f"{_alter(spec, bootstrap, f'max.message.bytes={largest}')}"
        )


def _partitions(spec: TopicSpec, found: ExistingTopic, bootstrap: str) -> Iterator[str]:
    if spec.any_partitions or found.partitions == spec.partitions:
        return
    if found.partitions < spec.partitions:
        remedy = (
            f"kafka-topics.sh --bootstrap-server {bootstrap} --alter --topic {spec.name} "
            f"--partitions {spec.partitions} (only before data are in it: keys move)"
        )
    else:
        remedy = "Kafka cannot take partitions away: delete the topic, or configure that number"
    yield f"has {_count(found.partitions)}, must have {spec.partitions}; {remedy}"


def _alter(spec: TopicSpec, bootstrap: str, setting: str) -> str:
    return (
        f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics "
        f"--entity-name {spec.name} --add-config {setting}"
    )


def _count(partitions: int) -> str:
    return f"{partitions} partition" + ("" if partitions == 1 else "s")


def _time(ms: int) -> str:
    return "-1 (for ever)" if ms == _FOREVER else f"{ms} ({ms / _DAY_MS:.3g} d)"
