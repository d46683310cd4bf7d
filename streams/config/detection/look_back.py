"""The table ``[detect.look_back]``: how those are watched whom a handled case was about."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from streams.config.fields import Table, WholeDays

LONGEST_WATCH_DAYS = 366


def _not_too_long(seconds: float) -> float:
    if seconds > LONGEST_WATCH_DAYS * 86400.0:
        raise ValueError(f'must be at most "{LONGEST_WATCH_DAYS}d"')
    return seconds


class LookBackTable(Table):
    """The table ``[detect.look_back]``.

    Attributes
    ----------
    share
        What relapses may cost beside all other alerts, as a part of ``budget_per_day``; 0 looks for
        none.
    lasts
        How long a watch lasts that a case begins.
    """

    share: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    lasts: Annotated[WholeDays, AfterValidator(_not_too_long)] = 30 * 86400.0
