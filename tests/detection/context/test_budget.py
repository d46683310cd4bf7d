"""The budget of false alerts is split without loss, however the monitor is set up."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.config.model import Config
from streams.detection.context.budget import LARGEST_ALPHA, Budget, split_budget
from streams.items import LEVELS
from tests.events_of import config

_sizes = st.sampled_from(["10s", "60s", "15m", "1h", "1d"])


@st.composite
def _configs(draw: st.DrawFn) -> Config:
    names = draw(st.lists(st.sampled_from("vwxyz"), unique=True, max_size=5))
    sources: dict[str, Any] = {
        name: {"kind": draw(st.sampled_from(["send", "complaint"])), "bucket": draw(_sizes)}
        for name in names
    }
    for name in names:
        if draw(st.booleans()):
            sources[name]["group"] = f"own-{name}"
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=1, unique=True))
    detect = {
        "budget_per_day": draw(st.floats(0.001, 1e6)),
        "shards": draw(st.integers(1, 64)),
    }
    return config(sources=sources, count={"levels": levels}, detect=detect)


@settings(max_examples=60, deadline=None)
@given(_configs())
def test_the_shares_add_to_the_budget(settings: Config) -> None:
    """Over groups, levels, signals, novelty and shards: all of the budget, and no more."""
    shares = split_budget(settings).values()
    total = settings.detect.shards * math.fsum(share.total for share in shares)
    assert total == pytest.approx(settings.detect.budget_per_day, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(_configs())
def test_every_stream_has_a_share(settings: Config) -> None:
    """Each level and signal of each group may alert: no share is zero, none is missing."""
    shares = split_budget(settings)
    signals: set[tuple[str, str]] = {
        (group, source.signal) for group, sources in settings.groups.items() for source in sources
    }
    joined = {group for group, _ in signals if {(group, "sends"), (group, "complaints")} <= signals}
    signals |= {(group, "complaint_rate") for group in joined}
    above = [level for level in LEVELS if level in settings.count.levels][:-1]
    assert set(shares) == {
        (group, level, signal) for group, signal in signals for level in settings.count.levels
    } | {(group, level, "newcomers") for group, _ in signals for level in above}
    for (_, _, signal), share in shares.items():
        assert share.known_per_day > 0
        # Those joined to sends are judged by their cohort's rate from the first bucket on; what
        # newcomers come to, by how many came before.
        apart = signal not in ("complaint_rate", "newcomers")
        others = (share.newcomers_per_day, share.young_per_day, share.slow_per_day)
        assert (min(others) > 0) == apart
        assert (max(others) > 0) == apart


@given(st.floats(1e-6, 1e5), st.integers(0, 10**7), st.sampled_from([60, 900, 3600, 86400]))
def test_the_threshold_keeps_the_budget(per_day: float, entities: int, bucket_s: int) -> None:
    """Chance a bucket, times entities and buckets of a day, is at most the share."""
    alpha = Budget(per_day, per_day, per_day).alpha(entities, bucket_s)
    assert 0 < alpha <= LARGEST_ALPHA
    assert alpha * entities * (86400 / bucket_s) <= per_day * (1 + 1e-9)


@given(st.floats(1e-6, 1e5), st.floats(0, 1e7))
def test_the_threshold_of_newcomers_keeps_the_budget(per_day: float, newcomers: float) -> None:
    """Chance a newcomer, times the newcomers of a day, is at most the share."""
    alpha = Budget(per_day, per_day, per_day).alpha_first(newcomers)
    assert 0 < alpha <= LARGEST_ALPHA
    assert alpha * newcomers <= per_day * (1 + 1e-9)


@given(st.floats(1e-6, 1e5), st.integers(0, 10**7))
def test_the_threshold_of_slow_rises_keeps_the_budget(per_day: float, entities: int) -> None:
    """Chance an entity and week, times the entities that are judged, is at most a week's share."""
    alpha = Budget(0.0, 0.0, 0.0, per_day).alpha_slow(entities)
    assert 0 < alpha <= LARGEST_ALPHA
    assert alpha * entities <= 7 * per_day * (1 + 1e-9)


def test_sources_nobody_named_leave_the_budget_to_those_that_are() -> None:
    """The sources that are there by default get a twentieth of what a named one gets."""
    shares = split_budget(config(sources={"ftc": {"kind": "complaint", "bucket": "1d"}}))
    of_signal: dict[tuple[str, str], float] = {}
    for (group, _, signal), share in shares.items():
        of_signal[group, signal] = of_signal.get((group, signal), 0.0) + share.total
    named = of_signal["1d-UTC", "complaints"]
    assert of_signal["1m", "sends"] == pytest.approx(named / 20)
    assert named == pytest.approx(0.98 * 5.0 / 1.1)
    assert of_signal["1d-UTC", "newcomers"] == pytest.approx(0.02 * 5.0 / 1.1)
