"""``ingest`` where it must refuse before anything is sent; what it sends is in integration/."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from streams.broker.local.port_and_folder import free_port
from streams.cli.data.ingest import ingest

CONFIG = """
[sources.calls]
kind = "complaint"
format = "csv"
time = "day"
sender = "number"

[sources.mail]
kind = "send"
format = "csv"
time = "day"
sender = "number"
recipient = "to"

[sources.mt]
kind = "send"
topic = "mt_log"
topic_format = "source"
time = "ts"
sender = "src"
"""


def _run(tmp_path: Path, *arguments: str | Path) -> tuple[int, str]:
    """Run with a broker that is not there: what is refused never asks for it."""
    config = tmp_path / "weathervane.toml"
    config.write_text(CONFIG)
    app = typer.Typer()
    app.command()(ingest)
    place = ("--config", str(config), "--bootstrap", f"127.0.0.1:{free_port()}")
    result = CliRunner().invoke(app, [*map(str, arguments), *place])
    return result.exit_code, " ".join(result.output.split())


def _csv(tmp_path: Path, text: str = "day,number\n2020-02-14,1\n") -> Path:
    path = tmp_path / "a.csv"
    path.write_text(text)
    return path


def test_an_unknown_source_is_wrong_usage(tmp_path: Path) -> None:
    """The error lists those there are."""
    status, said = _run(tmp_path, "call", _csv(tmp_path))
    assert status == 2
    assert "calls, complaints, mail, mt, sends" in said
    assert "got call" in said


def test_anothers_topic_is_never_written_to(tmp_path: Path) -> None:
    """Not even with end marks; the error says whose topic it is, and what counts files."""
    status, said = _run(tmp_path, "mt", _csv(tmp_path), "--end")
    assert status == 2
    assert "its topic, mt_log, is another's" in said
    assert "weathervane replay mt=FILE" in said


def test_a_missing_column_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """The error names the column, where it is configured, and the columns there are."""
    status, said = _run(tmp_path, "calls", _csv(tmp_path, "day,caller,city\n"))
    assert status == 2
    assert "sources.calls.sender" in said
    assert "day, caller, city" in said


def test_every_file_is_looked_at_first(tmp_path: Path) -> None:
    """The last of many files is refused before the first of them is sent."""
    good = _csv(tmp_path)
    bad = tmp_path / "z.csv.gz"
    bad.write_bytes(gzip.compress(b"nothing,of,this\n"))
    status, said = _run(tmp_path, "calls", good, bad)
    assert status == 2
    assert "z.csv.gz" in said


@pytest.mark.parametrize("name", ["gone.csv", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """A file that is not there, or a directory: wrong usage, not a traceback."""
    status, said = _run(tmp_path, "calls", tmp_path / name)
    assert status == 2
    assert "must be a" in said


def test_people_are_not_read_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipients leave only hashed; without a key nothing is read at all."""
    monkeypatch.delenv("WEATHERVANE_HASH_KEY", raising=False)
    status, said = _run(tmp_path, "mail", _csv(tmp_path, "day,number,to\n"))
    assert status == 2
    assert "sources.mail" in said
    assert "hash_key_file" in said


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    """Naming it twice is a mistake, and said to be one."""
    status, said = _run(tmp_path, "calls", "-", "-")
    assert status == 2
    assert "at most once" in said


def test_no_broker_fails_the_work(tmp_path: Path) -> None:
    """With everything in order but nobody there, the status is 1, and says where."""
    status, said = _run(tmp_path, "calls", _csv(tmp_path))
    assert status == 1
    assert "127.0.0.1:" in said
