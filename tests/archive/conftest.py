"""A small simulated population, recorded once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.cli import Cli

COMMAND = [sys.executable, "-m", "streams.cli.main"]


def run(*words: str, status: int = 0) -> str:
    """What a command says on standard error."""
    with pytest.MonkeyPatch.context() as patch:
        done = Cli(patch)(*words)
    assert done.exit_code == status, done.stderr
    return done.stderr


def run_apart(*words: str, status: int = 0) -> str:
    """The same in a process of its own, with another order of hashes."""
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stderr


class Recorded(NamedTuple):
    """A recorded population."""

    config: Path
    files: list[str]
    archive: Path


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Sixty senders of nine days."""
    folder = tmp_path_factory.mktemp("recorded")
    sim, archive = folder / "sim", folder / "archive"
    run("simulate", str(sim), "--senders", "60", "--days", "9")
    files = [f"{name}={sim / name}.jsonl" for name in ("sends", "complaints")]
    config = sim / "weathervane.toml"
    run("record", str(archive), *files, "--config", str(config))
    return Recorded(config, files, archive)
