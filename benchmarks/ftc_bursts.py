"""Bursts in the FTC's complaint records: which of them are alerted, at how many alerts a day.

python -m benchmarks.ftc_bursts ftc_dnc_2020-02_2020-08.csv.gz
python -m benchmarks.ftc_bursts ftc_dnc_2020-02_2020-08.csv.gz --curve
python -m benchmarks.ftc_bursts ftc_dnc_2020-02_2020-08.csv.gz --min-count

A plain replay with default detection settings. With ``--curve`` one replay for each budget,
with ``--min-count`` one for each `detect.min_count`; the rule is a sender's count of at least n
in a day, silent for the 14 listed days after.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.ftc_episodes import (
    LOOK_BACK,
    Counts,
    Day,
    Episode,
    broken,
    caught,
    doubled,
    episodes,
    read_days,
    rule_alerts,
)
from benchmarks.ftc_source_faults import CONFIG
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import parse_config

BUDGETS = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0)
MIN_COUNTS = (1, 3, 5, 10, 15)
RULES = (12, 15, 18, 20)
TOLD = {"opened", "updated"}


def senders_reported(
    path: Path, **detect: float
) -> tuple[list[tuple[Day, str]], set[tuple[Day, str]]]:
    """(Day, sender) of every sender alert opened, and of every revision that says more."""
    config = parse_config({**CONFIG, "detect": detect})
    opened: list[tuple[Day, str]] = []
    reported: set[tuple[Day, str]] = set()

    def take(published: Published) -> None:
        alert = published.alert
        if alert.revision and alert.entity.level == "sender" and alert.event in TOLD:
            at = (Day.fromisoformat(alert.last_bucket[:10]), alert.entity.id)
            reported.add(at)
            if alert.event == "opened":
                opened.append(at)

    Replay(config, {"ftc": [path]}, now_s=time.time()).run(take, lambda *_: None)
    return opened, reported


def normal_days(days: Counts) -> set[Day]:
    """Days judged, without those posted twice, cut short or missing."""
    return set(list(days)[LOOK_BACK:]) - set(doubled(days)) - set(broken(days))


def row(
    name: str,
    wanted: list[Episode],
    opened: list[tuple[Day, str]],
    reported: set[tuple[Day, str]],
    normal: set[Day],
) -> str:
    """One line: how many episodes, at how many alerts a normal day."""
    a_day = sum(day in normal for day, _ in opened) / len(normal)
    found = f"{len(caught(wanted, reported)):>4} of {len(wanted)}"
    return f"{name:<24}{found}{a_day:>8.2f} alerts a normal day"


def rule_rows(days: Counts, wanted: list[Episode], normal: set[Day]) -> Iterable[str]:
    """The same for rules; a rule says something on every day on which it is met."""
    for least in RULES:
        met = {(day, s) for day, counts in days.items() for s, n in counts.items() if n >= least}
        yield row(f"rule x >= {least}", wanted, rule_alerts(days, least, 14), met, normal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--curve", action="store_true", help="one replay for each budget")
    parser.add_argument("--min-count", action="store_true", help="one replay for each min_count")
    args = parser.parse_args()
    days = read_days(args.path)
    wanted, normal, twice = episodes(days), normal_days(days), doubled(days)
    began = time.perf_counter()
    opened, reported = senders_reported(args.path)
    spent = time.perf_counter() - began
    print(row("default settings", wanted, opened, reported, normal))
    on_twice = sum(day in set(twice) for day, _ in opened)
    a_day = sum(day in normal for day, _ in opened) / len(normal)
    print(f"  on the {len(twice)} days posted twice: {on_twice} opened, ", end="")
    print(f"{on_twice / max(len(twice) * a_day, 1e-9):.2f} times as many normal days")
    for episode in sorted(set(wanted) - set(caught(wanted, reported)), key=lambda e: e.day):
        print(f"  missed: {episode.day} {episode.sender} {episode.count}")
    print(f"  replay {spent:.0f} s")
    for line in rule_rows(days, wanted, normal):
        print(line)
    if args.curve:
        for budget in BUDGETS:
            opened, reported = senders_reported(args.path, budget_per_day=budget)
            print(row(f"budget {budget:g} a day", wanted, opened, reported, normal))
    if args.min_count:
        for least in MIN_COUNTS:
            opened, reported = senders_reported(args.path, min_count=least)
            print(row(f"min_count {least}", wanted, opened, reported, normal))


if __name__ == "__main__":
    main()
