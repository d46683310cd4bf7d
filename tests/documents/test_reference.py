"""The reference pages are what the program's own tables give."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from streams.config.load import parse_config
from streams.config.model import Config
from streams.config.sources import SourceTable
from tests.documents.generated import PARTS, with_parts
from tests.documents.markdown import MANUAL, read
from tests.documents.reference import configuration
from tests.documents.reference.metrics import table_rows

PAGE = read("docs/reference/configuration.md")


@pytest.mark.parametrize("path", PARTS, ids=str)
def test_the_page_is_up_to_date(path: Path) -> None:
    """Each generated part says what the program says now: else ``python -m tests.documents``."""
    text = read(path).text
    assert with_parts(text, PARTS[path]) == text, f"{path} is stale: python -m tests.documents"


def _keys() -> list[tuple[str, str]]:
    section = PAGE.text.partition("\n## ")[0]
    return re.findall(r"^\| `([a-z_.]+)` \| *(?:`(.+?)`)? *\|", section, re.MULTILINE)


def test_the_table_of_keys_is_complete() -> None:
    """Every key of the configuration stands in the table, and no other."""
    assert {key for key, _ in _keys()} == set(configuration.defaults())


def test_the_table_of_keys_has_the_defaults() -> None:
    """Taken for a configuration, the table is the one that holds where there is none."""
    text = "\n".join(f"{key} = {default}" for key, default in _keys() if default)
    assert parse_config(tomllib.loads(text), str(PAGE.path)) == Config()


def test_every_key_of_a_source_is_named() -> None:
    """What a source's table may hold is named, and nothing that it may not."""
    section = PAGE.text.partition("## A source\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(
        SourceTable.model_fields
    )


def test_metrics_are_real() -> None:
    """Each metric named in a sentence is one that a process has."""
    real = {name.removesuffix("_total") for name, _, _ in table_rows()}
    named = {
        code.removesuffix("_total")
        for document in MANUAL
        for code in document.inline_code()
        if re.fullmatch(r"weathervane_\w+", code)
    }
    assert named
    assert named - real == set()
