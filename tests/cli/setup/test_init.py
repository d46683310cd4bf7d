"""``weathervane init``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.cli import Cli


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def test_it_writes_a_configuration(cli: Cli, tmp_path: Path) -> None:
    """It writes weathervane.toml, which check-config finds right."""
    result = cli("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("wrote weathervane.toml;")
    written = tomllib.loads((tmp_path / "weathervane.toml").read_text("utf-8"))
    assert written["kafka"]["bootstrap"] == "127.0.0.1:9092"
    assert cli("check-config").exit_code == 0


def test_it_writes_where_it_is_told(cli: Cli, tmp_path: Path) -> None:
    """A path given is the path written."""
    assert cli("init", "other.toml").exit_code == 0
    assert cli("init", "--config", "third.toml").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.toml", "third.toml"]


def test_it_never_overwrites(cli: Cli, tmp_path: Path) -> None:
    """A file that exists keeps every byte, and the command fails."""
    (tmp_path / "weathervane.toml").write_bytes(b"# mine\n")
    result = cli("init")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "weathervane.toml: must not exist yet; found one: move it away, or name another path\n"
    )
    assert (tmp_path / "weathervane.toml").read_bytes() == b"# mine\n"


def test_it_does_not_write_through_a_dangling_link(cli: Cli, tmp_path: Path) -> None:
    """A link counts as a file that exists, wherever it leads."""
    (tmp_path / "weathervane.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert cli("init").exit_code == 1
    assert not (tmp_path / "elsewhere.toml").exists()


def test_it_says_why_it_cannot_write(cli: Cli) -> None:
    """A folder that is not there fails the command with the path and the reason."""
    result = cli("init", "no/such/weathervane.toml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "no/such/weathervane.toml: cannot be written: No such file or directory\n"
    )
