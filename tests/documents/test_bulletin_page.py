"""The guides to bulletins: their commands are run, and say what the guides show."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.cli import Cli
from tests.documents.markdown import read


@pytest.mark.parametrize("page", ["docs/how-to/bulletin.md", "docs/zh/how-to/bulletin.md"])
def test_the_commands_of_the_guide_say_what_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of its first example, in their order: every line that it shows is printed."""
    monkeypatch.chdir(tmp_path)
    cli, guide = Cli(monkeypatch), read(page)
    printed: list[str] = []
    for line in guide.blocks("sh")[0].splitlines():
        _, *words = shlex.split(line)
        result = cli(*words)
        assert result.exit_code == 0, result.output
        printed += result.stdout.splitlines()
    shown = [line for block in guide.blocks("text") for line in block.splitlines() if line]
    assert len(shown) > 5
    assert [line for line in shown if line not in printed] == []
