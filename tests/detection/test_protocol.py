"""A worker's order of work: what it refuses to go on from."""

from __future__ import annotations

import pytest

from streams.counts.wire import encode_counts
from streams.detection.checkpoint import StateLost
from streams.detection.protocol import RecordsGone, ShardProtocol, Store
from tests.detection.counts_of import counts
from tests.events_of import config

RECORD = encode_counts(counts({(0, "a"): 1}))


def _take(judging: ShardProtocol, *offsets: int) -> None:
    for offset in offsets:
        list(judging.take(offset, RECORD, 0.0))


def _stored(judging: ShardProtocol) -> dict[bytes, bytes]:
    steps = [step for step in judging.checkpoint() if isinstance(step, Store)]
    return {key: value for step in steps for key, value in step.slots}


def test_a_first_start_begins_wherever_counts_begins() -> None:
    """Retention has taken what nobody had judged: there is no state that would miss it."""
    _take(ShardProtocol(0, config(), {}), 1000, 1001)


def test_a_jump_on_the_way_stops_it() -> None:
    """Records that are deleted while it is behind: it says how many, and judges none after."""
    judging = ShardProtocol(0, config(), {})
    _take(judging, 5, 6)
    with pytest.raises(RecordsGone, match=r"must go on at offset 7; .* is 20: 13 records are gone"):
        _take(judging, 20)


def test_a_jump_at_the_start_stops_it() -> None:
    """Likewise where they went while no worker ran."""
    first = ShardProtocol(0, config(), {})
    _take(first, 0)
    with pytest.raises(RecordsGone, match=r"must go on at offset 0; .* is 9: 9 records are gone"):
        _take(ShardProtocol(0, config(), _stored(first)), 9)


def test_reading_again_is_no_jump() -> None:
    """After a restart it reads what it had read, and so it may on the way."""
    first = ShardProtocol(0, config(), {})
    _take(first, 0, 1, 2)
    again = ShardProtocol(0, config(), _stored(first))
    _take(again, 0, 1, 2, 1, 2, 3)


def test_a_lost_changelog_stops_it() -> None:
    """Input acknowledged and no state: it must not begin in the middle as if nothing had been."""
    with pytest.raises(StateLost, match=r"^shard 0: a state must be stored, .* offset 30;"):
        ShardProtocol(0, config(), {}, acknowledged=30)
    ShardProtocol(0, config(), {}, acknowledged=None)
    ShardProtocol(0, config(), {}, acknowledged=0)
    ShardProtocol(0, config(), {}, acknowledged=-1)


def test_a_first_start_stores_where_it_begins_before_it_judges() -> None:
    """A crash before the first checkpoint that is due leaves a place to go on from."""
    first = ShardProtocol(0, config(), {})
    steps = list(first.take(5, RECORD, 0.0))
    slots = {key: value for step in steps if isinstance(step, Store) for key, value in step.slots}
    _take(ShardProtocol(0, config(), slots), 5, 6)
    with pytest.raises(RecordsGone, match=r"must go on at offset 5; .* is 8: 3 records are gone"):
        _take(ShardProtocol(0, config(), slots), 8)


def test_a_topic_that_ends_before_what_was_judged_is_not_the_one() -> None:
    """The topic was deleted and made anew: its offsets would be taken for ones that were judged."""
    first = ShardProtocol(0, config(), {})
    _take(first, 0, 1, 2)
    again = ShardProtocol(0, config(), _stored(first))
    again.require(3)
    with pytest.raises(RecordsGone, match=r"through offset 2; it ends at 2: it is not the topic"):
        again.require(2)
