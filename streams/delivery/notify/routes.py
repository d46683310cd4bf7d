"""Which receivers an alert goes to: the first table that matches, and on where it says so. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from streams.actions.matcher import Matcher, names_of
from streams.alerts.cloudevent import Alert
from streams.delivery.notify.table import Receiver


class Routes:
    """The way of alerts to receivers.

    Parameters
    ----------
    receivers
        The ``[[receivers]]`` tables, in the file's order.
    sources
        Names of the sources of each group.
    """

    def __init__(
        self, receivers: Sequence[Receiver], sources: Mapping[str, Collection[str]]
    ) -> None:
        self._sources = sources
        self._routes = [(receiver, matchers(receiver)) for receiver in receivers]

    def receivers_of(self, alert: Alert) -> tuple[str, ...]:
        """Return the names of the receivers that an alert goes to, in order."""
        names, sources = names_of(alert), self._sources.get(alert.group, ())
        found = []
        for receiver, any_of in self._routes:
            if any_of is not None and not any(
                matcher.matches(alert, names, sources) for matcher in any_of
            ):
                continue
            found.append(receiver.name)
            if not receiver.continue_:
                break
        return tuple(found)


def matchers(receiver: Receiver) -> list[Matcher] | None:
    """Return what a receiver matches; None: every alert."""
    if receiver.match is None:
        return None
    return [Matcher(**table.texts) for table in receiver.match]
