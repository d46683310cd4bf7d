"""*k* in *d*: equal to a recount of everything, whatever is late, repeated or restored."""

from __future__ import annotations

import random

from streams.detection.rules.distinct_reporters import DistinctReporters, pairs_of
from streams.detection.rules.standing import CountedBucket
from streams.rule_packs.parameters import DistinctReportersRule
from tests.detection.rules.carried import carry

Complaint = tuple[int, str, int]
"""Day, sender and reporter."""


def _recount(known: list[Complaint], today: int, days: int, warn: int, need: int) -> dict[str, int]:
    """Count the distinct reporters of the last days, of all that is known."""
    found: dict[str, set[int]] = {}
    for day, sender, reporter in known:
        if today - days < day <= today:
            found.setdefault(sender, set()).add(reporter)
    return {who: min(len(by), need) for who, by in found.items() if len(by) >= warn}


def _bucket(day: int, now: list[Complaint], late: list[Complaint]) -> CountedBucket:
    reporters: dict[str, tuple[int, ...]] = {}
    for _, sender, reporter in now:
        reporters[sender] = (*reporters.get(sender, ()), reporter)
    each_late = [(of_day, sender, 1, (reporter,)) for of_day, sender, reporter in late]
    return CountedBucket(0, 60, day, day, {}, {}, reporters, each_late)


def test_it_is_equal_to_a_recount_on_a_thousand_streams() -> None:
    """Random streams with late complaints, repeats, quiet days, buckets of a day, and kills."""
    for seed in range(1000):
        rng = random.Random(seed)
        need, days = rng.randint(1, 6), rng.randint(1, 12)
        rule = DistinctReportersRule(need=need, days=days, warn=rng.randint(1, need))
        follow, known, day = DistinctReporters(rule), [], 700_000
        for _ in range(rng.randint(5, 40)):
            day += rng.choice((0, 0, 1, 1, 2, days))
            draw = [
                (day - rng.choice((0, 0, 0, 1, 2, days - 1, days, days + 3)),
                 rng.choice("abc"), rng.randrange(8))
                for _ in range(rng.randint(0, 4))
            ]  # fmt: skip
            draw += rng.sample(draw, len(draw) // 2)  # repeats
            now = [each for each in draw if each[0] == day]
            late = [each for each in draw if each[0] < day]
            known += draw
            found = follow.close(_bucket(day, now, late))
            expected = _recount(known, day, days, rule.warn, need)
            assert {each.entity: each.have for each in found} == expected, seed
            assert all(each.met == (each.have >= need) for each in found)
            if rng.random() < 0.2:  # killed: what is stored goes on
                before, follow = follow, DistinctReporters(rule)
                carry(before, follow)


def test_when_it_was_met_lasts_as_long_as_it_warns() -> None:
    """The duty's clock starts once: further complaints, and a count that falls, do not move it."""
    follow = DistinctReporters(DistinctReportersRule(need=2, days=3, warn=1))

    def close(day: int, *reporters: int) -> list[tuple[int, bool, int | None]]:
        found = follow.close(_bucket(day, [(day, "a", each) for each in reporters], []))
        return [(int(each.have), each.met, each.met_on) for each in found]

    assert close(10, 1) == [(1, False, None)]
    assert close(11, 2) == [(2, True, 11)]
    assert close(12, 3) == [(2, True, 11)]
    assert close(14) == [(1, False, 11)]
    assert close(15) == []
    assert close(16, 4, 5) == [(2, True, 16)]


def test_a_rule_that_is_met_anew_starts_the_clock_anew() -> None:
    """The day on which it was met has left the window: what follows is another duty."""
    follow = DistinctReporters(DistinctReportersRule(need=3, days=4, warn=1))

    def close(day: int, *reporters: int) -> tuple[bool, int | None]:
        (found,) = follow.close(_bucket(day, [(day, "a", each) for each in reporters], []))
        carry(follow, follow)
        return found.met, found.met_on

    assert close(10, 1, 2, 3) == (True, 10)
    assert close(12, 4) == (True, 10)
    assert close(14) == (False, 10)
    assert close(15, 5) == (False, 10)
    assert close(16, 6) == (False, 10)
    assert close(17, 7) == (True, 17)


def test_a_sender_that_the_rule_was_not_about_has_no_old_duty() -> None:
    """Registered for a while: should it be meant again, the duty begins then."""
    follow = DistinctReporters(DistinctReportersRule(need=2, days=9, warn=1))
    follow.close(_bucket(10, [(10, "a", 1), (10, "a", 2)], []))
    follow.release("a")
    (found,) = follow.close(_bucket(15, [], []))
    assert (found.met, found.met_on) == (True, 15)


def test_what_was_not_kept_one_by_one_makes_it_at_least() -> None:
    """It is certain what is there; there may be more as long as that day is in the window."""
    follow = DistinctReporters(DistinctReportersRule(need=5, days=3, warn=1))

    def close(day: int, *reporters: int, cut: bool = False) -> tuple[float, float | None]:
        bucket = _bucket(day, [(day, "a", each) for each in reporters], [])
        (found,) = follow.close(bucket._replace(cut={"a": day} if cut else {}))
        carry(follow, follow)
        return found.have, found.at_least

    assert close(10, 1) == (1, None)
    assert close(11, 2, 3, cut=True) == (3, 3)
    assert close(12, 4) == (4, 4)
    assert close(13, 5) == (4, 4)
    assert close(13, 6) == (5, None), "five are certain, whoever else complained"
    assert close(14) == (3, None), "the day that was cut has left the window"


def test_memory_is_bounded() -> None:
    """Beyond the bound those with the fewest reporters are let go; the one to warn of stays."""
    follow = DistinctReporters(DistinctReportersRule(need=3, days=10, warn=2), most=100)
    flood = [(20, f"s{number:04}", number) for number in range(1000)]
    found = follow.close(_bucket(20, [*flood, (20, "a", 1), (20, "a", 2)], []))
    assert [each.entity for each in found] == ["a"]
    assert len(follow.pages["recent"]) == 90


def test_the_reporters_that_it_remembers_are_bounded_too() -> None:
    """A rule that needs many reporters follows fewer senders."""
    rule = DistinctReportersRule(need=100, days=10, warn=2)
    follow = DistinctReporters(rule, most_held=5_000)
    flood = [(20, f"s{number:03}", who) for number in range(60) for who in range(150)]
    follow.close(_bucket(20, flood, []))
    held = [len(pairs_of(recent)) for recent in follow.pages["recent"].values()]
    assert held == [100] * 45
