"""What a statute would count in the FTC's complaint records, beside the bursts.

python -m benchmarks.rules ftc_dnc_2020-02_2020-08.csv.gz

The records name no reporter, so each complaint counts as that of another person. One replay with
default detection settings and the rule of India's regulation, 5 in 10 days; other numbers are
counted from the same records without a replay: a sender meets a rule anew as soon as it did not for
a day, where an alert lasts until it is below the warning. Days without records are days of the
window too. Where the regulation's own numbers are counted, the sender-days on which the replay's
alerts say that the rule is met must be the same.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from benchmarks.ftc_bursts import TOLD, normal_days, row
from benchmarks.ftc_episodes import Counts, Day, caught, episodes, read_days
from benchmarks.ftc_source_faults import CONFIG
from streams.alerts.misuse.basis import RuleBasis
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import parse_config
from streams.detection.rules.distinct_reporters import DistinctReporters
from streams.detection.rules.standing import CountedBucket
from streams.rule_packs.parameters import DistinctReportersRule

PACK, RULE = "in-tcccpr-2025", "unregistered-sender"
OTHERS = ((3, 10), (5, 10), (10, 7), (20, 10), (50, 10))
"""Reporters and days: 10 in 7 is what India's regulation said before 2025."""

Place = tuple[Day, str]


class Told:
    """What a replay said of senders: bursts, and the rule's warnings and what met it."""

    def __init__(self) -> None:
        self.bursts: list[Place] = []
        self.reported: set[Place] = set()
        self.warned: list[Place] = []
        self.met: list[Place] = []
        self.met_days: set[Place] = set()
        self._critical: set[str] = set()

    def take(self, published: Published) -> None:
        """Note a revision."""
        alert = published.alert
        if not alert.revision or alert.entity.level != "sender" or alert.event not in TOLD:
            return
        at = (Day.fromisoformat(alert.last_bucket[:10]), alert.entity.id)
        if alert.signal != "rule":
            self.reported.add(at)
            if alert.event == "opened":
                self.bursts.append(at)
            return
        if alert.event == "opened":
            self.warned.append(at)
        if isinstance(alert.basis, RuleBasis) and alert.basis.met:
            self.met_days.add(at)
            if alert.alert_id not in self._critical:
                self._critical.add(alert.alert_id)
                self.met.append(at)


def replayed(path: Path) -> Told:
    """What the monitor says of all senders."""
    config = parse_config({**CONFIG, "detect": {"rules": [PACK]}})
    heard = Told()
    Replay(config, {"ftc": [path]}, now_s=time.time()).run(heard.take, lambda *_: None)
    return heard


def counted(days: Counts, need: int, within: int) -> tuple[list[Place], set[Place]]:
    """Senders on the day on which they first meet a rule, and on all days on which they do."""
    follow = DistinctReporters(DistinctReportersRule(need=need, days=within, warn=need))
    people = count()
    first: list[Place] = []
    on: set[Place] = set()
    before: set[str] = set()
    for number in range(min(days).toordinal(), max(days).toordinal() + 1):
        day = Day.fromordinal(number)
        reporters = {
            sender: tuple(next(people) for _ in range(complaints))
            for sender, complaints in days.get(day, {}).items()
            if sender
        }
        found = follow.close(CountedBucket(0, 0, number, number + 1, {}, {}, reporters))
        now = {each.entity for each in found}
        first += [(day, sender) for sender in sorted(now - before)]
        on |= {(day, sender) for sender in now}
        before = now
    return first, on


def agreement(replay: set[Place], count: set[Place]) -> str:
    """Whether the replay and the count name the same sender-days, and on which days they do not."""
    if replay == count:
        return f"  the replay's alerts say the same of all {len(count)} sender-days"
    apart = Counter(day for day, _ in replay ^ count)
    days = ", ".join(f"{day} ({apart[day]})" for day in sorted(apart))
    alone = f"{len(replay - count)} by the replay alone, {len(count - replay)} by the count alone"
    return f"  NOT the same: {alone}, on {days}"


def overlap(heard: Told) -> Iterable[str]:
    """How many of the senders with a burst met the rule, and the other way round."""
    bursts, met = (
        {sender for _, sender in heard.bursts},
        {sender for _, sender in heard.met},
    )
    yield f"senders with a burst: {len(bursts)}; of them met the rule: {len(bursts & met)}"
    yield f"senders that met the rule: {len(met)}; of them had a burst: {len(bursts & met)}"
    first_met: dict[str, Day] = {}
    for day, sender in heard.met:
        first_met.setdefault(sender, day)
    sooner = sum(first_met.get(sender, Day.max) < day for day, sender in heard.bursts)
    same = sum(first_met.get(sender, Day.max) == day for day, sender in heard.bursts)
    yield f"bursts opened: {len(heard.bursts)}; the rule was met before {sooner}, that day {same}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    args = parser.parse_args()
    days = read_days(args.path)
    wanted, normal = episodes(days), normal_days(days)
    began = time.perf_counter()
    heard = replayed(args.path)
    spent = time.perf_counter() - began
    print(row("bursts, default settings", wanted, heard.bursts, heard.reported, normal))
    print(row("rule 5 in 10: met", wanted, heard.met, heard.met_days, normal))
    warned = sum(day in normal for day, _ in heard.warned) / len(normal)
    print(f"rule 5 in 10: warnings at 3 {warned:>8.2f} a normal day")
    for need, within in OTHERS:
        first, on = counted(days, need, within)
        print(row(f"counted: {need} in {within}", wanted, first, on, normal))
        if (need, within) == (5, 10):
            print(agreement(heard.met_days, on))
    missed = set(wanted) - set(caught(wanted, heard.met_days))
    print(f"episodes that met no rule by then: {len(missed)}")
    for line in overlap(heard):
        print(line)
    print(f"replay {spent:.0f} s")


if __name__ == "__main__":
    main()
