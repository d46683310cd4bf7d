"""Simulated data, and the configurations that it is replayed with.

`simulate` draws them from a seed. What is to be found in them beside that is cut and changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.pinned.run import run

FTC = Path("../shared/data/ftc_dnc_2020-02_2020-08.csv.gz")
"""Half a year of complaints, from the root of the checkout; it is not part of it."""

_COUNT = """\
name = "pinned"
timezone = "Asia/Shanghai"
[count]
levels = ["sender", "signature", "platform", "category", "all"]
bucket = "{bucket}"
lateness = "{lateness}"
"""

CONFIGS = {
    "day": _COUNT.format(bucket="1d", lateness="0s"),
    # The same counts, judged otherwise.
    "stricter": _COUNT.format(bucket="1d", lateness="0s")
    + """
[detect]
budget_per_day = 1.0
min_count = 5
exit_after = 2
[detect.burst]
detector = "tail"
""",
    "hour": _COUNT.format(bucket="1h", lateness="0s")
    + """
[[calendar]]
name = "spring sale"
from = 2026-03-20
to = 2026-03-21
applies_to = ["platform/mall", "platform/market"]
factor = 3.0
[[detect.beside]]
name = "gauss"
detector = "river.anomaly.GaussianScorer"
share = 0.2
most = 20
""",
    "minute": _COUNT.format(bucket="1m", lateness="10s") + "[detect]\nshards = 2\n",
    "ftc": """\
name = "ftc"
timezone = "America/New_York"
[sources.ftc]
kind = "complaint"
format = "csv"
time = "day"
sender = "sender"
region = "area_code"
channel = "voice"
bucket = "1d"
daily = true
""",
}

SPANS = {
    "day": ("2026-03-01", "2026-05-01"),
    "hour": ("2026-03-08T16", "2026-03-29T16"),
    "minute": ("2026-03-20T11", "2026-03-20T21"),
}
"""What part of the simulated time each has: instants in UTC, the last not in it."""

LOST = ("2026-03-26T18", "2026-03-27T14")
"""No message of this time arrives at hour buckets: a fault of the source."""

NAMELESS = ("2026-04-08T16", "2026-04-09T16")
"""Complaints of this day name no sender."""

NOT_UNDERSTOOD = (
    b"no json",
    b'{"v":1,"type":"send"}',
    b'{"v":9,"type":"send","event_id":"x","event_time":"2026-03-20T12:00:00Z","channel":"sms",'
    b'"sender":{"id":"1"},"source":"sends"}',
    b'{"v":1,"type":"complaint","event_id":"x","event_time":"yesterday","channel":"sms",'
    b'"sender":{"id":"1"},"source":"complaints","kind":"other"}',
)


def prepare(place: Path, root: Path) -> None:
    """Put all that the items read into a folder."""
    for name, text in CONFIGS.items():
        (place / f"{name}.toml").write_text(text)
    shipped = root / "streams/demo"
    for name in ("demo.toml", "data/complaints.csv.gz", "data/mail.csv.gz"):
        (place / Path(name).name).symlink_to(shipped / name)
    if (root / FTC).exists():
        (place / "ftc.csv.gz").symlink_to((root / FTC).resolve())
    drawn = ["--senders", "60", "--days", "42", "--seed", "3", "--incidents", "0.4"]
    run(place, "simulate", "sim", *drawn)
    for name in SPANS:
        for source in ("sends", "complaints"):
            lines = (place / "sim" / f"{source}.jsonl").read_bytes().splitlines()
            (place / f"{name}-{source}.jsonl").write_bytes(b"\n".join(_cut(lines, name, source)))
    run(place, "record", "archive", *files("day"), "--config", "day.toml")


def files(name: str) -> list[str]:
    """Files of a simulated population, as commands take them."""
    return [f"{source}={name}-{source}.jsonl" for source in ("sends", "complaints")]


def _cut(lines: list[bytes], name: str, source: str) -> Iterator[bytes]:
    since, until = SPANS[name]
    number = 0
    for line in lines:
        event: dict[str, Any] = orjson.loads(line)
        time = event["event_time"]
        if not since <= time < until:
            continue
        if name == "hour" and source == "sends" and LOST[0] <= time < LOST[1]:
            continue
        if source == "complaints" and NAMELESS[0] <= time < NAMELESS[1]:
            event["sender"] = {"id": None}
            line = orjson.dumps(event)
        yield line
        number += 1
        if number % 50 == 0 and number <= 50 * len(NOT_UNDERSTOOD):
            yield NOT_UNDERSTOOD[number // 50 - 1]
