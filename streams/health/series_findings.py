"""How symptoms of series are found: of what pages of entities show, and alerts do not need."""

from __future__ import annotations

from streams.config.model import Config
from streams.health.status import Health
from streams.health.symptom_findings import Found
from streams.language.catalogue import mark
from streams.language.worded import Worded

LOST_LATELY_S = 900.0
STANDING_S = 120.0


def series_lost(_: Config, found: Health) -> Found:
    """Find whether detect has lost series lately."""
    series = found.series
    if series.lost_ago_s is not None and series.lost_ago_s < LOST_LATELY_S:
        text = mark(
            "detect has lost {n:,} records of {about} since its start, the last one {s:,.0f} s ago;"
            " alerts are not affected"
        )
        yield Worded(text, {"n": series.lost, "s": series.lost_ago_s}, Worded("series"))


def series_stands(config: Config, found: Health) -> Found:
    """Find whether the store of a serve takes nothing."""
    if config.topic("series") in found.missing_topics:
        return  # what is missing has been said
    standing_s = found.series.standing_s
    if standing_s is not None and standing_s > STANDING_S:
        text = mark("{about} has taken nothing for {s:,.0f} s: pages of entities show nothing new")
        about = Worded(mark("a serve's store of series"))
        yield Worded(text, {"s": standing_s}, about)
