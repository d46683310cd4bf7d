"""A column's texts say how they are to be read, or that they leave it open."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from streams.sources.times.candidates import hint
from streams.sources.times.proposals import propose
from streams.sources.times.times import Times, UnusableTime

FORMATS = (
    *("%m/%d/%Y %I:%M %p", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y", "%m-%d-%Y", "%d%m%Y"),
    *(
        "%b %d, %Y %I:%M:%S %p",
        "%d %b %Y %H:%M",
        "%Y年%m月%d日 %p %I时%M分",
        "%a %b %d %H:%M:%S %Y",
    ),
)


@pytest.mark.parametrize("form", FORMATS)
def test_a_month_of_times_gives_its_format_away(form: str) -> None:
    """Two hundred times over a year name one format, and it reads them all as they were."""
    chance = random.Random(form)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    times = [start + dt.timedelta(minutes=chance.randrange(366 * 1440)) for _ in range(200)]
    if "%H" not in form and "%I" not in form:
        times = [time.replace(hour=0, minute=0) for time in times]
    texts = [time.strftime(form) for time in times]
    found = propose(texts)
    assert found.alternatives == ((form,),)
    assert (found.others, found.problem, found.usual) == (0, None, False)
    reader = Times("UTC", found.alternatives[0])
    assert [reader[text] for text in texts] == times


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2024", "05/06/2024"], 2),
        (["03/04/05"], 3),
        (["11.11.2024 08:00"], 2),
        (["010203"], 3),
        (["13.11.24", "14.11.24"], 2),
        (["241113080000", "241114080000"], 2),
        (["03/04/2024", "13/04/2024"], 1),
        (["03/04/2024", "04/13/2024"], 1),
    ],
)
def test_what_the_texts_leave_open_is_said(texts: list[str], orders: int) -> None:
    """Days up to the twelfth may be months: then there are several proposals, and a sentence."""
    found = propose(texts)
    assert len(found.alternatives) == orders
    assert (found.problem is not None) == (orders > 1)
    assert (found.example in texts) == (orders > 1)


def test_a_column_of_two_forms_has_both() -> None:
    """Excel leaves out midnight; the commoner form comes first."""
    texts = ["13/11/2024", *(f"{day}/11/2024 8:00" for day in range(14, 20))]
    assert propose(texts).alternatives == (("%d/%m/%Y %H:%M", "%d/%m/%Y"),)


def test_usual_times_need_none() -> None:
    """What is read without a format has no proposal; what is no time is counted."""
    found = propose(["2024-11-11 08:00", "1731283200", "NULL", "", "2024/11/12"])
    assert (found.usual, found.times, found.others) == (True, 3, 1)
    assert found.alternatives == ()


@pytest.mark.parametrize("texts", [[], [""], ["Shop", "138001380", "x" * 1000, "%"]])
def test_what_is_no_column_of_times(texts: list[str]) -> None:
    """Names and numbers are none."""
    found = propose(texts)
    assert (found.usual, found.times, found.alternatives) == (False, 0, ())


def test_a_spreadsheets_numbers() -> None:
    """Days since 1900 are told."""
    assert propose(["45607.3333", "45608", "45609.5"]).alternatives == (("excel",),)


@pytest.mark.parametrize(
    "beside", ["Zhang San", "13800138000", "alice@shop.example", "验证码 778899"]
)
@pytest.mark.parametrize("time", ["20241105", "241105", "2024-11-05", "05/11/2024", "Nov 5, 2024"])
@pytest.mark.parametrize("first", [True, False])
def test_no_format_holds_what_stands_beside_a_time(beside: str, time: str, first: bool) -> None:
    """A hint goes into rejects and logs: it never holds a text of the record."""
    text = f"{time} {beside}" if first else f"{beside} {time}"
    said = hint(text) + str(propose([text]).alternatives)
    assert not [word for word in beside.split() if word in said]
    with pytest.raises(UnusableTime) as refused:
        Times("UTC")[text]
    assert not [word for word in beside.split() if word in str(refused.value)]
