"""``explain --archive``: without the original files, with the figures of the alert."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli import archives
from tests.cli.cli import Cli


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with filed.csv, a.toml and the archive ar that they make."""
    place = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        archives.record(Cli(patch), place)
    return place


@pytest.fixture
def cli(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in that folder."""
    monkeypatch.chdir(recorded)
    return Cli(monkeypatch)


def _json(cli: Cli, *words: object) -> Any:
    found = cli("explain", *map(str, words), "--json")
    assert (found.exit_code, found.stderr) == (0, "")
    return json.loads(found.stdout)


@pytest.mark.parametrize("who", ["sender/burst", "sender/s7", "platform/p0", "all/all"])
def test_it_explains_as_the_files_do(cli: Cli, who: str) -> None:
    """Every figure of every bucket, every revision and sentence is the same."""
    of_files = _json(cli, who, "filed=filed.csv", "--config", "a.toml")
    assert _json(cli, who, "--archive", "ar", "--config", "a.toml") == of_files


def test_its_figures_are_those_of_the_published_alert(cli: Cli) -> None:
    """The bucket that opened has the evidence and the threshold that the alert says."""
    cli("replay", "--archive", "ar", "--alerts", "out.jsonl", "--config", "a.toml")
    events = map(json.loads, Path("out.jsonl").read_text().splitlines())
    (opened,) = [
        event["data"]
        for event in events
        if event["subject"] == "sender/burst" and event["type"].endswith("opened")
    ]
    found = _json(cli, "sender/burst", "--archive", "ar", "--config", "a.toml")
    (bucket,) = [bucket for bucket in found["series"] if bucket["state"] == "opened"]
    for key in ("evidence_nats", "threshold_nats"):
        assert f"{bucket[key]:.6g}" == f"{opened[key]:.6g}"


def test_it_says_where_the_alert_was_published_with_other_figures(cli: Cli, recorded: Path) -> None:
    """Another configuration, or an archive that lacks the first days: a note says what differs."""
    archives.config(recorded / "other.toml", budget=0.01)
    found = cli("explain", "sender/burst", "--archive", "ar", "--config", "other.toml")
    assert found.exit_code == 0
    assert "note: an alert was published with other figures than this replay gives (" in (
        found.stderr
    )
    assert "which begins on 2026-03-02" in found.stderr


def test_the_parts_of_a_local_archive_are_one(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    """What `up` records may be in parts; a part that counts otherwise is left out, and said."""
    shutil.copytree(recorded / "ar", tmp_path / "local" / "2")
    shutil.copytree(recorded / "ar", tmp_path / "local" / "1")
    for folder in ("buckets", "counts"):
        days = sorted((tmp_path / "local" / "1" / folder).glob("day=*"))
        later = sorted((tmp_path / "local" / "2" / folder).glob("day=*"))
        assert len(days) > 2
        for one in days[len(days) // 2 :]:
            shutil.rmtree(one)
        for one in later[: len(days) // 2]:
            shutil.rmtree(one)
    options = ("--archive", tmp_path / "local", "--config", "a.toml")
    whole = _json(cli, "sender/burst", "--archive", "ar", "--config", "a.toml")
    assert _json(cli, "sender/burst", *options) == whole
    manifest = tmp_path / "local" / "1" / "archive.json"
    manifest.write_text(manifest.read_text().replace('"platform",', ""))
    found = cli("explain", "sender/burst", *map(str, options))
    assert "1: it and what is before it is left out; count.levels " in found.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["sender/burst"], 1, "or give SOURCE=FILE or --archive, which need no serve"),
        (["sender/burst", "filed=filed.csv", "--archive", "ar"], 2, "--archive must be given"),
        (["sender/burst", "--archive", "nowhere"], 2, "nowhere: "),
        (["sender/bur", "--archive", "ar"], 1, "ENTITY must be one that the archive names; got"),
        (["platform/s7", "--archive", "ar"], 1, "found sender/s7"),
    ],
)
def test_it_refuses(cli: Cli, arguments: list[str], status: int, said: str) -> None:
    """What cannot be explained ends with a sentence that says what is needed."""
    found = cli("explain", *arguments, "--config", "a.toml")
    assert (found.exit_code, found.stdout) == (status, "")
    assert said in found.stderr
