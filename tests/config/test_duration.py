"""Durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.config.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("1s", 1), ("60s", 60), ("1.5m", 90), ("15m", 900), ("1h", 3600), ("1d", 86400)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    """A number and one of s, m, h, d give seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "60", "s", "-1s", "+1s", "1 s", " 1s", "1s ", "1m30s", "1w", "1S", ".5s", "1e3s", "٣s"],
)
def test_other_forms_are_refused(text: str) -> None:
    """Nothing else is a duration: no unit left out, no sign, no sum, no other digits."""
    with pytest.raises(ValueError, match="must be a duration such as"):
        parse_duration(text)


@pytest.mark.parametrize("value", [60, 60.0, True, None, ["60s"]])
def test_a_bare_number_is_refused(value: object) -> None:
    """A number without a unit is not guessed at."""
    with pytest.raises(ValueError, match="must be a duration such as"):
        parse_duration(value)


@given(st.integers(0, 10_000_000))
def test_what_is_written_reads_back(seconds: int) -> None:
    """Whole seconds survive being written and read."""
    assert parse_duration(format_duration(seconds)) == seconds
