"""A column of times that are numbers is read as the text of each is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.batch import seconds_of
from streams.sources.schemas.logical import OF_NUMBERS
from streams.sources.times.numbers import DIGITS, NumberForm, Numbers
from streams.sources.times.times import Times, UnusableTime

S = 1_772_442_000
FORMS = [
    DIGITS,
    NumberForm(OF_NUMBERS["timestamp-millis"], 1_000),
    NumberForm(OF_NUMBERS["timestamp-micros"], 1_000_000),
]
EDGES = [0, 10**9, 10**10, 946_684_800, 7_258_118_400]


@st.composite
def columns(draw: Any) -> list[int]:
    """Mostly numbers of one unit near each other; some at the edges of what is read at once."""
    unit = 10 ** draw(st.sampled_from([0, 3, 3, 6]))
    near = draw(st.sampled_from([S, *EDGES])) * unit
    number = st.integers(near - 2, near + 100 * unit) | st.integers(10**9 * unit, 8 * 10**9 * unit)
    odd = st.integers(-(2**63), 2**63 - 1) if draw(st.booleans()) else number
    found: list[int] = draw(st.lists(number | odd, min_size=1, max_size=6))
    return found


def _one_by_one(times: Times, texts: list[str]) -> list[float] | None:
    try:
        return [times[text].timestamp() for text in texts]
    except UnusableTime:
        return None


@given(columns(), st.sampled_from(FORMS), st.sampled_from([{}, {"daily": True}]))
def test_together_as_one_by_one(values: list[int], form: NumberForm, how: dict[str, Any]) -> None:
    """To the last bit, whatever the numbers."""
    numbers, times = Numbers(values, form), Times("Asia/Shanghai", **how)
    expected = _one_by_one(times, numbers.texts())
    if expected is None:
        with pytest.raises(UnusableTime):
            times.all_of(numbers)
    else:
        assert seconds_of(times.all_of(numbers)) == expected


def test_a_format_of_the_table_decides_on_numbers_too() -> None:
    times = Times("UTC", ["%Y%m%d%H%M%S"])
    assert seconds_of(times.all_of(Numbers([20_260_302_090_000], DIGITS))) == [S]
    with pytest.raises(UnusableTime):
        times.all_of(Numbers([S], DIGITS))


@pytest.mark.parametrize("form", FORMS)
def test_usual_numbers_need_no_texts(form: NumberForm) -> None:
    """Otherwise nothing is tried here."""
    values = [(S + at) * (form.per_s or 1_000) for at in range(3)]
    assert Numbers(values, form).seconds() == [float(S + at) for at in range(3)]
