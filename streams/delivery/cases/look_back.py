"""The part of serve that looks back at handled cases: it writes watches, and moves cases on."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import string
from collections.abc import Callable, Mapping
from typing import Final

from streams.actions.event_log import EventUnanswered
from streams.alerts.cloudevent import Alert
from streams.broker.client.connection import Connection
from streams.broker.client.writer import WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.cases.book import CaseBook
from streams.cases.event import CaseEvent
from streams.cases.look_back import SIGNAL, looked_back_at, steps_after, watch_of
from streams.config.model import Config
from streams.registry.entry import Entry, key_of
from streams.registry.sequencing import Declared
from streams.registry.store import read_registry, write_rows
from streams.registry.watch import MOST_WATCHES, OF_WATCH, WatchEntry

LOOKS_EVERY_S: Final = 1.0
CASE_ID_DIGITS: Final = 16

AGAIN_AFTER_S: Final = 10.0
"""So long until it tries again after an error."""

_log = logging.getLogger(__name__)


class LookingBack:
    """Follows the cases and the alerts of their watches.

    All that it does follows from these, and may be done by several serves, and again: events have
    ids by their cause, and a row that is there already changes nothing.

    Parameters
    ----------
    config, connection
        The configuration and the broker.
    book
        The cases.
    now
        The clock.
    """

    def __init__(
        self,
        config: Config,
        connection: Connection,
        book: CaseBook,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._connection, self._topic = connection, config.topic("registry")
        self._table, self._book, self._now = config.detect.look_back, book, now
        self._groups = {
            name: {str(source.signal) for source in sources}
            for name, sources in config.groups.items()
        }
        self._alerts: dict[str, Alert] = {}
        self._rows: dict[str, WatchEntry] | None = None
        self._refused: set[str] = set()
        self._said = ""

    def take(self, alert: Alert) -> None:
        """Take a revision of any alert; the first of each that a watch leads to is kept."""
        if alert.signal == SIGNAL and alert.revision > 0 and len(self._alerts) < 2 * MOST_WATCHES:
            self._alerts.setdefault(alert.alert_id, alert)

    async def run(self) -> None:
        """Work until it is cancelled; errors are said, and tried again."""
        if self._table.share <= 0.0:
            return await asyncio.Event().wait()  # type: ignore[return-value]
        while True:
            await self._book.ready.wait()
            try:
                await self._look()
                self._said, wait_s = "", LOOKS_EVERY_S
            except (EventUnanswered, KafkaEdgeError, WriteFailed, ValueError) as error:
                if str(error) != self._said:
                    _log.error("cases are not looked back at now: %s", error)
                self._said, wait_s = str(error), AGAIN_AFTER_S
            await asyncio.sleep(wait_s)

    async def _look(self) -> None:
        events = self.due()
        if events:
            outcomes = await self._book.submit_all([(event, None) for event in events])
            for event, outcome in zip(events, outcomes, strict=True):
                if outcome.result == "refused":
                    _log.warning("case %s: a step was refused: %s", event.case_id, outcome.why)
                    self._refused.add(event.id)
        if self._rows is None:
            known = await asyncio.to_thread(read_registry, self._connection, self._topic)
            self._rows = watches_in(known.entries)
        changed = self.changes(self._rows)
        if changed:
            nothing = Declared({}, [], [])
            await asyncio.to_thread(write_rows, self._connection, self._topic, nothing, changed)
            for key, entry in changed.items():
                if isinstance(entry, WatchEntry):
                    self._rows[key] = entry
                else:
                    self._rows.pop(key, None)

    def due(self) -> list[CaseEvent]:
        """Return what is to be done about cases now: no event of it waits for another."""
        at, events = self._now(), list[CaseEvent]()
        for each in self._book.fold.in_hand():
            if each.state == "handled" and watch_of(each, self._groups) is not None:
                events.append(looked_back_at(each, at, self._table.lasts))
        for alert in list(self._alerts.values()):
            done = True
            for case_id in getattr(alert.basis, "cases", ()):
                case = self._book.fold.case(case_id)
                steps = [] if case is None else list(steps_after(case, alert, at))
                if case is not None and case.state == "recurred":
                    steps = [each for each in steps if self._book.fold.case(each.case_id) is None]
                events += steps
                done = done and not steps
            if done:
                del self._alerts[alert.alert_id]
        return [event for event in events if event.id not in self._refused]

    def changes(self, standing: Mapping[str, WatchEntry]) -> dict[str, Entry | None]:
        """Return the rows to be written: watches of cases, and the removal of what is over.

        A watch stays as it was written: another row of its key would begin it anew.
        """
        wanted: dict[str, Entry] = {}
        for case in self._book.fold.in_hand():
            entry = watch_of(case, self._groups) if case.state == "look_back" else None
            if entry is not None:
                wanted[key_of(entry)] = entry
        changed: dict[str, Entry | None] = {
            key: entry for key, entry in wanted.items() if key not in standing
        }
        return changed | {key: None for key in standing if self._is_over(standing[key].id)}

    def _is_over(self, case_id: str) -> bool:
        """Whether a case has ended, for certain: while cases are read again some are missing."""
        if len(case_id) != CASE_ID_DIGITS or set(case_id) - set(string.hexdigits):
            return False
        case = self._book.fold.case(case_id)
        return bool(self._book.fold.offsets(case_id)) if case is None else case.has_ended


def watches_in(entries: Mapping[str, Entry]) -> dict[str, WatchEntry]:
    """Return the watches among entries, by key."""
    return {
        key: entry
        for key, entry in entries.items()
        if key.startswith(OF_WATCH) and isinstance(entry, WatchEntry)
    }
