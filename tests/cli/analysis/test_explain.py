"""``weathervane explain``: the command around it; what it says is tested elsewhere."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.cli import Cli

CONFIG = """
name = "test"
timezone = "UTC"
[sources.calls]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
signature = "sign"
bucket = "1d"
daily = true
"""
DAYS, BURST = 40, range(30, 33)
LOUD = "4155550107"


def _rows() -> list[str]:
    """Twenty senders, one complaint a day each; on three days one of them has 300 more."""
    rows = ["day,sender,sign"]
    for number in range(DAYS):
        day = dt.date(2021, 1, 1) + dt.timedelta(number)
        rows += [f"{day},41555501{sender:02},Mall" for sender in range(20)]
        if number in BURST:
            rows += [f"{day},{LOUD},Mall"] * 300
    return rows


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, beside calls.csv and its configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls.csv").write_text("\n".join(_rows()))
    (tmp_path / "weathervane.toml").write_text(CONFIG)
    return Cli(monkeypatch)


def test_it_says_why(cli: Cli) -> None:
    """A sentence of the alert, the reasons, sparklines, and a table around the bucket."""
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"Sender {LOUD}: 301 complaints on 2021-01-31, ")
    assert lines[1].startswith("On 2021-01-31: 301 complaints; ")
    assert lines[2].startswith("In 19 of 20 such cases the count is ")
    assert lines[3].startswith("This opened the alert: the evidence is ")
    rows = {line.split()[0]: line for line in lines if line[:1].isalpha()}
    assert rows["complaints"].count("█") == 3
    assert rows["alerts"].count("━") == 6
    (chosen,) = [line for line in lines if line.startswith(">")]
    assert chosen.split()[1:3] == ["2021-01-31", "301"]
    assert chosen.split()[-1] == "opened"
    (printed,) = [line for line in lines if " resolved  Sender" in line]
    assert printed.startswith("2021-02-06 00:00")


def test_it_explains_the_alerts_of_a_replay(cli: Cli, tmp_path: Path) -> None:
    """What is explained is what `replay` publishes: the same revisions, at the same times."""
    cli("replay", "calls=calls.csv", "--alerts", "alerts.jsonl")
    lines = (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    published = [
        (alert["id"], alert["time"], alert["data"]["summary"])
        for alert in map(json.loads, lines)
        if alert["subject"] == f"sender/{LOUD}"
    ]
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", "--json")
    printed = json.loads(result.stdout)["alerts"]
    assert [(alert["id"], alert["time"], alert["summary"]) for alert in printed] == published != []


def test_json_is_one_line_with_every_bucket(cli: Cli) -> None:
    """--json gives the reasons and the whole series, and nothing else is printed."""
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", "--json")
    assert (result.exit_code, result.stderr, result.stdout.count("\n")) == (0, "", 1)
    found = json.loads(result.stdout)
    assert (found["entity"], found["signal"]) == ({"level": "sender", "id": LOUD}, "complaints")
    assert found["at"] == "2021-01-31T00:00:00+00:00"
    assert [b["count"] for b in found["series"]] == [301 if n in BURST else 1 for n in range(DAYS)]
    assert [b["state"] for b in found["series"]].count("opened") == 1


def test_a_time_chooses_the_bucket(cli: Cli) -> None:
    """--at takes a date or a time, and a bucket without an alert says what it would have taken."""
    for time in "2021-01-20", "2021-01-20 13:00:00", "2021-01-20T13:00:00Z":
        result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", "--at", time)
        assert result.exit_code == 0
        assert "On 2021-01-20: 1 complaint; " in result.stdout
        assert "No alert: the evidence is" in result.stdout


def test_one_that_was_never_alerted_is_explained_too(cli: Cli) -> None:
    """Why there was no alert: how close it came, and what would have raised one."""
    result = cli("explain", "sender/4155550103", "calls=calls.csv")
    assert result.exit_code == 0
    assert result.stdout.startswith("Sender 4155550103: no alert on complaints since")


def test_out_writes_a_plot(cli: Cli, tmp_path: Path) -> None:
    """--out writes an SVG; standard output stays empty, the sentence goes to standard error."""
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", "--out", "why.svg")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(f"why.svg: Sender {LOUD}: 301 complaints on 2021-01-31, ")
    assert result.stderr.count("\n") == 1
    assert ET.parse(tmp_path / "why.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_out_and_json_go_together(cli: Cli, tmp_path: Path) -> None:
    """Both at once: the plot in its file, one object on standard output."""
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", "--out", "why.svg", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["title"] in (tmp_path / "why.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("entity", "found"),
    [
        ("sender/4155550170", "sender/41555501"),
        ("sender/Mall", "signature/Mall"),
        ("signature/Mal", "signature/Mall"),
        ("platform/P", "nothing like it"),
    ],
)
def test_an_unknown_entity_names_the_nearest(cli: Cli, entity: str, found: str) -> None:
    """A slip of the pen, or the wrong level: it ends with 1 and says what there is."""
    result = cli("explain", entity, "calls=calls.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"ENTITY must be one that the files name; got {entity}, found {found}")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (
            ["--at", "2020-12-31"],
            "--at must lie between its first complaints, 2021-01-01, and the end of the data,"
            " 2021-02-10; got 2020-12-31",
        ),
        (
            ["--signal", "sends"],
            "--signal must be one that the files have for this entity (complaints); got sends",
        ),
        (["--out", "no/why.svg"], "--out must be writable; no/why.svg: No such file or directory"),
    ],
)
def test_what_is_not_in_the_data_ends_with_1(cli: Cli, arguments: list[str], printed: str) -> None:
    """Well asked, but there is no such bucket or signal, or no such folder: 1, and why."""
    result = cli("explain", f"sender/{LOUD}", "calls=calls.csv", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{printed}\n")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (
            [LOUD, "calls=calls.csv"],
            f"ENTITY must be a level, a slash and an id, such as sender/106900012345; got {LOUD}",
        ),
        (
            ["category/x", "calls=calls.csv"],
            "ENTITY must be of a level that is counted (sender, signature, platform, all);"
            " got category/x",
        ),
        (
            ["sender/x", "nope=calls.csv"],
            "nope=calls.csv: the source must be one of the configuration's"
            " (calls, complaints, sends)",
        ),
        (
            ["sender/x", "calls=none.csv"],
            "none.csv: must be a readable file; No such file or directory",
        ),
        (
            ["sender/x", "calls=calls.csv", "--out", "why.png"],
            "--out must end in .svg, which browsers show and print; got why.png",
        ),
        (
            ["sender/x", "calls=calls.svg", "--out", "calls.svg"],
            "--out must be a file of its own; calls.svg is an input",
        ),
        (
            [f"sender/{LOUD}", "calls=calls.csv", "--at", "noon"],
            "--at must be RFC 3339, a date with the year first, YYYY-MM-DD HH:MM:SS, or"
            " seconds or milliseconds since 1970; got noon",
        ),
    ],
)
def test_wrong_usage_ends_with_2(
    cli: Cli, tmp_path: Path, arguments: list[str], printed: str
) -> None:
    """What cannot be asked is refused: 2, one line, and nothing is written."""
    before = sorted(tmp_path.iterdir())
    result = cli("explain", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{printed}\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_file_fails_after_what_could_be_explained(cli: Cli, tmp_path: Path) -> None:
    """What came before the break is explained, and the status says that it is not all."""
    whole = gzip.compress("\n".join(_rows()).encode(), compresslevel=0)
    (tmp_path / "torn.csv.gz").write_bytes(whole[: len(whole) * 3 // 4])
    result = cli("explain", "sender/4155550103", "calls=torn.csv.gz")
    assert result.exit_code == 1
    assert "no alert on complaints" in result.stdout
    assert "torn.csv.gz: the gzip breaks off in the middle" in result.stderr


def test_csv_has_a_row_for_each_bucket(cli: Cli) -> None:
    """The same values as JSON has."""
    words = ("explain", f"sender/{LOUD}", "calls=calls.csv")
    rows = list(csv.DictReader(cli(*words, "--csv").stdout.splitlines()))
    series = json.loads(cli(*words, "--json").stdout)["series"]
    assert [row["start"] for row in rows] == [bucket["start"] for bucket in series]
    assert [float(row["count"]) for row in rows] == [bucket["count"] for bucket in series]
    assert cli(*words, "--csv", "--json").exit_code == 2


def test_a_reader_of_chinese_reads_chinese(cli: Cli, tmp_path: Path) -> None:
    """What people read, the plot too; what programs read stays as it is."""
    asked = ("explain", f"sender/{LOUD}", "calls=calls.csv")
    result = cli(*asked, "--language", "zh")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"号码 {LOUD}：突增，2021-01-31 当天 301 件投诉，约为预期（")
    assert lines[3].startswith("预警由此触发：证据为 ")
    assert {"投诉", "预期", "证据"} <= {line.split()[0] for line in lines if line.strip()}
    assert cli(*asked, "--out", "zh.svg", "--language", "zh").exit_code == 0
    drawn = "".join(ET.parse(tmp_path / "zh.svg").getroot().itertext())
    assert "每 1 天的投诉（平方根刻度）" in drawn
    plain, chinese = (cli(*asked, "--json", *option) for option in ((), ("--language", "zh")))
    assert plain.stdout == chinese.stdout
