"""Names that look alike, and rotating ids: what an alert says of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.cloudevent import Alert
from streams.analysis.replay import Replay
from streams.config.load import parse_config
from streams.detection.judges.look_alikes import LookAlikes
from streams.names.lookalike import print_of, skeleton

DAYS = 40
CONFIG = {
    "timezone": "UTC",
    "count": {"levels": ["sender", "access_code", "all"]},
    "levels": {"access_code": {"digits": 8}},
    "sources": {
        "s": {
            **{"kind": "send", "format": "csv", "time": "t", "sender": "s", "count": "n"},
            **{"bucket": "1d", "daily": True},
        }
    },
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("code007", "c\u043ede007"),
        ("code007", "codeO07"),
        ("paypal", "p\u0430yp\u0430l"),
        ("paypal", "paypa1"),
        ("modern", "rnodern"),
        ("caf\u00e9", "c\u0430fe\u0301"),
    ],
)
def test_what_looks_alike_has_one_skeleton(one: str, other: str) -> None:
    """Letters of other scripts, and letters and digits that are drawn alike."""
    assert skeleton(one) == skeleton(other)
    assert print_of(one) == print_of(other)
    assert LookAlikes().find(["x", one, other], other) == one


@given(st.text("0123456789", max_size=12), st.text("0123456789", max_size=12))
def test_two_numbers_never_look_alike(one: str, other: str) -> None:
    """Digits are told apart, so that codes beside each other are not taken for each other."""
    assert (skeleton(one) == skeleton(other)) == (one == other)


@given(st.lists(st.text("oO0\u043el1Im\u00e9", min_size=1, max_size=4), unique=True), st.randoms())
def test_the_first_that_looks_alike_is_found(names: list[str], rnd: random.Random) -> None:
    """What is held of the names before gives the same as to compare every pair."""
    look_alikes, known = LookAlikes(), list[str]()
    for name in names:
        known.append(name)
        asked = rnd.choice(known)
        alike = [each for each in known if each != asked and skeleton(each) == skeleton(asked)]
        assert look_alikes.find(known, asked) == (alike[0] if alike else None)


def _rows(added: Mapping[int, list[tuple[str, int]]]) -> Iterator[str]:
    rng = random.Random(4)
    for day in range(DAYS):
        date = dt.date(2026, 3, 1) + dt.timedelta(day)
        for sender in range(100):
            yield f"{date},{1000 + sender // 5}{sender:08},{rng.randint(14, 26)}"
        for name, count in added.get(day, []):
            yield f"{date},{name},{count}"


def _alerts(folder: Path, added: Mapping[int, list[tuple[str, int]]]) -> list[Alert]:
    file = folder / "sends.csv"
    file.write_text("\n".join(["t,s,n", *_rows(added)]), encoding="utf-8")
    replay = Replay(parse_config(CONFIG), {"s": [file]}, now_s=2e9)
    found: list[Alert] = []
    replay.run(lambda published: found.append(published.alert), lambda *_: None)
    return found


def test_an_alert_says_what_its_entity_looks_like(tmp_path: Path) -> None:
    """A known code is imitated with a letter for a digit: the alert names the code."""
    added = {day: [("10000000O0O1", 3000 if day == 30 else 20)] for day in range(2, 31)}
    alerts = _alerts(tmp_path, added)
    (opened,) = [
        each
        for each in alerts
        if each.event == "opened" and each.entity.id == "10000000O0O1" and each.observed > 2000
    ]
    assert opened.looks_like == "100000000001"
    assert "Sender 10000000O0O1 (looks like 100000000001): 3,000" in opened.summary


def test_rotating_ids_are_found_at_what_they_share(tmp_path: Path) -> None:
    """100 fresh ids a day, 10 messages each, for 15 days: alerts of their code, no others."""
    added = {day: [(f"10190000{day:02}{n:03}", 10) for n in range(100)] for day in range(20, 35)}
    alerts = [each for each in _alerts(tmp_path, added) if each.event == "opened"]
    assert [(each.entity.level, each.entity.id, each.signal) for each in alerts] == [
        ("all", "all", "newcomers"),
        ("access_code", "10190000", "newcomers"),
        ("access_code", "10190000", "sends"),
    ]
    assert all(each.first_bucket.startswith("2026-03-21") for each in alerts)
    assert all(each.looks_like is None for each in alerts)
