"""Compares an existing topic with its specification, and says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from streams.broker.topics.plan import DAY_MS, LEAST_KEPT_MS, TopicSpec

_FOREVER = -1


@dataclass(frozen=True)
class ExistingTopic:
    """A topic that exists; `config` lacks the settings that the broker does not report."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class TopicReport:
    """The result for one topic; `detail` is a sentence for people."""

    name: str
    status: Literal["created", "ok", "problem"]
    detail: str


def problems_with(spec: TopicSpec, found: ExistingTopic, bootstrap: str) -> Iterator[str]:
    """Yield what is wrong with an existing topic: what was found, the rule, and the remedy."""
    yield from _partitions(spec, found, bootstrap)
    policy = found.config.get("cleanup.policy", "delete")
    if spec.only_read:
        yield from _kept_for_a_recount(spec, found, policy)
        return
    if policy != spec.cleanup:
        yield (
            f"cleanup.policy is {policy}, must be {spec.cleanup}; "
            f"{_alter(spec, bootstrap, f'cleanup.policy={spec.cleanup}')}"
        )
    too_short = _too_short(spec, found)
    if too_short is not None:
        yield f"{too_short}; {_alter(spec, bootstrap, f'retention.ms={spec.retention_ms}')}"
    least_bytes = spec.config.get("max.message.bytes")
    found_bytes = found.config.get("max.message.bytes")
    if least_bytes is not None and found_bytes is not None and int(found_bytes) < int(least_bytes):
        yield (
            f"max.message.bytes is {found_bytes}, must be at least {least_bytes}; "
            f"{_alter(spec, bootstrap, f'max.message.bytes={least_bytes}')}"
        )


def _kept_for_a_recount(spec: TopicSpec, found: ExistingTopic, policy: str) -> Iterator[str]:
    """Yield why records of another's topic may be gone before a restart has counted them again."""
    if "compact" in policy:
        yield (
            f"cleanup.policy is {policy}, must be delete: what is compacted away cannot be counted"
            " again after a restart; ask its owner for a topic that is not compacted"
        )
    too_short = _too_short(spec, found)
    if too_short is not None:
        yield (
            f"{too_short}, since a restart counts open buckets again; ask its owner to raise it, or"
            " make bucket and lateness smaller"
        )


def _too_short(spec: TopicSpec, found: ExistingTopic) -> str | None:
    retention_ms = int(found.config.get("retention.ms", _FOREVER))
    least_ms = spec.retention_ms
    if least_ms is None or retention_ms == _FOREVER or 0 <= least_ms <= retention_ms:
        return None
    return f"retention.ms is {_time(retention_ms)}, must be at least {_time(least_ms)}"


def warnings_with(spec: TopicSpec, found: ExistingTopic, bootstrap: str) -> Iterator[str]:
    """Yield what works in an existing topic, and should be another way."""
    retention_ms = int(found.config.get("retention.ms", _FOREVER))
    if spec.only_read and _FOREVER != retention_ms < LEAST_KEPT_MS:
        yield (
            f"warning: retention.ms is {_time(retention_ms)}, should be at least"
            f" {_time(LEAST_KEPT_MS)}: what comes while nothing counts for longer is lost"
        )
    wanted = spec.config.get("message.timestamp.type")
    kind = found.config.get("message.timestamp.type")
    if wanted is not None and kind is not None and kind != wanted:
        yield (
            f"warning: message.timestamp.type is {kind}, should be {wanted}, so that fast clocks"
            " make nobody late and buckets close sooner;"
            f" {_alter(spec, bootstrap, f'message.timestamp.type={wanted}')}"
        )


def _partitions(spec: TopicSpec, found: ExistingTopic, bootstrap: str) -> Iterator[str]:
    if spec.any_partitions or found.partitions == spec.partitions:
        return
    if spec.more_partitions and found.partitions > spec.partitions:
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
    return "-1 (for ever)" if ms == _FOREVER else f"{ms} ({ms / DAY_MS:.3g} d)"
