"""The monitor's state, from the processes' metrics and the broker's answers.

Scraped texts and the time go in; `weathervane status` shows what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from streams.config.model import Config
from streams.health.declared.state import RegistryState, registry_state
from streams.health.exposition import ScrapedMetrics, nonzero
from streams.health.proved.proof_state import ProofState, proof_state
from streams.health.receivers import (
    ReceiverState,
    WebhookState,
    receiver_states,
    webhook_states,
)
from streams.health.recordings import RecorderRun, RecordingState, recording_state
from streams.health.series import SeriesState, series_state
from streams.strays import SourceStrays, most_of_all


class Endpoint(msgspec.Struct, frozen=True):
    """An address of ``/metrics``: the text that it answered, or why it did not.

    `strays` is what a counting process says of late events, and of those ahead, by source.
    """

    at: str
    expected: str | None
    text: str | None = None
    error: str | None = None
    strays: Mapping[str, SourceStrays] = {}


class Consumers(msgspec.Struct, frozen=True):
    """A consumer group: its processes, and the records after its committed offsets."""

    group: str
    members: int
    uncommitted: int


class BrokerState(msgspec.Struct, frozen=True):
    """What the broker says of topics and consumer groups; `error` says why it does not answer.

    `refused` says that it answers, but that this user may not ask.
    """

    consumers: Sequence[Consumers] = ()
    missing_topics: Sequence[str] = ()
    error: str | None = None
    refused: bool = False


class Process(msgspec.Struct, frozen=True):
    """A process; `error` is why it did not answer.

    Attributes
    ----------
    restarted_s
        How long ago it was started after a run that had not been told to stop; None if never.
    waits_for
        Topics that must exist before it can work.
    """

    process: str | None
    at: str
    error: str | None = None
    version: str | None = None
    config: str | None = None
    up_s: float | None = None
    memory_bytes: float | None = None
    restarted_s: float | None = None
    waits_for: list[str] = []


class SourceState(msgspec.Struct, frozen=True):
    """A source, as the counting processes have seen it since their start.

    Attributes
    ----------
    ahead
        Events more than a bucket ahead of their partition.
    late_senders, ahead_senders
        The senders that had most of them, in the partitions that are counted now.
    lost
        Values that events lacked, by field; `lost_because`: why, in partitions counted now.
    """

    source: str
    events: int
    rejects: dict[str, int]
    late: dict[str, int]
    duplicates: int
    unchecked: int
    recounted: int
    lag_records: int
    watermark_delay_s: float | None
    ahead: int = 0
    late_senders: dict[str, int] = {}
    ahead_senders: dict[str, int] = {}
    waits_for_schema: int = 0
    lost: dict[str, int] = {}
    lost_because: list[str] = []

    @property
    def records(self) -> int:
        """Records since the start: events and rejects."""
        return self.events + sum(self.rejects.values())


class GroupState(msgspec.Struct, frozen=True):
    """A group over all shards; times are those of the shard that is farthest behind.

    `age_at_close_s` is how old the last closed bucket was then; None if none has closed.
    """

    group: str
    bucket_s: int
    sources: list[str]
    closed_through_s: float | None
    overdue_s: float | None
    age_at_close_s: float | None
    opened: int
    allowed: float


class ShardState(msgspec.Struct, frozen=True):
    """A shard: its alerts by state (resolved and retracted since the start), its checkpoints.

    `warmed` says what made its state: a hash of recorded counts; None where it learned all itself.
    """

    shard: str
    entities: int
    alerts: dict[str, int]
    lag_records: int
    checkpoint_age_s: float
    checkpoint_took_s: float | None
    beside_failures: dict[str, int]
    misuse_beyond: int = 0
    misuse_let_go: int = 0
    epoch: int = 1
    warmed: str | None = None


class Health(msgspec.Struct, frozen=True):
    """The state of the whole monitor.

    Attributes
    ----------
    broker_error
        Why the broker does not answer; None if it does.
    broker_refused
        Whether it answers, but this user may not ask.
    missing_topics
        Topics that should exist and do not.
    flush_age_s
        Age of the last acknowledged flush, of the counting process where it is oldest.
    unknown_sources
        Number of sources in counts that detect's configuration does not name.
    prevented
        By entry of the calendar, the alerts that it has prevented, over all shards.
    series
        How what detection expected of entities is written, and read by serve.
    registry
        How what is declared of codes and names comes to judging.
    proofs
        Whether readers can check the feeds.
    overdue_cases
        By case, how long ago its deadline passed, seconds; of the 50 that are overdue longest.
    """

    broker_error: str | None
    broker_refused: bool
    missing_topics: list[str]
    flush_age_s: float | None
    unknown_sources: int
    processes: list[Process]
    sources: list[SourceState]
    groups: list[GroupState]
    shards: list[ShardState]
    webhooks: list[WebhookState]
    consumers: list[Consumers]
    recordings: list[RecordingState] = []
    receivers: list[ReceiverState] = []
    prevented: dict[str, int] = {}
    series: SeriesState = SeriesState()
    registry: RegistryState = RegistryState()
    proofs: ProofState = ProofState()
    overdue_cases: dict[str, float] = {}


def health_of(
    config: Config,
    endpoints: Sequence[Endpoint],
    broker: BrokerState,
    now_s: float,
    recordings: Sequence[RecorderRun] = (),
) -> Health:
    """Return the monitor's state.

    Parameters
    ----------
    config
        The monitor's configuration.
    endpoints
        The processes' ``/metrics``.
    broker
        The broker's answers.
    now_s
        The time now.
    recordings
        What the recorders on this host say.
    """
    found = ScrapedMetrics.read([end.text for end in endpoints if end.text is not None])
    flushed = found.smallest("weathervane_count_last_flush_timestamp_seconds")
    return Health(
        broker_error=broker.error,
        broker_refused=broker.refused,
        missing_topics=list(broker.missing_topics),
        flush_age_s=None if flushed is None else max(now_s - flushed, 0.0),
        unknown_sources=int(found.total("weathervane_detect_unknown_sources")),
        processes=[_process(end, now_s) for end in endpoints],
        sources=[
            _source(found, name, [end.strays[name] for end in endpoints if name in end.strays])
            for name in _labels(found, "count_events_total", "source")
        ],
        groups=[
            _group(found, name, int(sources[0].bucket_s), [source.name for source in sources])
            for name, sources in config.groups.items()
            if found.values("weathervane_detect_bucket_seconds", group=name)
        ],
        shards=[_shard(found, name) for name in _labels(found, "detect_lag_records", "shard")],
        webhooks=webhook_states(found),
        consumers=list(broker.consumers),
        recordings=[recording_state(one, now_s) for one in recordings],
        receivers=receiver_states(found),
        prevented={
            entry: int(number)
            for entry, number in found.by("weathervane_detect_calendar_prevented", "entry").items()
        },
        series=series_state(found, now_s),
        registry=registry_state(found),
        proofs=proof_state(found),
        overdue_cases=found.largest_by("weathervane_serve_case_overdue_seconds", "case"),
    )


def _labels(found: ScrapedMetrics, name: str, label: str) -> list[str]:
    return list(found.by(f"weathervane_{name}", label))


def _process(end: Endpoint, now_s: float) -> Process:
    if end.text is None:
        return Process(end.expected, end.at, end.error)
    own = ScrapedMetrics.read([end.text])
    info = "weathervane_info"
    if not own.values(info):
        return Process(end.expected, end.at, "answers, but is no process of Weathervane's")
    began = own.largest("process_start_time_seconds")
    restarted = own.largest("weathervane_restarted_timestamp_seconds")
    waits = own.by("weathervane_waiting_for_topic", "topic")
    return Process(
        process=own.label(info, "process"),
        at=end.at,
        version=own.label(info, "version"),
        config=own.label(info, "config"),
        up_s=None if began is None else max(now_s - began, 0.0),
        memory_bytes=own.largest("process_resident_memory_bytes"),
        restarted_s=max(now_s - restarted, 0.0) if restarted else None,
        waits_for=[topic for topic, waiting in waits.items() if waiting],
    )


def _source(found: ScrapedMetrics, name: str, strays: Sequence[SourceStrays]) -> SourceState:
    def total(what: str) -> int:
        return int(found.total(f"weathervane_count_{what}", source=name))

    def reasons(what: str, label: str = "reason") -> dict[str, int]:
        return nonzero(found.by(f"weathervane_count_{what}_total", label, source=name))

    return SourceState(
        source=name,
        events=total("events_total"),
        rejects=reasons("rejects"),
        late=reasons("late"),
        duplicates=total("duplicates_total"),
        unchecked=total("unchecked_total"),
        recounted=total("recounted_records_total"),
        lag_records=total("lag_records"),
        watermark_delay_s=found.largest("weathervane_count_watermark_delay_seconds", source=name),
        ahead=sum(one.ahead for one in strays),
        late_senders=most_of_all(one.late_senders for one in strays),
        ahead_senders=most_of_all(one.ahead_senders for one in strays),
        waits_for_schema=total("waits_for_schema"),
        lost=reasons("lost_fields", "field"),
        lost_because=sorted({sentence for one in strays for sentence in one.lost_because}),
    )


def _group(found: ScrapedMetrics, name: str, bucket_s: int, sources: list[str]) -> GroupState:
    through_s = found.smallest("weathervane_detect_closed_through_seconds", group=name)
    closed_at_s = found.smallest("weathervane_detect_last_close_timestamp_seconds", group=name)
    ages = None if through_s is None or closed_at_s is None else closed_at_s - through_s
    return GroupState(
        group=name,
        bucket_s=bucket_s,
        sources=sources,
        closed_through_s=through_s,
        age_at_close_s=ages,
        overdue_s=found.largest("weathervane_detect_close_overdue_seconds", group=name),
        opened=int(found.total("weathervane_detect_budget_spent_total", group=name)),
        allowed=found.total("weathervane_detect_budget_allowed_total", group=name),
    )


def _shard(found: ScrapedMetrics, name: str) -> ShardState:
    def now(what: str) -> float:
        return found.total(f"weathervane_detect_{what}", shard=name)

    ended = {
        event: found.total("weathervane_detect_alerts_total", shard=name, event=event)
        for event in ("resolved", "retracted")
    }
    standing = {"open": now("open_alerts"), "early": now("early_alerts")}
    return ShardState(
        shard=name,
        entities=int(now("entities")),
        alerts={state: int(number) for state, number in {**standing, **ended}.items()},
        lag_records=int(now("lag_records")),
        checkpoint_age_s=now("checkpoint_age_seconds"),
        checkpoint_took_s=found.largest("weathervane_detect_checkpoint_seconds", shard=name),
        beside_failures=nonzero(
            found.by("weathervane_detect_beside_failures", "detector", shard=name)
        ),
        misuse_beyond=int(now("misuse_beyond")),
        misuse_let_go=int(now("misuse_let_go")),
        epoch=int(now("epoch")),
        warmed=next(
            (mark for mark in found.by("weathervane_detect_epoch", "warmed", shard=name) if mark),
            None,
        ),
    )
