"""``weathervane feed``: keys are made and rotated; a feed that was changed is told, and where."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest

from streams.proofs.note import read_public_key
from tests.cli.cli import Cli
from tests.proofs.reader.downloaded import changed
from tests.proofs.reader.test_check import KEY, WHOLE


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="cli")
def _cli(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Cli:
    (folder / "feed.jsonl").write_bytes(WHOLE)
    return Cli(monkeypatch)


def test_keys_are_made_rotated_and_shown(cli: Cli, folder: Path) -> None:
    """The secret is in the file alone, which only its owner may read; nothing is overwritten."""
    made = cli("feed", "key", "new")
    assert made.exit_code == 0
    file = folder / "feed-keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "feed_keys = " in made.stderr
    (secret,) = [key["secret"] for key in orjson.loads(file.read_bytes())["keys"]]
    assert secret not in made.output
    again = cli("feed", "key", "new")
    assert (again.exit_code, "must not exist yet" in again.stderr) == (1, True)
    rotated = cli("feed", "key", "rotate", "--overlap", "30d")
    first, second = cli("feed", "key", "show").stdout.split()
    assert made.stdout.split() == [first]
    assert rotated.stdout.split() == [first, second]
    assert read_public_key(second).name == "weathervane/local"
    cli("feed", "key", "rotate", "--overlap", "0s")
    assert len(cli("feed", "key", "show").stdout.split()) == 2


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["key", "show"], 1, "must be a file of keys"),
        (["key", "rotate"], 1, "feed key new"),
        (["key", "burn"], 2, "new, rotate or show; got burn"),
        (["key", "show", "--lost"], 2, "--lost must be given with key new"),
        (["verify", "feed.jsonl", "--lost"], 2, "--lost must be given with key new"),
        (["key", "new", "--config", "none.toml"], 2, "none.toml"),
        (["verify", "feed.jsonl"], 2, "--key must give a key"),
        (["verify", "feed.jsonl", "--key", "x"], 2, "NAME+ID+KEY"),
        (["verify", "none.jsonl"], 1, "must be a file that can be read"),
        (["verify", "http://127.0.0.1:1"], 1, "can be reached"),
        (["verify", "feed.jsonl", "--seen", "feed.jsonl"], 1, "feed verify"),
        (["verify", "feed.jsonl", "--key", str(KEY), "--archive", "none"], 2, "none"),
    ],
)
def test_what_cannot_be_done_is_said(
    cli: Cli, arguments: list[str], status: int, said: str
) -> None:
    """Each error says what must be, and ends with a status of its kind."""
    result = cli("feed", *arguments)
    assert (result.exit_code, said in result.stderr) == (status, True), result.output


def test_a_file_is_checked_and_what_was_right_is_kept(cli: Cli, folder: Path) -> None:
    """The first time a key is given; then it is known."""
    first = cli("feed", "verify", "feed.jsonl", "--key", KEY)
    assert first.exit_code == 0, first.output
    assert first.stdout == "weathervane/test/60s/0/1: 1 to 200 are as they were signed\n"
    kept = (folder / "feed-seen.json").read_bytes()
    (folder / "bad.jsonl").write_bytes(changed(WHOLE, lambda items: items[:6] + items[7:]))
    bad = cli("feed", "verify", "bad.jsonl")
    assert bad.exit_code == 1
    assert "  item 7: it is missing\n" in bad.stdout
    assert (folder / "feed-seen.json").read_bytes() == kept
    shown = orjson.loads(cli("feed", "verify", "bad.jsonl", "--json").stdout)
    (row,) = shown["feeds"]
    assert [(each["fault"], each["number"]) for each in row["findings"]] == [("missing", 7)]
