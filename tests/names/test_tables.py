"""Versions of tables of names are in the configuration's hash."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import confusable_homoglyphs
import phonenumbers
import publicsuffixlist
import pytest

from streams.config.load import parse_config
from streams.names import tables

PLAIN = {"sources": {"s": {"kind": "send"}}}
E164 = {"sources": {"s": {"kind": "send", "sender_as": "e164"}}}
SUFFIXES = {
    "count": {"levels": ["sender", "domain", "all"]},
    "levels": {"domain": {"registrable_domain": True}},
}


def test_what_all_hashes_hold_of_tables_is_meant() -> None:
    """A package with another table changes every hash; its version is added here, to say so."""
    assert tables.of_every_name() == {}
    assert tables.FIRST == {"unicode": "18.0.0", "domains": "18.0.0", "confusables": "3.3.1"}


@pytest.mark.parametrize("package", [confusable_homoglyphs, phonenumbers, publicsuffixlist])
def test_a_package_says_the_version_that_is_pinned(package: Any) -> None:
    """What a package says of itself is what was installed."""
    name = package.__name__.replace("_", "-")
    assert package.__version__ == metadata.version(name)


@pytest.mark.parametrize("table", list(tables.FIRST))
@pytest.mark.parametrize("tree", [PLAIN, E164, SUFFIXES])
def test_a_new_version_of_a_table_is_another_hash(
    table: str, tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are brought to one form in every configuration."""
    before = parse_config(tree).hash
    monkeypatch.setitem(tables.FIRST, table, "0")
    assert parse_config(tree).hash != before


@pytest.mark.parametrize(("package", "using"), [(phonenumbers, E164), (publicsuffixlist, SUFFIXES)])
def test_a_new_version_of_a_table_changes_the_hash_of_those_who_use_it(
    package: Any, using: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of nobody else."""
    plain, used = parse_config(PLAIN).hash, parse_config(using).hash
    monkeypatch.setattr(package, "__version__", "0")
    assert parse_config(PLAIN).hash == plain
    assert parse_config(using).hash != used
