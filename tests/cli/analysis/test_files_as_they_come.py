"""Files of cases that were brought to us, through the command line: what was wanted comes out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import Cli
from tests.sources.times.ways import WAYS

SENDS = """
timezone = "Asia/Shanghai"
[sources.s]
kind = "send"
format = "csv"
time = "time"
sender = "code"
signature = "sign"
count = "n"
bucket = "1h"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def _replay(cli: Cli, content: str | bytes, config: str) -> tuple[dict[str, Any], list[str], str]:
    """The summary, the records that were rejected, and what was said."""
    Path("c.toml").write_text(config)
    Path("f.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    words = ("replay", "s=f.csv", "--config", "c.toml", "--alerts", "a", "--json")
    result = cli(*words, "--rejects", "r.jsonl", "--max-rejects", "100%")
    rejects = [json.loads(line)["payload"] for line in Path("r.jsonl").read_bytes().splitlines()]
    return (
        json.loads(result.stdout),
        [base64.b64decode(payload).decode() for payload in rejects],
        result.stderr,
    )


def test_ways_to_write_a_time(cli: Cli) -> None:
    """Those that need no format are read; of the others none is."""
    usual = [way for way in WAYS if way.utc is not None and way.form is None]
    others = [way for way in WAYS if way not in usual]
    rows = [f'"{way.text}",1069,Mall,3' for way in (*usual, *others) if '"' not in way.text]
    summary, rejects, _ = _replay(cli, "\n".join(["time,code,sign,n", *rows]), SENDS)
    assert summary["events"] == len([way for way in usual if '"' not in way.text])
    assert len(rejects) == len(others)
    assert {found["reason"] for found in summary["reject_reasons"]} <= {"bad_time", "too_old"}


def test_date_and_time_in_two_columns(cli: Cli) -> None:
    """As the FCC has them: joined by a blank, read by one format; the sender is its digits."""
    config = """
timezone = "America/New_York"
[sources.s]
kind = "complaint"
format = "csv"
time = ["Date of Issue", "Time of Issue"]
time_format = "%m/%d/%Y %I:%M %p"
sender = "Caller ID Number"
sender_as = "digits"
bucket = "1h"
"""
    content = """Ticket ID,Date of Issue,Time of Issue,Caller ID Number,Location
101,03/01/2026,10:44 am,202-555-0101,"MO 63011
(38.6, -90.5)"
102,03/01/2026,,202-555-0101,x
103,03/01/2026,1:05 p.m.,(202) 555-0101,x
"""
    summary, rejects, _ = _replay(cli, content, config)
    assert (summary["events"], summary["entities"]) == (2, 2)
    assert [record.split(",")[0] for record in rejects] == ["102"]


def test_shapes_of_senders(cli: Cli) -> None:
    """A spreadsheet's quotes are no part of a code; a shortened number is refused in a sentence."""
    content = """time,code,sign,n
2024-11-11 08:00:00,="106900012345",Mall,3
2024-11-11 08:00:00,'106900012345,Mall,3
2024-11-11 08:00:00,1.069E+11,Mall,3
2024-11-11 08:00:00,"106900012345\t",Mall,"1,000"
"""
    summary, rejects, _ = _replay(cli, content, SENDS)
    assert (summary["events"], summary["entities"]) == (3, 3)  # the code, its sign, and all
    assert rejects == ["2024-11-11 08:00:00,1.069E+11,Mall,3\n"]
    assert "as a spreadsheet shortens it" in summary["reject_reasons"][0]["detail"]


def test_what_is_met_is_told(cli: Cli) -> None:
    """The encoding, and a column that is not there: on standard error, beside the JSON."""
    content = "time,code,n\n2024-11-11 08:00,1069,3\n".encode("utf-16")
    summary, _, said = _replay(cli, content, SENDS)
    assert summary["events"] == 1
    assert said.splitlines() == [
        "note: f.csv: read as UTF-16-LE, by its mark",
        "note: f.csv: read without signature: there is no column 'sign', which"
        " sources.s.signature asks for",
    ]


def test_explain_takes_the_time_that_a_sentence_shows(cli: Cli) -> None:
    """`--at` reads what an alert says: a date and a time without seconds."""
    rows = [f"2026-02-{day:02} 15:00,1069,Mall,3" for day in range(1, 20)]
    _replay(cli, "\n".join(["time,code,sign,n", *rows]), SENDS)
    words = ("explain", "sender/1069", "s=f.csv", "--config", "c.toml", "--json")
    result = cli(*words, "--at", "2026-02-10 15:00")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["at"].startswith("2026-02-10T15:00")
    assert cli(*words, "--at", "10/02/2026").exit_code == 2
