"""The worked example of ``docs/how-to/rules.md``: its complaints lead to its alerts."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from streams.alerts.misuse.basis import RuleBasis
from streams.alerts.rendering import Published
from streams.analysis.replay import Replay
from streams.items import Complaint, Sender
from streams.sources.event_json import encode_event
from tests.documents.markdown import read
from tests.events_of import config

ZONE = dt.timezone(dt.timedelta(hours=5, minutes=30))
DOCUMENT = read("docs/how-to/rules.md")


def _complaints() -> list[Complaint]:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in DOCUMENT.text.splitlines()
        if line.startswith("| 2026-")
    ]
    return [
        Complaint(
            v=1, event_id=f"c{number}", channel="voice", sender=Sender("9876543210"),
            source="desk", kind="marketing", reporter_hash=f"{ord(reporter):016x}",
            event_time=dt.datetime.fromisoformat(filed).replace(tzinfo=ZONE),
            occurred_at=dt.datetime.fromisoformat(f"{about}T08:00").replace(tzinfo=ZONE),
        )
        for number, (filed, reporter, about) in enumerate(rows)
    ]  # fmt: skip


def _line(published: Published) -> str:
    alert = published.alert
    basis = alert.basis
    assert isinstance(basis, RuleBasis)
    far = f"{basis.have} of {basis.need} reporters, day {basis.day} of {basis.of_days}"
    due = f"; due before {basis.due[:10]}" if basis.due else ""
    return f"{alert.last_bucket[:10]} {alert.severity:<9} {far}{due}"


def test_its_complaints_lead_to_its_alerts(tmp_path: Path) -> None:
    """Each line of the page is a revision, in order, but for those that say that a day passed."""
    complaints = _complaints()
    assert len(complaints) == 7
    file = tmp_path / "complaints.jsonl"
    file.write_bytes(b"\n".join(map(encode_event, complaints)))
    settings = config(
        timezone="Asia/Kolkata", count={"bucket": "1h"}, detect={"rules": ["in-tcccpr-2025"]}
    )
    found: list[str] = []
    have = 0.0

    def take(published: Published) -> None:
        nonlocal have
        basis = published.alert.basis
        if isinstance(basis, RuleBasis) and basis.have > have:
            have = basis.have
            assert published.alert.kind == "in-tcccpr-2025.unregistered-sender"
            found.append(_line(published))

    Replay(settings, {"complaints": [file]}, now_s=time.time()).run(take, lambda *_: None)
    (shown,) = DOCUMENT.blocks("text")
    assert found == shown.strip().splitlines()
