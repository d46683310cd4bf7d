"""Other shards, fewer levels, larger buckets: nothing is forgotten, missed or repeated."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.broker.local.broker import Recipe
from streams.broker.local.port_and_folder import free_port
from streams.broker.topics.contents import records_in
from tests.delivery.receivers import Receiver, receiver
from tests.integration.pipeline import Pipeline, pipeline
from tests.integration.test_pipeline import DEMO
from tests.launch.launch import COMMAND, start
from tests.waiting import web
from tests.waiting.programs import ended
from tests.waiting.progress import until

NEW = DEMO.format(shards=2).replace('bucket = "1h"', 'bucket = "2h"') + (
    '[count]\nlevels = ["sender", "all"]\n'
)
RENUMBERED = ("config", "feed_no", "epoch", "alert_id", "revision", "parent", "moved_from")

Event = dict[str, Any]


def _halves(mail: Path, folder: Path) -> tuple[Path, Path]:
    """The mail as two files, parted at an odd hour."""
    head, *rows = mail.read_text().splitlines()
    column = head.split(",").index("epoch_s")
    times = [float(row.split(",")[column]) for row in rows]
    odd = int(sorted(times)[len(times) * 2 // 3]) // 7200 * 7200 + 3600
    out = []
    for name, chosen in (
        ("first", [t < odd for t in times]),
        ("second", [t >= odd for t in times]),
    ):
        path = folder / f"{name}.csv"
        lines = [row for row, in_it in zip(rows, chosen, strict=True) if in_it]
        path.write_text("\n".join([head, *lines, ""]))
        out.append(path)
    return out[0], out[1]


def _reshape(old: Pipeline, new: Pipeline) -> None:
    command = [sys.executable, "-m", "streams.cli.main", "reshape", str(new.path)]
    place = ["--config", str(old.path), "--bootstrap", old.place.bootstrap]
    log = new.path.with_suffix(".log")
    with (
        log.open("ab") as sink,
        subprocess.Popen([*command, *place], stdout=sink, stderr=sink) as it,
    ):
        assert ended(it, logs=lambda: [log]) == 0, log.read_text()


def _events(running: Pipeline) -> list[tuple[int, Event]]:
    """All that readers get, each once: shard and event, in order of the shard."""
    topic = running.config.topic("alerts")
    found: dict[str, tuple[int, Event]] = {}
    for record in records_in(running.place, topic):
        event = json.loads(record.value or b"")
        found.setdefault(event["id"], (record.partition, event))
    return list(found.values())


class Reader:
    """Reads the feeds as the page on feeds says: it begins once, and follows what feeds name."""

    def __init__(self) -> None:
        self._at = {("1h", 0): "0"}
        self.items: list[str] = []

    def read_on(self, base_url: str) -> None:
        """Read all that there is by now."""
        reading = list(self._at)
        while reading:
            group, shard = reading.pop(0)
            url = f"{base_url}/feeds/{group}/{shard}.json"
            answer = web.get(url, params={"after": self._at[group, shard]})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for item in page["items"]:
                self.items.append(item["id"])
                event = item["_weathervane"]["cloudevent"]
                for feed in event["data"].get("successors", ()):
                    if (feed["group"], feed["shard"]) not in self._at:
                        self._at[feed["group"], feed["shard"]] = f"{feed['epoch']}.0"
                        reading.append((feed["group"], feed["shard"]))
            self._at[group, shard] = page["_weathervane"]["after"]
            if "next_url" in page:
                reading.append((group, shard))


@dataclass
class Serving:
    """A serve with a webhook that begins with the next alert, and a reader of its feeds."""

    hook: Receiver
    port: int
    reader: Reader

    @property
    def text(self) -> str:
        """Its tables of a configuration."""
        hook = f'name = "ops"\nbegin = "newest"\nmonitor = false\nurl = "{self.hook.url}"'
        return f"[serve]\nport = {self.port}\n[[webhooks]]\n{hook}\n"

    @contextmanager
    def running(self, monitor: Pipeline) -> Iterator[None]:
        """Start it; at the end all is posted and read, and it is stopped."""
        log = monitor.path.with_suffix(".serve.log")
        place = ["--config", str(monitor.path), "--bootstrap", monitor.place.bootstrap]
        url = f"http://127.0.0.1:{self.port}"
        with log.open("ab") as sink, start([*COMMAND, "serve", *place], stdout=sink) as serve:
            until(lambda: _is_ready(url), "serve is ready", logs=lambda: [log])
            try:
                yield
                topic = {
                    record.value
                    for record in records_in(monitor.place, monitor.config.topic("alerts"))
                }
                until(lambda: topic <= {*self.hook.accepted}, "all is posted", logs=lambda: [log])
                self.reader.read_on(url)
            finally:
                serve.terminate()
                assert ended(serve, logs=lambda: [log]) == 0


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


class Seen:
    """What came out before and after, and what a replay of all in the new shape says."""

    def __init__(self, new: Pipeline, serving: Serving, replayed: list[bytes]) -> None:
        self.events, self.replayed = _events(new), [json.loads(line) for line in replayed]
        self.posted, self.read = list(serving.hook.accepted), list(serving.reader.items)
        self.old, self.new = ([(s, e) for s, e in self.events if e["data"]["epoch"] == n]
                              for n in (1, 2))  # fmt: skip


@pytest.fixture(scope="module")
def seen(apache: Recipe, mail: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Two thirds of the mail by the hour, in one shard; the rest by two hours, in two."""
    folder = tmp_path_factory.mktemp("reshape")
    first, second = _halves(mail, folder)
    with receiver() as hook:
        serving = Serving(hook, free_port(), Reader())
        with pipeline(apache, folder, DEMO.format(shards=1) + serving.text) as old:
            with serving.running(old):
                old.start("count", "detect")
                old.ingest("mail", first, end=False)
                old.wait(lambda: len(old.alerts()) > 20)  # how far it has come decides nothing
                assert set(old.stop().values()) == {0}
            (folder / "new").mkdir()
            new = Pipeline(old.place.bootstrap, folder / "new", NEW + serving.text)
            _reshape(old, new)
            _reshape(old, new)  # once more: nothing is left to change
            with serving.running(new):
                new.ingest("mail", second)
                new.start("count", "detect")
                new.drain()
                assert set(new.stop().values()) == {0}
            yield Seen(new, serving, new.replay(f"mail={first}", f"mail={second}"))


def test_a_webhook_gets_every_alert_once(seen: Seen) -> None:
    """Also those of partitions that it had not known, and though it begins with the newest."""
    said = [json.loads(body)["id"] + json.loads(body)["type"] for body in seen.posted]
    assert len(said) == len({*said})
    assert {json.loads(body)["id"] for body in seen.posted} == {e["id"] for _, e in seen.events}


def test_a_reader_of_the_feeds_misses_and_repeats_nothing(seen: Seen) -> None:
    """It has read the old feed before, and follows the feeds that its last item names."""
    assert len(seen.read) == len({*seen.read})
    assert {*seen.read} == {e["id"] for _, e in seen.events if e["data"]["revision"]}


def test_each_feed_of_the_old_epoch_ends_and_names_the_new_ones(seen: Seen) -> None:
    """The last number of the feed is the end's; nothing comes after it, and nothing is open."""
    firm = [event for _, event in seen.old if event["data"]["revision"]]
    assert [event["data"]["feed_no"] for event in firm] == list(range(1, len(firm) + 1))
    last = firm[-1]
    assert last["type"] == "weathervane.feed.ended"
    names = [(feed["group"], feed["shard"]) for feed in last["data"]["successors"]]
    assert {("2h", 0), ("2h", 1)} <= set(names)
    states = {event["data"]["alert_id"]: event["data"]["state"] for event in firm}
    assert set(states.values()) == {"resolved"}


def test_numbers_of_the_new_feeds_begin_at_1_and_have_no_gap(seen: Seen) -> None:
    """In each shard."""
    for shard in (0, 1):
        numbers = [
            e["data"]["feed_no"] for s, e in seen.new if s == shard and e["data"]["revision"]
        ]
        assert numbers == list(range(1, len(numbers) + 1))
    assert len(seen.new) > 5


def test_open_alerts_are_linked_both_ways(seen: Seen) -> None:
    """What moved has the id of what was opened for it, and the other way around."""
    to = {e["data"]["alert_id"]: e["data"].get("moved_to") for _, e in seen.old
          if e["data"].get("reason") == "moved" and e["type"].endswith("resolved")}  # fmt: skip
    back = {e["data"]["alert_id"]: e["data"]["moved_from"] for _, e in seen.new
            if "moved_from" in e["data"]}  # fmt: skip
    assert {new: old for old, new in to.items() if new} == back


def _bare(event: Event) -> str:
    data = {key: value for key, value in event["data"].items() if key not in RENUMBERED}
    return json.dumps([event["time"], event["type"], event["subject"], data], sort_keys=True)


def test_then_it_says_what_a_monitor_says_that_always_had_this_shape(seen: Seen) -> None:
    """From the first bucket on that was not warmed: the same alerts, with the same figures."""
    through = min(
        event["time"] for _, event in seen.new if event["type"] != "weathervane.alert.opened"
    )
    expected = [_bare(event) for event in seen.replayed if event["time"] >= through]
    found = [
        _bare(event)
        for _, event in seen.new
        if event["data"]["revision"] and event["time"] >= through
    ]
    assert sorted(found) == sorted(expected) != []
