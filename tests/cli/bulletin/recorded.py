"""An archive of eight weeks: two platforms, regions, kinds, a new signature, ugly names."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from tests.cli.cli import Cli

FIRST = dt.date(2026, 3, 2)
DAYS = 56
UGLY = '=HYPERLINK("http://x.example")|<b>new</b>'
CONFIG = """
name = "centre"
timezone = "UTC"
[count]
bucket = "1h"
levels = ["sender", "signature", "access_code", "merchant", "platform", "category", "all"]
[detect.misuse]
signals = ["scope"]
"""


def record(cli: Cli, place: Path) -> Path:
    """Record it by ``a.toml``; returns the archive."""
    (place / "a.toml").write_text(CONFIG, encoding="utf-8")
    sends, complaints = _events()
    for name, events in (("sends", sends), ("complaints", complaints)):
        lines = [json.dumps({"v": 1, "channel": "sms", "source": name, **e}) for e in events]
        (place / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = cli(
        "record", place / "ar", f"sends={place / 'sends.jsonl'}",
        f"complaints={place / 'complaints.jsonl'}", "--config", place / "a.toml",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    return place / "ar"


def _sender(code: str, signature: str, platform: str, merchant: str) -> dict[str, str]:
    return {
        "id": code, "access_code": code[:10], "signature": signature, "platform": platform,
        "merchant": merchant, "category": "retail",
    }  # fmt: skip


def _events() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    mall = _sender("106900000001", "Mall", "mall", "Shop A")
    market = _sender("106900000002", "Market", "market", "Shop B")
    subscriber = {"id": "13800138000", "platform": "mall", "category": "retail"}
    fresh = _sender("106900000001", UGLY, "mall", "Shop A")
    sends: list[dict[str, object]] = []
    complaints: list[dict[str, object]] = []
    for number in range(DAYS):
        day = FIRST + dt.timedelta(days=number)
        # The recording ends with the last event: that of the last day is late in it.
        at = f"{day}T{10 if number < DAYS - 1 else 23}:30:00Z"
        sends += [
            {"type": "send", "event_id": f"s{number}-{sender['platform']}", "event_time": at,
             "sender": sender, "count": 1000}
            for sender in (mall, market)
        ]  # fmt: skip
        # The mall's complaints halve in the last four weeks; the market's stay.
        about = [mall] * (8 if number < 28 else 4) + [market] * 4 + [subscriber] * 2
        about += [fresh] * 3 if number >= 49 else []
        complaints += [
            {"type": "complaint", "event_id": f"c{number}-{n}", "event_time": at,
             "sender": sender, "region": ("north", "south")[n % 2],
             "kind": ("marketing", "fraud")[n % 3 == 0]}
            for n, sender in enumerate(about)
        ]  # fmt: skip
    return sends, complaints
