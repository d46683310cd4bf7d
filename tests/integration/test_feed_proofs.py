"""The feeds' trees over real brokers: they outlive kills, retention, and a second serve."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from streams.broker.client.connection import Connection
from streams.broker.topics.contents import records_in
from streams.config.names import own_name
from streams.proofs.checking import Frontier
from streams.proofs.checkpoint import Checkpoint, open_checkpoint
from streams.proofs.key_file import OwnKeys, new_keys
from streams.proofs.published import successors
from streams.proofs.reader.check import SeenFeed
from streams.proofs.reader.trust import ReaderSeen, encode_seen, read_seen
from streams.proofs.tree import leaf_hash
from tests.alerts.examples import numbered
from tests.integration.serving import Serve
from tests.launch.launch import COMMAND
from tests.proofs.test_tree import tree_of
from tests.waiting import web
from tests.waiting.progress import until

pytestmark = pytest.mark.kafka

NOW = dt.datetime.now(dt.UTC)
FEED = "/feeds/1d-Asia-Shanghai/0"
OTHERS = ("undelivered", "users", "labels", "actions", "notes", "cases")


class Monitor:
    """The topics of a monitor, what is published to them, and serve processes on it."""

    def __init__(self, kafka: str, folder: Path, admin: Any) -> None:
        self.kafka, self.folder, self.admin = kafka, folder, admin
        self.keys = folder / "feed-keys.json"
        self.name = folder.name
        self.alerts, self.kept = own_name(self.name, "alerts"), own_name(self.name, "checkpoints")
        compact = {"cleanup.policy": "compact"}
        names = [own_name(self.name, each) for each in OTHERS]
        admin.create_topics(
            [
                NewTopic(self.alerts, 1, 1),
                NewTopic(self.kept, 1, 1, topic_configs=compact),
                *(NewTopic(name, 1, 1) for name in names),
            ]
        )
        self._producer = KafkaProducer(bootstrap_servers=kafka)

    def publish(self, *texts: bytes) -> None:
        sent = [self._producer.send(self.alerts, text, partition=0) for text in texts]
        for future in sent:
            future.get(30)

    def forget(self, before: int) -> None:
        """Do what retention does: delete the alerts before an offset."""
        self.admin.delete_records({TopicPartition(self.alerts, 0): before})

    def write_keys(self, keys: OwnKeys) -> None:
        new = self.keys.with_suffix(".new")
        new.write_bytes(keys.encode())
        new.replace(self.keys)

    def serve(self) -> Serve:
        made = Serve(self.kafka, self.folder)
        made.change("keep =", f'feed_keys = "{self.keys}"\nkeep =')
        return made

    def kept_keys(self) -> set[str]:
        """The kinds of records that the topic holds and that no later one has deleted."""
        found: dict[bytes | None, bytes | None] = {}
        for record in records_in(Connection(self.kafka), self.kept):
            found[record.key] = record.value
        return {(key or b"").decode() for key, value in found.items() if value is not None}


@pytest.fixture(name="monitor")
def _monitor(kafka: str, tmp_path: Path) -> Iterator[Monitor]:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    yield Monitor(kafka, tmp_path, admin)
    admin.close()


def checkpoint(serve: Serve, size: int, *keys: OwnKeys, asked: str = "") -> Checkpoint:
    """Wait for a checkpoint of a size."""

    def look() -> Checkpoint | None:
        answer = web.get(f"{serve.base}{FEED}/checkpoint{asked}")
        if answer.status_code != 200:
            return None
        public = [key.published.public for each in keys for key in each.keys]
        found, _ = open_checkpoint(answer.text, public)
        return found if found.size == size else None

    found: Checkpoint = waited(look, f"there is a checkpoint of size {size}")
    return found


def waited(look: Callable[[], Any], what: str) -> Any:
    """Wait until a look finds something, and return it."""
    found: list[Any] = []

    def there() -> bool:
        found[:] = [look()]
        return found[0] is not None

    until(there, what)
    return found[0]


def root(*numbers: int) -> bytes:
    """Return the root that these alerts make."""
    return tree_of([leaf_hash(numbered(number)) for number in numbers]).root()


def test_the_tree_outlives_kills_and_retention(monitor: Monitor) -> None:
    """What is gone from alerts is still proved, by this serve and by another one."""
    keys = new_keys(f"weathervane/{monitor.name}", NOW)
    monitor.write_keys(keys)
    monitor.publish(*map(numbered, range(1, 301)))
    one, other = monitor.serve(), monitor.serve()
    with one.running():
        assert checkpoint(one, 300, keys).root == root(*range(1, 301))
        until(lambda: "place/0/300" in monitor.kept_keys(), "the tree is kept")
    monitor.forget(300)
    monitor.publish(*map(numbered, (301, 302)))
    with one.running() as process, other.running():
        for serve in (one, other):
            assert checkpoint(serve, 302, keys).root == root(*range(1, 303))
            proof = web.get(f"{serve.base}{FEED}/inclusion?number=7&size=300")
            assert proof.status_code == 200
        until(lambda: "place/0/302" in monitor.kept_keys(), "the tree is kept")
        process.kill()
        monitor.forget(302)
        monitor.publish(numbered(303))
        assert checkpoint(other, 303, keys).root == root(*range(1, 304))
    until_kept = {"tile/1d-Asia-Shanghai/0/1/0"}
    assert until_kept <= monitor.kept_keys()
    with one.running():
        assert checkpoint(one, 303, keys).root == root(*range(1, 304))
        assert web.get(f"{one.base}/readyz").status_code == 200


def test_what_was_gone_before_it_was_read_ends_the_tree(monitor: Monitor) -> None:
    """Nobody can prove what nobody has read: the tree ends, loudly, and the next epoch has one."""
    keys = new_keys(f"weathervane/{monitor.name}", NOW)
    monitor.write_keys(keys)
    monitor.publish(*map(numbered, range(1, 11)))
    serve = monitor.serve()
    with serve.running():
        checkpoint(serve, 10, keys)
        until(lambda: "place/0/10" in monitor.kept_keys(), "the tree is kept")
    monitor.publish(*map(numbered, range(11, 21)))
    monitor.forget(15)
    with serve.running():
        assert checkpoint(serve, 10, keys).root == root(*range(1, 11))
        until(lambda: serve.metric("weathervane_serve_proof_lost_feeds") == 1, "it is told")
        monitor.publish(numbered(1, epoch=2))
        assert checkpoint(serve, 1, keys).origin.endswith("/0/2")
        assert checkpoint(serve, 10, keys, asked="?epoch=1").size == 10


def test_another_topic_under_the_same_name_is_noticed(monitor: Monitor) -> None:
    """Alerts that were restored have other offsets: they are compared from the beginning on."""
    keys = new_keys(f"weathervane/{monitor.name}", NOW)
    monitor.write_keys(keys)
    monitor.publish(b"rubbish", b"rubbish", *map(numbered, range(1, 11)))
    serve = monitor.serve()
    with serve.running():
        checkpoint(serve, 10, keys)
        until(lambda: "place/0/12" in monitor.kept_keys(), "the tree is kept")
    monitor.admin.delete_topics([monitor.alerts])
    until(lambda: monitor.alerts not in monitor.admin.list_topics(), "the topic is gone")
    monitor.admin.create_topics([NewTopic(monitor.alerts, 1, 1)])
    monitor.publish(*map(numbered, range(1, 16)))
    for _ in range(2):
        with serve.running():
            assert checkpoint(serve, 15, keys).root == root(*range(1, 16))
            until(lambda: "place/0/15" in monitor.kept_keys(), "the tree is kept")
            until(lambda: "place/0/12" not in monitor.kept_keys(), "the false place is gone")
    assert "from its beginning" in serve.said


def test_keys_are_published_rotated_and_missed(monitor: Monitor) -> None:
    """A rotation needs no restart; a key that does not follow signs nothing."""
    first = new_keys(f"weathervane/{monitor.name}", NOW)
    monitor.publish(numbered(1))
    serve = monitor.serve()
    with serve.running():
        answer = web.get(f"{serve.base}{FEED}/checkpoint")
        assert answer.status_code == 503
        monitor.write_keys(first)
        checkpoint(serve, 1, first)
        second = first.rotated(NOW, dt.timedelta(days=90))
        monitor.write_keys(second)
        until(lambda: len(web.get(f"{serve.base}/feeds/keys").json()["keys"]) == 2, "two keys")
        note = web.get(f"{serve.base}{FEED}/checkpoint").text
        public = [key.published.public for key in second.keys]
        assert len(open_checkpoint(note, public)[1].signed_by) == 2
        shown = [key.published for key in second.keys]
        assert [each.key for each in successors(public[:1], shown)] == public[1:]
        until(lambda: f"key/{public[1].id}" in monitor.kept_keys(), "it is kept")
        fault = 'weathervane_serve_feed_key_fault{fault="changed"}'
        monitor.write_keys(new_keys(f"weathervane/{monitor.name}", NOW))
        until(lambda: serve.metric(fault) == 1, "it is told")
        answer = web.get(f"{serve.base}{FEED}/checkpoint")
        assert answer.status_code == 503
        assert "feed key new --lost" in answer.json()["detail"]
        monitor.write_keys(second)
        until(lambda: serve.metric(fault) == 0, "it is well again")
        checkpoint(serve, 1, second)


def verify(serve: Serve, seen: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Check the feed of a serve process as its reader does."""
    command = [*COMMAND, "feed", "verify", f"{serve.base}{FEED}.json", "--json"]
    done = subprocess.run(
        [*command, "--seen", str(seen), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[0])


def _of_another_history(content: bytes, keys: OwnKeys) -> bytes:
    """Return a reader's file of thirty items whose ninth was another, signed all the same."""
    (origin,) = read_seen(content).feeds
    frontier = Frontier()
    for number in range(1, 31):
        frontier.append(leaf_hash(b"another" if number == 9 else numbered(number)))
    note = Checkpoint(origin, 30, frontier.root()).signed(key.signing for key in keys.keys)
    seen = SeenFeed(size=30, root=frontier.root(), hashes=frontier.hashes, note=note)
    trusted = [str(key.published.public) for key in keys.keys]
    return encode_seen(ReaderSeen(keys=trusted, feeds={origin: seen}))


def test_a_reader_checks_the_feed_of_a_live_serve(monitor: Monitor, tmp_path: Path) -> None:
    """Through a kill, retention and a rotation nothing is wrong; what was rewritten is named."""
    keys = new_keys(f"weathervane/{monitor.name}", NOW)
    monitor.write_keys(keys)
    monitor.publish(*map(numbered, range(1, 31)))
    serve, seen = monitor.serve(), tmp_path / "seen.json"
    key = str(keys.keys[0].published.public)
    with serve.running() as process:
        checkpoint(serve, 30, keys)
        until(lambda: "place/0/30" in monitor.kept_keys(), "the tree is kept")
        status, said = verify(serve, seen, "--key", key)
        assert (status, [row["last"] for row in said["feeds"]]) == (0, [30])
        process.kill()
    second = keys.rotated(NOW, dt.timedelta(days=90))
    monitor.write_keys(second)
    monitor.publish(*map(numbered, range(31, 41)))
    monitor.forget(20)
    before = seen.read_bytes()
    with serve.running():
        checkpoint(serve, 40, second)
        status, said = verify(serve, seen)
        assert (status, [row["last"] for row in said["feeds"]]) == (0, [40])
        seen.write_bytes(_of_another_history(before, keys))
        status, said = verify(serve, seen)
        assert status == 1
        assert [row["findings"] for row in said["feeds"]] != [[]]
