"""An alert in a form, as whoever sends it has seen it. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from streams.actions.action import Severity
from streams.alerts.label import alert_id_of

_FORM = re.compile(r"([0-9a-f]{16}):([0-9]{1,15}):(warning|critical)", re.ASCII)


class SeenAlert(NamedTuple):
    """An alert's id, and of what was shown of it what a deed depends on.

    Attributes
    ----------
    alert_id
        The alert.
    version
        How many actions there were about it; None where that was not shown.
    severity
        Its severity; None likewise.
    """

    alert_id: str
    version: int | None = None
    severity: Severity | None = None


def seen(alert_id: str, version: int, severity: str) -> str:
    """Return the value of a form's field ``alert``.

    Parameters
    ----------
    alert_id
        The alert.
    version, severity
        As they are shown.

    Examples
    --------
    >>> seen("2b1926685558e977", 3, "warning")
    '2b1926685558e977:3:warning'
    """
    return f"{alert_id}:{version}:{severity}"


def read_seen(text: str) -> SeenAlert | None:
    """Read the value of a field ``alert``; None where it is none. An id alone will do.

    Parameters
    ----------
    text
        The value.

    Examples
    --------
    >>> read_seen("2b1926685558e977:3:warning").version, read_seen("2b1926685558e977").version
    (3, None)
    """
    found = _FORM.fullmatch(text)
    if found is not None:
        severity: Severity = "critical" if found[3] == "critical" else "warning"
        return SeenAlert(found[1], int(found[2]), severity)
    alert_id = alert_id_of(text)
    return None if alert_id is None else SeenAlert(alert_id)
