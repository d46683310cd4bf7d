"""Ways to write one time, the 11th of November 2024, 8 o'clock in Shanghai, as files have them."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """A text, the format that reads it, and what it is.

    Attributes
    ----------
    text
        As it stands in a file.
    form
        Its ``time_format``; None where none is needed.
    utc
        The time, ISO 8601 without seconds and zone; None where no reading is sure.
    """

    text: str
    form: str | None
    utc: str | None


EIGHT, DAY, ZULU = "2024-11-11T00:00", "2024-11-10T16:00", "2024-11-11T08:00"

WAYS = (
    Way("45607.3333333333", "excel", EIGHT),
    Way("45231.5", "excel", "2023-11-01T04:00"),
    Way("2024/11/11 08:00", None, EIGHT),
    Way("2024/11/11 8:00", None, EIGHT),
    Way("2024/11/11 8:00:00", None, EIGHT),
    Way("11/11/2024 8:00 AM", "%m/%d/%Y %I:%M %p", EIGHT),
    Way("11/11/2024 08:00:00 AM", "%m/%d/%Y %I:%M:%S %p", EIGHT),
    Way("11/11/2024", "%m/%d/%Y", DAY),
    Way("11.11.2024 08:00", "%d.%m.%Y %H:%M", EIGHT),
    Way("2024年11月11日", None, DAY),
    Way("2024年11月11日 08:00:00", None, EIGHT),
    Way("2024-11-11 08:00", None, EIGHT),
    Way("2024-11-11 8:00:00", None, EIGHT),
    Way("2024-11-11 08:00:00 +0800", None, EIGHT),
    Way("2024-11-11 08:00:00+0800", None, EIGHT),
    Way("2024-11-11T08:00:00+0800", None, EIGHT),
    Way("2024-11-11T08:00:00Z", None, ZULU),
    Way("2024-11-11 08:00:00 Z", None, ZULU),
    Way("2024-11-11  08:00:00", None, EIGHT),
    Way("2024-11-11 08:00:00.0", None, EIGHT),
    Way("20241111080000", None, EIGHT),
    Way("20241111 08:00:00", None, EIGHT),
    Way("20241111", None, DAY),
    Way("241111080000", "%y%m%d%H%M%S", EIGHT),
    Way("1731283200", None, EIGHT),
    Way("1731283200000", None, EIGHT),
    Way("1731283200.0", None, EIGHT),
    Way("2024-11-11 08:00:00 CST", "%Y-%m-%d %H:%M:%S CST", EIGHT),
    Way("Nov 11, 2024 8:00:00 AM", "%b %d, %Y %I:%M:%S %p", EIGHT),
    Way("2024-11-11T08:00", None, EIGHT),
    Way("2024-11-11T08:00:00.000", None, EIGHT),
    Way("2024-11-11 08:00:00\u3000", None, EIGHT),
    Way("'2024-11-11 08:00:00", None, EIGHT),
    Way("2024-11-11 24:00:00", None, None),
    Way("0000-00-00 00:00:00", None, None),
    Way("1900-01-00", None, None),
    Way("NULL", None, None),
    Way("2024-11-11 上午 08:00:00", "%Y-%m-%d %p %I:%M:%S", EIGHT),
    Way("2024-11-11T08", "%Y-%m-%dT%H", EIGHT),
    Way("2024-11-11 08:00:00 UTC", None, ZULU),
    Way("２０２４-11-11 08:00:00", None, EIGHT),
    # others of the kind
    Way('="2024-11-11 08:00"', None, EIGHT),
    Way("2024.11.11 08:00:00", None, EIGHT),
    Way("2024/1/5", None, "2024-01-04T16:00"),
    Way("20241111T080000", None, EIGHT),
    Way("1731283200000000", None, EIGHT),
    Way("1731283200000000000", None, EIGHT),
    Way("2024-11-11 00:00:00+00", None, EIGHT),
    Way("2024年11月11日8時", None, None),
    Way("2024年11月11日 下午 1时05分", "%Y年%m月%d日 %p %I时%M分", "2024-11-11T05:05"),
    Way("11-Nov-24 08:00", "%d-%b-%y %H:%M", EIGHT),
    Way("Mon, 11 Nov 2024 08:00:00 +0800", "%a, %d %b %Y %H:%M:%S %z", EIGHT),
    Way("Mon Nov 11 08:00:00 2024", "%a %b %d %H:%M:%S %Y", EIGHT),
    Way("03/02/2026 09:15:00 AM +0000", "%m/%d/%Y %I:%M:%S %p %z", "2026-03-02T09:15"),
    Way("03/01/2026 10:44 a.m.", "%m/%d/%Y %I:%M %p", "2026-03-01T02:44"),
    Way("11/11/2024 8:00\u202fAM", "%m/%d/%Y %I:%M %p", EIGHT),
    Way("11/11/24, 12:30 AM", "%m/%d/%y, %I:%M %p", "2024-11-10T16:30"),
    Way("10-11-2024 16:00:00Z", "%d-%m-%Y %H:%M:%S%z", "2024-11-10T16:00"),
)
