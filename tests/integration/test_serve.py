"""`serve` and `alerts` as processes, on a real broker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from streams.alerts.cloudevent import Entity
from streams.broker.local.port_and_folder import free_port
from streams.config.names import own_name
from streams.delivery.console.act.seen import seen
from tests.alerts.examples import OPENED, numbered, raw
from tests.delivery.receivers import receiver
from tests.integration.serving import FEED, Serve, command, run
from tests.waiting import web
from tests.waiting.clock import OwnClock
from tests.waiting.programs import ended, following, lines_of
from tests.waiting.progress import until

pytestmark = pytest.mark.kafka

EARLY = raw(alert_id="e" * 16, event="early", state="early", revision=0, feed_no=None)


@pytest.fixture
def admin(kafka: str) -> Iterator[Any]:
    client = KafkaAdminClient(bootstrap_servers=kafka)
    yield client
    client.close()


@pytest.fixture
def topic(tmp_path: Path) -> str:
    """The topic of the alerts of a monitor of the test's own."""
    return own_name(tmp_path.name, "alerts")


@pytest.fixture
def publish(kafka: str, tmp_path: Path, admin: Any, topic: str) -> Iterator[Callable[..., None]]:
    """Make the topics of serve, and give what publishes to the alerts' partitions."""
    others = ("undelivered", "users", "labels", "actions", "notes", "cases")
    admin.create_topics(
        [NewTopic(topic, 2, 1), *(NewTopic(own_name(tmp_path.name, each), 1, 1) for each in others)]
    )
    producer = KafkaProducer(bootstrap_servers=kafka)

    def send(*texts: bytes | None, shard: int = 0) -> None:
        sent = [producer.send(topic, text, key=b"k", partition=shard) for text in texts]
        for future in sent:
            future.get(30)

    yield send
    producer.close()


def asking(kafka: str, tmp_path: Path) -> list[str]:
    """Options by which a command asks the test's own monitor."""
    path = tmp_path / "named.toml"
    path.write_text(f'name = "{tmp_path.name}"\n')
    return ["--config", str(path), "--bootstrap", kafka]


def test_serve_gives_what_the_topic_holds_and_what_comes(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """The feed has the topic's alerts, no early ones and no rubbish, then new ones at once."""
    publish(numbered(1), EARLY, b"rubbish", None, numbered(2), numbered(2))
    publish(numbered(1, group="60s"), shard=1)
    serve = Serve(kafka, tmp_path)
    with serve.running():
        assert serve.numbers(after=0) == [1, 2]
        listed = web.get(f"{serve.base}/feeds").json()["feeds"]
        newest = {(feed["group"], feed["shard"]): feed["newest"] for feed in listed}
        # The default sources make the group 1m, in one shard; the alerts are of other shapes.
        assert newest == {("1m", 0): None, ("60s", 1): 1, ("1d-Asia-Shanghai", 0): 2}
        with web.stream("GET", serve.base + FEED.replace(".json", "/events")) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "id: 1.2"
            clock = OwnClock()
            publish(numbered(3))
            assert next(line for line in lines if line.startswith("id:")) == "id: 1.3"
            assert clock.elapsed_s() < 2.0
        assert serve.numbers(after=2) == [3]
        read = "weathervane_serve_alerts_read_total"
        assert serve.metric(read + '{fate="added"}') == 4
        assert serve.metric(read + '{fate="repeat"}') == 1
        assert serve.metric(read + '{fate="early"}') == 1
        assert serve.metric(read + '{fate="unreadable"}') == 2


def test_serve_stops_at_once_with_a_client_listening(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """SIGTERM ends serve with 0 in a moment, though a stream is open; so does Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        serve = Serve(kafka, tmp_path)
        with (
            serve.running() as process,
            web.stream("GET", serve.base + FEED.replace(".json", "/events")) as stream,
        ):
            lines = stream.iter_lines()
            next(lines)
            process.send_signal(number)
            clock = OwnClock()
            assert ended(process) == 0, serve.said
            assert clock.elapsed_s() < 3.0
            assert not any(lines)


def test_serve_reads_no_more_than_it_keeps(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """At a start only the newest are read back; a cursor from before them is gone."""
    publish(*map(numbered, range(1, 101)))
    serve = Serve(kafka, tmp_path, keep=10)
    with serve.running():
        assert serve.metric("weathervane_serve_alerts_read_total") == 10
        answer = web.get(serve.base + FEED, params={"after": 0})
        assert (answer.status_code, answer.json()["oldest"]) == (410, 91)
        assert serve.numbers(after=90) == [*range(91, 101)]


def test_a_busy_port_is_named(kafka: str, tmp_path: Path, publish: Callable[..., None]) -> None:
    """A port that is taken ends serve with 1 and a sentence that names serve.port."""
    serve = Serve(kafka, tmp_path)
    with socket.create_server(("127.0.0.1", serve.port)):
        assert ended(serve.start()) == 1
    assert "set serve.port or --port to another" in serve.said


def test_a_missing_topic_is_named_not_made(
    kafka: str, tmp_path: Path, admin: Any, topic: str
) -> None:
    """Without the topic serve waits, alerts ends with 1; both say what makes it, and do not."""
    serve = Serve(kafka, tmp_path)
    process = serve.start()
    try:
        until(lambda: "waits for topic" in serve.said)
        assert "which must exist on" in serve.said
        assert "`weathervane topics` creates them" in serve.said
        assert web.get(f"{serve.base}/readyz").status_code == 503
        process.terminate()
        assert ended(process) == 0
    finally:
        process.kill()
        process.wait()
    listed = run("alerts", *asking(kafka, tmp_path))
    assert listed.returncode == 1
    assert "`weathervane topics`" in listed.stderr
    assert topic not in admin.list_topics()


def test_webhooks_get_every_alert_in_order_and_a_dead_one_holds_up_no_other(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """A receiver that fails at times gets all, early ones too, while another is dead."""
    published = [numbered(1), EARLY, *map(numbered, (2, 3))]
    publish(*published)
    with receiver(500, 503, 204, 500) as ops:
        dead = f"http://127.0.0.1:{free_port()}/"
        serve = Serve(kafka, tmp_path, hooks=[("ops", ops.url), ("dead", dead)])
        with serve.running() as process:
            until(lambda: len(ops.accepted) == 4)
            publish(numbered(4))
            until(lambda: len(ops.accepted) == 5)
            until(lambda: serve.metric('weathervane_webhook_lag_records{receiver="dead"}') == 5)
            # A receiver has accepted an alert a moment before the queue counts it.
            until(lambda: serve.metric('weathervane_webhook_deliveries_total{receiver="ops"}') == 5)
            until(lambda: serve.metric('weathervane_webhook_lag_records{receiver="ops"}') == 0)
            assert serve.metric('weathervane_webhook_failures_total{reason="ConnectError"') > 0
            process.terminate()
            assert ended(process) == 0, serve.said
    assert ops.accepted == [*published, numbered(4)]


def test_a_restart_loses_nothing(kafka: str, tmp_path: Path, publish: Callable[..., None]) -> None:
    """Killed while a receiver was down, serve posts what was not accepted, and no more."""
    publish(*map(numbered, (1, 2, 3)))
    with receiver(204, *[500] * 100) as ops:
        serve = Serve(kafka, tmp_path, hooks=[("ops", ops.url)])
        with serve.running():
            until(lambda: len(ops.asked) >= 3)
        assert ops.accepted == [numbered(1)]
        ops.answers.clear()
        publish(numbered(4))
        with serve.running():
            # The killed member's session must first run out.
            until(lambda: len(ops.accepted) == 4)
            until(lambda: committed(kafka, tmp_path.name) == 4)
    assert ops.accepted == [*map(numbered, (1, 2, 3, 4))]


def test_alerts_that_expire_undelivered_are_told(
    kafka: str, tmp_path: Path, admin: Any, topic: str, publish: Callable[..., None]
) -> None:
    """A receiver whose queue the topic has outlived goes on with what there is, and says so."""
    publish(numbered(1))
    with receiver() as ops:
        serve = Serve(kafka, tmp_path, hooks=[("ops", ops.url)])
        with serve.running() as process:
            until(lambda: len(ops.accepted) == 1)
            until(lambda: committed(kafka, tmp_path.name) == 1)
            process.terminate()
            ended(process)
        publish(*map(numbered, range(2, 6)))
        admin.delete_records({TopicPartition(topic, 0): 4})
        with serve.running():
            until(lambda: len(ops.accepted) == 2)
            assert serve.metric("weathervane_webhook_expired_alerts_total") == 3
    assert ops.accepted == [numbered(1), numbered(5)]
    assert "3 alerts have expired undelivered" in serve.said


def committed(kafka: str, name: str) -> int | None:
    """How far the queue of the webhook ops has come."""
    group = own_name(name, "webhook.ops")
    consumer = KafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    try:
        found: int | None = consumer.committed(TopicPartition(own_name(name, "alerts"), 0))
        return found
    finally:
        consumer.close()


OPEN = raw(entity=Entity("sender", "[red]a/b"))
RESOLVED = raw(alert_id="a" * 16, event="resolved", state="resolved", revision=2, feed_no=3)


def lines(name: str, *arguments: str) -> list[bytes]:
    done = run(name, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.encode().splitlines()


def test_alerts_lists_each_as_it_stands(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """The list has each alert's latest revision, filtered by state and entity, over shards."""
    publish(numbered(2, alert_id="a" * 16), b"rubbish", RESOLVED, RESOLVED)
    publish(OPEN, EARLY, shard=1)
    place = asking(kafka, tmp_path)
    ask = (*place, "--json")
    assert sorted(lines("alerts", *ask)) == sorted([OPEN, RESOLVED, EARLY])
    assert lines("alerts", *ask, "--state", "open") == [OPEN]
    assert lines("alerts", *ask, "--state", "early") == [EARLY]
    assert lines("alerts", *ask, "--entity", "sender/[red]a/b") == [OPEN]
    assert lines("alerts", *ask, "--entity", "platform/a") == []
    head, figures, *sentence = lines("alerts", *place, "--state", "open")
    assert head.split() == [b"Beyond", b"State", b"Severity", b"Opened", b"Closed", b"Alert"]
    assert figures.split()[1:3] == [b"open", b"warning"]
    assert figures.endswith(b" 2b1926685558e977.1")
    assert b" ".join(b" ".join(sentence).split()) == OPENED.summary.encode()
    refused = run("alerts", *place, "--entity", "106900012345")
    assert refused.returncode == 2
    assert "such as sender/106900012345; got 106900012345" in " ".join(refused.stderr.split())


def test_alerts_follows_until_it_is_stopped(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """With --follow, news come as lines, no repeats; Ctrl-C and SIGTERM end it with 0."""
    publish(OPEN)
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [*command("alerts"), *asking(kafka, tmp_path), "--follow", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        lines = lines_of(process)
        assert following(lines) == OPEN
        fresh = numbered(2, alert_id=os.urandom(8).hex())
        publish(OPEN, fresh)
        seen = [following(lines)]
        while seen[-1] != fresh:
            seen.append(following(lines))
        assert OPEN not in seen
        process.send_signal(number)
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")


def test_an_alert_has_its_older_revisions_from_the_topic(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """By the places that serve keeps; what stands between them is passed over."""
    serve = Serve(kafka, tmp_path)
    alert_id = f"{1:016x}"
    lives = [numbered(1)]
    for revision in range(2, 5):
        lives += [numbered(revision * 10 + n) for n in range(80)]
        lives.append(numbered(1, revision=revision, event="updated"))
    publish(*lives)
    with serve.running():
        found = web.get(f"{serve.base}/api/v1/alerts/{alert_id}").json()
        revisions = [one["cloudevent"]["data"]["revision"] for one in found["revisions"]]
        assert (revisions, found["has_all_revisions"]) == ([1, 2, 3, 4], True)
        # A form comes back after its action has been read on the topic.
        form = {"form": "a" * 32, "alert": seen(alert_id, 0, "warning"), "next": "/silences"}
        for said in ("alert acknowledged", "nothing was done twice"):
            answer = web.post(f"{serve.base}/act/acknowledge", data=form)
            assert said in answer.text
        acted = web.get(f"{serve.base}/api/v1/alerts/{alert_id}").json()["actions"]
        assert (acted["version"], acted["acknowledged_by"]) == (1, "local")
