"""The worked examples of the pages on misuse and the registry, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.language.catalogue import Language
from streams.registry.files import read_entries
from tests.cli.cli import Cli
from tests.documents.markdown import read
from tests.documents.misuse_example import said, said_of_simulation

PAGES: tuple[tuple[Language, str], ...] = (("en", "docs/how-to"), ("zh", "docs/zh/how-to"))


@pytest.mark.parametrize(("language", "folder"), PAGES)
def test_the_example_of_misuse_gives_what_the_page_shows(
    language: Language, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration, its file and its registry raise these alerts, in these words."""
    page = read(f"{folder}/misuse.md")
    shown = page.blocks("text")[2].splitlines()
    monkeypatch.chdir(tmp_path)
    assert said(page, language, tmp_path, Cli(monkeypatch)) == shown
    assert len(shown) == 4


def test_the_example_by_simulation_says_what_both_pages_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sub-letting, snowshoeing, consent, fan-out and brigading: the commands are run once."""
    pages = [read(f"{folder}/misuse.md") for _, folder in PAGES]
    assert pages[0].blocks("sh")[1] == pages[1].blocks("sh")[1]
    monkeypatch.chdir(tmp_path)
    languages = [language for language, _ in PAGES]
    found = said_of_simulation(pages[0], languages, tmp_path, Cli(monkeypatch))
    assert found == [page.blocks("text")[3].splitlines() for page in pages]


@pytest.mark.parametrize(("language", "folder"), PAGES)
def test_the_table_of_the_registry_can_be_imported(language: Language, folder: str) -> None:
    """Every row of the page's table: each kind but the platform once or more."""
    entries = read_entries(read(f"{folder}/registry.md").blocks("text")[0].encode(), "codes.csv")
    assert len(entries) == 5
    assert language in ("en", "zh")


@pytest.mark.parametrize("page", ["misuse", "registry", "rules"])
def test_both_languages_have_the_same_examples(page: str) -> None:
    """Configurations are the same but for their comments."""
    english, chinese = (read(f"{folder}/{page}.md").blocks("toml") for _, folder in PAGES)
    assert [_bare(block) for block in english] == [_bare(block) for block in chinese]


def _bare(block: str) -> list[str]:
    return [line.partition("#")[0].rstrip() for line in block.splitlines()]
