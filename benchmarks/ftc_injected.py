"""Bursts injected into the FTC's complaint records: who finds them, and how soon.

python -m benchmarks.ftc_injected ftc_dnc_2020-02_2020-08.csv.gz

Each replay has bursts of many senders, each at a time of its own (`ftc_draw`): what the
senders really got stays, and more complaints come on top. Beside the monitor with its default
settings stand the rule x ≥ n and tails of a negative binomial (`ftc_rivals`), each with the
limit at which it opens as many alerts a normal day, on the records as they are, as the
monitor does there.

A burst is found on its first day on which an alert is opened of its sender that was not
opened on that day of the records as they are. Held against that is a second table, in which a
burst is found by whatever is told on such a day: by the monitor also a revision that says
more, by the others a count that meets the criterion, though it is held back. Days missed are
a burst's listed days before the one on which it was found; all of them if it was not.
Standard errors take a sender's bursts for one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.ftc_bursts import normal_days
from benchmarks.ftc_counts import Said, monitored
from benchmarks.ftc_draw import CLASSES, SIZES, Burst, Drawing, by_day
from benchmarks.ftc_episodes import Counts, Day, read_days
from benchmarks.ftc_rivals import HOLD, Flags, Rival, as_many, matrix, opened, totals_of

MONITOR = "monitor"
AGAINST = ("rule", "tail")
"""The two that the monitor is to be better than; others are shown for comparison."""

FROM_DAYS = 3
"""Bursts that last at least as long are what the target is for."""


@dataclass(frozen=True)
class Found:
    """What became of a burst, by method.

    Attributes
    ----------
    burst
        The burst.
    after
        Listed days of it that went by before it was found.
    lately
        Whether the sender was told of in the `HOLD` listed days before it.
    """

    burst: Burst
    after: dict[str, int | None]
    lately: dict[str, bool]

    def missed(self, method: str) -> int:
        """Listed days of the burst before it was found."""
        after = self.after[method]
        return self.burst.duration if after is None else after


class Margin(NamedTuple):
    """A mean paired difference and its standard error."""

    mean: float
    error: float

    @property
    def sign(self) -> int:
        """1 or -1 where it is more than two standard errors from 0."""
        return int(np.sign(self.mean)) if abs(self.mean) > 2.0 * self.error else 0


def margin(found: Sequence[Found], one: str, other: str, *, days: bool) -> Margin:
    """How much better one is than another: in bursts found, or in days missed.

    Parameters
    ----------
    found
        Bursts.
    of, other
        The two.
    days
        Compare days missed.
    """
    if days:
        gains = [float(f.missed(other) - f.missed(one)) for f in found]
    else:
        gains = [float((f.after[one] is not None) - (f.after[other] is not None)) for f in found]
    mean = sum(gains) / len(gains)
    by_sender: dict[str, float] = {}
    for f, gain in zip(found, gains, strict=True):
        by_sender[f.burst.sender] = by_sender.get(f.burst.sender, 0.0) + gain - mean
    return Margin(mean, float(np.sqrt(sum(d * d for d in by_sender.values()))) / len(gains))


def verdict(margins: Iterable[Margin]) -> str:
    """What comparisons with several say together."""
    signs = {m.sign for m in margins}
    if signs == {1}:
        return "better"
    return "worse" if -1 in signs else "no worse"


def with_bursts_on_top(days: Counts, bursts: Sequence[Burst]) -> Counts:
    """The records with what the bursts bring."""
    extra = by_day(list(days), bursts)
    return {day: counts + extra.get(day, Counter()) for day, counts in days.items()}


def followed(
    days: Counts,
    bursts: Sequence[Burst],
    rivals: Mapping[str, Rival],
    plain: Said,
    said: Said,
    *,
    only_opened: bool,
) -> list[Found]:
    """When each told of each burst of one replay.

    Parameters
    ----------
    days
        The records as they are.
    bursts
        The bursts that were injected.
    rivals
        Others than the monitor.
    plain, said
        What the monitor said of the records as they are, and of those with the bursts.
    only_opened
        Whether only new alerts tell something.
    """
    listed, senders = list(days), [burst.sender for burst in bursts]
    usual, raised = list(days.values()), list(with_bursts_on_top(days, bursts).values())
    by_detector = {MONITOR: (_matrix(said, listed, senders), _matrix(plain, listed, senders))}
    for name, rival in rivals.items():
        with_bursts, without = (
            rival(senders, matrix(of, senders), totals_of(of)) for of in (raised, usual)
        )
        by_detector[name] = with_bursts, without
    new = {name: with_bursts & ~without for name, (with_bursts, without) in by_detector.items()}
    if only_opened:
        for name, (with_bursts, without) in by_detector.items():
            new[name] = opened(with_bursts) & ~opened(without)
        new[MONITOR] = _matrix(said, listed, senders, only_opened=True)
        new[MONITOR] &= ~_matrix(plain, listed, senders, only_opened=True)
    return [
        Found(
            burst,
            {name: _after(burst, flags[row]) for name, flags in new.items()},
            {
                name: bool(without[row, burst.start - HOLD : burst.start].any())
                for name, (_, without) in by_detector.items()
            },
        )
        for row, burst in enumerate(bursts)
    ]


def _matrix(
    said: Said, listed: list[Day], senders: list[str], *, only_opened: bool = False
) -> Flags:
    reported = set(said.opened) if only_opened else said.reported
    return np.array([[(day, sender) in reported for day in listed] for sender in senders])


def _monitored_with(days: Counts, bursts: Sequence[Burst]) -> Said:
    return monitored(with_bursts_on_top(days, bursts))


def _after(burst: Burst, new: Flags) -> int | None:
    at = np.flatnonzero(new[burst.start : burst.start + burst.duration])
    return int(at[0]) if len(at) else None


def row(name: str, found: Sequence[Found]) -> str:
    """Bursts found by each, days missed by those compared, and what the margins say."""
    methods = list(found[0].after)
    share = [np.mean([f.after[m] is not None for f in found]) for m in methods]
    missed = [np.mean([f.missed(m) for f in found]) for m in (MONITOR, *AGAINST)]
    out = f"{name:<19}{len(found):>5}" + "".join(f"{s:>9.0%}" for s in share)
    out += " |" + "".join(f"{d:>6.2f}" for d in missed) + " |"
    for days in (False, True):
        margins = [margin(found, MONITOR, other, days=days) for other in AGAINST]
        scale, form = (1.0, ".2f") if days else (100.0, ".0f")
        for m in margins:
            out += f"{scale * m.mean:>6{form}} ± {scale * m.error:<4{form}}"
        out += f" {verdict(margins):<8} |"
    return out


def table(found: Sequence[Found], classes: bool) -> str:
    """Rows by size and duration, or by size and class; then what the target asks for."""
    long = [f for f in found if f.burst.duration >= FROM_DAYS]
    shown = long if classes else found
    cells: dict[str, list[Found]] = {}
    for f in sorted(shown, key=lambda f: (SIZES.index(f.burst.size), f.burst.duration)):
        cells.setdefault(f"{f.burst.size}, {f.burst.duration}", []).append(f)
    if classes:
        cells = {}
        for f in sorted(shown, key=lambda f: (SIZES.index(f.burst.size), f.burst.size_class)):
            cells.setdefault(f"{f.burst.size}, {CLASSES[f.burst.size_class]}", []).append(f)
    out = [row(name, cell) for name, cell in cells.items()]
    if not classes:
        out.append(f"of the sizes and durations from {FROM_DAYS} days on:")
        for days in (False, True):
            said = Counter(
                verdict(margin(cell, MONITOR, other, days=days) for other in AGAINST)
                for cell in cells.values()
                if cell[0].burst.duration >= FROM_DAYS
            )
            what = "days missed" if days else "bursts found"
            out.append(
                f"  {what}: better than both in {said['better']}, no worse in {said['no worse']},"
                f" worse than one in {said['worse']}"
            )
    return "\n".join(out)


def lately(found: Sequence[Found]) -> str:
    """Whose sender each had told of already when the burst began."""
    out = [f"told of in the {HOLD} listed days before the burst, by class of the sender's mean:"]
    for number, name in enumerate(CLASSES):
        in_class = [f for f in found if f.burst.size_class == number]
        if in_class:
            shares = (
                f"{m} {np.mean([f.lately[m] for f in in_class]):.0%}" for m in in_class[0].lately
            )
            out.append(f"  {name}: " + ", ".join(shares))
    return "\n".join(out)


def others(drawn: Sequence[Sequence[Burst]], plain: Said, said: Sequence[Said]) -> float:
    """By how much the bursts changed the number of alerts of senders that had none injected."""
    before = after = 0
    for bursts, replay in zip(drawn, said, strict=True):
        senders = {burst.sender for burst in bursts}
        before += sum(sender not in senders for _, sender in plain.opened)
        after += sum(sender not in senders for _, sender in replay.opened)
    return after / max(before, 1) - 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--replays", type=int, default=20, help="with about 330 bursts each")
    parser.add_argument("--quick", action="store_true", help="2 replays")
    parser.add_argument("--seed", type=int, default=1, help="of the first replay's bursts")
    parser.add_argument("--jobs", type=int, default=2, help="replays at a time")
    parser.add_argument("--json", type=Path, help="write what became of every burst here")
    args = parser.parse_args()
    days = read_days(args.path)
    listed, normal = list(days), normal_days(days)
    drawing = Drawing(days, normal)
    drawn = [drawing.draw(args.seed + n) for n in range(2 if args.quick else args.replays)]
    extras = [by_day(listed, bursts) for bursts in drawn]
    with ProcessPoolExecutor(args.jobs) as pool:
        plain, *said = pool.map(partial(_monitored_with, days), [[], *drawn])
    a_day = sum(day in normal for day, _ in plain.opened) / len(normal)
    rivals = as_many(days, normal, a_day, args.seed)
    results = {}
    for only_opened in (True, False):
        results[only_opened] = [
            one
            for bursts, listed in zip(drawn, said, strict=True)
            for one in followed(days, bursts, rivals, plain, listed, only_opened=only_opened)
        ]
    found = results[True]
    print(f"{len(found)} bursts in {len(drawn)} replays. Alerts opened a normal day as recorded:")
    print(f"monitor, rule and tails {a_day:.2f}; x >= 15 is a rule with no such choice.")
    print("Columns: bursts; found, by each; days missed by monitor, rule, tail; by how much the")
    print("monitor is better than rule and tail in bursts found (points) and in days missed.")
    for only_opened, followed_bursts in results.items():
        print("\nfound by new alerts" if only_opened else "\nfound by whatever was told")
        print(f"{'burst, listed days':<24}" + "".join(f"{m:>9}" for m in followed_bursts[0].after))
        print(table(followed_bursts, classes=False))
        print(f"by class of the sender's mean, {FROM_DAYS} days and more")
        print(table(followed_bursts, classes=True))
    print("\n" + lately(found))
    injected = [sum(sum(b.extra) for b in bursts) for bursts in drawn]
    share = np.mean(injected) / totals_of(list(days.values())).sum()
    shares = (
        sum(counts.values()) / sum(days[day].values()) for e in extras for day, counts in e.items()
    )
    print(
        f"injected: {share:.1%} of all complaints",
        end="",
    )
    print(f", at most {max(shares):.0%} of a day's;", end="")
    print(f" alerts of all other senders: {others(drawn, plain, said):+.1%}")
    if args.json:
        rows = {"opened": results[True], "told": results[False]}
        args.json.write_text(
            json.dumps({how: [asdict(one) for one in listed] for how, listed in rows.items()})
        )


if __name__ == "__main__":
    main()
