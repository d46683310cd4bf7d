"""``weathervane record``: the command around it; what an archive holds is tested elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.archive.read.events import RecordedEvents
from streams.archive.read.reader import Archive
from streams.broker.local.port_and_folder import free_port
from tests.cli.analysis.test_replay import CONFIG, GOOD_ROWS
from tests.cli.cli import Cli
from tests.waiting.programs import run

KEYS = ["buckets", "rows", "alerts", "labels", "events", "rejects", "bytes", "bytes_a_row"]
KEYS += ["late", "duplicates", "sources", "reject_reasons"]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, beside calls.csv."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls.csv").write_text("\n".join(["day,sender", *GOOD_ROWS]) + "\n")
    (tmp_path / "weathervane.toml").write_text(CONFIG)
    return Cli(monkeypatch)


def test_json_says_what_was_recorded(cli: Cli, tmp_path: Path) -> None:
    """Forty days of twenty senders and of all of them; the alerts are those of a replay."""
    printed = json.loads(cli("record", "a", "calls=calls.csv", "--json").stdout)
    assert list(printed) == KEYS
    assert (printed["buckets"], printed["rows"]) == (40, 40 * 21)
    sizes = [path.stat().st_size for path in (tmp_path / "a" / "counts").rglob("*.parquet")]
    assert printed["bytes"] == sum(sizes)
    replayed = cli("replay", "calls=calls.csv", "--alerts", "x", "--json")
    assert printed["alerts"] == json.loads(replayed.stdout)["alerts"] > 0


@pytest.mark.parametrize("partitions", [1, 3])
def test_events_of_files_are_kept_and_counted_anew(
    cli: Cli, tmp_path: Path, partitions: int
) -> None:
    """As a replay of the files counts them: the same alerts, byte for byte, from their events."""
    (tmp_path / "weathervane.toml").write_text(f"{CONFIG}partitions = {partitions}\n")
    printed = json.loads(cli("record", "a", "calls=calls.csv", "--events", "--json").stdout)
    assert printed["events"] == len(GOOD_ROWS)
    assert cli("replay", "calls=calls.csv", "--alerts", "of_files.jsonl").exit_code == 0
    again = cli("replay", "--archive", "a", "--events", "--alerts", "of_events.jsonl", "--json")
    assert json.loads(again.stdout)["events"] == len(GOOD_ROWS)
    of_files = (tmp_path / "of_files.jsonl").read_bytes()
    assert (tmp_path / "of_events.jsonl").read_bytes() == of_files != b""
    without = cli("record", "b", "calls=calls.csv")
    assert without.exit_code == 0
    refused = cli("replay", "--archive", "b", "--events", "--alerts", "x")
    assert (refused.exit_code, "record --events" in refused.stderr) == (2, True)


def test_zone_names_in_a_mailbox_are_rejects(cli: Cli, tmp_path: Path) -> None:
    """Offsets and JST mean one zone each and are read; CST may mean three and is refused."""
    zones = ["JST", "+02:00", "GMT+0800", "CST", "-0500"]
    (tmp_path / "dates.mbox").write_text("".join(map(_report, zones)))
    (tmp_path / "hash.key").write_text("0123456789abcdef")
    (tmp_path / "c.toml").write_text(
        'timezone = "UTC"\nhash_key_file = "hash.key"\n'
        '[sources.s]\nkind = "complaint"\nformat = "arf"\nbucket = "1h"\n'
    )
    done = cli("record", "a", "s=dates.mbox", "--config", "c.toml", "--events", "--json")
    printed = json.loads(done.stdout)
    assert (printed["events"], printed["rejects"]) == (4, 1)
    assert printed["reject_reasons"][0]["reason"] == "bad_time"
    times = sorted(
        json.loads(row.value)["event_time"] for row in RecordedEvents(tmp_path / "a", "s")
    )
    assert [time[11:16] for time in times] == ["00:00", "01:00", "07:00", "14:00"]


def _report(zone: str) -> str:
    return f"""From fbl Mon Mar  2 09:00:00 2026
From: <fbl@provider.example>
Date: Mon, 2 Mar 2026 09:00:00 {zone}
Subject: report
MIME-Version: 1.0
Message-ID: <{zone}@z>
Content-Type: multipart/report; report-type=feedback-report; boundary="bnd"

--bnd
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: T/1
Version: 1

--bnd
Content-Type: message/rfc822

From: "Shop" <news@shop.example>
To: a@b.example
Message-ID: <{zone}@shop.example>
Date: Mon, 2 Mar 2026 08:00:00 +0000

x
--bnd--

"""


def test_two_groups_of_one_bucket_size_have_alerts_of_their_own(cli: Cli, tmp_path: Path) -> None:
    """The same sender bursts in both on the same day: two alerts in the count and the archive."""
    tables = CONFIG.partition("[sources.calls]")
    others = tables[2].replace('kind = "complaint"', 'kind = "complaint"\ngroup = "others"')
    (tmp_path / "weathervane.toml").write_text(
        "".join(tables) + "\n[sources.others]\n" + others.lstrip()
    )
    files = ["calls=calls.csv", "others=calls.csv"]
    replayed = json.loads(cli("replay", *files, "--alerts", "of_files.jsonl", "--json").stdout)
    recorded = json.loads(cli("record", "a", *files, "--json").stdout)
    again = ["replay", "--archive", "a", "--alerts", "of_archive.jsonl", "--json"]
    of_archive = json.loads(cli(*again).stdout)
    lines = (tmp_path / "of_files.jsonl").read_text().splitlines()
    data = [json.loads(line)["data"] for line in lines]
    names = [{d["alert_id"] for d in data if d["group"] == group} for group in _groups(data)]
    assert len(names) == 2
    assert len(names[0]) == len(names[1]) > 0
    assert not names[0] & names[1]
    number = len(names[0] | names[1])
    assert replayed["alerts"] == recorded["alerts"] == of_archive["alerts"] == number
    # Groups do not wait for each other: their lines may lie otherwise.
    assert sorted((tmp_path / "of_archive.jsonl").read_text().splitlines()) == sorted(lines)
    kept = {event.id for event in Archive(tmp_path / "a").alerts()}
    assert kept == {json.loads(line)["id"] for line in lines}


def _groups(data: list[dict[str, Any]]) -> list[str]:
    return sorted({each["group"] for each in data})


def test_what_cannot_be_understood_is_told(cli: Cli, tmp_path: Path) -> None:
    """How many, which was the first and why; the rest is recorded."""
    rows = ["day,sender", GOOD_ROWS[0], "not a day,4155550100", *GOOD_ROWS[1:], ",4155550100"]
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n")
    result = cli("record", "a", "calls=calls.csv", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rejects"]) == (0, 2)
    assert json.loads(result.stdout)["rows"] == 40 * 21
    reason, _ = json.loads(result.stdout)["reject_reasons"]
    assert (reason["reason"], reason["first"]) == ("bad_time", {"file": "calls.csv", "line": 2})
    in_words = cli("record", "b", "calls=calls.csv")
    assert f"2 of {len(rows) - 1:,} items are rejects" in in_words.stderr
    assert "the first is calls.csv, record 2: " in in_words.stderr
    strict = cli("record", "c", "calls=calls.csv", "--max-rejects", 1)
    assert (strict.exit_code, (tmp_path / "c" / "counts").exists()) == (1, True)
    assert "rejects must be at most 1; there are 2" in strict.stderr


def test_files_are_recorded_once(cli: Cli, tmp_path: Path) -> None:
    """A second recording into the folder is refused, from files or from Kafka; so is any other."""
    assert cli("record", "a", "calls=calls.csv").exit_code == 0
    again = cli("record", "a", "calls=calls.csv")
    assert (again.exit_code, "a: must be a new folder" in again.stderr) == (2, True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    refused = cli("record", "other", "calls=calls.csv")
    assert (refused.exit_code, "must be a new or an empty folder" in refused.stderr) == (2, True)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_nothing_recorded_depends_on_the_hash_key(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reported is hashed, and never counted: the files are the same, to the byte."""
    rows = [f"{row},{number % 7}" for number, row in enumerate(GOOD_ROWS)]
    (tmp_path / "calls.csv").write_text("\n".join(["day,sender,who", *rows]) + "\n")
    (tmp_path / "weathervane.toml").write_text(f'{CONFIG}reporter = "who"\n')
    found = []
    for name in ("one", "another"):
        monkeypatch.setenv("WEATHERVANE_HASH_KEY", f"{name} key of sixteen bytes")
        assert cli("record", name, "calls=calls.csv").exit_code == 0
        root = tmp_path / name
        files = [path for path in root.rglob("*") if path.is_file() and path.name != "lock"]
        found.append({path.relative_to(root): path.read_bytes() for path in files})
    assert found[0] == found[1]
    assert len(found[0]) > 40


def test_options_of_kafka_go_with_kafka(cli: Cli) -> None:
    """--until-end with files is a misunderstanding, and told."""
    result = cli("record", "a", "calls=calls.csv", "--until-end")
    assert (result.exit_code, "without SOURCE=FILE" in result.stderr) == (2, True)


def test_a_place_that_cannot_be_written_is_named(cli: Cli, tmp_path: Path) -> None:
    """Status 1, the place and the reason; no traceback."""
    (tmp_path / "file").write_text("")
    result = cli("record", "file/a", "calls=calls.csv")
    assert (result.exit_code, "file/a: must be writable" in result.stderr) == (1, True)


def test_without_a_broker_it_ends_with_a_sentence(cli: Cli, tmp_path: Path) -> None:
    """One that is to run until it is stopped, too; the supervisor starts it again."""
    program = [sys.executable, "-m", "streams.cli.main", "record", "a"]
    bootstrap = f"127.0.0.1:{free_port()}"
    done = run([*program, "--bootstrap", bootstrap])
    assert done.returncode == 1
    assert f"kafka.bootstrap {bootstrap}" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_late_is_said_with_whose_it_is(cli: Cli, tmp_path: Path) -> None:
    """A file from the newest row down: nearly all of it is late, as a replay says."""
    (tmp_path / "down.csv").write_text("\n".join(["day,sender", *GOOD_ROWS[::-1]]) + "\n")
    printed = json.loads(cli("record", "a", "calls=down.csv", "--json").stdout)
    replayed = json.loads(cli("replay", "calls=down.csv", "--alerts", "x", "--json").stdout)
    for key in ("late", "duplicates", "sources"):
        assert printed[key] == replayed[key]
    assert printed["late"] > 100
    said = cli("record", "b", "calls=down.csv").stderr
    assert "events came after their bucket had closed" in said
