"""Writes what this version stores: ``python -m tests.pinned.stored FOLDER``.

All is of the same simulated weeks, with both kinds of source. The checkpoints are of days, and the
last day is open; beside each stand the records of counts that came next, and the alerts that they
led to. The archive is of hours, of a few days: each day takes some files, whatever is in it.
`values.json` holds one value or more of every other kind.

It imports only what earlier versions have, too: to write what one of them stores, copy it there.
"""

from __future__ import annotations

import datetime as dt
import gzip
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from streams.access.record import Session, Token, User
from streams.access.record import encode_record as encode_known
from streams.actions.action import encode_action
from streams.actions.note import encode_note
from streams.alerts.label import Span, encode_label, make_label
from streams.archive.record.state import Partition, write_state
from streams.config.load import load_config
from streams.config.model import Config
from streams.counts.intake import Intake
from streams.counts.mark import Mark, encode_mark
from streams.counts.wire import encode_counts, records
from streams.delivery.notify.record import Sent, SentAlert, Settled
from streams.delivery.notify.record import encode as encode_notification
from streams.delivery.undelivered.record import encode_record, make_undelivered, redelivered
from streams.detection.shard import Shard
from streams.items import Counts, Place, Reject
from streams.sources.rejects import encode_reject
from streams.sources.schemas.decision import Decision, encode_decision
from tests.actions.examples import EVERY_KIND
from tests.pinned.run import run

CONFIG = """\
name = "stored"
timezone = "UTC"
[count]
levels = ["sender", "signature", "platform", "category", "all"]
bucket = "{bucket}"
lateness = "0s"
"""
DRAWN = ["--senders", "40", "--days", "30", "--seed", "5", "--incidents", "0.5"]
CHECKPOINTS = {"fault": "2026-03-21T00", "alerts": "2026-03-23T18"}
"""Until when each has counts, UTC: a fault of a source is open, or alerts of several levels."""

SPAN = ("2026-03-15", "2026-03-20")
"""Of the archive, UTC."""

SOURCES = ("sends", "complaints")
NOW = dt.datetime(2026, 3, 24, 12, tzinfo=dt.UTC)

AFTER = 24
"""Records of counts that are kept after a checkpoint: six a day and source."""


def main() -> None:
    """Write them into a new folder."""
    place = Path(sys.argv[1])
    place.mkdir(parents=True)
    for name, bucket in (("checkpoint", "1d"), ("archive", "1h")):
        (place / f"{name}.toml").write_text(CONFIG.format(bucket=bucket))
    with tempfile.TemporaryDirectory() as folder:
        sim = Path(folder) / "sim"
        run(place, "simulate", str(sim), *DRAWN, "--config", "archive.toml")
        for name in SOURCES:
            part = [line for time, line in _events(sim, name) if SPAN[0] <= time < SPAN[1]]
            (sim / name).write_bytes(b"\n".join(part))
        files = [f"{name}={sim / name}" for name in SOURCES]
        run(place, "record", "archive", *files, "--config", "archive.toml")
        config = load_config(place / "checkpoint.toml", must_exist=True)
        for name, until in CHECKPOINTS.items():
            _write_checkpoint(place, name, config, *_counts(config, sim, until))


def _write_checkpoint(
    place: Path, name: str, config: Config, before: list[Counts], later: list[Counts]
) -> None:
    shard = Shard(0, config)
    alerts = [one.value for at, record in enumerate(before) for one in shard.take(at, record)]
    slots = list(shard.checkpoint())
    _write_gzipped(place / f"checkpoint-{name}.msgpack.gz", msgspec.msgpack.encode(slots))
    needed = shard.first_needed
    later = later[:AFTER]
    after = [
        one.value
        for at, record in enumerate(later, start=len(before))
        for one in shard.take(at, record)
    ]
    counted = [encode_counts(record).decode() for record in [*before[needed:], *later]]
    following = {
        "first_needed": needed,
        "reached": len(before),
        "counts": counted,
        "alerts_before": [value.decode() for value in alerts],
        "alerts": [value.decode() for value in after],
    }
    _write_gzipped(place / f"after-{name}.json.gz", msgspec.json.encode(following))
    if name == "alerts":
        write_state(place / "recorder", {Partition("counts", 0): len(before)}, slots[:1])
        values = {**_values(alerts[0]), "counts": counted[:2], "alerts": [*alerts[-3:]]}
        text = msgspec.json.format(msgspec.json.encode({k: _text(v) for k, v in values.items()}))
        (place / "values.json").write_bytes(text + b"\n")


def _write_gzipped(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, mtime=0))


def _text(values: Sequence[bytes | str]) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else value for value in values]


def _values(alert: bytes) -> dict[str, Sequence[bytes | str]]:
    """What is stored beside checkpoints, counts and alerts."""
    span = Span(entity="sender/106900012345", start=NOW, end=NOW + dt.timedelta(days=1))
    lost = make_undelivered(
        payload=alert, at=NOW, receiver="ops", reason="http", detail="503 Service Unavailable",
        attempts=7, topic="weathervane.stored.alerts", partition=0, offset=12,
    )  # fmt: skip
    reject = Reject("not_json", "must be JSON", Place("sends", 0, 123), b"{")
    return {
        "marks": [
            encode_mark(Mark(0)),
            encode_mark(Mark(40, 1.5e9, 1.49e9, 1.48e9, ((41, 1.5e9), (44, float("-inf"))), 47)),
        ],
        "labels": [
            encode_label(
                make_label("true", NOW, alert_id="2b1926685558e977", note="seen", by="ann")
            ),
            encode_label(make_label("expected", NOW, window=span)),
        ],
        "actions": [encode_action(action) for action in EVERY_KIND],
        "notes": [encode_note("agreed with the operator")],
        "undelivered": [encode_record(lost), encode_record(redelivered(lost, NOW))],
        "notifications": [encode_notification(one) for one in _notifications()],
        "rejects": [encode_reject(reject, payload=True)],
        "users": [encode_known(record).value or b"" for record in _known()],
        "schemas": [
            encode_decision(Decision("http://registry:8081", "7", "AVRO", '"int"', ('"long"',))),
            encode_decision(Decision("http://registry:8081", "8", problem="found none")),
        ],
    }


def _known() -> Sequence[User | Token | Session]:
    later = NOW + dt.timedelta(days=1)
    return [
        User(name="ann", role="operator", password="$argon2id$", mark="0" * 32, at=NOW, by="root"),
        Token(
            id="0" * 8, name="p", sha256="0" * 64, role="viewer", scopes=("feeds", "read"),
            expires=later, at=NOW, by="root",
        ),
        Session(sha256="0" * 64, user="ann", mark="0" * 32, at=NOW, expires=later),
    ]  # fmt: skip


def _notifications() -> list[Sent | Settled]:
    one = SentAlert("2b1926685558e977", 1, "open", "critical", acknowledged=True)
    sent = Sent(
        at=NOW, due=NOW, receiver="ops", group="2b1926685558e977", status="firing", reason="new",
        outcome="accepted", attempts=2, digest="0" * 32, alerts=[one],
    )  # fmt: skip
    return [sent, Settled(at=NOW, receivers={"ops": NOW})]


def _events(sim: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Events of a source, with their times."""
    for line in (sim / f"{name}.jsonl").read_bytes().splitlines():
        yield msgspec.json.decode(line)["event_time"], line


def _counts(config: Config, sim: Path, until: str) -> tuple[list[Counts], list[Counts]]:
    """What counters write before a time and after it, of one lane of each source.

    They flush every six hours, and at that time.
    """
    lanes = {name: Intake(config.sources[name], 0, config.count.levels) for name in SOURCES}
    events = [(time, name, line) for name in SOURCES for time, line in _events(sim, name)]
    before: list[Counts] = []
    later: list[Counts] = []
    last = (False, -1)
    for offset, (time, name, line) in enumerate(sorted(events)):
        now = (time >= until, int(time[11:13]) // 6)
        if now != last:
            (later if last[0] else before).extend(_flushed(lanes))
            last = now
        lanes[name].take(offset, line, None)
    return before, [*later, *_flushed(lanes)]


def _flushed(lanes: dict[str, Intake]) -> Iterator[Counts]:
    for name, intake in lanes.items():
        flush = intake.lane.flush(early=False)
        flushed = records(name, 0, 1, intake.source.bucket_s, flush, 1)
        yield from (counts for _, counts in flushed)


if __name__ == "__main__":
    main()
