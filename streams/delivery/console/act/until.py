"""When a silence or a snooze of a form ends. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from streams.actions.action import LONGEST
from streams.config.duration import parse_duration
from streams.delivery.console.act.form_problem import BAD_END, NO_END, FormProblem

DURATIONS: Final = ("1h", "4h", "8h", "1d", "3d", "7d", "30d")
"""What a form offers."""

USUAL: Final = "4h"


def end_of(lasts: str, until: str, at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return when it ends.

    Parameters
    ----------
    lasts
        How long it lasts, such as ``4h``; empty where `until` says when it ends.
    until
        A day and time as a browser's field has it, in the reader's zone. It goes before `lasts`.
    at
        The clock.
    zone
        The reader's zone.

    Raises
    ------
    FormProblem
        Where neither says it, or it is no time that may be.

    Examples
    --------
    >>> at = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    >>> str(end_of("4h", "", at, ZoneInfo("UTC")))
    '2026-03-02 16:00:00+00:00'
    >>> str(end_of("", "2026-03-03T08:00", at, ZoneInfo("Asia/Shanghai")))
    '2026-03-03 00:00:00+00:00'
    """
    if not lasts and not until:
        raise FormProblem(NO_END)
    try:
        if until:
            end = dt.datetime.fromisoformat(until)
            end = end.replace(tzinfo=zone) if end.tzinfo is None else end
            end = end.astimezone(dt.UTC)
        else:
            end = at + dt.timedelta(seconds=parse_duration(lasts))
    except (ValueError, OverflowError):
        raise FormProblem(BAD_END) from None
    if not at < end <= at + LONGEST:
        raise FormProblem(BAD_END)
    return end
