"""A replay and a count without one name the same sender-days on which a rule is met."""

from __future__ import annotations

import datetime as dt
import gzip
import random
from pathlib import Path

from benchmarks.ftc_episodes import read_days
from benchmarks.rules import agreement, counted, replayed

FIRST = dt.date(2020, 2, 25)
"""Its thirteenth day, 8 March, has 23 hours in New York."""
GAPS = (9, 10, 11, 12, 30)
"""Days without records: the windows go on over them."""


def test_a_replay_says_what_a_count_says(tmp_path: Path) -> None:
    """Also on a day of 23 hours, and on days without records."""
    chance = random.Random(7)
    path = tmp_path / "complaints.csv.gz"
    with gzip.open(path, "wt") as lines:
        lines.write("day,sender,area_code\n")
        for day in range(40):
            for _ in range(0 if day in GAPS else chance.randrange(30)):
                lines.write(f"{FIRST + dt.timedelta(days=day)},{chance.randrange(40):010},212\n")
    heard = replayed(path)
    first, on = counted(read_days(path), 5, 10)
    assert len(on) > 100
    assert set(heard.met) <= on
    assert agreement(heard.met_days, on).endswith(f"say the same of all {len(on)} sender-days")
    assert len(first) >= len(heard.met)
