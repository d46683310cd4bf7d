"""What serve answers from over HTTP: all of it, or what concerns a view."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from streams.actions.book import Book, BookTopics
from streams.delivery.access.users_topic import UsersTopic
from streams.delivery.api.board import Board
from streams.delivery.api.revisions import Revisions
from streams.delivery.cases.process import CasesPart
from streams.delivery.console.frame.watched import Watched
from streams.delivery.entities.library import Library
from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.pages import FeedKey
from streams.delivery.proofs.live import LiveProofs
from streams.delivery.sent_log import SentLog
from streams.delivery.views.entities import LibraryOfView
from streams.delivery.views.opened import OpenView, Views
from streams.delivery.views.revisions import RevisionsOfView


class ServedParts(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered over HTTP, as whoever reads the topics holds it.

    Attributes
    ----------
    live, expected
        The feeds, and those that are listed even before they have an alert.
    proofs
        The feeds' trees, and who signs them.
    users
        Users, tokens and sessions.
    book, board
        What people have done, and the alerts as they stand.
    revisions
        Reads the revisions of an alert.
    sent
        What was sent to whom.
    library
        What is known of entities.
    watched
        What pages look at when somebody asks.
    views
        What readers see who do not see everything.
    cases
        The cases.
    """

    live: LiveFeeds
    expected: Collection[FeedKey]
    proofs: LiveProofs
    users: UsersTopic
    book: Book
    board: Board
    revisions: Revisions
    sent: SentLog
    library: Library
    watched: Watched
    views: Views
    cases: CasesPart


def parts_of_view(
    parts: ServedParts,
    opened: OpenView,
    sources_of: Mapping[str, Sequence[str]],
    now: Callable[[], dt.datetime],
) -> ServedParts:
    """Return what a view's readers are answered from: nothing that people did is in it.

    Parameters
    ----------
    parts
        All there is.
    opened
        The view.
    sources_of
        The sources of each group.
    now
        The clock.
    """
    return replace(
        parts,
        live=opened.live,
        board=opened.board,
        book=Book({}, BookTopics("", "", ""), sources_of),  # nothing is read or written
        revisions=RevisionsOfView(parts.revisions, opened),
        sent=SentLog(),
        library=LibraryOfView(parts.library, opened, parts.board, now),
    )
