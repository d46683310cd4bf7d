"""Every way to write a time: with its format it is read, without one it is never misread."""

from __future__ import annotations

import pytest

from streams.sources.times.candidates import candidates
from streams.sources.times.times import Times, UnusableTime
from tests.sources.times.ways import WAYS, Way

READ = [way for way in WAYS if way.utc is not None]


def _read(text: str, *formats: str) -> str | None:
    try:
        return Times("Asia/Shanghai", formats)[text].isoformat()
    except UnusableTime:
        return None


@pytest.mark.parametrize("way", READ, ids=[way.text for way in READ])
def test_with_its_format_a_time_is_read(way: Way) -> None:
    """By its `time_format`, or without one where it needs none."""
    formats = [] if way.form is None else [way.form]
    assert _read(way.text, *formats) == f"{way.utc}:00+00:00"


@pytest.mark.parametrize("way", WAYS, ids=[way.text for way in WAYS])
def test_without_a_format_no_time_is_misread(way: Way) -> None:
    """What needs a format, or has no sure reading, is refused."""
    assert _read(way.text) == (f"{way.utc}:00+00:00" if way.utc and way.form is None else None)


NEED = [way for way in READ if way.form is not None and "CST" not in way.form]


@pytest.mark.parametrize("way", NEED, ids=[way.text for way in NEED])
def test_the_format_is_among_the_candidates(way: Way) -> None:
    """A text that needs a format gives it away, among others or alone."""
    found = [candidate.format for candidate in candidates(way.text)]
    assert way.form in found
    assert len(found) <= 4
