"""The address says all that is wanted, and only what can be."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.api.board_filter import BoardFilter
from streams.delivery.console.now.query import (
    SEVERITIES,
    SORTS,
    STATES,
    WANTED_LABELS,
    WANTED_LEVELS,
    WANTED_SIGNALS,
    NowQuery,
    from_address,
    to_address,
)
from tests.hostile import encodable

texts = st.none() | encodable.filter(lambda text: 0 < len(text) <= 256)


def any_of(words: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(words)


QUERIES = st.builds(
    NowQuery,
    wanted=st.builds(
        BoardFilter,
        state=st.sampled_from(STATES),
        signal=any_of(WANTED_SIGNALS),
        severity=any_of(SEVERITIES),
        entity=st.none(),
        level=any_of(WANTED_LEVELS),
        platform=texts,
        signature=texts,
        category=texts,
        owner=texts,
        acknowledged=st.none() | st.booleans(),
        hidden=st.none() | st.booleans(),
        label=any_of(WANTED_LABELS),
        text=texts,
    ),
    sort=st.sampled_from(SORTS),
    family=texts,
    page=st.integers(1, 1_000_000),
)


@given(QUERIES)
def test_what_is_wanted_comes_back_from_its_address(query: NowQuery) -> None:
    """Whatever names hold."""
    assert from_address(parse_qsl(to_address(query), keep_blank_values=True)) == query


def test_the_first_page_of_all_has_no_words() -> None:
    """Open alerts in the usual order: the plain address; what others add to it is left alone."""
    assert to_address(NowQuery()) == ""
    parts = [("lang", "zh"), ("text", ""), ("state", "")]
    assert from_address(parts) == NowQuery()
    assert not NowQuery().is_narrow
    assert from_address([("text", "x")]).is_narrow


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "closed"), ("signal", "noise"), ("severity", "high"), ("level", "planet"),
        ("label", "maybe"), ("sort", "size"), ("page", "0"), ("page", "-1"), ("page", "x"),
        ("page", "²"), ("page", "1000001"), ("text", "x" * 257), ("hidden", "1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(name: str, value: str) -> None:
    """By name: a filter that is passed over would show what nobody asked for."""
    with pytest.raises(ValueError, match=f"^{name} must"):
        from_address([(name, value)])
