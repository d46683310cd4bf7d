"""How each kind of symptom is found: from the state, what it is about and a sentence on it.

The limits are those of the alerting rules in ``operations/``.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.config.model import Config
from streams.health.status import Health

FLUSH_LATE_S = 60.0
CHECKPOINT_LATE_S = 120.0
CHECKPOINTS_MISSED = 6
OVERDUE_S, OVERDUE_BUCKETS = 900.0, 2
ARCHIVE_S = 30 * 86400.0
"""Buckets that were older when they closed come from a recording that is played."""

RESTARTED_LATELY_S = 900.0
WEBHOOK_LATE_S = 60.0
RECORDER_SILENT_S = 120.0
RECORDING_BEHIND_S = 900.0
BEHIND_S = 300.0
BAD_SHARE, BAD_AT_LEAST = 0.01, 100

Found = Iterator[tuple[str, str]]
"""What a symptom is about, the same at every look, and the sentence on it."""


def process_down(_: Config, found: Health) -> Found:
    """Find processes that do not answer."""
    for one in found.processes:
        if one.error is not None:
            subject = f"{one.process or 'a process'} at {one.at}"
            yield subject, f"{subject} is down or does not answer: {one.error}"


def configuration_differs(config: Config, found: Health) -> Found:
    """Find processes with another configuration."""
    for one in found.processes:
        if one.error is None and one.config != config.hash:
            subject = f"{one.process} at {one.at}"
            yield (
                subject,
                f"{subject} runs with configuration {one.config}; the one read here is"
                f" {config.hash}",
            )


def process_restarted(_: Config, found: Health) -> Found:
    """Find processes whose run before this one nobody had stopped."""
    for one in found.processes:
        if one.restarted_s is not None and one.restarted_s < RESTARTED_LATELY_S:
            subject = f"{one.process} at {one.at}"
            yield (
                subject,
                f"{subject} was started {one.restarted_s:,.0f} s ago after a run that nobody had"
                " stopped",
            )


def broker_away(_: Config, found: Health) -> Found:
    """Find whether the broker answers."""
    if found.broker_error is not None:
        yield "broker", found.broker_error


def topic_missing(_: Config, found: Health) -> Found:
    """Find topics that do not exist, and who cannot work without them."""
    for topic in found.missing_topics:
        waiting = [one.process or "?" for one in found.processes if topic in one.waits_for]
        problem = f"topic {topic} does not exist"
        if waiting:
            problem += f", and {', '.join(waiting)} cannot work without it"
        if "detect" in waiting:
            problem += "; nothing is judged yet"
        yield f"topic {topic}", problem


def process_waits(_: Config, found: Health) -> Found:
    """Find processes that wait for a topic which exists by now."""
    for one in found.processes:
        topics = [topic for topic in one.waits_for if topic not in found.missing_topics]
        if topics:
            doing = {"count": "counting", "detect": "judging"}.get(one.process or "", "working")
            subject = f"{one.process} at {one.at}"
            yield subject, f"{subject} is not {doing} yet: it waits for topic {', '.join(topics)}"


def group_without_process(_: Config, found: Health) -> Found:
    """Find consumer groups without a member."""
    for group in found.consumers:
        if not group.members:
            yield (
                f"consumer group {group.group}",
                f"consumer group {group.group} has no process; {group.uncommitted:,} records wait"
                " for one",
            )


def nothing_judged(_: Config, found: Health) -> Found:
    """Find whether any bucket has been judged, and what is missing."""
    if any(group.closed_through_s is not None for group in found.groups):
        return
    judges = [one for one in found.processes if one.process == "detect" and one.error is None]
    if not judges or any(one.waits_for for one in judges):
        return  # what is missing has been said
    events = sum(source.events for source in found.sources)
    uncounted = sum(source.lag_records for source in found.sources)
    unjudged = sum(shard.lag_records for shard in found.shards)
    if not events and not uncounted:
        missing = "no event has come since count was started"
    elif uncounted or unjudged:
        missing = f"{uncounted:,} records wait for count, and {unjudged:,} of counts for detect"
    else:
        missing = f"{events:,} events are counted, and the bucket of none of them is over"
    yield "every group", f"no bucket of any group has been judged yet; {missing}"


def group_not_judged(_: Config, found: Health) -> Found:
    """Find groups that have events and no judged bucket, for long."""
    if all(group.closed_through_s is None for group in found.groups):
        return
    up_s = max((one.up_s or 0.0 for one in found.processes if one.process == "count"), default=0.0)
    for group in found.groups:
        events = sum(one.events for one in found.sources if one.source in group.sources)
        late = up_s > OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s
        if group.closed_through_s is None and events and late:
            yield (
                f"group {group.group}",
                f"group {group.group}: {events:,} events are counted, and no bucket has been"
                " judged",
            )


def flush_late(_: Config, found: Health) -> Found:
    """Find whether count's writes are acknowledged."""
    if found.flush_age_s is not None and found.flush_age_s > FLUSH_LATE_S:
        yield (
            "count",
            f"count: the broker has acknowledged nothing for {found.flush_age_s:,.0f} s",
        )


def rejected(_: Config, found: Health) -> Found:
    """Find sources of which many records are rejects."""
    for source in found.sources:
        yield from _bad(source.source, "rejects", source.rejects, source.events, counted=False)


def late_events(_: Config, found: Health) -> Found:
    """Find sources of which many events are late."""
    for source in found.sources:
        records = source.events + sum(source.rejects.values())
        yield from _bad(source.source, "late", source.late, records, counted=True)


def lost_fields(_: Config, found: Health) -> Found:
    """Find sources of which many events had to do without a field."""
    for source in found.sources:
        yield from _bad(source.source, "without a field", source.lost, source.events, counted=True)


def _bad(name: str, what: str, reasons: dict[str, int], others: int, *, counted: bool) -> Found:
    number = sum(reasons.values())
    records = others if counted else others + number
    if number >= BAD_AT_LEAST and number > BAD_SHARE * records:
        why = max(reasons, key=lambda reason: reasons[reason])
        yield (
            f"source {name}",
            f"source {name}: {number:,} of {records:,} records since the start are {what}, most"
            f" for {why}",
        )


def repeats_unchecked(_: Config, found: Health) -> Found:
    """Find sources whose events may have been counted twice."""
    for source in found.sources:
        if source.unchecked:
            yield (
                f"source {source.source}",
                f"source {source.source}: {source.unchecked:,} events since the start counted and"
                " may be repeats: a partition has more event ids in its open buckets than count"
                " remembers",
            )


def schema_awaited(_: Config, found: Health) -> Found:
    """Find sources whose records wait for a schema registry."""
    for source in found.sources:
        if source.waits_for_schema:
            yield (
                f"source {source.source}",
                f"source {source.source}: {source.waits_for_schema}"
                f" partition{'s wait' if source.waits_for_schema > 1 else ' waits'} for a schema"
                " that the schema registry has not given",
            )


def count_behind(_: Config, found: Health) -> Found:
    """Find sources that count is behind with."""
    up_s = max((p.up_s or 0.0 for p in found.processes if p.process == "count"), default=0.0)
    for source in found.sources:
        records = source.events + sum(source.rejects.values())
        if source.lag_records * up_s > BEHIND_S * records:
            yield (
                f"source {source.source}",
                f"source {source.source}: {source.lag_records:,} records behind, which take more"
                f" than {BEHIND_S:.0f} s at its average pace",
            )


def checkpoint_late(config: Config, found: Health) -> Found:
    """Find shards whose changes are in no checkpoint."""
    longest_s = max(CHECKPOINT_LATE_S, CHECKPOINTS_MISSED * config.detect.checkpoint_every)
    for shard in found.shards:
        if shard.checkpoint_age_s > longest_s:
            yield (
                f"shard {shard.shard}",
                f"shard {shard.shard}: no checkpoint holds what came"
                f" {shard.checkpoint_age_s:,.0f} s ago",
            )


def close_overdue(_: Config, found: Health) -> Found:
    """Find live groups whose next bucket should have closed."""
    for group in found.groups:
        overdue_s = group.overdue_s or 0.0
        played = group.age_at_close_s is not None and group.age_at_close_s > ARCHIVE_S
        if overdue_s > OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s and not played:
            yield (
                f"group {group.group}",
                f"group {group.group}: its next bucket should have closed {overdue_s:,.0f} s ago",
            )


def unknown_sources(_: Config, found: Health) -> Found:
    """Find whether counts name unknown sources."""
    if found.unknown_sources:
        yield (
            "counts",
            f"counts hold {found.unknown_sources} sources that the configuration does not name",
        )


def webhook_waits(_: Config, found: Health) -> Found:
    """Find receivers that accept nothing."""
    for hook in found.webhooks:
        if hook.waiting_s > WEBHOOK_LATE_S:
            yield (
                f"webhook {hook.receiver}",
                f"webhook {hook.receiver} has not accepted its next alert for"
                f" {hook.waiting_s:,.0f} s; {hook.queue:,} alerts wait",
            )


def webhook_expired(_: Config, found: Health) -> Found:
    """Find receivers whose alerts expired."""
    for hook in found.webhooks:
        if hook.expired:
            yield (
                f"webhook {hook.receiver}",
                f"webhook {hook.receiver}: {hook.expired:,} alerts expired before they could be"
                " delivered",
            )


def webhook_undelivered(_: Config, found: Health) -> Found:
    """Find receivers whose alerts were given up."""
    for hook in found.webhooks:
        if hook.undelivered:
            yield (
                f"webhook {hook.receiver}",
                f"webhook {hook.receiver}: {hook.undelivered:,} alerts were given up",
            )


def receiver_waits(_: Config, found: Health) -> Found:
    """Find receivers that accept nothing."""
    for one in found.receivers:
        if one.waiting_s > WEBHOOK_LATE_S:
            yield (
                f"receiver {one.receiver}",
                f"receiver {one.receiver} has accepted no notification for {one.waiting_s:,.0f} s",
            )


def receiver_undelivered(_: Config, found: Health) -> Found:
    """Find receivers whose alerts were given up."""
    for one in found.receivers:
        if one.undelivered:
            yield (
                f"receiver {one.receiver}",
                f"receiver {one.receiver}: {one.undelivered:,} alerts were given up",
            )


def nobody_sends(_: Config, found: Health) -> Found:
    """Find whether no process sends notifications."""
    if any(not one.sends for one in found.receivers):
        yield "receivers", "no serve sends notifications to receivers"


def recording_failed(_: Config, found: Health) -> Found:
    """Find recorders that ended by an error and have saved nothing since."""
    for one in found.recordings:
        if one.error is not None and not one.stopped:
            yield (
                f"recording into {one.archive}",
                f"recording into {one.archive} failed {one.failed_ago_s or 0.0:,.0f} s ago:"
                f" {one.error}",
            )


def recording_stands(_: Config, found: Health) -> Found:
    """Find recorders that run and get nowhere."""
    for one in found.recordings:
        if not one.running or one.error is not None:
            continue
        subject = f"recording into {one.archive}"
        if one.silent_s > RECORDER_SILENT_S:
            yield subject, f"{subject} stands: it has done nothing for {one.silent_s:,.0f} s"
        elif one.behind_s > RECORDING_BEHIND_S:
            yield (
                subject,
                f"{subject} is behind for {one.behind_s:,.0f} s; {one.behind:,} records wait",
            )
