"""How long to wait before an alert is posted again."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

LONGEST_RETRY_AFTER_S: Final = 3600.0


class Backoff(msgspec.Struct, frozen=True):
    """Waits that double from `first` to `longest` seconds."""

    first: float = 1.0
    longest: float = 60.0

    def wait(self, failures: int, chance: float, retry_after: float | None) -> float:
        """Give the seconds to wait.

        Parameters
        ----------
        failures
            Failures in a row so far, at least 1.
        chance
            A random number in [0, 1): the wait is spread over its upper half, so that
            receivers that went down together are not all tried at one instant.
        retry_after
            What the receiver asked for; it is honoured up to an hour.

        Examples
        --------
        >>> [Backoff().wait(n, 0.0, None) for n in (1, 2, 3, 99)]
        [0.5, 1.0, 2.0, 30.0]
        >>> Backoff().wait(1, 0.0, 20.0)
        20.0
        """
        # The exponent is bounded, since an outage is not.
        full = min(self.longest, self.first * 2.0 ** min(failures - 1, 64))
        wait = full * (1 + chance) / 2
        return max(wait, min(retry_after or 0.0, LONGEST_RETRY_AFTER_S))


def retry_after_s(header: str | None, now: dt.datetime) -> float | None:
    """Read a ``Retry-After`` header: seconds, or a date; None where it is neither.

    Examples
    --------
    >>> now = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
    >>> retry_after_s("120", now), retry_after_s("Sat, 01 Feb 2020 00:01:00 GMT", now)
    (120.0, 60.0)
    """
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:10])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())
