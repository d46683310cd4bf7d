"""What lanes count follows from the configuration, and nothing is counted that nobody asked for."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.distinct import bottom_k
from streams.facts import record
from streams.facts.wanted import NOTHING_WANTED
from tests.events_of import config


def test_by_default_nothing_is_wanted() -> None:
    """Neither of sends nor of complaints."""
    assert {source.facts for source in config().sources.values()} == {NOTHING_WANTED}


@pytest.mark.parametrize(
    ("tables", "sends", "complaints"),
    [
        ({"sources": {"x": {"kind": "complaint", "count_by": "reporters"}}}, [], ["reporters"]),
        ({"detect": {"misuse": {"signals": ["sublet"]}}}, ["uses"], ["uses"]),
        ({"detect": {"misuse": {"signals": ["snowshoe"]}}}, ["uses"], ["uses"]),
        ({"detect": {"misuse": {"signals": ["scope"]}}}, ["uses"], ["uses"]),
        ({"detect": {"misuse": {"signals": ["consent"]}}}, ["consents", "recipients"], ["optouts"]),
        ({"detect": {"rules": ["in-tcccpr-2025"]}}, [], ["late", "valid_reporters"]),
    ],
)
def test_it_follows_from_what_is_judged(
    tables: dict[str, Any], sends: list[str], complaints: list[str]
) -> None:
    """Signals, rules and `count_by` ask for their facts, and not for others'."""
    named = {"sends": {"kind": "send"}, "x": {"kind": "complaint"}} | tables.get("sources", {})
    found = config(**{**tables, "sources": named}).sources
    for name, expected in (("sends", sends), ("x", complaints)):
        facts = found[name].facts
        words: set[str] = {what for _, what in facts.distinct}
        words |= {"consents"} if facts.consents else set()
        words |= {"uses"} if facts.uses else set()
        words |= {"late"} if facts.late else set()
        assert words == set(expected)


def test_the_wire_has_the_sketches_of_the_library() -> None:
    """Counting imports no detectors, so the two say it each."""
    assert (record.HASH_BYTES, record.K) == (bottom_k.HASH_BYTES, bottom_k.K)
