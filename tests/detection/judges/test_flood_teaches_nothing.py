"""What a flood's newcomers count teaches nothing that later newcomers are judged by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from detectors import BurstBank
from streams.detection.shard import Shard
from tests.detection.judges.crowd import close_days, drawn_days, new_shard

WARM, LATER = 45, 56
"""Days before a flood, and until newcomers are looked at again: those of the flood are no longer
held for the cohort's prior, and its alert is over."""


def _bank(shard: Shard) -> BurstBank:
    group = next(iter(shard.groups.values()))
    return group.panel.volume["sends", "sender"]._bank


def _after(usual: int, seed: int, flood: Mapping[str, int], lasting: int) -> Shard:
    """A shard some time after a flood of so many days; the flood's ids come back each day."""
    shard, sent = new_shard(), list(drawn_days(LATER, usual, seed))
    flooded = [{**day, **flood} for day in sent[WARM : WARM + lasting]]
    close_days(shard, [*sent[:WARM], *flooded, *sent[WARM + lasting :]])
    return shard


def _asked(shard: Shard) -> Mapping[str, list[float]]:
    """What first counts, and those of young entities, are judged by."""
    bank, counts = _bank(shard), np.array([1.0, 3.0, 6.0, 12.0, 25.0, 50.0, 400.0])
    a, b = bank._parts.prior_learning.prior.posterior(counts, 1.0)
    ranks = bank.peers.first_evidence(counts, 1.0, 0.01)
    return {
        "least": [bank.open.bands_first(0.01)[0].alarms_at or 0.0],
        "number": [bank.peers.first.per_day, bank.peers.young.per_day],
        "capped": [bank.peers.first.capped_total or 0.0],
        "first": ranks.tolist(),
        "young": bank.peers.young.evidence(counts, 1.0).tolist(),
        "known": bank.peers.known.evidence(counts[counts > 30.0], 1.0).tolist(),
        "begins with": (a / b).tolist(),
    }


@pytest.mark.parametrize("lasting", [1, 7])
@pytest.mark.parametrize("usual", [2, 20, 100])
def test_later_newcomers_are_judged_as_if_there_had_been_no_flood(usual: int, lasting: int) -> None:
    """Whatever the flood counts, and whether it goes on: nobody hides behind it, none is accused.

    Without the rule 400 ids x 50 raise the least count that is an alert from 13 to 51, and ids that
    stay for a week have those accused that begin afterwards.
    """
    rng = np.random.default_rng([usual, lasting])
    messages = int(rng.integers(5, 400))
    counts = rng.integers(messages, messages + 1 + messages // 4, 400).tolist()
    flood = {f"fresh {n}": count for n, count in enumerate(counts)}
    plain = _asked(_after(usual, 1, {}, lasting))
    flooded = _asked(_after(usual, 1, flood, lasting))
    for asked, values in plain.items():
        # A day's usual newcomers are in the flood: they teach nothing either.
        assert np.allclose(flooded[asked], values, rtol=0.15, atol=0.1), asked


def test_who_stands_out_in_a_flood_teaches_as_a_part_of_it() -> None:
    """All in a flood together weigh what was expected: giants in it make no giant usual."""
    flood = {f"fresh {n}": 10 for n in range(400)}
    giants = {f"giant {n}": 5_000 for n in range(4)}
    for sent, most in ((flood | {"giant": 5_000}, 0.3), (giants, 2.5)):
        taught = _bank(_after(20, 1, sent, 1)).peers.first.evidence(np.array([4_000.0]), 1.0)
        plain = _bank(_after(20, 1, {}, 1)).peers.first.evidence(np.array([4_000.0]), 1.0)
        assert 0.0 < plain[0] - taught[0] < most


def test_ids_of_a_flood_that_stay_are_not_young() -> None:
    """Nor held against each other: after two days none has an alert on what it does every day."""
    shard, sent = new_shard(), list(drawn_days(60, 20))
    rng, alerts = np.random.default_rng(4), []
    for number, day in enumerate(sent):
        counts = rng.poisson(10.0, 400).tolist() if number >= WARM else []
        flood = {f"fresh {n}": count for n, count in enumerate(counts) if count}
        later = close_days(shard, [{**day, **flood}], number)
        alerts += later if number > WARM + 2 else []
    opened = [alert for alert in alerts if alert.event == "opened"]
    assert [alert for alert in opened if alert.entity.id.startswith("fresh")] == []
