"""The share without an explicit consent, among senders whose shares vary: found, and false alarms.

``python -m benchmarks.consent [--senders 10000] [--days 60] [--seed 1]``

A sender has messages on seven days of ten, 20 of them at the median, some a hundred times as many.
Its messages are a few campaigns a day, and each campaign has a share of its own around the
sender's: coin tosses would vary less. Days are the buckets.

- *explicit* (70 %): 1 % of default or no consent, on average.
- *mixed* (25 %): 5 to 50 %, from campaign to campaign by a quarter of that.
- *lists* (5 %): each campaign goes to a list, and one in five has mostly default consent.

On three festival days all have twice as many messages, and the odds of default consent are twice as
high. One sender in a hundred has ten times its odds, from one day on, for ten days. A sender that
is found again within a week is one alert, as in the monitor.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import Final

import numpy as np

from benchmarks.lines import numbers_asked, say
from detectors.rate.share import LEAST_NATS, ShareBank

KINDS: Final = ("explicit", "mixed", "lists")
ACTIVE, HIT, LASTS, WARM, QUIET = 0.7, 0.01, 10, 30, 7
RISE = 10.0
FESTIVAL, FESTIVAL_ODDS = range(40, 43), 2.0
BUDGET_PER_DAY: Final = 0.1
"""2 % of five a day."""


class Sender:
    """A sender, its share and how its campaigns vary."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.kind = str(rng.choice(KINDS, p=(0.7, 0.25, 0.05)))
        self._size = float(rng.lognormal(math.log(20.0), 1.2))
        usual = {"explicit": rng.beta(0.5, 50.0), "mixed": rng.uniform(0.05, 0.5)}
        self._share = float(usual.get(self.kind, 0.05))
        self.since: int | None = None

    def sent(self, day: int, odds: float, times: float) -> tuple[int, int]:
        """Return the messages without an explicit consent on a day, and all."""
        found = known = 0
        for _ in range(int(self._rng.integers(1, 4))):
            messages = int(self._rng.poisson(self._size * times / 2.0))
            share = self._campaign()
            risen = odds * share / (1.0 - share + odds * share)
            known += messages
            found += int(self._rng.binomial(messages, risen))
        return found, known

    def _campaign(self) -> float:
        if self.kind == "lists":
            return 0.8 if self._rng.random() < 0.2 else 0.05
        strength = 16.0 / self._share if self.kind == "mixed" else 200.0
        return float(self._rng.beta(self._share * strength + 1e-6, (1 - self._share) * strength))


def measure(senders: int, days: int, seed: int) -> dict[str, object]:
    """Judge a population; return what was found, and how often an alert was false."""
    rng = np.random.default_rng(seed)
    drawn = [Sender(each) for each in rng.spawn(senders)]
    for number in rng.choice(senders, max(round(HIT * senders), 10), replace=False).tolist():
        drawn[number].since = int(rng.integers(WARM, days - LASTS))
    bank, begun = ShareBank(), time.process_time()
    false: Counter[str] = Counter()
    on_festival = 0
    last: dict[int, int] = {}
    active: dict[int, int] = {}
    found: dict[int, int] = {}
    for day in range(days):
        festival = day in FESTIVAL
        for number in np.flatnonzero(rng.random(senders) < ACTIVE).tolist():
            one = drawn[number]
            hit = one.since is not None and one.since <= day < one.since + LASTS
            odds = (RISE if hit else 1.0) * (FESTIVAL_ODDS if festival else 1.0)
            default, known = one.sent(day, odds, 2.0 if festival else 1.0)
            if not known:
                continue
            active[number] = active.get(number, 0) + hit
            usual = bank.usual(str(number))
            needed = max(math.log(max(len(bank), 1) / BUDGET_PER_DAY), LEAST_NATS)
            evidence = bank.score(str(number), default, known, day)
            if evidence < needed or default / known <= usual:
                continue
            bank.reset(str(number))
            if hit:
                found.setdefault(number, active[number])
            elif day - last.get(number, -QUIET - 1) > QUIET and not _lasts(one, day):
                false[one.kind] += 1
                on_festival += festival
            last[number] = day
    struck = [number for number, times in active.items() if times]
    weeks = days / 7 * senders / 10_000
    return {
        "senders whose share rises": len(struck),
        "found within two active days": sum(found.get(n, days) <= 2 for n in struck) / len(struck),
        "found in ten days": sum(n in found for n in struck) / len(struck),
        "false a week in 10,000 senders": sum(false.values()) / weeks,
        **{f"false alerts on {kind} senders": false[kind] for kind in KINDS},
        "false alerts on festival days": on_festival,
        "CPU seconds": time.process_time() - begun,
    }


def _lasts(one: Sender, day: int) -> bool:
    """Whether a day is one of those just after a rise, whose alert is still open."""
    return one.since is not None and one.since <= day < one.since + LASTS + QUIET


def main() -> None:
    """Print the figures."""
    asked = numbers_asked(
        __doc__, {"senders": 10_000, "days": 60, "seed": 1}, {"senders": 500, "days": 50}
    )
    say(measure(asked["senders"], asked["days"], asked["seed"]))


if __name__ == "__main__":
    main()
