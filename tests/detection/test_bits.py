"""The state after the same counts is the same in every bit, however they were handed over."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.detection.shard import Shard
from streams.items import Counts
from tests.detection.counts_of import counts
from tests.events_of import config
from tests.simulation.outcome import state_of

SENDERS = [f"s{number}" for number in range(7)]
MINUTES = 24


def _shard() -> Shard:
    """Sends and complaints in one group, so that rates are judged too."""
    detect = {"budget_per_day": 2000.0, "exit_after": 2}
    return Shard(0, config(count={"levels": ["sender", "all"]}, detect=detect))


def _minute(seed: int, minute: int) -> dict[str, dict[tuple[int, str], int]]:
    """Totals of a minute by source: quiet senders, bursts, some silent."""
    chance = random.Random(f"{seed} {minute}")
    out: dict[str, dict[tuple[int, str], int]] = {"complaints": {}, "sends": {}}
    for name in SENDERS:
        for source in out:
            count = chance.randrange(4) + 50 * (minute > 8 and chance.random() < 0.06)
            if count:
                out[source][minute, name] = count
    return out


def _records(seed: int, minutes: Iterable[int]) -> list[Counts]:
    """Two records a minute and source, levels apart: sorted, unsplit, then the watermark."""
    out = []
    for minute in minutes:
        for source, totals in _minute(seed, minute).items():
            both = {(minute, "all"): sum(totals.values())} if totals else {}
            out += [counts(both, source=source, level="all"), counts(totals, source=source)]
            out.append(counts(source=source, until=minute + 1))
    return out


def _after(shard: Shard, records: Iterable[Counts]) -> tuple[list[bytes], dict[str, bytes]]:
    """Take records; the revisions, and the state in bits."""
    alerts = [
        published.value for record in records for published in shard.take(shard.position, record)
    ]
    return alerts, state_of(shard)


def _rearranged(records: list[Counts], chance: random.Random) -> list[Counts]:
    """The same totals in another order, in more records or in fewer; none after its watermark."""
    out: list[Counts] = []
    for source in ("sends", "complaints"):
        held: list[Counts] = []
        for record in [r for r in records if r.source == source]:
            if record.watermark is None:
                held.append(record)
            elif chance.random() < 0.6:  # several minutes may come at once
                totals = [total for of in held for total in of.totals]
                chance.shuffle(totals)
                pieces = chance.randint(1, 4)
                out += [
                    msgspec.structs.replace(record, totals=totals[n::pieces], watermark=None)
                    for n in range(pieces)
                ]
                out.append(record)
                held = []
        last = [r for r in records if r.source == source][-1]
        out += [*held, last]
    return out


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_permuted_split_and_merged_records_give_the_same_bits(
    seed: int, chance: random.Random
) -> None:
    """Totals in any order, in one record or several, minute by minute or many at once."""
    records = _records(seed, range(MINUTES))
    assert _after(_shard(), records) == _after(_shard(), _rearranged(records, chance))


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 40), st.integers(0, 40), st.booleans())
def test_catching_up_in_two_goes_equals_one(seed: int, m: int, n: int, stored: bool) -> None:
    """Catching up m, then n empty buckets leaves the state of m + n, stored in between or not."""
    at_once, in_two = _shard(), _shard()
    records = _records(seed, range(MINUTES))
    assert _after(at_once, records) == _after(in_two, records)

    def silence(shard: Shard, minutes: int) -> tuple[list[bytes], dict[str, bytes]]:
        until = MINUTES + minutes
        return _after(shard, [counts(source=s, until=until) for s in ("complaints", "sends")])

    first, _ = silence(in_two, m)
    if stored:
        slots, in_two = dict(in_two.checkpoint()), _shard()
        assert in_two.restore(slots)
    second, state = silence(in_two, m + n)
    assert (first + second, state) == silence(at_once, m + n)
    again = _records(seed + 1, range(MINUTES + m + n, MINUTES + m + n + 6))
    assert _after(in_two, again) == _after(at_once, again)


def test_these_records_do_alert() -> None:
    """Alerts of both signals open and end in what the tests above compare."""
    alerts, state = _after(_shard(), _records(5, range(MINUTES)))
    kinds = {value.split(b"weathervane.alert.")[1].split(b'"')[0] for value in alerts}
    assert kinds >= {b"opened", b"resolved"}
    # The group; the living and the retired of sender and all, of sends, complaints and rates; and
    # those of the newcomers, which have no row of their own at the narrowest level.
    assert len(state) == 1 + 2 * (2 * 3 + 1)
