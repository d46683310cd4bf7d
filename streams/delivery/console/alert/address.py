"""The address of an alert's page. It reads, and changes nothing."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from streams.actions.state import Hidden
from streams.alerts.cloudevent import decode_event
from streams.alerts.phrases import about, instant
from streams.alerts.sentences import sentence
from streams.delivery.api.board import BoardRow
from streams.delivery.console.act.until import DURATIONS, USUAL
from streams.delivery.console.alert.figures import counted, figures_of
from streams.delivery.console.alert.relatives import Relatives, relatives_of
from streams.delivery.console.alert.timeline import timeline_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.reader import Reader
from streams.delivery.console.plot.revision_plot import revision_plot
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import catalogue

_MOST_SENT: Final = 200
"""Notifications about an alert that its page shows: the newest ones."""


def add_alert(app: FastAPI, console: Console) -> None:
    """Add the address.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """

    @app.get("/alerts/{alert_id}", include_in_schema=False)
    async def alert_page(alert_id: str, request: Request) -> Response:
        reader, board, book = console.reader(request), console.board, console.book
        words = catalogue(reader.language)
        row = board.alert(alert_id)
        if row is None:
            raise _unknown(console)
        envelope, state = decode_event(row.raw), book.state
        alert = envelope.alert
        sent = console.sent.about(alert_id, _MOST_SENT)
        done, hidden = state.alert(alert_id), state.hides(alert, console.now())
        relatives = relatives_of(board, row, envelope)
        tag = _tag(reader, row, done.version, hidden, len(sent), relatives)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        revisions = await console.revisions.read(row)
        return console.pages.render(
            "alert/alert.html",
            reader,
            headers=headers,
            tag=tag,
            envelope=envelope,
            alert=alert,
            row=row,
            now=console.now(),
            done=done,
            acknowledged=done.acknowledges(alert),
            lapsed=done.lapsed(alert),
            hidden=hidden,
            revisions=revisions,
            relatives=relatives,
            timeline=timeline_of(alert, (entry.action for entry in book.log), book.notes, sent),
            figures=list(figures_of(alert, words)),
            plot=revision_plot([one.envelope for one in revisions.found], words),
            durations=DURATIONS,
            usual=USUAL,
            sentence=lambda one: sentence(one, words),
            about=about,
            counted=counted,
            instant=instant,
        )


def _tag(
    reader: Reader,
    row: BoardRow,
    version: int,
    hidden: Hidden | None,
    sent: int,
    relatives: Relatives,
) -> str:
    """Name what the page shows: an open page asks again whenever anything has changed."""
    beside = [
        *(() if relatives.parent is None else (relatives.parent,)),
        *(one for some in relatives[1:] for one in some.shown),
    ]
    shown = [
        (reader.language, reader.name, reader.may_act, row.rank, version, hidden, sent),
        [(one.row.alert_id, one.row.rank) for one in beside],
        [some.left_out for some in relatives[1:]],
    ]
    digest = hashlib.blake2b(repr(shown).encode("utf-8", "surrogatepass"), digest_size=12)
    return f'"{digest.hexdigest()}"'


def _unknown(console: Console) -> ProblemError:
    if not console.live.ready:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return ProblemError(status, status.phrase)
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "There is no such alert among those that serve holds, the newest ones (serve.keep);"
        " `weathervane alerts` lists all that are kept on the broker.",
    )
