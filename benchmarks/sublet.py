"""Sub-letting from end to end: a file of sends through lanes, merge and judges, and what is said.

``python -m benchmarks.sublet [--codes 10000] [--days 70] [--seed 101] [--quick]``

Codes of many kinds send every day or nearly, each signature from a number of its own below the
code, so that a code's names come together from all lanes. Two in a hundred of the codes that had
one signature and three merchants have four and twelve from one day on. Nothing is registered. The
configuration is the default but for the signal, and a count that keeps bursts silent.

- *steady*: one signature, three merchants; every four months something changes.
- *small*: two to four signatures, with a change every six weeks.
- *shared*: 5 to 50 signatures, of which one in forty goes a day, and another comes.
- *seasonal*: one signature; for five days every six weeks a campaign with other merchants, every
  second time under a name of its own. On three festival days all codes change four times as often.
- A sixth of all are newcomers: they begin on a day of their own.

A change is a new merchant or two of a known signature (60 %), a rebranding (25 %), or a customer: a
signature with one to three merchants (15 %).
"""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.lines import numbers_asked, say
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.config.load import parse_config

KINDS: Final = ("steady", "small", "shared", "seasonal")
SHARES: Final = (0.6, 0.2, 0.1, 0.1)
CHANGE_DAYS: Final = {"steady": 120.0, "small": 42.0, "seasonal": 120.0}
TURNOVER: Final = 1 / 40
ACTIVE: Final = {"steady": 0.75, "small": 0.75, "shared": 0.95, "seasonal": 0.75}
USED: Final = 0.8
"""Chance that a name of an active code is used on a day."""

HIT, WARM, LAST, FESTIVAL = 0.02, 35, 10, range(50, 53)
NEW_SIGNATURES, NEW_MERCHANTS, MERCHANTS = 3, 9, 3
BEGINS = dt.date(2026, 3, 2)
CONFIG: Final = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "access_code"]},
    "detect": {"min_count": 1_000_000, "misuse": {"signals": ["sublet"]}},
    "sources": {
        "sent": {
            "kind": "send",
            "format": "csv",
            "channel": "sms",
            "time": "day",
            "sender": "port",
            "access_code": "code",
            "signature": "sign",
            "merchant": "shop",
            "bucket": "1d",
            "daily": True,
        }
    },
}


class Code:
    """A code, and the customers that send from it: signatures, each with its merchants."""

    def __init__(self, number: int, rng: np.random.Generator, days: int) -> None:
        self.id, self._rng, self._names = f"1069{number:06d}", rng, itertools.count()
        self.kind = str(rng.choice(KINDS, p=SHARES))
        self.first = 0 if rng.random() < 5 / 6 else int(rng.integers(1, days))
        self.customers: list[tuple[int, str, list[str]]] = []
        number_of = {"small": int(rng.integers(2, 5)), "shared": int(rng.integers(5, 51))}
        for _ in range(number_of.get(self.kind, 1)):
            self.add(MERCHANTS if self.kind != "shared" else int(rng.integers(1, 4)))
        self.since: int | None = None
        self.active_since = 0
        self._campaign = int(rng.integers(42))

    def add(self, merchants: int) -> None:
        """Give a customer a number below the code."""
        name = next(self._names)
        shops = [f"{self.id} shop {next(self._names)}" for _ in range(merchants)]
        self.customers.append((name, f"{self.id} brand {name}", shops))

    def let(self) -> None:
        """Let the code to others as well."""
        for _ in range(NEW_SIGNATURES):
            self.add(NEW_MERCHANTS // NEW_SIGNATURES)

    def live(self, day: int) -> None:
        """Change what usually changes on a day."""
        rng, often = self._rng, 4.0 if day in FESTIVAL else 1.0
        if self.kind == "shared":
            for _ in range(int(rng.poisson(len(self.customers) * TURNOVER * often))):
                self.customers.pop(int(rng.integers(len(self.customers))))
                self.add(int(rng.integers(1, 4)))
        elif rng.random() < often / CHANGE_DAYS[self.kind]:
            what, place = rng.random(), int(rng.integers(len(self.customers)))
            number, _, shops = self.customers[place]
            if what < 0.6:
                shops += [f"{self.id} shop {next(self._names)}" for _ in range(rng.integers(1, 3))]
            elif what < 0.85:
                renamed = f"{self.id} brand {next(self._names)}"
                self.customers[place] = number, renamed, shops
            else:
                self.add(int(rng.integers(1, 4)))

    def sent(self, day: int) -> list[tuple[int, str, str]]:
        """Return what is sent on a day: number, signature, merchant."""
        rng = self._rng
        if day < self.first or rng.random() > ACTIVE[self.kind]:
            return []
        rows = [(name, sign, shop) for name, sign, shops in self.customers for shop in shops]
        rows = [row for row in rows if rng.random() < USED] or rows[:1]
        time_of, phase = divmod(day + self._campaign, 42)
        if self.kind == "seasonal" and phase < 5:
            name, sign, _ = self.customers[0]
            sign = f"{sign} of season {time_of}" if time_of % 2 else sign
            shops = 2 + (self._campaign + time_of) % 3
            rows += [(name, sign, f"{self.id} season {time_of} {n}") for n in range(shops)]
        return rows


def rows(codes: list[Code], days: int) -> Iterator[str]:
    """Yield the file line by line; note on which days sub-let codes were active."""
    yield "day,port,code,sign,shop\n"
    for day in range(days):
        date = BEGINS + dt.timedelta(days=day)
        for code in codes:
            if code.since == day:
                code.let()
            code.live(day)
            for number, sign, shop in code.sent(day):
                yield f"{date},{code.id}{number:04d},{code.id},{sign},{shop}\n"


def measure(codes: int, days: int, seed: int, place: Path) -> dict[str, float]:
    """Replay a population; return what was found, and how often an alert was false."""
    rng = np.random.default_rng(seed)
    drawn = [Code(number, each, days) for number, each in enumerate(rng.spawn(codes))]
    own = [code for code in drawn if code.kind == "steady" and code.first == 0]
    hits = rng.choice(len(own), max(round(HIT * codes), 10), replace=False)
    for code in (own[number] for number in hits.tolist()):
        code.since = int(rng.integers(WARM, days - LAST))
    by_id = {code.id: code for code in drawn}
    active: dict[str, list[int]] = {code.id: [] for code in drawn if code.since is not None}
    lines, path, days_of = 0, place / "sent.csv", {}
    for day in range(days):
        days_of[str(BEGINS + dt.timedelta(days=day))] = day
    with path.open("w", encoding="utf-8") as file:
        for line in rows(drawn, days):
            file.write(line)
            lines += 1
            date, _, name, _ = line.split(",", 3)
            if name in active and days_of[date] >= (by_id[name].since or 0):
                seen = active[name]
                if not seen or seen[-1] != days_of[date]:
                    seen.append(days_of[date])
    opened: list[tuple[int, str]] = []

    def hear(published: Published) -> None:
        alert = published.alert
        if alert.signal == "sublet" and alert.event == "opened":
            opened.append((days_of[alert.first_bucket[:10]], alert.entity.id))

    began = time.process_time()
    Replay(parse_config(CONFIG), {"sent": [path]}, now_s=time.time()).run(hear, lambda *_: None)
    spent = time.process_time() - began
    in_time = sum(
        any(day in active[name][:2] for day, at in opened if at == name) for name in active
    )
    false = Counter(
        by_id[name].kind + (", new" if by_id[name].first else "")
        for day, name in opened
        if day not in active.get(name, [])[:10]
    )
    learned = 7
    weeks = (days - learned) / 7 * codes / 10_000
    return {
        "sub-let codes": len(active),
        "found within two active days": in_time / len(active),
        "false a week in 10,000 codes": sum(false.values()) / weeks,
        **{
            f"false alerts on {kind} codes": float(number) for kind, number in sorted(false.items())
        },
        "events": lines - 1,
        "CPU seconds of the replay": spent,
    }


def main() -> None:
    """Print the figures."""
    asked = numbers_asked(
        __doc__, {"codes": 10_000, "days": 70, "seed": 101}, {"codes": 500, "days": 50}
    )
    with tempfile.TemporaryDirectory() as place:
        say(measure(asked["codes"], asked["days"], asked["seed"], Path(place)))


if __name__ == "__main__":
    main()
