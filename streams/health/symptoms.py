"""What is wrong with the monitor; the limits are those of the alerting rules in ``operations/``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.config.model import Config
from streams.health.status import Consumers, Health, Process, WebhookState

FLUSH_LATE_S = 60.0
CHECKPOINT_LATE_S = 120.0
CHECKPOINTS_MISSED = 6
OVERDUE_S, OVERDUE_BUCKETS = 900.0, 2
ARCHIVE_S = 30 * 86400.0
"""Older data come from a recording that is being played, and are not overdue."""

WEBHOOK_LATE_S = 60.0
BEHIND_S = 300.0
BAD_SHARE, BAD_AT_LEAST = 0.01, 100


def symptoms(config: Config, found: Health) -> list[str]:
    """Return what is wrong, one sentence each; an empty list if all is well."""
    return [
        *_process_problems(config, found.processes),
        *([] if found.broker_error is None else [found.broker_error]),
        *_consumer_problems(found.consumers),
        *_count_problems(found),
        *_detect_problems(config, found),
        *_webhook_problems(found.webhooks),
    ]


def _process_problems(config: Config, processes: Sequence[Process]) -> Iterator[str]:
    for process in processes:
        name = process.process or "a process"
        if process.error is not None:
            yield f"{name} at {process.at} is down or does not answer: {process.error}"
        elif process.config != config.hash:
            yield (
                f"{name} at {process.at} runs with configuration {process.config}; the one read"
                f" here is {config.hash}: restart the process, or name its file with --config"
            )


def _consumer_problems(consumers: Sequence[Consumers]) -> Iterator[str]:
    for group in consumers:
        if not group.members:
            yield (
                f"consumer group {group.group} has no process;"
                f" {group.uncommitted:,} records wait for one"
            )


def _count_problems(found: Health) -> Iterator[str]:
    if found.flush_age_s is not None and found.flush_age_s > FLUSH_LATE_S:
        yield f"count: the broker has acknowledged nothing for {found.flush_age_s:,.0f} s"
    up_s = max((p.up_s or 0.0 for p in found.processes if p.process == "count"), default=0.0)
    for source in found.sources:
        rejects, late = sum(source.rejects.values()), sum(source.late.values())
        records = source.events + rejects
        for what, number, reasons in (
            ("rejects", rejects, source.rejects),
            ("late", late, source.late),
        ):
            if number >= BAD_AT_LEAST and number > BAD_SHARE * records:
                why = max(reasons, key=lambda name: reasons[name])
                yield (
                    f"source {source.source}: {number:,} of {records:,} records since the start are"
                    f" {what}, most for {why}"
                )
        if source.unchecked:
            yield (
                f"source {source.source}: {source.unchecked:,} events since the start counted and"
                " may be repeats: a partition has more event ids in its open buckets than count"
                " remembers. Give its topic more partitions"
            )
        if source.lag_records * up_s > BEHIND_S * records:
            yield (
                f"source {source.source}: {source.lag_records:,} records behind, which take"
                f" more than {BEHIND_S:.0f} s at its average pace"
            )


def _detect_problems(config: Config, found: Health) -> Iterator[str]:
    longest_s = max(CHECKPOINT_LATE_S, CHECKPOINTS_MISSED * config.detect.checkpoint_every)
    for shard in found.shards:
        if shard.checkpoint_age_s > longest_s:
            yield (
                f"shard {shard.shard}: no checkpoint holds what came"
                f" {shard.checkpoint_age_s:,.0f} s ago"
            )
    for group in found.groups:
        overdue_s = group.overdue_s or 0.0
        limit_s = OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s
        if limit_s < overdue_s < ARCHIVE_S:
            yield f"group {group.group}: its next bucket should have closed {overdue_s:,.0f} s ago"
    if found.unknown_sources:
        yield (
            f"counts hold {found.unknown_sources} sources that the configuration does not name:"
            " count and detect must use the same configuration"
        )


def _webhook_problems(hooks: Sequence[WebhookState]) -> Iterator[str]:
    for hook in hooks:
        if hook.waiting_s > WEBHOOK_LATE_S:
            yield (
                f"webhook {hook.receiver} has not accepted its next alert for"
                f" {hook.waiting_s:,.0f} s; {hook.queue:,} alerts wait"
            )
        if hook.expired:
            yield (
                f"webhook {hook.receiver}: {hook.expired:,} alerts expired before they could be"
                " delivered"
            )
        if hook.undelivered:
            yield (
                f"webhook {hook.receiver}: {hook.undelivered:,} alerts were given up;"
                " `weathervane redeliver --list` shows them, and why"
            )
