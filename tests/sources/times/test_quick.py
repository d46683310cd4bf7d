"""The quick way reads what the usual one reads, as it reads it, and nothing else."""

from __future__ import annotations

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st

from streams.sources.times.quick import quick
from streams.sources.times.time_format import normal
from streams.sources.times.usual import usual

_DIGITS = st.text("0123456789", min_size=9, max_size=14)
_TIMES = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2300, 1, 1)).map(
    lambda time: f"{time.isoformat()}Z"
)
_NEARLY = st.from_regex(
    r"\A[12][0-9]{3}[-/]?[0-9W][0-9]-?[0-9]{2}[T t]?"
    r"[0-9]{2}:?[0-9]{2}:?[0-9]{2}([.,][0-9]{1,8})?[Zz]?\Z"
)


@given(_DIGITS | _TIMES | _NEARLY | st.text(max_size=28))
@example("2026-03-02T24:00:00Z")
@example("2026-03-02T23:59:60Z")
@example("2026-03-02T09:00:00.5Z")
@example("2026-03-02T09:00:00.440526026Z")
@example("0000000001000")
@example("١٧٧٢٤٤٢٠٠٠")
def test_both_ways_agree(text: str) -> None:
    """Where the quick way gives a time, the usual one gives the same."""
    found = quick(text)
    if found is not None:
        reading = usual(normal(text))
        assert reading is not None
        instant = reading.instant
        if instant is None:
            assert reading.clock is not None
            assert reading.zone is dt.UTC
            instant = dt.datetime.combine(reading.day, reading.clock, dt.UTC) + reading.after
        assert found == instant
        assert found.tzinfo is dt.UTC
