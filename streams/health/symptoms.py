"""What is wrong with the monitor: the limits are those of the rules in ``operations/``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.config.model import Config
from streams.health.status import Consumers, Health, Process, WebhookState

FLUSH_LATE_S = 60.0
CHECKPOINT_LATE_S = 120.0
CHECKPOINTS_MISSED = 6
OVERDUE_S, OVERDUE_BUCKETS = 900.0, 2
ARCHIVE_S = 30 * 86400.0
"""Data older than that are a recording being played, which no clock makes overdue."""

WEBHOOK_LATE_S = 60.0
BEHIND_S = 300.0
BAD_SHARE, BAD_AT_LEAST = 0.01, 100


def symptoms(config: Config, found: Health) -> list[str]:
    """Say what is wrong, one sentence each; nothing where all is well."""
    return [
        *_process_problems(config, found.processes),
        *([] if found.broker_error is None else [found.broker_error]),
        *_consumer_problems(found.consumers),
        *_count_problems(found),
        *_detect_problems(config, found),
        *_webhook_problems(found.webhooks),
    ]


def _process_problems(config: Config, processes: Sequence[Process]) -> Iterator[str]:
    for one in processes:
        name = one.process or "a process"
        if one.error is not None:
            yield f"{name} at {one.at} is down, or cannot be asked: {one.error}"
        elif one.config != config.hash:
            yield (
                f"{name} at {one.at} runs by configuration {one.config}; the one read here is"
                f" {config.hash}: restart it, or name its own with --config"
            )


def _consumer_problems(consumers: Sequence[Consumers]) -> Iterator[str]:
    for one in consumers:
        if not one.members:
            yield (
                f"group {one.group} has no process in it; {one.uncommitted:,} records wait for one"
            )


def _count_problems(found: Health) -> Iterator[str]:
    if found.flush_age_s is not None and found.flush_age_s > FLUSH_LATE_S:
        yield f"count has had nothing acknowledged for {found.flush_age_s:,.0f} s"
    up_s = max((p.up_s or 0.0 for p in found.processes if p.process == "count"), default=0.0)
    for one in found.sources:
        rejects, late = sum(one.rejects.values()), sum(one.late.values())
        records = one.events + rejects
        for what, number, reasons in (("rejects", rejects, one.rejects), ("late", late, one.late)):
            if number >= BAD_AT_LEAST and number > BAD_SHARE * records:
                why = max(reasons, key=lambda name: reasons[name])
                yield (
                    f"source {one.source}: {number:,} of {records:,} records since the start are"
                    f" {what}, most of them {why}"
                )
        if one.lag_records * up_s > BEHIND_S * records:
            yield (
                f"source {one.source}: {one.lag_records:,} records behind, more than"
                f" {BEHIND_S:.0f} s at the pace since the start"
            )


def _detect_problems(config: Config, found: Health) -> Iterator[str]:
    longest_s = max(CHECKPOINT_LATE_S, CHECKPOINTS_MISSED * config.detect.checkpoint_every)
    for shard in found.shards:
        if shard.checkpoint_age_s > longest_s:
            yield (
                f"shard {shard.shard}: what came {shard.checkpoint_age_s:,.0f} s ago is in no"
                " checkpoint yet"
            )
    for group in found.groups:
        overdue_s = group.overdue_s or 0.0
        limit_s = OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s
        if limit_s < overdue_s < ARCHIVE_S:
            yield f"group {group.group}: its next bucket should have closed {overdue_s:,.0f} s ago"
    if found.unknown_sources:
        yield (
            f"counts hold {found.unknown_sources} sources that the configuration does not name:"
            " count and detect must have one configuration"
        )


def _webhook_problems(hooks: Sequence[WebhookState]) -> Iterator[str]:
    for hook in hooks:
        if hook.waiting_s > WEBHOOK_LATE_S:
            yield (
                f"webhook {hook.receiver} has not accepted its next alert for"
                f" {hook.waiting_s:,.0f} s; {hook.queue:,} wait"
            )
        if hook.expired:
            yield f"webhook {hook.receiver}: {hook.expired:,} alerts expired undelivered"
