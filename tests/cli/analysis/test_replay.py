"""``weathervane replay``: the command around it; what it finds is tested elsewhere."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli import Cli
from tests.needs import lack
from tests.waiting.progress import until

CONFIG = """
name = "test"
timezone = "UTC"
[sources.calls]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
bucket = "1d"
daily = true
"""
# The contract's, in its order.
KEYS = [
    "records", "items", "events", "skipped", "rejects", "entities", "buckets", "entity_buckets",
    "alerts", "open", "resolved", "retracted", "wall_s", "detect_s", "calendar_prevented",
    "unchecked", "late", "duplicates", "sources",
    "reject_reasons",
]  # fmt: skip
DAYS = 40
BAD_ROWS = ["not a day,4155550100", "2021-13-01,4155550100", "9999-01-01,4155550100"]


def _rows() -> list[str]:
    """Twenty senders, one complaint a day each; on three days one of them has 300 more."""
    rows = []
    for number in range(DAYS):
        day = dt.date(2021, 1, 1) + dt.timedelta(number)
        rows += [f"{day},41555501{sender:02}" for sender in range(20)]
        if 30 <= number < 33:
            rows += [f"{day},4155550107"] * 300
    return rows


GOOD_ROWS = _rows()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, beside calls.csv with three bad rows and a blank line."""
    monkeypatch.chdir(tmp_path)
    rows = ["day,sender", *GOOD_ROWS[:100], *BAD_ROWS, "", *GOOD_ROWS[100:]]
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "weathervane.toml").write_text(CONFIG)
    return Cli(monkeypatch)


def test_it_writes_alerts(cli: Cli, tmp_path: Path) -> None:
    """The burst in the file is in the output: CloudEvents, one a line, about its sender."""
    result = cli("replay", "calls=calls.csv", "--alerts", "alerts.jsonl")
    assert result.exit_code == 0
    alerts = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_bytes().splitlines()]
    assert {alert["specversion"] for alert in alerts} == {"1.0"}
    opened = {alert["subject"] for alert in alerts if alert["type"].endswith(".opened")}
    assert "sender/4155550107" in opened
    assert opened <= {"sender/4155550107", "all/all"}


def test_json_is_the_contracts_object(cli: Cli) -> None:
    """--json ends with one line on standard output, with the contract's keys and no other."""
    result = cli("replay", "calls=calls.csv", "--alerts", "alerts.jsonl", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    summary = json.loads(result.stdout)
    assert result.stdout.count("\n") == 1
    assert list(summary) == KEYS


def test_every_item_is_an_event_or_skipped_or_a_reject(cli: Cli) -> None:
    """Items = events + skipped + rejects, a blank line is no record, and the alerts add up."""
    summary = json.loads(cli("replay", "calls=calls.csv", "--alerts", "a", "--json").stdout)
    assert summary["records"] == len(GOOD_ROWS) + len(BAD_ROWS)
    assert summary["rejects"] == len(BAD_ROWS)
    assert summary["items"] == summary["events"] + summary["skipped"] + summary["rejects"]
    assert summary["buckets"] == DAYS
    assert summary["alerts"] == summary["open"] + summary["resolved"] + summary["retracted"]
    assert summary["alerts"] > 0


def test_the_summary_can_be_read(cli: Cli) -> None:
    """Without --json, standard output has a table for people."""
    result = cli("replay", "calls=calls.csv", "--alerts", "a")
    assert f"{len(GOOD_ROWS) + len(BAD_ROWS):,}" in result.stdout
    assert "entity-buckets" in result.stdout


def test_rejects_say_where_and_why(cli: Cli, tmp_path: Path) -> None:
    """--rejects has a line for each: the file, the line in it, the reason, the bytes."""
    cli("replay", "calls=calls.csv", "--alerts", "a", "--rejects", "rejects.jsonl")
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_bytes().splitlines()]
    assert len(rejects) == len(BAD_ROWS)
    for reject, row in zip(rejects, BAD_ROWS, strict=True):
        assert reject["file"] == "calls.csv"
        assert base64.b64decode(reject["payload"]).decode().strip() == row
    assert [reject["reason"] for reject in rejects[:2]] == ["bad_time", "bad_time"]
    first = rejects[0]["line"]
    assert [reject["line"] for reject in rejects] == [first, first + 1, first + 2]


@pytest.mark.parametrize(
    ("most", "status"),
    [("0", 1), ("2", 1), ("3", 0), ("4", 0), ("0%", 1), ("0.1%", 1), ("1%", 0), ("100%", 0)],
)
def test_rejects_fail_it_above_a_limit_only(
    cli: Cli, tmp_path: Path, most: str, status: int
) -> None:
    """Up to --max-rejects it ends with 0, above with 1; its output is written in any case."""
    result = cli("replay", "calls=calls.csv", "--alerts", "a", "--json", "--max-rejects", most)
    assert result.exit_code == status
    assert json.loads(result.stdout)["rejects"] == 3
    of_records = f" of the {len(GOOD_ROWS) + 3:,} items" if "%" in most else ""
    assert result.stderr == (
        f"rejects must be at most {most}{of_records}; there are 3: --max-rejects allows more;"
        " --rejects FILE writes them\n"
        if status
        else ""
    )
    assert (tmp_path / "a").read_bytes() != b""


def test_a_file_of_rejects_alone_fails(cli: Cli, tmp_path: Path) -> None:
    """Without the option more than 1 % are too many: what is wrong is said, and where it begins."""
    rows = ["day,sender", *(f"{row[5:10]},{row[11:]}" for row in GOOD_ROWS[:200]), "2021-01-01,a,b"]
    (tmp_path / "calls.csv").write_text("\n".join(rows))
    result = cli("replay", "calls=calls.csv", "--alerts", "a")
    assert result.exit_code == 1
    said = result.stderr.splitlines()
    assert said[0] == "201 of 201 items are rejects (100 %):"
    assert said[1].startswith("  200 bad_time; the first is calls.csv, record 1: time must be ")
    assert said[2].startswith("  1 ragged; the first is calls.csv, record 201: ")
    assert said[3].startswith("rejects must be at most 1% of the 201 items; there are 201: ")
    assert "201" in result.stdout


def test_reasons_are_a_field_of_json(cli: Cli) -> None:
    """The most frequent first, each with its number and its first place."""
    summary = json.loads(cli("replay", "calls=calls.csv", "--alerts", "a", "--json").stdout)
    reasons = summary["reject_reasons"]
    assert sum(found["count"] for found in reasons) == 3
    assert (reasons[0]["reason"], reasons[0]["count"]) == ("bad_time", 2)
    assert reasons[0]["first"]["file"] == "calls.csv"


@pytest.mark.parametrize("most", ["-1", "1.5", "101%", "many", "", "1e3", "%"])
def test_a_limit_that_is_none_is_wrong_usage(cli: Cli, tmp_path: Path, most: str) -> None:
    """It is refused before anything is read."""
    result = cli("replay", "calls=calls.csv", "--alerts", "a", "--max-rejects", most)
    assert result.exit_code == 2
    assert not (tmp_path / "a").exists()


def test_the_same_replay_gives_the_same_bytes(cli: Cli, tmp_path: Path) -> None:
    """Run again, in other processes with other hash seeds, it writes the same two files."""
    cli("replay", "calls=calls.csv", "--alerts", "a0", "--rejects", "r0")
    for seed in "1", "2":
        command = ["replay", "calls=calls.csv", "--alerts", f"a{seed}", "--rejects", f"r{seed}"]
        subprocess.run(
            [sys.executable, "-m", "streams.cli.main", *command],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    for kind in "ar":
        first, *others = ((tmp_path / f"{kind}{seed}").read_bytes() for seed in "012")
        assert first != b""
        assert others == [first, first]


def test_lines_in_another_order_within_a_day_give_the_same_alerts(cli: Cli, tmp_path: Path) -> None:
    """A day's rows may come in any order: its alerts count them, and nothing else."""
    (tmp_path / "back.csv").write_text(
        "\n".join(["day,sender", *sorted(GOOD_ROWS, key=lambda row: (row[:10], row[::-1]))])
    )
    (tmp_path / "straight.csv").write_text("\n".join(["day,sender", *GOOD_ROWS]))
    for name in "back", "straight":
        assert cli("replay", f"calls={name}.csv", "--alerts", name).exit_code == 0
    assert (tmp_path / "back").read_bytes() == (tmp_path / "straight").read_bytes()


@pytest.mark.parametrize(
    ("argument", "printed"),
    [
        (
            "nope=calls.csv",
            "nope=calls.csv: the source must be one of the configuration's"
            " (calls, complaints, sends)",
        ),
        ("calls.csv", "calls.csv: must be SOURCE=FILE, such as ftc=complaints.csv.gz"),
        ("calls=none.csv", "none.csv: must be a readable file; No such file or directory"),
        ("calls=.", ".: must be a file; found a directory: name the files in it"),
    ],
)
def test_wrong_input_ends_with_2(cli: Cli, tmp_path: Path, argument: str, printed: str) -> None:
    """An unknown source, or a file that is not there, is wrong usage: nothing is written."""
    result = cli("replay", argument, "--alerts", "alerts.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{printed}\n"
    assert not (tmp_path / "alerts.jsonl").exists()


def test_a_missing_column_ends_with_2(cli: Cli, tmp_path: Path) -> None:
    """A CSV without a column that the source names is refused before anything is written."""
    (tmp_path / "other.csv").write_text("date,sender\n2021-01-01,4155550100\n")
    result = cli("replay", "calls=other.csv", "--alerts", "alerts.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "other.csv" in result.stderr
    assert "day" in result.stderr
    assert not (tmp_path / "alerts.jsonl").exists()


@pytest.mark.parametrize("option", ["--alerts", "--rejects"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no/such/out.jsonl", "No such file or directory"),
        (".", "Is a directory"),
        ("/dev/full", "No space left on device"),
    ],
)
def test_output_that_cannot_be_written_ends_with_1(
    cli: Cli, option: str, path: str, reason: str
) -> None:
    """Where a result cannot be written, on a full disk too, the work has failed: 1, and why."""
    if path == "/dev/full" and not Path(path).exists():
        lack("/dev/full", "this system has none")
    outputs = {"--alerts": "a", option: path}
    result = cli("replay", "calls=calls.csv", *(word for pair in outputs.items() for word in pair))
    assert result.exit_code == 1
    assert result.stderr == f"{path}: must be writable; {reason}\n"


def test_ctrl_c_ends_it_with_130(cli: Cli, tmp_path: Path) -> None:
    """Stopped in the middle it says so to a script, without a traceback."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "streams.cli.main", "replay", f"calls={pipe}"]
    with (
        subprocess.Popen([*command, "--alerts", "a"], stderr=subprocess.PIPE) as process,
        pipe.open("wb", buffering=0) as rows,
    ):
        rows.write(b"day,sender\n" + b"2021-01-01,4155550100\n" * 1000)
        until((tmp_path / "a.part").exists, "the file of alerts")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said == b"stopped; nothing is written to a\n"
    assert not (tmp_path / "a").exists()


def test_a_broken_off_gzip_fails_after_all_that_could_be_read(cli: Cli, tmp_path: Path) -> None:
    """What came is counted, one reject stands for the rest, and the last day is not judged."""
    noise = random.Random(1)
    rows = [f"{row},{noise.random()}" for row in GOOD_ROWS]
    whole = gzip.compress("\n".join(["day,sender,noise", *rows]).encode())
    (tmp_path / "torn.csv.gz").write_bytes(whole[: len(whole) * 3 // 4])
    files = ["calls=torn.csv.gz", "--alerts", "a", "--rejects", "r", "--json"]
    result = cli("replay", *files)
    summary = json.loads(result.stdout)
    assert result.exit_code == 1
    assert "torn.csv.gz: the gzip breaks off in the middle" in result.stderr
    assert "buckets that were open there stay open" in result.stderr
    assert summary["items"] == summary["events"] + summary["skipped"] + summary["rejects"]
    assert summary["rejects"] == 1
    assert 0 < summary["buckets"] < DAYS
    (reject,) = (json.loads(line) for line in (tmp_path / "r").read_bytes().splitlines())
    assert (reject["reason"], reject["line"]) == ("truncated", summary["records"])


@pytest.mark.parametrize("content", ["", "day,sender\n"])
def test_a_file_of_nothing_is_no_error(cli: Cli, tmp_path: Path, content: str) -> None:
    """An empty file, or a header alone: nothing was read, and nothing is wrong."""
    (tmp_path / "empty.csv").write_text(content)
    result = cli("replay", "calls=empty.csv", "--alerts", "a", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    summary = json.loads(result.stdout)
    assert [summary[key] for key in ("records", "buckets", "alerts")] == [0, 0, 0]
    assert (tmp_path / "a").read_bytes() == b""


def test_one_corrupt_time_in_old_data_makes_nothing_late(cli: Cli, tmp_path: Path) -> None:
    """A row of years later in a file of 2021: a reject, and the alerts are those without it."""
    corrupt = [*GOOD_ROWS[:400], "2025-06-01,4155550100", *GOOD_ROWS[400:]]
    for name, rows in ("good", GOOD_ROWS), ("corrupt", corrupt):
        (tmp_path / f"{name}.csv").write_text("\n".join(["day,sender", *rows]))
        result = cli("replay", f"calls={name}.csv", "--alerts", name, "--rejects", "r", "--json")
        assert json.loads(result.stdout)["events"] == len(GOOD_ROWS)
    assert (tmp_path / "corrupt").read_bytes() == (tmp_path / "good").read_bytes() != b""
    (reject,) = (json.loads(line) for line in (tmp_path / "r").read_bytes().splitlines())
    assert reject["reason"] == "time_jump"


def test_a_replay_that_is_refused_changes_no_file(cli: Cli, tmp_path: Path) -> None:
    """An older result stays as it was, and no empty new one is left."""
    old = tmp_path / "old.jsonl"
    old.write_text("kept\n")
    for words in (["--archive", "none"], ["--archive", "none", "--events"], ["calls=none.csv"]):
        for path in (old, tmp_path / "new.jsonl"):
            assert cli("replay", *words, "--alerts", path).exit_code == 2
    assert old.read_text() == "kept\n"
    assert not (tmp_path / "new.jsonl").exists()


def test_an_older_result_is_replaced_whole(cli: Cli, tmp_path: Path) -> None:
    """Whatever was longer in the file than what is written is gone, without a new line, too."""
    for name in ("alerts", "rejects"):
        (tmp_path / name).write_text("old\n" * 100_000)
    (tmp_path / "calls.csv").write_text("day,sender\n" + "\n".join(GOOD_ROWS) + "\n")
    result = cli("replay", "calls=calls.csv", "--alerts", "alerts", "--rejects", "rejects")
    assert result.exit_code == 0
    assert b"old\n" not in (tmp_path / "alerts").read_bytes()
    assert (tmp_path / "rejects").read_bytes() == b""


def test_what_a_source_has_after_the_end_of_another_is_judged(cli: Cli, tmp_path: Path) -> None:
    """The burst comes after the other file of the group has ended: it is found all the same."""
    text = CONFIG + CONFIG[CONFIG.index("[sources") :].replace("calls", "texts")
    (tmp_path / "weathervane.toml").write_text(text)
    (tmp_path / "calls.csv").write_text("day,sender\n" + "\n".join(GOOD_ROWS) + "\n")
    early = [row for row in GOOD_ROWS if row < "2021-01-20"]
    (tmp_path / "texts.csv").write_text("day,sender\n" + "\n".join(early) + "\n")
    words = ["calls=calls.csv", "texts=texts.csv", "--alerts", "a", "--json"]
    result = cli("replay", *words)
    assert json.loads(result.stdout)["buckets"] == DAYS
    opened = [json.loads(line) for line in (tmp_path / "a").read_bytes().splitlines()]
    assert "sender/4155550107" in {one["subject"] for one in opened}
    both = (tmp_path / "a").read_bytes()
    assert cli("replay", *words[1::-1], *words[2:]).exit_code == 0
    assert (tmp_path / "a").read_bytes() == both
