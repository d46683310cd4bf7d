"""A file of a command's has its name once it is complete, whatever ends the command before."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.cli import archives
from tests.cli.cli import Cli
from tests.rules.source import modules
from tests.waiting.programs import ended

ALERT = "0123456789abcdef"
OLDER = b'{"v":1,"older":true}\n'
WRITERS = {
    "alerts.jsonl": ("replay", "filed=filed.csv", "--alerts", "OUT"),
    "rejects.jsonl": ("replay", "filed=filed.csv", "--alerts", "/dev/null", "--rejects", "OUT"),
    "recounted.jsonl": ("replay", "--archive", "ar", "--alerts", "OUT"),
    "plot.svg": ("explain", "sender/burst", "filed=filed.csv", "--out", "OUT"),
    "report.html": ("report", "--over", "ar", "--out", "OUT"),
    "labels.jsonl": ("label", ALERT, "true", "--to", "OUT"),
}
"""Commands that replace an older file, or add to it."""
MAKERS = {
    "weathervane.toml": ("init", "OUT"),
    "tuned.toml": ("tune", "--over", "ar", "--inject", "--trials", "2", "--out", "OUT"),
    "simulated": ("simulate", "OUT", "--senders", "5", "--days", "2", "--json"),
}
"""Commands that never overwrite."""


def _interrupted(_: int) -> NoReturn:
    raise KeyboardInterrupt


def _full_disk(_: int) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


ENDS: tuple[Callable[[int], NoReturn], ...] = (_interrupted, _full_disk)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of complaints and its archive."""
    place = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        archives.record(Cli(patch), place)
    return place


@pytest.fixture
def cli(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in a folder beside it."""
    monkeypatch.chdir(tmp_path)
    for name in ("filed.csv", "ar"):
        (tmp_path / name).symlink_to(recorded / name)
    archives.config(tmp_path / "here.toml")
    return Cli(monkeypatch)


def _words(words: tuple[str, ...], out: str) -> list[str]:
    config = [] if words[0] == "init" else ["--config", "here.toml"]
    return [out if word == "OUT" else word for word in words] + config


@pytest.mark.parametrize("out", WRITERS)
def test_an_older_file_stays_until_the_new_one_is_complete(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    """Interrupted, or on a full disk, at the very end: the older file is there, and no other."""
    (tmp_path / out).write_bytes(b"" if out == "labels.jsonl" else OLDER)
    older = (tmp_path / out).read_bytes()
    before = sorted(tmp_path.iterdir())
    for ends in ENDS:
        with monkeypatch.context() as patch:
            patch.setattr("streams.archive.atomic_files.os.fsync", ends)
            assert cli(*_words(WRITERS[out], out)).exit_code != 0
        assert (tmp_path / out).read_bytes() == older
        assert sorted(tmp_path.iterdir()) == before
    (tmp_path / out).chmod(0o640)
    assert cli(*_words(WRITERS[out], out)).exit_code == 0
    assert (tmp_path / out).read_bytes() != older or out == "rejects.jsonl"
    assert (tmp_path / out).stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("out", MAKERS)
def test_a_new_file_is_complete_or_not_there(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    """What never overwrites leaves nothing behind that would be in its way the next time."""
    before = set(tmp_path.iterdir())
    for ends in ENDS:
        with monkeypatch.context() as patch:
            patch.setattr("streams.archive.atomic_files.os.fsync", ends)
            assert cli(*_words(MAKERS[out], out)).exit_code != 0
        left = set(tmp_path.iterdir()) - before
        assert [path for path in left if path.is_file() or any(path.iterdir())] == []
    assert cli(*_words(MAKERS[out], out)).exit_code == 0
    assert (tmp_path / out).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_replay_that_is_killed_leaves_the_older_alerts(
    cli: Cli, tmp_path: Path, number: signal.Signals
) -> None:
    """Nothing catches a kill; the next replay removes what it left."""
    pipe, out = tmp_path / "pipe.csv", tmp_path / "alerts.jsonl"
    os.mkfifo(pipe)
    out.write_bytes(OLDER)
    command = [sys.executable, "-m", "streams.cli.main"]
    words = ["replay", f"filed={pipe}", "--alerts", str(out), "--config", "here.toml"]
    with subprocess.Popen([*command, *words]) as process, pipe.open("wb", buffering=0) as rows:
        rows.write(b"day,sender,platform\n" + b"2021-01-01,4155550100,p\n" * 1000)
        while not (tmp_path / "alerts.jsonl.part").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        ended(process)
    assert out.read_bytes() == OLDER
    assert cli(*_words(WRITERS["alerts.jsonl"], str(out))).exit_code == 0
    assert not (tmp_path / "alerts.jsonl.part").exists()


def test_a_link_leads_to_the_new_file(cli: Cli, tmp_path: Path) -> None:
    """A link stays one, and the file that it leads to is the new one."""
    (tmp_path / "real").write_bytes(OLDER)
    (tmp_path / "link").symlink_to("real")
    assert cli(*_words(WRITERS["alerts.jsonl"], "link")).exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes().startswith(b'{"specversion"')


def test_no_command_opens_its_files_by_itself() -> None:
    """All that commands write goes through one helper."""
    free = {
        "streams/cli/commands.py": "the null device",
        "streams/cli/run/demo.py": "files in a folder that goes with it",
    }
    found = [
        f"{module.where}:{node.lineno}"
        for module in modules("streams/cli", "streams/analysis", "streams/simulate")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("write_text", "write_bytes", "touch")
        or (node.func.attr == "open" and any(_writes(argument) for argument in node.args))
        if module.where not in free
    ]
    assert found == []


def _writes(argument: ast.expr) -> bool:
    mode = argument.value if isinstance(argument, ast.Constant) else None
    return isinstance(mode, str) and len(mode) <= 3 and bool(set(mode) & set("wax+"))
