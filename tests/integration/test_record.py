"""Recording a real Kafka: the archive holds what was judged, whatever is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Producer

from streams.alerts.cloudevent import decode_event
from streams.analysis.archive_replay import ArchiveReplay
from streams.analysis.replay import Replay
from streams.archive.read.events import RecordedEvents
from streams.archive.read.reader import Archive
from streams.broker.client.settings import for_confluent
from streams.broker.local.broker import Recipe
from streams.health.recordings import recordings
from tests.integration.pipeline import Pipeline, in_order, pipeline
from tests.integration.test_pipeline import DEMO
from tests.waiting.programs import ended

COMMAND = [sys.executable, "-m", "streams.cli.main", "record"]


def _recorder(running: Pipeline, archive: Path, *words: str) -> subprocess.Popen[bytes]:
    place = ["--config", str(running.path), "--bootstrap", running.place.bootstrap]
    with archive.with_suffix(".log").open("ab") as log:
        return subprocess.Popen([*COMMAND, str(archive), *place, *words], stdout=log, stderr=log)


def _to_the_end(running: Pipeline, archive: Path, *words: str) -> None:
    with _recorder(running, archive, "--until-end", *words) as process:
        try:
            log = archive.with_suffix(".log")
            status = ended(process, seen=lambda: list(archive.rglob("*")), logs=lambda: [log])
            assert status == 0, log.read_text()
        finally:
            process.kill()


def _counts(archive: Path) -> list[tuple[object, ...]]:
    tables = [pq.ParquetFile(path).read() for path in (archive / "counts").glob("day=*/*")]
    rows = pa.concat_tables(tables).select(["bucket", "source", "level", "id", "count"]).to_pydict()
    return sorted(zip(*rows.values(), strict=True), key=str)


def test_a_killed_recorder_records_what_one_that_was_not_does(
    apache: Recipe, tmp_path: Path, mail: Path
) -> None:
    """Killed with -9 and started again: the same rows, and the alerts of the topic.

    So gives a replay of its buckets, and one of its raw events, counted anew.
    """
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        running.start("count", "detect")
        recorder = _recorder(running, killed)
        running.ingest("mail", mail)
        running.wait(lambda: len(running.alerts()) > 5)
        time.sleep(1.0)
        assert recorder.poll() is None, killed.with_suffix(".log").read_text()
        running.wait(lambda: any(one.running for one in recordings(running.config.state_dir)))
        recorder.kill()
        recorder.wait()
        (run,) = recordings(running.config.state_dir)
        assert (run.archive, run.running, run.stopped) == (str(killed), False, False)
        running.drain()
        _to_the_end(running, killed)
        _to_the_end(running, whole, "--events")
        published, config = running.firm(), running.config
    assert _counts(killed) == _counts(whole) != []
    archive = Archive(killed)
    replayed: list[bytes] = []
    ArchiveReplay(config, archive.manifest).run(
        archive.buckets(), lambda alert: replayed.append(alert.value), lambda: None
    )
    assert in_order(replayed) == published != []
    assert {event.id for event in archive.alerts()} == {decode_event(raw).id for raw in published}
    recounted: list[bytes] = []
    events = {"mail": RecordedEvents(whole, "mail")}
    Replay(config, {}, now_s=0.0, recorded=events).run(
        lambda alert: recounted.append(alert.value), lambda *_: None
    )
    assert in_order(recounted) == published


def _in_transactions(running: Pipeline, names: range) -> None:
    """Three events a transaction to one partition; every second transaction comes to nothing."""
    producer = Producer({**for_confluent(running.place), "transactional.id": "writer"})
    producer.init_transactions()
    for name in names:
        producer.begin_transaction()
        for number in range(3):
            event = {
                "type": "send", "v": 1, "event_id": f"{name}.{number}", "channel": "sms",
                "event_time": "2026-03-02T00:00:00Z", "source": "mail", "sender": {"id": "a"},
            }  # fmt: skip
            producer.produce("mail", json.dumps(event).encode(), partition=0)
        if name % 2:
            producer.flush()
            producer.abort_transaction()
        else:
            producer.commit_transaction()


def test_events_of_transactions_are_recorded(apache: Recipe, tmp_path: Path) -> None:
    """Their marks are no records: a recorder reads past them, and ends behind one; then goes on."""
    archive = tmp_path / "archive"
    with pipeline(apache, tmp_path, DEMO.format(shards=1)) as running:
        for names in (range(4), range(4, 7)):  # the last is an abort, then a commit
            _in_transactions(running, names)
            _to_the_end(running, archive, "--events")
    kept = [json.loads(row.value)["event_id"] for row in RecordedEvents(archive, "mail")]
    assert kept == [f"{name}.{number}" for name in (0, 2, 4, 6) for number in range(3)]
