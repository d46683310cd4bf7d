"""How symptoms of the registry are found: rows that reach no judge."""

from __future__ import annotations

from streams.config.model import Config
from streams.health.status import Health
from streams.health.symptom_findings import Found
from streams.language.catalogue import mark
from streams.language.worded import Worded

WAITING_S = 60.0


def registry_stands(_: Config, found: Health) -> Found:
    """Find whether rows wait to be written to counts."""
    waiting_s = found.registry.waiting_s
    if waiting_s > WAITING_S:
        text = mark("{about}: rows have waited for {s:,.0f} s to be written to counts")
        yield Worded(text, {"s": waiting_s}, Worded(mark("registry")))


def registry_unreadable(_: Config, found: Health) -> Found:
    """Find whether records of its topic are no rows."""
    if found.registry.unreadable:
        text = mark("{about}: {n:,} records of its topic since the start are no rows")
        yield Worded(text, {"n": found.registry.unreadable}, Worded(mark("registry")))


def registry_full(_: Config, found: Health) -> Found:
    """Find whether rows had no room."""
    if found.registry.refused:
        text = mark("{about}: {n:,} rows had no room, and do not hold")
        yield Worded(text, {"n": found.registry.refused}, Worded(mark("registry")))
