"""The address of an alert's page. It reads, and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from streams.actions.about_alert import AlertActions
from streams.actions.state import Hidden
from streams.alerts.cloudevent import decode_event
from streams.alerts.latest import is_exact
from streams.alerts.phrases import about, instant
from streams.alerts.reporters import of_complaints
from streams.alerts.sentences import sentence
from streams.cases.case import Case
from streams.cases.evidence import case_id_of_alert
from streams.cases.wording import CASE_STATES
from streams.delivery.api.board import BoardRow
from streams.delivery.cases.party import addressee_of
from streams.delivery.console.act.until import DURATIONS, USUAL
from streams.delivery.console.alert.figures import counted, figures_of
from streams.delivery.console.alert.relatives import Relatives, relatives_of
from streams.delivery.console.alert.timeline import timeline_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.reader import LIVE_HEADER, Reader
from streams.delivery.console.plot.revision_plot import revision_plot
from streams.delivery.console.plot.stored_history import stored_history
from streams.delivery.feed.problem import ProblemError
from streams.language.catalogue import catalogue

_MOST_SENT: Final = 200
"""Notifications about an alert that are looked at: the newest ones."""

_MOST_ENTRIES: Final = 100
"""Deeds and notifications that its page shows: the newest ones. The log has the others."""


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
        case = _case(console, reader, alert_id)
        seen = len(sent), _newest(console, alert.group), None if case is None else case.state
        tag = _tag(reader, row, relatives, done, hidden, seen)
        headers = {"ETag": tag}
        # Only of a script: a browser would show again what an earlier page had said.
        if LIVE_HEADER in request.headers and request.headers.get("if-none-match") == tag:
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        revisions = await console.revisions.read(row)
        timeline = timeline_of(alert, (entry.action for entry in book.log), book.notes, sent)
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
            case=case,
            case_states=CASE_STATES,
            timeline=timeline[-_MOST_ENTRIES:],
            earlier=max(0, len(timeline) - _MOST_ENTRIES),
            figures=list(figures_of(alert, words)),
            exact=is_exact(alert),
            history=await stored_history(
                console.library,
                alert.entity.level,
                alert.entity.in_form,
                alert.group,
                alert.signal,
                alert.first_bucket,
                words,
            ),
            plot=revision_plot([one.envelope for one in revisions.found], words),
            durations=DURATIONS,
            usual=USUAL,
            sentence=lambda one: sentence(one, words),
            about=about,
            counted=counted,
            of_complaints=lambda who: of_complaints(who, words),
            instant=instant,
        )


def _tag(
    reader: Reader,
    row: BoardRow,
    relatives: Relatives,
    done: AlertActions,
    hidden: Hidden | None,
    seen: Hashable,
) -> str:
    """Name what the page shows: an open page asks again whenever anything has changed."""
    beside = [
        *(() if relatives.parent is None else (relatives.parent,)),
        *(one for some in relatives[1:] for one in some.shown),
    ]
    shown = [
        (reader.language, reader.name, reader.may_act, row.rank, hidden, seen),
        (done.version, done.label, done.note_ids),
        [(one.row.alert_id, one.row.rank) for one in beside],
        [some.left_out for some in relatives[1:]],
    ]
    digest = hashlib.blake2b(repr(shown).encode("utf-8", "surrogatepass"), digest_size=12)
    return f'"{digest.hexdigest()}"'


def _case(console: Console, reader: Reader, alert_id: str) -> Case | None:
    """Return the case of an alert, if whoever reads may see it."""
    case = console.cases.book.fold.case(case_id_of_alert(alert_id))
    viewer = None if reader.identity is None else addressee_of(reader.identity)
    return case if case is None or viewer is None or case.is_for(viewer) else None


def _newest(console: Console, group: str) -> int:
    """Return the end of the newest bucket that is stored of a group, epoch s; 0 of none."""
    store = console.library.store
    return 0 if store is None else store.newest.get(group, 0)


def _unknown(console: Console) -> ProblemError:
    if not console.live.ready:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return ProblemError(status, status.phrase)
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "There is no such alert among those that serve holds, the newest ones (serve.keep);"
        " `weathervane alerts` lists all that are kept on the broker.",
    )
