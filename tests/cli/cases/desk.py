"""A desk for cases in memory, for the commands; it does what the one on Kafka does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from streams.actions.desk import DeskError
from streams.alerts.cloudevent import Alert
from streams.cases.desk import CaseAnswer, CaseRows
from streams.cases.event import CaseEvent, EraseCaseText
from streams.cases.fold import CaseFold
from streams.cases.listing import CaseFilter, newest
from streams.cases.request import Actor, OpenRequest, StepRequest, opening, step
from streams.cases.wire import case_document, case_row
from streams.cases.wording import refusal_sentence
from streams.language.catalogue import ENGLISH
from tests.alerts.examples import OPENED
from tests.cases.examples import NOW

DAY_S = 86_400.0


class MemoryCaseDesk:
    """Holds an alert and what was done; an addressee's desk shares it."""

    place = "memory"

    def __init__(self, shared: MemoryCaseDesk | None = None, addressee: str | None = None) -> None:
        self.fold: CaseFold = CaseFold() if shared is None else shared.fold
        self.texts: dict[str, str] = {} if shared is None else shared.texts
        self.alerts: dict[str, Alert] = {OPENED.alert_id: OPENED}
        self.addressee, self.now = addressee, NOW

    def open(self, request: OpenRequest) -> CaseAnswer:
        return self._do(
            lambda: opening(request, self._actor(request), self.now, self.alerts), request.text
        )

    def step(self, case_id: str, request: StepRequest) -> CaseAnswer:
        return self._do(
            lambda: step(
                request, case_id, self._actor(request), self.now,
                case=self.fold.case(case_id), within_s=15 * DAY_S, known=self.alerts,
            ),
            request.text,
        )  # fmt: skip

    def show(self, case_id: str) -> dict[str, Any] | None:
        case = self.fold.case(case_id)
        if case is None:
            return None
        said = case_document(case, self.now, self._text, addressee=self.addressee)
        document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(said))
        return document

    def rows(self, wanted: CaseFilter) -> CaseRows:
        found = newest(self.fold, wanted, self.now, viewer=self.addressee)
        return CaseRows([case_row(case, self.now, addressee=self.addressee) for case in found], 0)

    def _actor(self, request: OpenRequest | StepRequest) -> Actor:
        party = "centre" if self.addressee is None else "addressee"
        return msgspec.convert((request.by or "wang", party, self.addressee), Actor)

    def _text(self, event: CaseEvent) -> str | None:
        return self.texts.get(event.id)

    def _do(self, made: Callable[[], CaseEvent], text: str | None) -> CaseAnswer:
        try:
            event = made()
        except ValueError as error:
            raise DeskError(str(error)) from None
        outcome = self.fold.take(event, 0)
        if outcome.why in ("unknown", "addressee", "party", "terms", "full", "many"):
            raise DeskError(refusal_sentence(ENGLISH, event.case_id, outcome))
        if outcome.result == "done" and text is not None:
            self.texts[event.id] = text
        if outcome.result == "done" and isinstance(event, EraseCaseText):
            self.texts.pop(event.event_id, None)
        why = refusal_sentence(ENGLISH, event.case_id, outcome) if outcome.why else None
        return CaseAnswer(event.case_id, outcome.result, outcome.version, outcome.state, why)


@contextmanager
def desks(patch: pytest.MonkeyPatch, addressee: str) -> Iterator[MemoryCaseDesk]:
    """Have the command ask a desk in memory; with --url it is an addressee's."""
    ours = MemoryCaseDesk()
    theirs = MemoryCaseDesk(ours, addressee)

    @contextmanager
    def desk(serve: object, _: object) -> Iterator[MemoryCaseDesk]:
        yield ours if serve is None else theirs

    patch.setattr("streams.cli.cases.case._desk", desk)
    yield ours


def later(desk: MemoryCaseDesk, days: float) -> None:
    """Let days pass."""
    desk.now += dt.timedelta(days=days)
