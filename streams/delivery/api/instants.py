"""Times in queries."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus

import msgspec

from streams.alerts.label import Instant
from streams.delivery.feed.problem import ProblemError
from streams.ready_form import ready

_INSTANT = ready(Instant)


def instant(name: str, text: str | None) -> dt.datetime | None:
    """Read a time of a query; None where it has none.

    Raises
    ------
    ProblemError
        Where it is no time with its zone.
    """
    if text is None:
        return None
    try:
        return msgspec.convert(text, _INSTANT)
    except msgspec.ValidationError:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{name} must be a time with its zone, such as 2026-03-02T18:00:00Z",
        ) from None
