"""Sub-letting among codes that have new names all the time: found in time, and false alarms.

``python -m benchmarks.new_names [--codes 10000] [--days 90] [--seed 1]``

Most codes have one or two signatures and now and then another; some have dozens; one in fifty is an
SMS provider's own, with new ones every day. Three festival days have four times as many new names.
Newcomers begin on every day. In some codes that had one signature and three merchants there are
suddenly four and twelve, each of which sends on four days of five.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.lines import numbers_asked, say
from detectors.novelty.joint import all_nats
from detectors.novelty.new_names import NewNames
from detectors.novelty.usual_scores import UsualScores

WARM = 35
ACTIVE = 0.7
SENDS = 0.8
HIT = 0.005


def measure(codes: int, days: int, seed: int, per_day: float = 0.1) -> dict[str, float]:
    """Judge a population; return what was found, and how often a false alarm was raised a week."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(3, codes, p=[0.83, 0.15, 0.02])
    begins = np.where(rng.random(codes) < 0.8, 0, rng.integers(0, days, codes))
    rates = np.choose(
        kinds,
        [rng.gamma(0.5, 0.04, codes), rng.gamma(1.0, 0.3, codes), rng.gamma(2.0, 4.0, codes)],
    )
    sizes = np.choose(kinds, [rng.integers(1, 3, codes), rng.integers(4, 30, codes), 200])
    hits = max(round(HIT * codes), 20)
    hit = rng.choice(np.flatnonzero((kinds == 0) & (begins == 0)), hits, replace=False)
    at = dict(zip(hit.tolist(), rng.integers(WARM + 5, days - 10, hits).tolist(), strict=True))
    detectors = {what: NewNames(90, 7) for what in ("signatures", "merchants")}
    usual = UsualScores(len(detectors))
    known: dict[tuple[str, int], list[int]] = {}
    for code in range(codes):
        for what, times in (("signatures", 1), ("merchants", 3)):
            size = (1 if code in at else int(sizes[code])) * times
            known[what, code] = rng.integers(0, 1 << 48, size).tolist()
    late: dict[int, list[int]] = {}
    false, begun, active_days = 0, time.process_time(), dict.fromkeys(at, 0)
    for day in range(days):
        festival = 4.0 if 60 <= day < 63 else 1.0
        for code in np.flatnonzero((begins <= day) & (rng.random(codes) < ACTIVE)).tolist():
            since = at.get(code)
            if since is not None and day >= since:
                active_days[code] += 1
            nats = []
            for what, times in (("signatures", 1), ("merchants", 3)):
                names = known[what, code]
                new = int(rng.poisson(rates[code] * festival * (1 if times == 1 else 1.5)))
                if new and kinds[code] == 0 and rng.random() < 0.05:
                    new += int(rng.geometric(0.5))  # a rebranding, a new line of business
                if since is not None and day >= since and active_days[code] == 1:
                    new += 3 * times
                names += rng.integers(0, 1 << 48, new).tolist()
                sent = (
                    [each for each in names if rng.random() < SENDS]
                    if len(names) < 50
                    else (
                        [*rng.choice(names, 60).tolist(), *names[-new:]]
                        if new
                        else rng.choice(names, 60).tolist()
                    )
                )
                score = detectors[what].score(str(code), sent, day)
                nats.append(0.0 if score is None else score.nats)
            needed = detectors["signatures"].needed(per_day)
            evidence = all_nats(nats)
            usual.note(str(code), evidence)
            asked = max(detector.asked for detector in detectors.values())
            alarm = usual.worth(evidence, asked) >= needed
            if evidence >= needed:
                usual.alarm(str(code))
                for detector in detectors.values():
                    detector.alarm(str(code))
            if alarm and since is not None and since <= day and active_days[code] <= 10:
                late.setdefault(code, []).append(active_days[code])
            elif alarm:
                false += 1
        usual.learn()
        for detector in detectors.values():
            detector.learn(day)
    found = sum(min(each) <= 2 for each in late.values())
    return {
        "found within two active days": found / sum(n > 0 for n in active_days.values()),
        "false a week in 10,000 codes": false / (days - 7) * 7 / codes * 10_000,
        "codes": codes,
        "seconds": time.process_time() - begun,
    }


def main() -> None:
    """Print the figures."""
    asked = numbers_asked(__doc__, {"codes": 10_000, "days": 90, "seed": 1})
    say(measure(asked["codes"], asked["days"], asked["seed"]))


if __name__ == "__main__":
    main()
