"""Known senders and newcomers by the day, given to a shard: what tests of newcomers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from streams.alerts.cloudevent import Alert
from streams.counts.wire import families
from streams.detection.context.bucket import Inspect
from streams.detection.context.groups import Wider
from streams.detection.shard import Shard
from streams.items import Counts, Level, Total
from tests.events_of import config

DAY = 86_400
START = 1_772_409_600
"""A Monday in March 2026, 00:00 UTC."""

Sent = Mapping[str, int]
FLOOD = {f"fresh {n}": 9 + n % 3 for n in range(400)}


def new_shard(
    levels: Sequence[Level] = ("sender", "all"),
    inspect: Inspect = Inspect(),  # noqa: B008 (frozen)
    **detect: object,
) -> Shard:
    """A shard that judges sends and complaints by the day."""
    sources = {name: {"kind": name, "bucket": "1d"} for name in ("send", "complaint")}
    return Shard(
        0,
        config(timezone="UTC", count={"levels": list(levels)}, detect=detect, sources=sources),
        inspect,
    )


def day_record(day: int, sent: Sent, belongs: Mapping[str, str], source: str) -> Counts:
    """One record that ends a day of a source; `belongs` names signatures."""
    start = START + day * DAY
    totals = [Total(start, "sender", name, count) for name, count in sent.items()]
    if sent:
        totals.append(Total(start, "all", "all", sum(sent.values())))
    for signature in sorted({belongs[name] for name in sent if name in belongs}):
        count = sum(n for name, n in sent.items() if belongs.get(name) == signature)
        totals.append(Total(start, "signature", signature, count))
    wider: dict[tuple[int, str], set[Wider]] = {
        (start, name): {("signature", belongs[name])} for name in sent if name in belongs
    }
    return Counts(
        source, 0, 1, DAY, totals, families=families(totals, wider), watermark=float(start + DAY)
    )


def close_days(
    shard: Shard,
    days: Sequence[Sent],
    first: int = 0,
    belongs: Mapping[str, str] | None = None,
    source: str = "send",
) -> list[Alert]:
    """Close days on which one source has events, and the other has none."""
    other = {"send": "complaint", "complaint": "send"}[source]
    alerts: list[Alert] = []
    for day, sent in enumerate(days, first):
        for record in (
            day_record(day, {}, {}, other),
            day_record(day, sent, belongs or {}, source),
        ):
            alerts += [each.alert for each in shard.take(shard.position, record)]
    return alerts


def drawn_days(number: int, newcomers: float, seed: int = 1) -> Iterator[Sent]:
    """Days on which 100 known senders send, and so many newcomers on average."""
    rng, came = np.random.default_rng(seed), 0
    for _ in range(number):
        counts = rng.poisson(20.0, 100).tolist()
        new = rng.geometric(1.0 / 3.0, int(rng.poisson(newcomers))).tolist()
        fresh = {f"new {came + n}": count for n, count in enumerate(new)}
        came += len(fresh)
        yield {f"known {n}": count for n, count in enumerate(counts) if count} | fresh
