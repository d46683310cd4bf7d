"""What serve does about cases by itself: it opens those of rules, and says which are overdue."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from streams.actions.event_log import EventUnanswered
from streams.actions.matcher import Matcher, names_of
from streams.alerts.cloudevent import Alert
from streams.cases.book import CaseBook
from streams.cases.event import OpenCase
from streams.cases.moves import STATES
from streams.cases.request import opening_by_rule
from streams.config.model import Config
from streams.config.tables import OpeningRule
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.meters import ServeMetrics

EVERY_S: Final = 5.0
"""How often it looks."""

LATELY_S: Final = 7 * 86_400.0
"""An alert of longer ago opens no case: else a new rule would open years of them."""

MOST_WAITING: Final = 10_000
"""Alerts that wait for their cases; the oldest goes first."""

MOST_NAMED: Final = 50
"""Overdue cases that are told one by one: those that are overdue longest."""

_log = logging.getLogger(__name__)


class CasesWatch:
    """Opens cases, and counts them, for as long as serve runs.

    Parameters
    ----------
    config
        The rules.
    book
        The cases.
    metrics
        Where cases are counted.
    sources_of
        The sources of each group, for rules that name one.
    now
        The clock.
    """

    def __init__(
        self,
        config: Config,
        book: CaseBook,
        metrics: ServeMetrics,
        sources_of: dict[str, tuple[str, ...]],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._book, self._metrics, self._now = book, metrics, now
        self._rules = [(rule, Matcher(**rule.match.texts)) for rule in config.cases.open]
        self._sources_of = sources_of
        self._waiting: deque[tuple[OpeningRule, Alert]] = deque(maxlen=MOST_WAITING)

    def take_alert(self, alert: Alert, written_s: float) -> None:
        """Take the next record of the topic of alerts."""
        lately = self._now().timestamp() - written_s <= LATELY_S
        if lately and alert.revision > 0 and alert.state == "open":
            rule = self._rule_of(alert)
            if rule is not None:
                self._waiting.append((rule, alert))

    async def run(self) -> None:
        """Look until cancelled; no error here is anyone else's."""
        await self._book.ready.wait()
        while True:
            try:
                await self.look()
            except Exception as error:
                _log.error("cases cannot be looked at now: %s", where_it_failed(error))
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Open the cases that are due, and count all."""
        while self._waiting:
            rule, alert = self._waiting[0]
            try:
                await self._open(rule, alert)
            except EventUnanswered as error:
                _log.warning("a case cannot be opened now: %s", error)
                break  # it stays the next one
            except ValueError as error:
                _log.error("rule %s cannot open a case: %s", rule.name, error)
            self._waiting.popleft()
        self._count()

    async def _open(self, rule: OpeningRule, alert: Alert) -> None:
        event: OpenCase = opening_by_rule(rule.name, rule.kind, rule.owner, alert, self._now())
        known = self._book.fold.answer(event)
        if known is None:
            known = await self._book.submit(event)
        if known.why == "many":
            _log.error("rule %s cannot open a case: too many are not over", rule.name)

    def _rule_of(self, alert: Alert) -> OpeningRule | None:
        if not self._rules:
            return None
        names, sources = names_of(alert), self._sources_of.get(alert.group, ())
        matching = (rule for rule, match in self._rules if match.matches(alert, names, sources))
        return next(matching, None)

    def _count(self) -> None:
        now = self._now()
        standing = list(self._book.fold.in_hand())
        for state in STATES:
            number = sum(case.state == state for case in standing)
            self._metrics.cases.labels(state).set(number)
        late = sorted(
            ((now - case.deadline).total_seconds(), case.case_id)
            for case in standing
            if case.deadline is not None and case.overdue(now)
        )
        self._metrics.cases_overdue.set(len(late))
        self._metrics.case_overdue.clear()
        for overdue_s, case_id in _longest(late):
            self._metrics.case_overdue.labels(case_id).set(overdue_s)


def _longest(late: Sequence[tuple[float, str]]) -> Sequence[tuple[float, str]]:
    return late[-MOST_NAMED:]
