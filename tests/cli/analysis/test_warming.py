"""``replay --warm``: a replay that knows its senders from an archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import archives
from tests.cli.cli import Cli

RENUMBERED = ("config", "feed_no", "revision")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, beside the first 17 days as an archive, and all days as a file."""
    monkeypatch.chdir(tmp_path)
    cli = Cli(monkeypatch)
    archives.config(tmp_path / "a.toml")
    rows = archives.rows()
    (tmp_path / "all.csv").write_text("\n".join(rows) + "\n")
    first = [row for row in rows if row < "2026-03-19" or row.startswith("day")]
    (tmp_path / "first.csv").write_text("\n".join(first) + "\n")
    assert cli("record", "before", "filed=first.csv", "--config", "a.toml").exit_code == 0
    return cli


def _replay(cli: Cli, *words: str) -> list[dict[str, Any]]:
    done = cli("replay", "filed=all.csv", "--alerts", "out.jsonl", "--config", "a.toml", *words)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in event["data"].items() if key not in RENUMBERED}
    return {"type": event["type"], "time": event["time"], **data}


def test_it_goes_on_as_one_that_has_seen_all(cli: Cli) -> None:
    """What is in progress is opened first; then come the alerts of one that ran all along."""
    whole, warmed = _replay(cli), _replay(cli, "--warm", "before")
    opened = [event for event in warmed if event["time"].startswith("2026-03-19T00")]
    assert [(event["data"]["feed_no"], event["type"]) for event in opened] == [
        (number, "weathervane.alert.opened") for number in range(1, len(opened) + 1)
    ]
    assert "sender/burst" in {event["subject"] for event in opened}
    later = [_bare(event) for event in whole if event["time"] > "2026-03-19T00:00:00+00:00"]
    assert [_bare(event) for event in warmed[len(opened) :]] == later != []
    numbers = [event["data"]["feed_no"] for event in warmed]
    assert numbers == list(range(1, len(warmed) + 1))
    assert {e["data"]["config"] for e in whole}.isdisjoint(e["data"]["config"] for e in warmed)


def test_the_same_archive_gives_the_same_bytes_and_another_part_of_it_another_hash(
    cli: Cli,
) -> None:
    """And another epoch gives other ids."""
    once = _replay(cli, "--warm", "before")
    assert _replay(cli, "--warm", "before") == once
    cut = _replay(cli, "--warm", "before", "--until", "2026-03-18T00:00:00Z")
    assert {e["data"]["config"] for e in once}.isdisjoint(e["data"]["config"] for e in cut)
    second = _replay(cli, "--warm", "before", "--epoch", "2")
    assert {event["data"]["epoch"] for event in second} == {2}
    assert {e["id"] for e in once}.isdisjoint(e["id"] for e in second)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--warm", "none"], "must be an archive"),
        (["--warm", "before", "--until", "March"], "--until must be RFC 3339"),
        (["--warm", "before", "--until", "2020-01-01T00:00:00Z"], "must hold whole buckets"),
        (["--until", "2020-01-01T00:00:00Z"], "--until must be given with --warm"),
    ],
)
def test_what_cannot_warm_is_named(cli: Cli, words: list[str], said: str) -> None:
    """Status 2, and a sentence."""
    done = cli("replay", "filed=all.csv", "--alerts", "x", "--config", "a.toml", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_level_that_the_archive_lacks_is_named(cli: Cli) -> None:
    """Its counts cannot be had from those of the others."""
    text = Path("a.toml").read_text().replace('"platform", "all"', '"platform", "signature", "all"')
    Path("b.toml").write_text(text)
    done = cli("replay", "filed=all.csv", "--alerts", "x", "--config", "b.toml", "--warm", "before")
    assert done.exit_code == 2
    assert "it has no counts of signature" in done.stderr
