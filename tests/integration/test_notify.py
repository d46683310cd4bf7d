"""Receivers are told through a real broker: once, after a kill, by one of two serves."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from streams.alerts.cloudevent import Entity
from streams.broker.client.connection import Connection
from streams.broker.topics.records import read_records
from streams.config.names import own_name
from tests.alerts.examples import raw
from tests.delivery.channels.chat.services import SECRET, TOKEN, dingtalk, wecom
from tests.delivery.channels.services import Reply, Request, Service, service
from tests.delivery.receivers import Receiver, receiver
from tests.integration.serving import Serve, run
from tests.waiting.programs import ended
from tests.waiting.progress import until

pytestmark = pytest.mark.kafka

ROBOTS = """
[[receivers]]
name = "{name}"
continue = true
wait = "0s"
interval = "0s"
group_by = "alert"
language = "zh"
give_up_after = "1s"
{channel}
"""
QUICK = """
[[receivers]]
name = "ops"
wait = "0s"
interval = "0s"
group_by = "alert"
webhook = {{ url = "{url}" }}
"""


@pytest.fixture
def publish(kafka: str, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Make the topics of a monitor of the test's own, and give what publishes alerts."""
    admin: Any = KafkaAdminClient(bootstrap_servers=kafka)
    topics = (
        *("alerts", "undelivered", "notifications", "actions", "notes", "labels", "users"),
        "cases",
    )
    admin.create_topics([NewTopic(own_name(tmp_path.name, each), 1, 1) for each in topics])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=kafka)

    def send(*texts: bytes) -> None:
        for text in texts:
            producer.send(own_name(tmp_path.name, "alerts"), text, key=b"k").get(30)

    yield send
    producer.close()


def opened(number: int) -> bytes:
    return raw(alert_id=f"{number:016x}", feed_no=number)


def resolved(number: int) -> bytes:
    keys = {"event": "resolved", "state": "resolved", "revision": 2}
    return raw(alert_id=f"{number:016x}", feed_no=1000 + number, **keys)


def recorded(kafka: str, name: str, number: int) -> bool:
    """Whether it stands on the topic that somebody was told of an alert."""
    place, topic = Connection(kafka), own_name(name, "notifications")
    records = read_records(place, topic, 0, 0)
    return any(f"{number:016x}".encode() in (each.value() or b"") for each in records)


def said_to(server: Receiver) -> list[str]:
    """The revisions that a receiver was told, in order."""
    return [event["id"] for body in server.accepted for event in json.loads(body)]


def test_what_is_told_is_told_once_and_goes_on_after_a_kill(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """What was over before the first start is not told; what comes while serve is away is."""
    publish(opened(1), resolved(1), opened(2))
    with receiver() as server:
        serve = Serve(kafka, tmp_path, tables=QUICK.format(url=server.url))
        with serve.running() as process:
            until(lambda: said_to(server) == [f"{2:016x}.1"], "the open one")
            publish(opened(3))
            # Killed between the two, it would rightly tell of it again.
            until(lambda: recorded(kafka, tmp_path.name, 3), "a new one, and its record")
            process.send_signal(signal.SIGKILL)
            ended(process)
        publish(resolved(2), opened(4), resolved(4))
        with serve.running():
            until(lambda: len(said_to(server)) >= 4, "what came meanwhile")
    assert said_to(server)[1:] == [f"{3:016x}.1", f"{2:016x}.2", f"{4:016x}.2"]


def test_a_silence_hides_what_opens_and_not_the_end_of_what_was_told(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """What people do on the command line reaches the serve that sends."""
    with receiver() as server:
        # With a wait, so that the silence is read before the alert that it hides is due.
        tables = QUICK.format(url=server.url).replace('wait = "0s"', 'wait = "2s"')
        serve = Serve(kafka, tmp_path, tables=tables)
        with serve.running():
            publish(opened(1))
            until(lambda: said_to(server) == [f"{1:016x}.1"], "the first one")
            words = ["--id", "1069*", "--for", "4h", "--comment", "sale", "--yes"]
            done = run("silence", *words, "--config", str(serve.config))
            assert done.returncode == 0, done.stderr
            publish(opened(2), raw(alert_id=f"{3:016x}", feed_no=3, entity=Entity("sender", "x")))
            until(lambda: f"{3:016x}.1" in said_to(server), "one that is not silenced")
            publish(resolved(1))
            until(lambda: f"{1:016x}.2" in said_to(server), "the end of what was told")
    assert f"{2:016x}.1" not in said_to(server)


def texts_of(played: Service) -> list[str]:
    """The texts that a robot of DingTalk or WeCom was sent, in order."""
    return [request.json["text"]["content"] for request in played.requests]


def test_chats_are_told_through_a_serve_and_again_by_the_command(
    kafka: str, tmp_path: Path, publish: Callable[..., None]
) -> None:
    """DingTalk refuses (with 200) until it is given up; then redeliver brings it."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    takes = [False]

    def answer(request: Request) -> Reply:
        return dingtalk(request, SECRET if takes[0] else "another secret")

    with service(answer) as ding, service(wecom) as group:
        robots = {
            "ding": f'dingtalk = {{ url = "{ding.url(f"/robot/send?access_token={TOKEN}")}",'
            f' secret_file = "{secret}" }}',
            "group": f'wecom = {{ url = "{group.url(f"/cgi-bin/webhook/send?key={TOKEN}")}" }}',
        }
        tables = [ROBOTS.format(name=name, channel=robots[name]) for name in robots]
        serve = Serve(kafka, tmp_path, tables="".join(tables))
        place = ["--config", str(serve.config)]
        with serve.running():
            publish(opened(1))
            until(lambda: texts_of(group), "WeCom is told")
            until(lambda: "given up" in serve.said, "DingTalk's is given up")
            # It stands on the topic a moment after serve has said so.
            listed = ["notifications", *place, "--json", "--receiver", "ding"]
            until(lambda: run(*listed).stdout, "that is recorded")
            (lost,) = map(json.loads, run(*listed).stdout.splitlines())
            assert (lost["outcome"], lost["alerts"][0]["alert_id"]) == ("given_up", f"{1:016x}")
            assert run("redeliver", *place, "--all").returncode == 1
            takes[0] = True
            again = run("redeliver", *place, "--receiver", "ding")
            assert again.returncode == 0, again.stderr
            assert run("redeliver", *place, "--list", "--json").stdout == ""
            # What is sent from then on goes by serve.
            publish(opened(2))
            until(lambda: len(texts_of(group)) == 2, "WeCom is told of the next one")
            until(lambda: recorded(kafka, tmp_path.name, 2), "and the record of it")
    assert all("106900012345" in text and "投诉" in text for text in texts_of(group))
    assert "106900012345" in texts_of(ding)[-1]
    assert TOKEN not in serve.said
