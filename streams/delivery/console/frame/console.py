"""What the console's pages are made of: one struct that is handed to all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Request
from starlette.types import Scope

from streams.access.door import Door
from streams.actions.book import Book
from streams.config.model import Config
from streams.delivery.access.logins import Logins
from streams.delivery.access.users_topic import UsersTopic
from streams.delivery.api.board import Board
from streams.delivery.api.hand_in import HandIn
from streams.delivery.api.hiding_counts import HidingCounts
from streams.delivery.api.revisions import Revisions
from streams.delivery.cases.hand_in import CaseHandIn
from streams.delivery.cases.process import CasesPart
from streams.delivery.console.frame.navigation import Frame
from streams.delivery.console.frame.pages import Pages
from streams.delivery.console.frame.reader import Reader, reader_of
from streams.delivery.console.frame.static_files import StaticFiles
from streams.delivery.console.frame.watched import Watched
from streams.delivery.entities.library import Library
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.sent_log import SentLog


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever a page may need.

    Attributes
    ----------
    config
        The configuration.
    live
        The feeds: whether all alerts have been read, and news of them.
    board, book
        The alerts as they stand, and what people have done.
    desk, revisions
        What does actions, and what reads the revisions of an alert.
    hidden
        What each silence has hidden.
    sent
        What was sent to whom.
    library
        What is known of entities.
    watched
        What is looked at when somebody asks: the monitor itself, and topics.
    cases, case_desk
        The cases, and what takes requests on them.
    users, logins, door
        Who is known, what logs them in, and what the configuration says of who may.
    pages, static, frame
        What renders pages, their files, and what stands around them.
    now
        The clock of day.
    """

    config: Config
    live: LiveFeeds
    board: Board
    book: Book
    desk: HandIn
    revisions: Revisions
    hidden: HidingCounts
    sent: SentLog
    library: Library
    watched: Watched
    cases: CasesPart
    case_desk: CaseHandIn
    users: UsersTopic
    logins: Logins
    door: Door
    pages: Pages
    static: StaticFiles
    frame: Frame
    now: Callable[[], dt.datetime]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the pages' times."""
        return ZoneInfo(self.config.timezone)

    def reader(self, request: Request) -> Reader:
        """Return who has sent a request.

        Parameters
        ----------
        request
            The request.
        """
        return self.reader_of(request.scope)

    def reader_of(self, scope: Scope) -> Reader:
        """Return who has sent a request; one that has not passed the gate is nobody's.

        Parameters
        ----------
        scope
            The request.
        """
        identity = scope.get("state", {}).get("identity")
        return reader_of(scope, self.door, self.zone, identity)
