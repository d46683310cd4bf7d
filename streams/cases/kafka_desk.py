"""Requests on cases handed in on Kafka itself, by the centre's commands."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from streams.actions.desk import DeskError
from streams.actions.event_log import EventUnanswered
from streams.actions.kafka_desk import followed, kafka_desk
from streams.alerts.cloudevent import Alert
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.broker.errors import TopicsError
from streams.broker.topics.needed import missing_topics, sentence
from streams.cases.book import CaseBook, case_topics
from streams.cases.desk import CaseAnswer, CaseRows
from streams.cases.event import CaseEvent
from streams.cases.listing import CaseFilter, newest
from streams.cases.request import Actor, OpenRequest, StepRequest, opening, step
from streams.cases.wire import case_document, case_row
from streams.cases.wording import refusal_sentence
from streams.config.model import Config
from streams.language.catalogue import ENGLISH

_ANSWERED = frozenset(("version", "order", "exists", "ended", "handed"))
"""Refusals since something was done before; the others mean that the request is wrong."""


class KafkaCaseDesk:
    """A desk that has read all cases; who uses it is the centre.

    Parameters
    ----------
    connection, config
        The broker and the monitor.
    book
        Holds all cases, and takes new events.
    runner
        Runs it.
    unnamed
        Who acts where nobody has said so.
    """

    def __init__(
        self,
        connection: Connection,
        config: Config,
        book: CaseBook,
        runner: asyncio.Runner,
        unnamed: str,
    ) -> None:
        self._connection, self._config = connection, config
        self._book, self._runner, self._unnamed = book, runner, unnamed

    @property
    def place(self) -> str:
        """Where requests go, for people."""
        return f"topic {self._book.topics.cases} on {self._connection.bootstrap}"

    def open(self, request: OpenRequest) -> CaseAnswer:
        """Open a case."""
        known, under = self._alerts(
            request.asked_alerts, request.alert_id if request.family else None
        )
        return self._do(
            lambda: opening(request, self._actor(request), _now(), known, under), request.text
        )

    def step(self, case_id: str, request: StepRequest) -> CaseAnswer:
        """Do something about a case."""
        case = self._book.fold.case(case_id)
        known, _ = self._alerts(request.alerts, None)
        within_s = self._config.cases.within_s(None if case is None else case.opened.kind)
        return self._do(
            lambda: step(
                request, case_id, self._actor(request), _now(),
                case=case, within_s=within_s, known=known,
            ),
            request.text,
        )  # fmt: skip

    def show(self, case_id: str) -> dict[str, Any] | None:
        """Return a case with all that was done about it; None where there is none."""
        case = self._book.fold.case(case_id)
        return None if case is None else case_document(case, _now(), self._book.text)

    def rows(self, wanted: CaseFilter) -> CaseRows:
        """Return cases as rows."""
        now = _now()
        found = newest(self._book.fold, wanted, now)
        return CaseRows([case_row(case, now) for case in found], self._book.fold.filed)

    def _actor(self, request: OpenRequest | StepRequest) -> Actor:
        return Actor(request.by or self._unnamed, "centre")

    def _alerts(
        self, alert_ids: Collection[str], family_of: str | None
    ) -> tuple[dict[str, Alert], Sequence[Alert]]:
        """Return alerts by id, and those under one of them."""
        if not alert_ids:
            return {}, ()
        with kafka_desk(self._connection, self._config) as desk:
            known = desk.find(alert_ids)
            unknown = [alert_id for alert_id in alert_ids if alert_id not in known]
            if unknown:
                raise DeskError(
                    f"there is no alert {', '.join(unknown)}; `weathervane alerts` shows ids"
                )
            return known, () if family_of is None else desk.under(family_of)

    def _do(self, made: Callable[[], CaseEvent], text: str | None) -> CaseAnswer:
        try:
            event = made()
            outcome = self._runner.run(self._book.submit(event, text))
        except (EventUnanswered, ValueError) as error:
            raise DeskError(str(error)) from None
        why = refusal_sentence(ENGLISH, event.case_id, outcome) if outcome.why else None
        if why is not None and outcome.why not in _ANSWERED:
            raise DeskError(why)
        return CaseAnswer(event.case_id, outcome.result, outcome.version, outcome.state, why)


@contextmanager
def kafka_case_desk(
    connection: Connection, config: Config, unnamed: str
) -> Iterator[KafkaCaseDesk]:
    """Read all cases, and take new events until the end of the block.

    Raises
    ------
    DeskError
        Where a topic is missing or cannot be read.
    """
    topics = case_topics(config)
    try:
        missing = missing_topics(connection, [*topics, config.topic("alerts")])
    except TopicsError as error:
        raise DeskError(str(error)) from None
    if missing:
        raise DeskError(f"kafka.bootstrap: this needs {sentence(missing, connection)}")
    with asyncio.Runner() as runner:
        book = CaseBook(for_aiokafka(connection), topics, most_ended=None, most_characters=None)
        with followed(book, runner):
            yield KafkaCaseDesk(connection, config, book, runner, unnamed)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
