"""Source faults in the FTC's complaint records: which days have which, and who is alerted on.

python -m benchmarks.ftc_source_faults ftc_dnc_2020-02_2020-08.csv.gz

Two replays: the file as it is, and with a burst of ten times its mean injected for one
sender on each day that was posted twice (in twice as many rows, as everything that day).
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ftc_episodes import LOOK_BACK, Counts, Day, broken, doubled, read_days
from streams.alerts.cloudevent import Alert
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import parse_config

CONFIG = {
    "timezone": "America/New_York",
    "count": {"levels": ["sender", "all"]},
    "sources": {
        "ftc": {
            "kind": "complaint",
            "format": "csv",
            "time": "day",
            "sender": "sender",
            "region": "area_code",
            "bucket": "1d",
            "daily": True,
            "dedupe": False,
        }
    },
}
TIMES = 10
SEED = 4


def replayed(path: Path) -> list[tuple[Day, Alert]]:
    """Every numbered revision, with the last bucket it speaks of."""
    found: list[tuple[Day, Alert]] = []
    replay = Replay(parse_config(CONFIG), {"ftc": [path]}, now_s=time.time())

    def take(published: Published) -> None:
        if published.alert.revision:
            found.append((_day(published.alert.last_bucket), published.alert))

    replay.run(take, lambda *_: None)
    return found


def called(alerts: list[Alert]) -> dict[str, set[Day]]:
    """Days of each kind of source fault, from onset to last bucket."""
    days: dict[str, set[Day]] = {}
    for alert in alerts:
        if alert.signal == "source" and alert.kind is not None:
            listed = days.setdefault(alert.kind, set())
            day = _day(alert.onset)
            while day <= _day(alert.last_bucket):
                listed.add(day)
                day += dt.timedelta(days=1)
    return days


def bursts(days: Counts, twice: list[Day]) -> dict[Day, tuple[str, int]]:
    """A sender for each day, 2 to 10 complaints a day before, and the rows it gets there."""
    chance = random.Random(SEED)
    listed = list(days)
    out: dict[Day, tuple[str, int]] = {}
    taken: set[str] = set()
    for day in twice:
        at = listed.index(day)
        before: Counter[str] = Counter()
        for earlier in listed[max(at - LOOK_BACK, 0) : at]:
            for sender, count in days[earlier].items():
                before[sender] += count // 2 if earlier in twice else count
        steady = sorted(
            sender
            for sender, count in before.items()
            if sender and 2 <= count / LOOK_BACK <= 10 and sender not in taken
        )
        sender = chance.choice(steady)
        taken.add(sender)
        out[day] = sender, 2 * round(TIMES * before[sender] / LOOK_BACK)
    return out


def inject(path: Path, into: Path, extra: dict[Day, tuple[str, int]]) -> None:
    """Copy the records, with more rows after the last of each of these days."""
    with gzip.open(path, "rt", newline="") as source, into.open("w", newline="") as target:
        rows = csv.reader(source)
        out = csv.writer(target)
        out.writerow(next(rows))
        now = ""
        for row in rows:
            if now and row[0] != now:
                out.writerows(_rows(now, extra))
            now = row[0]
            out.writerow(row)
        out.writerows(_rows(now, extra))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    path = parser.parse_args().path
    days = read_days(path)
    twice, bad = doubled(days), broken(days)
    revisions = replayed(path)
    found = called([alert for _, alert in revisions])

    named = found.get("posted_twice", set())
    print(f"posted_twice: {len(named & set(twice))} of {len(twice)} days; {_list(named)}")
    print(f"  other days so called: {_list(named - set(twice))}")
    missing = {day for day in bad if day not in days}
    for kind, due in (("gap", missing), ("truncated", set(bad) - missing)):
        named = found.get(kind, set())
        print(f"{kind}: {len(named & due)} of {len(due)} days; {_list(named & due)}")
        print(f"  not called: {_list(due - named)}; other days so called: {_list(named - due)}")
    for kind in ("stalled", "senderless_share"):
        print(f"{kind}: {_list(found.get(kind, set()))}")
    others = (found.get("posted_twice", set()) - set(twice)) | found.get("stalled", set())
    others |= (found.get("gap", set()) | found.get("truncated", set())) - set(bad)
    others |= found.get("senderless_share", set())
    print(f"days with any other source fault: {len(others)} (at most 2)")

    opened = Counter(
        _day(alert.first_bucket)
        for _, alert in revisions
        if alert.event == "opened" and alert.entity.level == "sender"
    )
    normal = [day for day in list(days)[LOOK_BACK:] if day not in twice and day not in bad]
    mean = sum(opened[day] for day in normal) / len(normal)
    there = [opened[day] for day in twice]
    print(f"sender alerts opened a normal day: {mean:.2f}")
    if mean and twice:
        print(
            f"on the days posted twice: {there}, sum {sum(there)},"
            f" {sum(there) / (len(twice) * mean):.2f} x so many normal days (at most 1.5)"
        )

    extra = bursts(days, twice)
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "with_bursts.csv"
        inject(path, changed, extra)
        again = replayed(changed)
    reported = {
        (day, alert.entity.id)
        for day, alert in again
        if alert.event in ("opened", "updated") and alert.entity.level == "sender"
    }
    for day, (sender, rows) in extra.items():
        verdict = "found" if (day, sender) in reported else "NOT found"
        print(f"injected on {day}: sender {sender}, {rows} rows for {rows // 2}: {verdict}")
    still = called([alert for _, alert in again]).get("posted_twice", set())
    print(f"posted_twice with these bursts: {len(still & set(twice))} of {len(twice)} days")


def _rows(day: str, extra: dict[Day, tuple[str, int]]) -> Iterator[list[str]]:
    sender, rows = extra.get(dt.date.fromisoformat(day), ("", 0))
    for _ in range(rows):
        yield [day, sender, ""]


def _day(label: str) -> Day:
    return dt.date.fromisoformat(label[:10])


def _list(days: set[Day]) -> str:
    return ", ".join(str(day) for day in sorted(days)) or "none"


if __name__ == "__main__":
    main()
