"""What is counted beside totals follows from what is judged, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from streams.detection.misuse.table import ASKED_BY_NAME
from streams.facts.wanted import FactsWanted
from tests.events_of import config


def _wanted(source: str, **tables: Any) -> FactsWanted:
    return config(count={"levels": ["sender", "all"]}, **tables).sources[source].facts


def test_nothing_is_counted_beside_totals_by_default() -> None:
    assert not _wanted("sends").anything
    assert not _wanted("complaints").anything


def test_a_source_that_is_counted_by_reporters_counts_them_at_every_level() -> None:
    sources = {
        "x": {"kind": "complaint", "count_by": "reporters"},
        "y": {"kind": "complaint", "bucket": "1d"},
    }
    found = _wanted("x", sources=sources)
    assert found.distinct == (("all", "reporters"), ("sender", "reporters"))
    assert not _wanted("y", sources=sources).anything


@pytest.mark.parametrize("signal", ASKED_BY_NAME)
def test_each_signal_of_misuse_has_what_it_judges(signal: str) -> None:
    detect = {"misuse": {"signals": [signal]}}
    levels = ["sender", "access_code", "signature", "all"]
    found = config(count={"levels": levels}, detect=detect).sources["sends"].facts
    assert found.anything


def test_a_rule_has_what_it_counts_at_its_level_and_no_more() -> None:
    """Reporters who are valid by its days, late complaints, and uses where it has categories."""
    packs = ["in-tcccpr-2025", "cn-provider", "us-10dlc"]
    rules = {"in-tcccpr-2025": {"unregistered-sender": {"valid_days": 3}}}
    complaints = _wanted("complaints", detect={"rules": packs}, rules=rules)
    assert complaints.distinct == (("sender", "valid_reporters"),)
    assert (complaints.late, complaints.valid_within_s) == (("sender",), 3 * 86_400.0)
    sends = _wanted("sends", detect={"rules": packs}, rules=rules)
    assert (sends.uses, sends.distinct, sends.late) == (True, (), ())
    assert not _wanted("sends", detect={"rules": ["us-10dlc"]}).anything
