"""The worked example of the pages on cases, in both languages."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from streams.language.catalogue import Language
from streams.language.preferred import NAMED
from tests.cases.examples import CASE
from tests.cli.cases.desk import desks, later
from tests.cli.cli import Cli
from tests.documents.markdown import read

PAGES: tuple[tuple[Language, str], ...] = (("en", "docs/how-to"), ("zh", "docs/zh/how-to"))


@pytest.mark.parametrize(("language", "folder"), PAGES)
def test_the_example_goes_from_an_alert_to_a_closed_case(
    language: Language, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is done, and the first ones say what the page shows."""
    page = read(f"{folder}/cases.md")
    monkeypatch.chdir(tmp_path)
    cli = Cli(monkeypatch)
    monkeypatch.setenv(NAMED, language)
    with desks(monkeypatch, "platform/Mall") as desk:
        said = []
        for block in page.blocks("sh"):
            for line in block.splitlines():
                ended = cli(*shlex.split(line)[1:])
                assert ended.exit_code == 0, (line, ended.output)
                said.append(ended.stdout.strip())
            later(desk, 1)
        case = desk.fold.case(CASE)
    assert said[:3] == page.blocks("text")[0].splitlines()
    assert case is not None
    assert (case.state, case.in_time, case.addressee) == ("closed", True, "platform/Mall")


def test_both_languages_have_the_same_commands() -> None:
    """But for the texts that somebody writes."""
    english, chinese = (read(f"{folder}/cases.md") for _, folder in PAGES)
    for kind in ("sh", "toml"):
        pairs = zip(english.blocks(kind), chinese.blocks(kind), strict=True)
        assert all(_bare(one) == _bare(other) for one, other in pairs)


def _bare(block: str) -> list[str]:
    return [line.split('"')[0] if "case" in line else line for line in block.splitlines()]
