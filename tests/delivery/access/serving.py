"""Serve's application behind its gate, with users in memory and a client from any peer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import httpx
import msgspec

from streams.access.directory import Directory
from streams.access.record import KeyedBytes, Record, encode_record
from streams.actions.action import Action, EraseNote
from streams.actions.book import Book, Entry, Submission
from streams.actions.desk import LostText
from streams.actions.kafka_desk import sources_of
from streams.actions.note import NoteTexts, encode_note
from streams.actions.state import ActionOutcome, ActionState
from streams.alerts.cloudevent import decode_event
from streams.alerts.label import Label
from streams.cases.book import CaseBook
from streams.cases.event import CaseEvent, EraseCaseText
from streams.cases.fold import CaseFold, CaseOutcome
from streams.config.load import parse_config
from streams.config.model import Config
from streams.delivery.access.users_topic import UsersTopic
from streams.delivery.api.application import build_application
from streams.delivery.api.board import Board, OffsetPlace
from streams.delivery.cases.filed import FiledCases
from streams.delivery.cases.process import CasesPart
from streams.delivery.cases.watch import CasesWatch
from streams.delivery.entities.asking import Asking
from streams.delivery.entities.library import Library
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.pages import Feeds
from streams.delivery.meters import ServeMetrics
from streams.delivery.proofs.live import LiveProofs
from streams.delivery.sent_log import SentLog
from streams.delivery.served_parts import ServedParts
from streams.delivery.views.opened import Views
from streams.registry.table import Registry
from tests.access.known import NOW
from tests.alerts.examples import numbered
from tests.delivery.api.alerts_topic import AlertsTopic
from tests.delivery.console.looked_at import LookedAt
from tests.delivery.feed.service_client import live_with


class Users:
    """Stands where the topic would."""

    def __init__(self, *records: Record) -> None:
        self.directory, self.problem = Directory(), None
        self.written: list[KeyedBytes] = []
        for record in records:
            self.directory.take(*encode_record(record))

    async def write(self, records: Sequence[KeyedBytes]) -> None:
        for record in records:
            self.written.append(record)
            self.directory.take(*record)

    async def news(self) -> None:
        """Nothing comes."""


class Actions:
    """Stands where the book would."""

    def __init__(self) -> None:
        self.state, self.log = ActionState(), deque[Entry]()
        self.texts: list[str | None] = []
        self.notes, self.labels = NoteTexts(), list[Label]()

    def lost_texts(self) -> list[LostText]:
        known = {entry.action.id for entry in self.log}
        return [LostText(key, self.notes.text(key)) for key in self.notes.ids() if key not in known]

    async def submit(self, action: Action, text: str | None = None) -> ActionOutcome:
        outcome = self.state.take(action)
        noted = msgspec.structs.replace(action, noted=text is not None)
        if outcome.result == "done":
            self.log.append(Entry(noted, outcome))
        self.texts.append(text)
        if text is not None and outcome.result == "done":
            self.notes.take(action.id, encode_note(text))
        if isinstance(action, EraseNote):
            self.notes.take(action.note_id, None)
        return outcome

    async def submit_all(self, submissions: Sequence[Submission]) -> list[ActionOutcome]:
        return [await self.submit(action, text) for action, text in submissions]


class Cases:
    """Stands where the book of cases would."""

    def __init__(self) -> None:
        self.fold, self.ready, self.texts = CaseFold(), asyncio.Event(), dict[str, str]()
        self.done: list[CaseEvent] = []
        self.ready.set()

    async def submit(self, event: CaseEvent, text: str | None = None) -> CaseOutcome:
        noted = msgspec.structs.replace(event, noted=text is not None)
        outcome = self.fold.take(noted, len(self.done))
        if outcome.result == "done":
            self.done.append(noted)
            if text is not None:
                self.texts[event.id] = text
            if isinstance(event, EraseCaseText):
                self.texts.pop(event.event_id, None)
        return outcome

    def text(self, event: CaseEvent) -> str | None:
        return self.texts.get(event.id)


class Clock:
    """Of day and for limits; both stand still unless a test moves them."""

    def __init__(self) -> None:
        self.day, self.seconds = NOW, 0.0

    def now(self) -> dt.datetime:
        return self.day

    def monotonic_s(self) -> float:
        return self.seconds


class Served:
    """The application of a configuration, and requests to it."""

    def __init__(
        self,
        *records: Record,
        live: LiveFeeds | None = None,
        settings: Mapping[str, Any] | None = None,
        **serve: Any,
    ) -> None:
        self.config: Config = parse_config({**(settings or {}), "serve": serve})
        self.users, self.clock = Users(*records), Clock()
        self.live = live or live_with(numbered(1))
        self.book, self.board, self.sent = Actions(), Board(5000), SentLog()
        self.cases = Cases()
        book = cast("CaseBook", self.cases)
        self.metrics = ServeMetrics()
        self.watch = CasesWatch(
            self.config, book, self.metrics, sources_of(self.config), self.clock.now
        )
        self.looked_at = LookedAt(self.config, self.clock.now)
        self.topic = AlertsTopic()
        self.library = Library(self.config, Asking(self._ask, 1, self.clock.now))
        self.asked: list[tuple[bytes, bytes]] = []
        self.registry: Registry | None = Registry()
        self.views = Views(self.board, self.live, lambda: self.registry, 5000)
        self.publish(numbered(1))
        self.proofs = LiveProofs(self.config.name)
        self.app, self.gate = build_application(
            self.config,
            ServedParts(
                live=self.live,
                expected=[("60s", 0)],
                proofs=self.proofs,
                users=cast("UsersTopic", self.users),
                book=cast("Book", self.book),
                board=self.board,
                revisions=self.topic.revisions(),
                sent=self.sent,
                library=self.library,
                watched=self.looked_at.watched,
                views=self.views,
                cases=CasesPart(book, FiledCases(book, self._no_consumer), self.watch),
            ),
            now=self.clock.now,
            monotonic_s=self.clock.monotonic_s,
        )

    def _no_consumer(self, **_: Any) -> Any:
        raise AssertionError("no case is filed here")

    async def _ask(self, key: bytes, value: bytes) -> None:
        self.asked.append((key, value))

    def publish(self, raw: bytes) -> None:
        """Write an alert to the topic, now, and let the board read it."""
        at = self.clock.day.timestamp()
        place = OffsetPlace(0, self.topic.add(raw, at))
        self.board.take(decode_event(raw), raw, at, place)
        self.views.take(decode_event(raw), raw, at, place)

    def ask(
        self,
        method: str,
        path: str,
        peer: str = "127.0.0.1",
        base: str = "http://127.0.0.1:8780",
        **options: Any,
    ) -> httpx.Response:
        """Ask once."""
        answer: httpx.Response = self.run(
            lambda client: client.request(method, path, **options), peer, base
        )
        return answer

    def run(
        self,
        script: Callable[[httpx.AsyncClient], Awaitable[Any]],
        peer: str = "127.0.0.1",
        base: str = "http://127.0.0.1:8780",
    ) -> Any:
        """Run a script of requests with one client, which keeps its cookies."""

        async def all_of_it() -> Any:
            transport = httpx.ASGITransport(self.gate, client=(peer, 40000))
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await script(client)

        return asyncio.run(all_of_it())


def empty_feeds() -> LiveFeeds:
    """Feeds that have been read and hold nothing."""
    live = LiveFeeds(Feeds(10))
    live.ready = True
    return live
