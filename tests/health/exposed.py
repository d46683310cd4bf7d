"""What the three processes expose when every metric has a sample, from their own meters."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache

import orjson
from prometheus_client import CollectorRegistry, generate_latest

from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.clock.source_strays import strays_of
from streams.counts.intake import Intake
from streams.counts.meters import CountMeters
from streams.delivery.meters import ServeMetrics
from streams.detection.meters import DetectMeters
from streams.detection.shard import Shard
from streams.health.exporter import describe
from streams.health.status import Endpoint
from streams.strays import SourceStrays
from tests.detection.counts_of import bucket, counts

CONFIG = parse_config(
    {
        "count": {"levels": ["sender", "all"]},
        "detect": {
            "budget_per_day": 2000.0,
            "min_count": 100,
            "beside": [
                {
                    "name": "gauss",
                    "detector": "river.anomaly.GaussianScorer",
                    "share": 0.1,
                }
            ],
        },
        "calendar": [
            {"name": "Double 11", "festival": "double_11", "applies_to": ["all"], "factor": 3.0}
        ],
        "webhooks": [{"name": "pager", "url": "http://pager.example/"}],
        "receivers": [{"name": "on-call", "webhook": {"url": "http://on-call.example/"}}],
        "sources": {"sends": {"kind": "send", "group": "live"}},
    }
)
MINUTES = 60
NOW_S = bucket(MINUTES) + 75.0


def counting() -> tuple[CountMeters, dict[str, SourceStrays]]:
    """An hour of sends in one lane, some of which are no events and some late."""
    meters, intake = CountMeters(), Intake(CONFIG.sources["sends"], 0, CONFIG.count.levels)
    offset = 0
    for minute in range(MINUTES):
        for second in range(0, 60, 2):
            time_s = bucket(minute) + second
            intake.take(offset, _send(time_s), time_s, appended=True)
            offset += 1
    for raw in (b"{", _send(bucket(3)), _send(bucket(4))):
        intake.take(offset, raw, None)
        offset += 1
    intake.lane.flush()
    meters.measure(("sends", 0), intake, head=offset + 12, now_s=NOW_S)
    meters.lost.labels("sends", "region").inc(0)
    meters.recounted.labels("sends").inc(0)
    meters.waiting.labels("sends", 0).set(0)
    meters.flushed.set(NOW_S - 0.25)
    return meters, {"sends": strays_of([intake.lane])}


def detecting(config: Config = CONFIG) -> DetectMeters:
    """The hour judged: one sender bursts in the last minute but one."""
    chance, meters, shard = random.Random(1), DetectMeters(config), Shard(0, config)
    for minute in range(MINUTES):
        totals = {(minute, f"s{number}"): chance.randrange(1, 4) for number in range(8)}
        if minute == MINUTES - 2:
            totals[minute, "s3"] = 500
        record = counts(totals, until=minute + 1)
        meters.records.labels(0).inc()
        meters.published(0, shard.take(minute, record))
    meters.rejects.labels(0).inc(0)
    meters.checkpoint_at.labels(0).set(NOW_S - 4)
    meters.checkpoint_took.labels(0).set(0.02)
    meters.measure(shard, head=MINUTES, unsaved_s=4.0, now_s=NOW_S)
    return meters


def serving() -> ServeMetrics:
    """Two alerts read, posted to one receiver, of which one attempt failed."""
    metrics = ServeMetrics()
    metrics.alerts_read.labels("added").inc(2)
    metrics.feed_items.set(2)
    metrics.lag.set(0)
    metrics.deliveries.labels("pager").inc(2)
    metrics.failures.labels("pager", "503").inc()
    metrics.expired.labels("pager").inc(0)
    metrics.given_up.labels("pager").inc(0)
    metrics.undelivered.labels("pager").set(0)
    metrics.errors.labels("pager", "UnicodeError").inc(0)
    metrics.repeats_dropped.labels("pager").inc(0)
    metrics.monitor_events.labels("pager", "accepted").inc(0)
    metrics.webhook_lag.labels("pager").set(0)
    metrics.webhook_waiting.labels("pager").set(0)
    metrics.notify_sent.labels("on-call", "new").inc(2)
    metrics.notify_failures.labels("on-call", "503").inc()
    metrics.notify_given_up.labels("on-call").inc(0)
    metrics.notify_undelivered.labels("on-call").set(0)
    metrics.notify_waiting.labels("on-call").set(0)
    metrics.notify_sends.set(1)
    metrics.cases.labels("received").set(1)
    metrics.cases_overdue.set(0)
    metrics.case_overdue.labels("5dab358fa9db1619").set(0)
    return metrics


def text_of(registry: CollectorRegistry) -> str:
    """What Prometheus would read."""
    return generate_latest(registry).decode()


def endpoints(config: Config = CONFIG) -> list[Endpoint]:
    """All three, as they answer; for the usual configuration they are asked once."""
    return list(_usual()) if config is CONFIG else _answers(config)


@cache
def _usual() -> tuple[Endpoint, ...]:
    return tuple(_answers(CONFIG))


def _answers(config: Config) -> list[Endpoint]:
    found = []
    meters, strays = counting()
    registries = {
        "count": meters.registry,
        "detect": detecting(config).registry,
        "serve": serving().registry,
    }
    for port, (process, registry) in enumerate(registries.items(), 9101):
        readiness = describe(registry, process, config.hash)
        readiness.waits_for(["counts"])
        readiness.waits_for([])
        readiness.restarted(0.0)
        own = strays if process == "count" else {}
        found.append(Endpoint(f"127.0.0.1:{port}", process, text_of(registry), strays=own))
    return found


def _send(time_s: float) -> bytes:
    time = dt.datetime.fromtimestamp(time_s, dt.UTC).isoformat()
    event = {"v": 1, "type": "send", "event_id": "x", "event_time": time, "channel": "sms"}
    return orjson.dumps({**event, "sender": {"id": "a"}, "source": "test"})
