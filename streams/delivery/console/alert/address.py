"""The address of an alert's page. It reads, and changes nothing."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from streams.alerts.cloudevent import decode_event
from streams.alerts.phrases import about, instant
from streams.alerts.sentences import sentence
from streams.delivery.console.act.until import DURATIONS, USUAL
from streams.delivery.console.alert.figures import counted, figures_of
from streams.delivery.console.alert.relatives import relatives_of
from streams.delivery.console.alert.timeline import timeline_of
from streams.delivery.console.frame.console import Console
from streams.delivery.console.plot.revision_plot import revision_plot
from streams.delivery.feed.problem import ProblemError
from streams.delivery.sent_log import SentFilter
from streams.language.catalogue import catalogue


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
        revisions = await console.revisions.read(row)
        sent = [one for _, one in console.sent.newest(SentFilter(alert_id=alert_id), None)]
        done = state.alert(alert_id)
        return console.pages.render(
            "alert/alert.html",
            reader,
            envelope=envelope,
            alert=alert,
            row=row,
            now=console.now(),
            done=done,
            acknowledged=done.acknowledges(alert),
            lapsed=done.lapsed(alert),
            hidden=state.hides(alert, console.now()),
            revisions=revisions,
            relatives=relatives_of(board, row, envelope),
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


def _unknown(console: Console) -> ProblemError:
    if not console.live.ready:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return ProblemError(status, status.phrase)
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "There is no such alert among those that serve holds, the newest ones (serve.keep);"
        " `weathervane alerts` lists all that are kept on the broker.",
    )
