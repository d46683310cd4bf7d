"""How symptoms of what comes in and of what goes out are found: sources, receivers, recorders.

The limits are those of the alerting rules in ``operations/``.
"""

from __future__ import annotations

from streams.config.model import Config
from streams.health.status import Health
from streams.health.symptom_findings import Found
from streams.language.catalogue import mark
from streams.language.worded import Worded

WEBHOOK_LATE_S = 60.0
RECORDER_SILENT_S = 120.0
RECORDING_BEHIND_S = 900.0
BEHIND_S = 300.0
BAD_SHARE, BAD_AT_LEAST = 0.01, 100


def rejected(_: Config, found: Health) -> Found:
    """Find sources of which many records are rejects."""
    text = mark(
        "{about}: {n:,} of {records:,} records since the start are rejects, most for {reason}"
    )
    for source in found.sources:
        yield from _bad(text, source.source, source.rejects, source.records)


def late_events(_: Config, found: Health) -> Found:
    """Find sources of which many events are late."""
    text = mark("{about}: {n:,} of {records:,} records since the start are late, most for {reason}")
    for source in found.sources:
        yield from _bad(text, source.source, source.late, source.records)


def lost_fields(_: Config, found: Health) -> Found:
    """Find sources of which many events had to do without a field."""
    text = mark(
        "{about}: {n:,} of {records:,} records since the start are without a field, most for"
        " {reason}"
    )
    for source in found.sources:
        yield from _bad(text, source.source, source.lost, source.events)


def _bad(text: str, name: str, reasons: dict[str, int], records: int) -> Found:
    number = sum(reasons.values())
    if number >= BAD_AT_LEAST and number > BAD_SHARE * records:
        why = max(reasons, key=lambda reason: reasons[reason])
        yield Worded(text, {"n": number, "records": records, "reason": why}, _source(name))


def repeats_unchecked(_: Config, found: Health) -> Found:
    """Find sources whose events may have been counted twice."""
    for source in found.sources:
        if source.unchecked:
            yield Worded(
                mark(
                    "{about}: {n:,} events since the start counted and may be repeats: a partition"
                    " has more event ids in its open buckets than count remembers"
                ),
                {"n": source.unchecked},
                _source(source.source),
            )


def schema_awaited(_: Config, found: Health) -> Found:
    """Find sources whose records wait for a schema registry."""
    for source in found.sources:
        if source.waits_for_schema:
            one_waits = mark(
                "{about}: {n} partition waits for a schema that the schema registry has not given"
            )
            several_wait = mark(
                "{about}: {n} partitions wait for a schema that the schema registry has not given"
            )
            yield Worded(
                one_waits if source.waits_for_schema == 1 else several_wait,
                {"n": source.waits_for_schema},
                _source(source.source),
            )


def count_behind(_: Config, found: Health) -> Found:
    """Find sources that count is behind with."""
    up_s = max((p.up_s or 0.0 for p in found.processes if p.process == "count"), default=0.0)
    for source in found.sources:
        if source.lag_records * up_s > BEHIND_S * source.records:
            yield Worded(
                mark(
                    "{about}: {n:,} records behind, which take more than {s:.0f} s at its average"
                    " pace"
                ),
                {"n": source.lag_records, "s": BEHIND_S},
                _source(source.source),
            )


def webhook_waits(_: Config, found: Health) -> Found:
    """Find receivers that accept nothing."""
    for hook in found.webhooks:
        if hook.waiting_s > WEBHOOK_LATE_S:
            yield Worded(
                mark("{about} has not accepted its next alert for {s:,.0f} s; {n:,} alerts wait"),
                {"s": hook.waiting_s, "n": hook.queue},
                _webhook(hook.receiver),
            )


def webhook_expired(_: Config, found: Health) -> Found:
    """Find receivers whose alerts expired."""
    for hook in found.webhooks:
        if hook.expired:
            text = mark("{about}: {n:,} alerts expired before they could be delivered")
            yield Worded(text, {"n": hook.expired}, _webhook(hook.receiver))


def webhook_undelivered(_: Config, found: Health) -> Found:
    """Find receivers whose alerts were given up."""
    for hook in found.webhooks:
        yield from _given_up(hook.undelivered, _webhook(hook.receiver))


def receiver_waits(_: Config, found: Health) -> Found:
    """Find receivers that accept nothing."""
    for one in found.receivers:
        if one.waiting_s > WEBHOOK_LATE_S:
            text = mark("{about} has accepted no notification for {s:,.0f} s")
            yield Worded(text, {"s": one.waiting_s}, _receiver(one.receiver))


def receiver_undelivered(_: Config, found: Health) -> Found:
    """Find receivers whose alerts were given up."""
    for one in found.receivers:
        yield from _given_up(one.undelivered, _receiver(one.receiver))


def nobody_sends(_: Config, found: Health) -> Found:
    """Find whether no process sends notifications."""
    if any(not one.sends for one in found.receivers):
        text = mark("no serve sends notifications to receivers")
        yield Worded(text, about=Worded(mark("receivers")))


def recording_failed(_: Config, found: Health) -> Found:
    """Find recorders that ended by an error and have saved nothing since."""
    for one in found.recordings:
        if one.error is not None and not one.stopped:
            yield Worded(
                mark("{about} failed {s:,.0f} s ago: {error}"),
                {"s": one.failed_ago_s or 0.0, "error": one.error},
                _recording(one.archive),
            )


def recording_stands(_: Config, found: Health) -> Found:
    """Find recorders that run and get nowhere."""
    for one in found.recordings:
        if not one.running or one.error is not None:
            continue
        if one.silent_s > RECORDER_SILENT_S:
            text = mark("{about} stands: it has done nothing for {s:,.0f} s")
            yield Worded(text, {"s": one.silent_s}, _recording(one.archive))
        elif one.behind_s > RECORDING_BEHIND_S:
            text = mark("{about} is behind for {s:,.0f} s; {n:,} records wait")
            yield Worded(text, {"s": one.behind_s, "n": one.behind}, _recording(one.archive))


def _given_up(number: int, about: Worded) -> Found:
    if number:
        yield Worded(mark("{about}: {n:,} alerts were given up"), {"n": number}, about)


def _source(name: str) -> Worded:
    return Worded(mark("source {name}"), {"name": name})


def _webhook(name: str) -> Worded:
    return Worded(mark("webhook {name}"), {"name": name})


def _receiver(name: str) -> Worded:
    return Worded(mark("receiver {name}"), {"name": name})


def _recording(archive: str) -> Worded:
    return Worded(mark("recording into {archive}"), {"archive": archive})


def case_overdue(_: Config, found: Health) -> Found:
    """Find cases whose deadline has passed."""
    for case, overdue_s in found.overdue_cases.items():
        if overdue_s <= 0:
            continue
        text = mark("{about} is overdue: its deadline passed {days:.1f} days ago")
        about = Worded(mark("case {id}"), {"id": case})
        yield Worded(text, {"days": overdue_s / 86_400.0}, about)
