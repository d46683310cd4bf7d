"""Complaints for a million messages of a month, in zones whose clocks change: as a recount says."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from detectors.distinct.bottom_k import Sketch
from streams.alerts.misuse.basis import RuleBasis
from streams.config.load import parse_config
from streams.detection.merge import ClosedBucket
from streams.detection.misuse.judge import MisuseBucket, MisuseSettings
from streams.detection.misuse.table import FACTS_OF_MISUSE, RULE
from streams.detection.rules.judge import RulesJudge, judges
from streams.detection.rules.monthly_ratio import LATE_DAYS, STAYS
from streams.facts.bucket import Facts, LateTotal
from streams.registry.table import Registry

BUCKET_S = 6 * 3600
WARN, CLOSE = 1, 5
NOBODY = Sketch()
Month = tuple[int, int]
Said = tuple[int, int, int, int]
"""Complaints, messages, day and days of the month."""


def _judge(zone: str) -> RulesJudge:
    ratio = {"per": 1000, "warn": WARN, "close": CLOSE}
    table = {
        "timezone": zone,
        "count": {"bucket": "6h", "levels": ["sender"]},
        "detect": {"rules": ["cn-provider"]},
        "rules": {"cn-provider": {"complaint-ratio": ratio}},
    }
    config = parse_config(table)
    (group,) = config.groups
    settings = MisuseSettings(FACTS_OF_MISUSE[RULE], config, group, config.groups[group], 0.0)
    (judge,) = judges(settings)
    assert isinstance(judge, RulesJudge)
    return judge


class Recount:
    """All that has taken effect, by calendar month of the zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self.sent: Counter[tuple[Month, str]] = Counter()
        self.complained: Counter[tuple[Month, str]] = Counter()
        self.late: set[tuple[Month, str]] = set()
        self.warned: set[tuple[Month, str]] = set()

    def date(self, start: int) -> dt.date:
        """The day of a bucket by the zone's clock."""
        return dt.datetime.fromtimestamp(start, self._zone).date()

    def now(self, month: Month, who: str, day: int) -> Said | None:
        """How far a sender is in the month that goes on; it stays warned of down to a part."""
        warned = (month, who) in self.warned
        said = self._said(month, who, day, STAYS if warned else 1)
        (self.warned.discard if said is None else self.warned.add)((month, who))
        return said

    def before(self, month: Month, who: str) -> tuple[Said | None, bool]:
        """How far one was in the month before; and whether that must be said."""
        said = self._said(month, who, 31, 1)
        met = said is not None and said[0] * 1000 / said[1] >= CLOSE
        return said, (month, who) in self.late or met

    def _said(self, month: Month, who: str, day: int, part: float) -> Said | None:
        complaints, messages = self.complained[month, who], self.sent[month, who]
        if complaints < 2 or not messages or complaints * 1000 / messages < WARN * part:
            return None
        first = dt.date(*month, 1)
        days = ((first + dt.timedelta(days=31)).replace(day=1) - first).days
        return complaints, messages, min(day, days), days


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Auckland"]
)
def test_it_is_equal_to_a_recount_by_calendar_month(zone: str) -> None:
    """Sends and complaints of two sources; late complaints of this month and the one before."""
    warned = of_before = 0
    for seed in range(4):
        chance, judge, known = random.Random(seed), _judge(zone), Recount(zone)
        begin = chance.choice((dt.date(2026, 2, 20), dt.date(2026, 9, 20)))
        first = int(dt.datetime.combine(begin, dt.time(), dt.UTC).timestamp())
        for start in range(first, first + 60 * 86_400, BUCKET_S):
            today = known.date(start)
            month, last = (today.year, today.month), today.replace(day=1) - dt.timedelta(days=1)
            before = last.year, last.month
            sent = {who: chance.randrange(1, 300) for who in "abcd" if chance.random() < 0.5}
            said = {who: 1 for who in "abcd" if chance.random() < 0.12}
            late = []
            if chance.random() < 0.2:
                who, of_bucket = chance.choice("abcd"), start - chance.randrange(60) * BUCKET_S
                late.append(LateTotal("complaints", of_bucket, "sender", who, 2, NOBODY, NOBODY))
                day = known.date(of_bucket)
                of_month = day.year, day.month
                knows = known.sent[of_month, who] or known.complained[of_month, who]
                if of_month == month:
                    known.complained[month, who] += 2
                elif of_month == before and today.day <= LATE_DAYS and knows:
                    known.complained[before, who] += 2
                    known.late.add((before, who))
            for who, number in sent.items():
                known.sent[month, who] += number
            for who in said:
                known.complained[month, who] += 1
            sums = {("sends", "sender"): sent, ("complaints", "sender"): said}
            closed = ClosedBucket(start, start + BUCKET_S, sums, {}, {}, Facts(late=late))
            found = {}
            for each in judge.close(MisuseBucket(closed, Registry(), (), 0, frozenset())):
                assert isinstance(each.basis, RuleBasis)
                basis = each.basis
                have = basis.complaints, basis.messages, basis.day, basis.of_days
                found[each.place.entity] = have
            for who in "abcd":
                now, then, must = known.now(month, who, today.day), None, False
                if today.day <= LATE_DAYS:
                    then, must = known.before(before, who)
                    of_before += must and then is not None
                if now is not None or (must and then is not None):
                    assert who in found, (seed, today, who)
                assert found.get(who) in (now, then, None), (seed, today, who)
                warned += who in found
    assert warned > 100
    assert of_before > 5
