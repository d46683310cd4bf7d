"""The addresses of silences: a list, and a new one with its preview. They change nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import FastAPI, Request, Response

from streams.actions.action import MakeSilence
from streams.actions.desk import HidingReport
from streams.actions.kafka_desk import sources_of
from streams.actions.preview import PREVIEWED, Preview
from streams.alerts.cloudevent import decode_event
from streams.alerts.label import alert_id_of
from streams.alerts.sentences import sentence
from streams.delivery.access.asked import fields_of
from streams.delivery.api.board_hiding import board_preview
from streams.delivery.console.act.form_problem import FormProblem
from streams.delivery.console.act.matched import matcher_of, texts_about, texts_of
from streams.delivery.console.act.until import DURATIONS, USUAL
from streams.delivery.console.frame.console import Console
from streams.delivery.console.frame.forms import SentForm
from streams.delivery.console.silence.choices import keys_of
from streams.language.catalogue import catalogue

ENDED_SHOWN: Final = dt.timedelta(days=7)
"""For how long one that has ended is still shown."""

SHOWN: Final = 100
"""Silences and snoozes of a page: those in force first, the next to end before others."""


def add_silences_pages(app: FastAPI, console: Console) -> None:
    """Add the addresses.

    Parameters
    ----------
    app
        The application.
    console
        The console.
    """
    sources = sources_of(console.config)

    @app.get("/silences", include_in_schema=False)
    async def silences(request: Request) -> Response:
        now = console.now()
        reports = sorted(await _reports(console, now), key=lambda one: one.hiding.ends_at)
        running = [one for one in reports if one.hiding.runs(now)]
        ended = [one for one in reports if not one.hiding.runs(now)][::-1]
        page = _page(request.query_params.get("page", ""), len(reports))
        begin, end = (page - 1) * SHOWN, page * SHOWN
        return console.pages.render(
            "silence/list.html",
            console.reader(request),
            now=now,
            running_count=len(running),
            running=running[begin:end],
            ended=ended[max(0, begin - len(running)) : max(0, end - len(running))],
            before=f"/silences?page={page - 1}" if page > 1 else None,
            after=f"/silences?page={page + 1}" if end < len(reports) else None,
            is_silence=_is_silence,
        )

    @app.get("/silences/new", include_in_schema=False)
    async def new(request: Request) -> Response:
        reader, form = console.reader(request), SentForm(fields_of(request.url.query.encode()))
        words = catalogue(reader.language)
        texts = texts_of(form) or _texts_of_alerts(console, form.all("alert"))
        problem, found = "", None
        if texts:
            try:
                found = await _preview(console, sources, texts)
            except FormProblem as wrong:
                problem = f"{words.gettext(wrong.text)} {wrong.detail}".strip()
        names = sorted({name for group in sources.values() for name in group})
        return console.pages.render(
            "silence/new.html",
            reader,
            keys=keys_of(texts, names),
            texts=texts,
            found=found,
            problem=problem,
            days=PREVIEWED.days,
            durations=DURATIONS,
            usual=USUAL,
            sentence=lambda alert: sentence(alert, words),
        )


def _page(text: str, count: int) -> int:
    """Return the number of a page that an address asks for: one that there is."""
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(wanted, -(-count // SHOWN)))


def _is_silence(report: HidingReport) -> bool:
    return isinstance(report.hiding.made, MakeSilence)


def _texts_of_alerts(console: Console, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return what matches alerts that an address names."""
    rows = [console.board.alert(found) for text in ids if (found := alert_id_of(text))]
    return texts_about(decode_event(row.raw).alert for row in rows if row is not None)


async def _reports(console: Console, now: dt.datetime) -> list[HidingReport]:
    since, text = now - ENDED_SHOWN, console.book.notes.text
    counts = await console.hidden.now()
    return [
        HidingReport(each, text(each.made.id), counts[each.made.id])
        for each in console.book.state.every_hiding()
        if each.made.id in counts and (each.runs(now) or each.ends_at >= since)
    ]


async def _preview(
    console: Console, sources: Mapping[str, Sequence[str]], texts: Mapping[str, Sequence[str]]
) -> Preview:
    match, since, rows = matcher_of(texts), console.now() - PREVIEWED, list(console.board)
    return await asyncio.to_thread(lambda: board_preview(match, rows, sources, since))
