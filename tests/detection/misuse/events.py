"""Raw events and registries for tests of misuse, drawn from a seed, as closed buckets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from streams.config.load import parse_config
from streams.config.model import Config
from streams.counts.bucket import Buckets
from streams.detection.context.membership import Belonging
from streams.detection.merge import ClosedBucket
from streams.facts.bucket import Facts, SourceUse
from streams.registry.control import RegistryRow
from streams.registry.entry import (
    CodeEntry,
    Entry,
    FilingEntry,
    MerchantEntry,
    PlatformEntry,
    SignatureEntry,
    key_of,
)

BEGIN_S = 1_772_323_200
"""1 March 2026, 00:00 UTC: day 0."""

DAYS = Buckets(86_400, "UTC")
NUMBERS = ("1069001", "106900101", "106900102", "1069002", "10690", "95588", "mail.example")
SIGNATURES = ("Mall", "Bank", "Shop")


class RawEvent(NamedTuple):
    """An event, as far as misuse is about it."""

    day: int
    sender: str
    access_code: str | None = None
    signature: str | None = None
    category: str | None = None
    merchant: str | None = None
    platform: str | None = None
    account: str | None = None
    region: str | None = None
    kind: str | None = None


def config_of(*signals: str, **misuse: str) -> Config:
    """A monitor of days that looks for these signals."""
    return parse_config(
        {
            "timezone": "UTC",
            "count": {"bucket": "1d", "levels": ["sender", "access_code", "signature", "all"]},
            "detect": {"misuse": {"signals": list(signals), **misuse}},
        }
    )


def day_number(day: int) -> int:
    """Number of a day of the test, as the registry counts days."""
    return DAYS.day(BEGIN_S + 86_400 * day)


def closed(day: int, events: Sequence[RawEvent], source: str = "sends") -> ClosedBucket:
    """The bucket of a day."""
    uses: dict[SourceUse, int] = {}
    counts: dict[str, int] = {}
    for event in events:
        if event.day != day:
            continue
        named = event._asdict()
        del named["day"], named["sender"]
        use = SourceUse(source, "sender", event.sender, **named)
        uses[use] = uses.get(use, 0) + 1
        counts[event.sender] = counts.get(event.sender, 0) + 1
    totals = [use._replace(total=number) for use, number in uses.items()]
    start = BEGIN_S + 86_400 * day
    return ClosedBucket(
        start,
        start + 86_400,
        {(source, "sender"): counts, (source, "all"): {"all": sum(counts.values())}}
        if counts
        else {},
        Belonging(),
        facts=Facts(uses=sorted(totals, key=repr), uses_counted=(source,)),
    )


def drawn_event(draw: Random, day: int) -> RawEvent:
    """An event of few names, so that they meet."""

    def maybe(names: Sequence[str], chance: float = 0.5) -> str | None:
        return draw.choice(names) if draw.random() < chance else None

    number = draw.choice(NUMBERS)
    coded = draw.random() < 0.6
    return RawEvent(
        day, "s1" if coded else number, number if coded else None,
        maybe(SIGNATURES, 0.7), maybe(("finance", "retail")), maybe(("m1", "m2"), 0.4),
        maybe(("p1", "p2"), 0.4), maybe(("a1", "a2")), maybe(("GD", "BJ"), 0.3),
        maybe(("marketing", "fraud"), 0.3),
    )  # fmt: skip


def drawn_row(draw: Random, seq: int, days: int) -> RegistryRow:
    """A row of the registry: an entry, or that there is none any more."""
    entry = _entry(draw, days)
    return RegistryRow(seq, key_of(entry), None if draw.random() < 0.25 else entry)


def _entry(draw: Random, days: int) -> Entry:
    def listed(*names: str) -> tuple[str, ...]:
        return (draw.choice(names),) if draw.random() < 0.4 else ()

    def one(*names: str) -> str | None:
        return draw.choice(names) if draw.random() < 0.4 else None

    begin, end = sorted(draw.choices(range(days), k=2))
    dates: Any = {
        "valid_from": _date(begin) if draw.random() < 0.3 else None,
        "valid_until": _date(end) if draw.random() < 0.3 else None,
    }
    match draw.randrange(5):
        case 0:
            return CodeEntry(
                id=draw.choice(NUMBERS), holder="H", account=one("a1", "a2"),
                categories=listed("finance", "retail"), regions=listed("GD", "BJ"),
                kinds=("notice",) if draw.random() < 0.3 else (),
                length=9 if draw.random() < 0.2 else None, **dates,
            )  # fmt: skip
        case 1:
            return SignatureEntry(
                id=draw.choice(SIGNATURES), categories=listed("finance", "retail"),
                regions=listed("GD", "BJ"), kinds=("notice",) if draw.random() < 0.3 else (),
                **dates,
            )  # fmt: skip
        case 2:
            return FilingEntry(
                code=draw.choice(NUMBERS), signature=draw.choice(SIGNATURES), **dates
            )
        case 3:
            return MerchantEntry(
                id=draw.choice(("m1", "m2")), platform=one("p1", "p2"),
                categories=listed("finance"), **dates,
            )  # fmt: skip
        case _:
            return PlatformEntry(id=draw.choice(("p1", "p2")), categories=listed("retail"), **dates)


def _date(day: int) -> dt.date:
    return dt.datetime.fromtimestamp(BEGIN_S + 86_400 * day, dt.UTC).date()
