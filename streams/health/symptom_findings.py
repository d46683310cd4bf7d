"""How each kind of symptom is found: from the state, what it is about and a sentence on it.

The limits are those of the alerting rules in ``operations/``.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.config.model import Config
from streams.health.status import Health, Process
from streams.language.catalogue import mark
from streams.language.worded import Worded

FLUSH_LATE_S = 60.0
CHECKPOINT_LATE_S = 120.0
CHECKPOINTS_MISSED = 6
OVERDUE_S, OVERDUE_BUCKETS = 900.0, 2
ARCHIVE_S = 30 * 86400.0
"""Buckets that were older when they closed come from a recording that is played."""

RESTARTED_LATELY_S = 900.0

Found = Iterator[Worded]
"""What is wrong; `Worded.about` is what a symptom is about, the same at every look."""


def process_down(_: Config, found: Health) -> Found:
    """Find processes that do not answer."""
    for one in found.processes:
        if one.error is not None:
            yield Worded(
                mark("{about} is down or does not answer: {error}"), {"error": one.error}, _at(one)
            )


def configuration_differs(config: Config, found: Health) -> Found:
    """Find processes with another configuration."""
    for one in found.processes:
        if one.error is None and one.config != config.hash:
            yield Worded(
                mark("{about} runs with configuration {other}; the one read here is {ours}"),
                {"other": f"{one.config}", "ours": config.hash},
                _at(one),
            )


def process_restarted(_: Config, found: Health) -> Found:
    """Find processes whose run before this one nobody had stopped."""
    for one in found.processes:
        if one.restarted_s is not None and one.restarted_s < RESTARTED_LATELY_S:
            text = mark("{about} was started {s:,.0f} s ago after a run that nobody had stopped")
            yield Worded(text, {"s": one.restarted_s}, _at(one))


def broker_away(_: Config, found: Health) -> Found:
    """Find whether the broker answers."""
    if found.broker_error is not None:
        yield Worded("{error}", {"error": found.broker_error}, Worded(mark("broker")))


def topic_missing(_: Config, found: Health) -> Found:
    """Find topics that do not exist, and who cannot work without them."""
    for topic in found.missing_topics:
        waiting = [one.process or "?" for one in found.processes if topic in one.waits_for]
        if "detect" in waiting:
            text = mark(
                "{about} does not exist, and {processes} cannot work without it; nothing is judged"
                " yet"
            )
        elif waiting:
            text = mark("{about} does not exist, and {processes} cannot work without it")
        else:
            text = mark("{about} does not exist")
        yield Worded(text, {"processes": waiting}, Worded(mark("topic {name}"), {"name": topic}))


def process_waits(_: Config, found: Health) -> Found:
    """Find processes that wait for a topic which exists by now."""
    for one in found.processes:
        topics = [topic for topic in one.waits_for if topic not in found.missing_topics]
        if topics:
            yield Worded(_WAITS.get(one.process or "", _WAITS[""]), {"topics": topics}, _at(one))


_WAITS = {
    "count": mark("{about} is not counting yet: it waits for topic {topics}"),
    "detect": mark("{about} is not judging yet: it waits for topic {topics}"),
    "": mark("{about} is not working yet: it waits for topic {topics}"),
}


def group_without_process(_: Config, found: Health) -> Found:
    """Find consumer groups without a member."""
    for group in found.consumers:
        if not group.members:
            yield Worded(
                mark("{about} has no process; {n:,} records wait for one"),
                {"n": group.uncommitted},
                Worded(mark("consumer group {name}"), {"name": group.group}),
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
        text = mark(
            "no bucket of any group has been judged yet; no event has come since count was started"
        )
    elif uncounted or unjudged:
        text = mark(
            "no bucket of any group has been judged yet; {uncounted:,} records wait for count, and"
            " {unjudged:,} of counts for detect"
        )
    else:
        text = mark(
            "no bucket of any group has been judged yet; {events:,} events are counted, and the"
            " bucket of none of them is over"
        )
    figures = {"events": events, "uncounted": uncounted, "unjudged": unjudged}
    yield Worded(text, {**figures}, Worded(mark("every group")))


def group_not_judged(_: Config, found: Health) -> Found:
    """Find groups that have events and no judged bucket, for long."""
    if all(group.closed_through_s is None for group in found.groups):
        return
    up_s = max((one.up_s or 0.0 for one in found.processes if one.process == "count"), default=0.0)
    for group in found.groups:
        events = sum(one.events for one in found.sources if one.source in group.sources)
        late = up_s > OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s
        if group.closed_through_s is None and events and late:
            yield Worded(
                mark("{about}: {n:,} events are counted, and no bucket has been judged"),
                {"n": events},
                _group(group.group),
            )


def flush_late(_: Config, found: Health) -> Found:
    """Find whether count's writes are acknowledged."""
    if found.flush_age_s is not None and found.flush_age_s > FLUSH_LATE_S:
        text = mark("{about}: the broker has acknowledged nothing for {s:,.0f} s")
        yield Worded(text, {"s": found.flush_age_s}, Worded("count"))


def checkpoint_late(config: Config, found: Health) -> Found:
    """Find shards whose changes are in no checkpoint."""
    longest_s = max(CHECKPOINT_LATE_S, CHECKPOINTS_MISSED * config.detect.checkpoint_every)
    for shard in found.shards:
        if shard.checkpoint_age_s > longest_s:
            yield Worded(
                mark("{about}: no checkpoint holds what came {s:,.0f} s ago"),
                {"s": shard.checkpoint_age_s},
                Worded(mark("shard {name}"), {"name": shard.shard}),
            )


def close_overdue(_: Config, found: Health) -> Found:
    """Find live groups whose next bucket should have closed."""
    for group in found.groups:
        overdue_s = group.overdue_s or 0.0
        played = group.age_at_close_s is not None and group.age_at_close_s > ARCHIVE_S
        if overdue_s > OVERDUE_S + OVERDUE_BUCKETS * group.bucket_s and not played:
            text = mark("{about}: its next bucket should have closed {s:,.0f} s ago")
            yield Worded(text, {"s": overdue_s}, _group(group.group))


def unknown_sources(_: Config, found: Health) -> Found:
    """Find whether counts name unknown sources."""
    if found.unknown_sources:
        text = mark("counts hold {n} sources that the configuration does not name")
        yield Worded(text, {"n": found.unknown_sources}, Worded("counts"))


def misuse_full(_: Config, found: Health) -> Found:
    """Find whether findings of misuse have no alert."""
    for shard in found.shards:
        if shard.misuse_beyond:
            text = mark("{about}: {n:,} findings of misuse in the last buckets have no alert")
            about = Worded(mark("shard {name}"), {"name": shard.shard})
            yield Worded(text, {"n": shard.misuse_beyond}, about)


def misuse_forgets(_: Config, found: Health) -> Found:
    """Find whether misuse and rules let somebody go whom they should follow."""
    for shard in found.shards:
        if shard.misuse_let_go:
            text = mark("{about}: misuse and rules let {n:,} go on the last two days of events")
            about = Worded(mark("shard {name}"), {"name": shard.shard})
            yield Worded(text, {"n": shard.misuse_let_go}, about)


def _at(one: Process) -> Worded:
    if one.process is None:
        return Worded(mark("a process at {at}"), {"at": one.at})
    return Worded(mark("{process} at {at}"), {"process": one.process, "at": one.at})


def _group(name: str) -> Worded:
    return Worded(mark("group {name}"), {"name": name})
