"""The calendar: on which days whom it raises, by how much, and what that prevented."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from streams.config.load import parse_config
from streams.config.model import Config
from streams.config.tables import CalendarEntry
from streams.detection.context.calendar import Calendar, Prevented, in_force, raised
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"
DOUBLE_11 = {"name": "Double 11", "festival": "double_11", "factor": 3.0}
SALE = {"name": "Sale", "from": dt.date(2026, 11, 11), "to": dt.date(2026, 11, 12), "factor": 2.0}


def entries(*tables: dict[str, object]) -> list[CalendarEntry]:
    return [CalendarEntry.model_validate({"applies_to": ["all"], **table}) for table in tables]


def at(year: int, month: int, day: int, hour: int = 0, zone: str = SHANGHAI) -> int:
    return int(dt.datetime(year, month, day, hour, tzinfo=zoneinfo.ZoneInfo(zone)).timestamp())


def test_both_days_are_included() -> None:
    """An entry lasts from its first day's first hour to its last day's last, in the time zone."""
    calendar = Calendar(entries(SALE), SHANGHAI, 3600, SHANGHAI)
    inside = [at(2026, 11, 11), at(2026, 11, 12, 23)]
    outside = [at(2026, 11, 10, 23), at(2026, 11, 13), at(2027, 11, 11)]
    assert [len(calendar.at(start)) for start in inside + outside] == [1, 1, 0, 0, 0]


def test_days_are_their_own_zones() -> None:
    """A bucket of a day is that day, wherever it is; hours are in the configuration's zone."""
    days = Calendar(entries(SALE), SHANGHAI, 86_400, NEW_YORK)
    assert days.at(at(2026, 11, 11, zone=NEW_YORK))
    assert not days.at(at(2026, 11, 10, zone=NEW_YORK))
    hours = Calendar(entries(SALE), SHANGHAI, 3600, NEW_YORK)
    assert hours.at(at(2026, 11, 10, 12, zone=NEW_YORK))


def test_festivals_recur() -> None:
    """A festival comes back each year by itself, lunar ones on their day."""
    spring = {"name": "Spring", "festival": "spring_festival", "factor": 1.5}
    calendar = Calendar(entries(DOUBLE_11, spring), SHANGHAI, 86_400, SHANGHAI)
    found = {
        str(dt.date(year, month, day)): [o.name for o in calendar.at(at(year, month, day))]
        for year, month, day in [(2026, 11, 11), (2027, 11, 10), (2026, 2, 16), (2027, 2, 16)]
    }
    assert found == {
        "2026-11-11": ["Double 11"],
        "2027-11-10": ["Double 11"],
        "2026-02-16": ["Spring"],
        "2027-02-16": [],
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [("sender", [1.0, 2.0, 1.0, 1.0]), ("platform", [3.0, 3.0, 3.0, 3.0]), ("signature", None)],
)
def test_only_the_named_are_raised(level: Level, expected: list[float] | None) -> None:
    """All of a level, or one entity by its id, even one with a slash; the others are left."""
    calendar = Calendar(
        entries(
            {**DOUBLE_11, "applies_to": ["platform/*"]}, {**SALE, "applies_to": ["sender/b/c"]}
        ),
        SHANGHAI,
        86_400,
        SHANGHAI,
    )
    up = raised(calendar.at(at(2026, 11, 11)), level, {"a": 0, "b/c": 1, "b": 2}, ["c"])
    assert (None if up is None else up.tolist()) == expected


def test_all_is_the_total() -> None:
    """The word "all" names the total alone."""
    occasions = Calendar(entries(SALE), SHANGHAI, 86_400, SHANGHAI).at(at(2026, 11, 11))
    total, sender = (raised(occasions, level, {"all": 0}, []) for level in ("all", "sender"))
    assert [None if up is None else up.tolist() for up in (total, sender)] == [[2.0], None]


def test_where_entries_meet_the_largest_holds() -> None:
    """Two entries on one day do not multiply."""
    calendar = Calendar(entries(SALE, DOUBLE_11), SHANGHAI, 86_400, SHANGHAI)
    occasions = calendar.at(at(2026, 11, 11))
    up = raised(occasions, "all", {"all": 0}, [])
    held = in_force(occasions, "all", "all")
    assert up is not None
    assert held is not None
    assert (up.tolist(), held.name) == ([3.0], "Double 11")


def test_an_alert_prevented_counts_once_a_festival() -> None:
    """However many buckets stood out, a sender counts once each year, to the entry in force."""
    calendar = Calendar(entries(SALE, DOUBLE_11), SHANGHAI, 3600, SHANGHAI)
    prevented = Prevented(["Sale", "Double 11"])
    for year in (2026, 2027):
        for hour in range(48):
            occasions = calendar.at(at(year, 11, 10) + 3600 * hour)
            prevented.forget(occasions)
            prevented.add(occasions, "sends", "all", ["all"])
        prevented.forget([])
    assert prevented.counts == {"Sale": 0, "Double 11": 2}
    again = Prevented(["Double 11"])
    again.state.unpack(prevented.state.pack_shared(), ())
    assert again.counts == {"Double 11": 2}


def config(calendar: bool) -> Config:
    entry = {"name": "Sale", "applies_to": ["sender/mall"], "factor": 3}
    days = {"from": dt.date(2026, 4, 20), "to": dt.date(2026, 4, 21)}
    return parse_config(
        {
            "timezone": "UTC",
            "count": {"levels": ["sender"]},
            "detect": {"budget_per_day": 0.01},
            "sources": {"sends": {"kind": "send", "bucket": "1d"}},
            "calendar": [{**entry, **days}] if calendar else [],
        }
    )


def day_record(day: int, counts: dict[str, int], source: str = "sends") -> Counts:
    start = at(2026, 3, 2, zone="UTC") + 86_400 * day
    totals = [Total(start, "sender", name, count) for name, count in counts.items()]
    return Counts(
        source=source,
        lane=0,
        lanes=1,
        bucket_s=86_400,
        totals=totals,
        watermark=float(start + 86_400),
    )


def run(shard: Shard, days: range) -> list[str]:
    """Fifty a day, threefold on 20 April, day 49, and the day after."""
    opened = []
    for day in days:
        count = (150 if day in (49, 50) else 50) + day % 3
        record = day_record(day, {"mall": count, "quiet": 20 + day % 2})
        alerts = [published.alert for published in shard.take(day, record)]
        opened += [alert.entity.id for alert in alerts if alert.event == "opened"]
    return opened


def test_what_the_calendar_prevented_is_counted_through_a_restart() -> None:
    """The same sends alert without the calendar; with it they count once as prevented."""
    assert run(Shard(0, config(calendar=False)), range(60)) == ["mall"]
    whole, first = Shard(0, config(calendar=True)), Shard(0, config(calendar=True))
    assert run(whole, range(60)) == []
    (group,) = (g for g in whole.groups.values() if g.buckets_closed)
    assert group.prevented == {"Sale": 1}
    run(first, range(50))
    slots = dict(first.checkpoint())
    second = Shard(0, config(calendar=True))
    assert second.restore(slots)
    assert run(second, range(50, 60)) == []
    (group,) = (g for g in second.groups.values() if g.buckets_closed)
    assert group.prevented == {"Sale": 1}


def test_an_open_bucket_is_judged_by_the_calendar_too() -> None:
    """No early alert for what the calendar expects, one for what it does not."""
    early = {}
    for count in (150, 600):
        shard = Shard(0, config(calendar=True))
        run(shard, range(49))
        record = day_record(49, {"mall": count})
        unfinished = Counts(source="sends", lane=0, lanes=1, bucket_s=86_400, totals=record.totals)
        start = at(2026, 4, 20, zone="UTC")
        early[count] = [p.alert.event for p in shard.take(49, unfinished, start + 3600.0)]
    assert early == {150: [], 600: ["early"]}
