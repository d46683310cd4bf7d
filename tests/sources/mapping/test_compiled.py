"""A record is the same whether its fields are decoded alone or with the whole document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.items import SKIPPED
from streams.sources.formats.format import Columns, Constant, Field, Places, Values
from streams.sources.formats.json_lines import JsonRecords
from streams.sources.mapping.compiled import compiled_paths
from streams.sources.mapping.documents import DocumentItems
from streams.sources.mapping.envelopes import parse_json
from streams.sources.rejects import Undecodable
from tests.sources.mapping.together import assert_rows

NAMES = ["a", "b", "名", 'q"\\', "a b"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(
    lambda names: "$" + "".join(f"[{json.dumps(name, ensure_ascii=False)}]" for name in names)
)
PLACES = st.lists(PATHS | st.just(Constant("x")), min_size=1, max_size=2).map(tuple)
FIELDS: list[Field] = ["time", "sender", "platform", "count", "recipient"]


@st.composite
def columns(draw: Any) -> Columns:
    """A mapping with plain paths."""
    named: dict[Field, Places] = {field: draw(PLACES) for field in FIELDS}
    where = [(draw(PATHS), frozenset(["", "1", "true"]))] if draw(st.booleans()) else []
    return Columns("s", named, where=tuple(where))


def _of(items: Any, record: bytes) -> list[Values | str]:
    try:
        found = list(items(record))
    except Undecodable as error:
        found = [error]
    return [
        item.reason if isinstance(item, Undecodable) else "skipped" if item is SKIPPED else item
        for item in found
    ]


@given(columns(), DOCUMENTS, st.booleans())
def test_both_ways_agree(mapping: Columns, document: Any, escaped: bool) -> None:
    """Whatever the document holds where a path leads, or beside it."""
    record = json.dumps(document, ensure_ascii=escaped).encode()
    whole = DocumentItems(mapping).items
    expected = _of(lambda value: whole(parse_json(value, "a record")), record)
    assert _of(lambda value: JsonRecords(mapping).items(value, ()), record) == expected


@given(columns(), st.lists(DOCUMENTS | st.dictionaries(st.sampled_from(NAMES), LEAVES), min_size=1))
def test_many_together_are_what_each_is(mapping: Columns, documents: list[Any]) -> None:
    """Also where only some have what a path leads to."""
    decoder = JsonRecords(mapping)
    records = [json.dumps(document).encode() for document in documents]
    assert_rows(decoder, lambda record: decoder.items(record, ()), records)


@pytest.mark.parametrize(
    ("keys", "plain"),
    [
        ({}, True),
        ({"named": {"time": ("$.a.b",), "sender": ("a.c", Constant("x"))}}, True),
        ({"named": {"time": ("$.a.b",), "sender": ("a",)}}, False),
        ({"named": {"time": ("$.a[0]",)}}, False),
        ({"named": {"time": ("$$.a",)}}, False),
        ({"items": "$[*]"}, False),
        ({"unwrap": ("sns",)}, False),
        ({"where": (("a[*]", frozenset("x")),)}, False),
    ],
)
def test_which_paths_are_plain(keys: dict[str, Any], plain: bool) -> None:
    """Names only, of the record itself, none through the end of another."""
    found = compiled_paths(Columns(**{"source": "s", "named": {"time": ("t",)}, **keys}))
    assert (found is not None) is plain
