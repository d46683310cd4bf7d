"""With people counted, an archive's replay is the live run's, byte for byte; so are its facts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.items import Complaint, Send, Sender
from streams.sources.event_json import encode_event
from tests.archive.conftest import run, run_apart
from tests.events_of import DAY, T0, at

CONFIG = """\
name = "people"
timezone = "UTC"
[count]
levels = ["sender", "signature", "all"]
bucket = "1d"
lateness = "1h"
[detect]
budget_per_day = 50.0
shards = {shards}
[detect.misuse]
signals = ["fan_out"]
[sources.sends]
kind = "send"
[sources.complaints]
kind = "complaint"
count_by = "reporters"
"""
DAYS = 24
SENDERS = 12


def _hash(person: int) -> str:
    return f"{(person + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}"


def _day(chance: random.Random, day: int, burst: bool) -> Iterator[Send | Complaint]:
    for number in range(SENDERS):
        sender = Sender(f"s{number}", signature=f"brand {number // 4}")
        spread = 150 if burst and number == 3 else 5
        for each in range(20 if spread == 5 else 160):
            time_s = day * DAY + chance.uniform(0, 80_000)
            yield Send(
                v=1, event_id=f"m{day}-{number}-{each}", event_time=at(T0 + time_s), channel="sms",
                sender=sender, source="sends", recipient_hash=_hash(chance.randrange(spread)),
            )  # fmt: skip
        brigade = burst and number == 7
        crowd = burst and number == 5
        for each in range(60 if brigade or crowd else 2):
            who = chance.choice([each, None]) if crowd else chance.randrange(3)
            yield Complaint(
                v=1, event_id=f"c{day}-{number}-{each}", event_time=at(T0 + day * DAY + each * 60),
                channel="sms", sender=sender, source="complaints", kind="other",
                reporter_hash=None if who is None else _hash(who),
            )  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the events of weeks: many people, few who complain often, and a fan-out."""
    folder, chance = tmp_path_factory.mktemp("people"), random.Random(7)
    events = [one for day in range(DAYS) for one in _day(chance, day, burst=day >= DAYS - 3)]
    events.sort(key=lambda one: one.event_time)
    for name in ("sends", "complaints"):
        lines = [encode_event(one) for one in events if one.source == name]
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(lines))
    return folder


def _named(files: Path) -> list[str]:
    return [f"{name}={files / name}.jsonl" for name in ("sends", "complaints")]


@pytest.mark.parametrize("shards", [1, 2])
def test_the_replay_of_an_archive_is_that_of_the_files(
    files: Path, tmp_path: Path, shards: int
) -> None:
    config = tmp_path / "w.toml"
    config.write_text(CONFIG.format(shards=shards))
    words = ["--config", str(config)]
    run("record", str(tmp_path / "archive"), *_named(files), *words)
    of_files, of_archive = tmp_path / "files.jsonl", tmp_path / "archive.jsonl"
    run_apart("replay", *_named(files), *words, "--alerts", str(of_files))
    run_apart("replay", "--archive", str(tmp_path / "archive"), *words, "--alerts", str(of_archive))
    lines, again = (path.read_bytes().splitlines() for path in (of_files, of_archive))
    # Files close a bucket in all shards at once, and an archive in one after the other.
    assert lines == again if shards == 1 else sorted(lines) == sorted(again)
    alerts = [msgspec.json.decode(line)["data"] for line in lines]
    said = {(one["signal"], one["entity"]["id"]) for one in alerts}
    assert {("fan_out", "s3"), ("complaints", "s5")} <= said | {
        ("complaints", one["entity"]["id"]) for one in alerts if one["signal"] == "complaint_rate"
    }
    assert not any(entity == "s7" for signal, entity in said if signal.startswith("compl"))
    (first,) = [one for one in alerts if one["entity"]["id"] == "s5" and one["revision"] == 1]
    assert first["count_by"] == "reporters"
    assert first["reporters"]["complaints"] == 60


def test_an_archive_without_facts_is_refused_with_what_to_do(files: Path, tmp_path: Path) -> None:
    plain, wanting = tmp_path / "plain.toml", tmp_path / "w.toml"
    wanting.write_text(CONFIG.format(shards=1))
    text = wanting.read_text().replace('count_by = "reporters"', "")
    plain.write_text(text.replace('"fan_out"', ""))
    run("record", str(tmp_path / "archive"), *_named(files), "--config", str(plain))
    archive = ["--archive", str(tmp_path / "archive")]
    out = ["--alerts", str(tmp_path / "none.jsonl")]
    said = run("replay", *archive, "--config", str(wanting), *out, status=2)
    assert "sources.sends must have counted distinct/all/recipients" in said
    assert "Record again, or remove what asks for it" in said
    assert not [one for one in (tmp_path / "archive").iterdir() if one.name == "distinct"]
