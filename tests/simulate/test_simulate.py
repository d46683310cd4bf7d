"""Simulations: the same for a seed, labelled, and such that a replay finds what they label."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import load_config
from streams.simulate.files import COMPLAINTS, CONFIG, LABELS, SENDS, write
from streams.simulate.incidents import DEFECTS, OF_A_SENDER
from streams.simulate.population import populate
from streams.simulate.simulation import Simulation
from tests.cli.cli import Cli

ZONE = "Asia/Shanghai"
START = dt.datetime(2026, 3, 2, tzinfo=ZoneInfo(ZONE))


def simulation(seed: int = 1, *, days: int = 15, senders: int = 250) -> Simulation:
    return Simulation(START, senders=senders, days=days, incidents=0.08, seed=seed)


def written(place: Path, seed: int = 1) -> dict[str, bytes]:
    place.mkdir()
    write(simulation(seed, days=8, senders=60), ZONE, place, lambda: None)
    return {path.name: path.read_bytes() for path in place.iterdir()}


def labels(place: Path) -> list[dict[str, str]]:
    with (place / LABELS).open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_seed_gives_the_same_files_and_another_gives_others(tmp_path: Path) -> None:
    """To the byte; none is left with the name of an incomplete one."""
    first, again, other = (written(tmp_path / str(n), seed) for n, seed in enumerate((1, 1, 2)))
    assert first == again
    assert set(first) == {SENDS, COMPLAINTS, LABELS, CONFIG}
    assert first[SENDS] != other[SENDS]


def test_senders_have_owners_that_change_no_other_draw() -> None:
    """A signature has one account and one merchant, a code its ids; the rest is as it was."""
    one, other = (populate(300, np.random.default_rng(1), np.random.default_rng(n)) for n in (1, 2))
    owners = {each.signature: (each.account, each.merchant) for each in one.senders}
    assert [owners[each.signature] for each in one.senders] == [
        (each.account, each.merchant) for each in one.senders
    ]
    assert {each.access_code for each in one.senders} == {f"106900000{n}" for n in range(3)}
    assert one.senders != other.senders
    bare = [
        [msgspec.structs.replace(each, account=None, merchant=None) for each in of.senders]
        for of in (one, other)
    ]
    assert bare[0] == bare[1]
    assert (one.per_hour == other.per_hour).all()
    assert (one.complaint_rate == other.complaint_rate).all()


def test_events_are_in_order_and_complaints_come_after_what_they_are_about() -> None:
    """As records of a source would be; an hour's events lie in the hour."""
    last_sent = last_filed = START
    for hour in simulation(days=8, senders=60).hours():
        begins = START + dt.timedelta(hours=hour.number)
        for send in hour.sends:
            assert last_sent <= send.event_time
            assert begins <= send.event_time < begins + dt.timedelta(hours=1)
            last_sent = send.event_time
        for complaint in hour.complaints:
            assert last_filed <= complaint.event_time
            assert complaint.occurred_at is not None
            assert complaint.occurred_at <= complaint.event_time
            last_filed = complaint.event_time


@pytest.mark.parametrize("first", [(2026, 3, 6), (2026, 10, 30)])
def test_the_clock_changes_and_no_hour_is_missing_or_twice(
    first: tuple[int, int, int], tmp_path: Path
) -> None:
    """In both seasons messages are in order; habits and labels go by the clock on the wall."""
    zone = ZoneInfo("America/New_York")
    start = dt.datetime(*first, tzinfo=zone)
    one = Simulation(start, senders=300, days=10, incidents=0.05, seed=1)
    write(one, zone.key, tmp_path, lambda: None)
    times = [
        dt.datetime.fromisoformat(json.loads(line)["event_time"])
        for line in (tmp_path / SENDS).read_bytes().splitlines()
    ]
    assert times == sorted(times)
    hours = Counter(int((at - start.astimezone(dt.UTC)).total_seconds() // 3600) for at in times)
    assert set(hours) == set(range(240))
    assert max(hours.values()) < 2.5 * sorted(hours.values())[200]
    # Offices are open from 8 on, before the change and after it: the hour with the largest rise.
    for week in range(0, 240, 120):
        by_clock: Counter[int] = Counter()
        for hour in range(week, week + 120):
            if (local := one.at(hour)).weekday() < 5:
                by_clock[local.hour] += hours[hour]
        assert max(range(1, 24), key=lambda hour: by_clock[hour] / by_clock[hour - 1]) == 8
    spans = [
        [dt.datetime.fromisoformat(row[of]) for of in ("start", "end")] for row in labels(tmp_path)
    ]
    lasting = [(i.stop - i.start) for i in one.incidents]
    assert len(spans) > 3
    assert [(b.timestamp() - a.timestamp()) / 3600 for a, b in spans] == lasting
    assert all(at.utcoffset() == at.astimezone(zone).utcoffset() for span in spans for at in span)


def test_a_longer_simulation_begins_as_a_shorter_one_without_incidents() -> None:
    """An hour depends on the seed and its number alone: any size can be streamed."""
    short, long = (Simulation(START, senders=40, days=d, incidents=0, seed=3) for d in (2, 3))
    assert list(short.hours()) == list(long.hours())[:48]


def test_every_kind_of_incident_is_labelled_within_the_time() -> None:
    """Bursts, ramps, complaints by themselves, sub-let codes, campaigns, defects."""
    one = Simulation(START, senders=400, days=60, incidents=0.1, seed=5)
    assert {i.kind for i in one.incidents} == {*OF_A_SENDER, *DEFECTS, "campaign"}
    assert all(7 * 24 <= i.start < i.stop <= 60 * 24 for i in one.incidents)


def test_what_is_labelled_is_found(tmp_path: Path) -> None:
    """A replay of the files alerts bursts and defects in their time."""
    write(simulation(), ZONE, tmp_path, lambda: None)
    config = load_config(tmp_path / CONFIG, must_exist=True, environ={})
    found: list[tuple[str, str, dt.datetime]] = []

    def take(published: Published) -> None:
        alert = published.alert
        if alert.event == "opened":
            at = dt.datetime.fromisoformat(alert.last_bucket)
            found.append((f"{alert.entity.level}/{alert.entity.id}", alert.signal, at))

    files = {"sends": [tmp_path / SENDS], "complaints": [tmp_path / COMPLAINTS]}
    summary = Replay(config, files, now_s=START.timestamp() + 1e8).run(take, lambda *_: None)
    assert summary.rejects == 0
    hit = {
        row["kind"]: any(
            (entity, signal) == (row["entity"], row["signal"])
            and dt.datetime.fromisoformat(row["start"]) <= at
            and at < dt.datetime.fromisoformat(row["end"]) + dt.timedelta(hours=1)
            for entity, signal, at in found
        )
        for row in labels(tmp_path)
        if row["kind"] in ("spike", "build_up", "missing")
    }
    assert hit == {"spike": True, "build_up": True, "missing": True}


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def test_a_folder_with_something_in_it_is_refused(cli: Cli, tmp_path: Path) -> None:
    """Nobody's files are written over; status 2."""
    (tmp_path / "mine.txt").write_text("mine")
    done = cli("simulate", tmp_path)
    assert done.exit_code == 2
    assert "must be a new or an empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    """Neither files that look complete nor parts of them."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(simulation(), ZONE, tmp_path, interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_how_many(cli: Cli, tmp_path: Path) -> None:
    """Its numbers are those of the files' lines."""
    done = cli("simulate", tmp_path / "s", "--senders", 20, "--days", 2, "--json")
    summary = json.loads(done.stdout)
    assert done.exit_code == 0
    for name, file in (("sends", SENDS), ("complaints", COMPLAINTS)):
        assert summary[name] == len((tmp_path / "s" / file).read_bytes().splitlines())
