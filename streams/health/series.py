"""The state of series, which show what detection expected of entities: lost, or not taken in."""

from __future__ import annotations

import msgspec

from streams.health.exposition import ScrapedMetrics


class SeriesState(msgspec.Struct, frozen=True):
    """Whether pages of entities get what detection expected.

    Attributes
    ----------
    lost
        Records that detect could not write, since its start.
    lost_ago_s
        How long ago the last one was lost; None if none was.
    standing_s
        How long the store of a serve has not taken what there is: of the one that stands longest;
        None where no serve answers.
    """

    lost: int = 0
    lost_ago_s: float | None = None
    standing_s: float | None = None


def series_state(found: ScrapedMetrics, now_s: float) -> SeriesState:
    """Return the state.

    Parameters
    ----------
    found
        The metrics of all processes.
    now_s
        The time now.
    """
    lost_s = found.largest("weathervane_detect_series_lost_timestamp_seconds")
    return SeriesState(
        lost=int(found.total("weathervane_detect_series_lost_total")),
        lost_ago_s=max(now_s - lost_s, 0.0) if lost_s else None,
        standing_s=found.largest("weathervane_serve_series_standing_seconds"),
    )
