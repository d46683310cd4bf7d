"""``weathervane bulletin``: writes the bulletin of a day, a week or a month."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.archive.manifest import ArchiveUnusable
from streams.bulletin.cell import BulletinPeriod
from streams.bulletin.contents.collect import BulletinCollector
from streams.bulletin.contents.days import DaySpan, PeriodKind, period_before, period_with
from streams.bulletin.contents.recorded import RecordedParts
from streams.bulletin.emerging import emerging
from streams.bulletin.sections.bulletin import bulletin_document
from streams.cli.actions.serve_options import TokenFileOption
from streams.cli.arguments import ConfigOption, read_config
from streams.cli.bulletin.cases import CasesOption, CasesUrlOption, cases_of
from streams.cli.bulletin.given import (
    ArchiveOption,
    day_of,
    recordings_of,
    require_recorded,
)
from streams.cli.bulletin.output import (
    FormatOption,
    OutputOption,
    format_of,
    write_all,
    write_document,
)
from streams.cli.console import fail
from streams.cli.language import LanguageOption, reader

_WHOLE = 0.999


def bulletin(
    period: Annotated[
        PeriodKind,
        typer.Option("--period", help="A day, a week from Monday to Sunday, or a month."),
    ] = "week",
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DAY",
            help="A day of the period. Default: the last one that is wholly recorded.",
            show_default=False,
        ),
    ] = None,
    archive: ArchiveOption = None,
    cases: CasesOption = None,
    url: CasesUrlOption = None,
    token_file: TokenFileOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIR",
            help="Write every form in both languages into this folder, such as"
            " week-2026-04-20.zh.html.",
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    language: LanguageOption = None,
) -> None:
    """Write the bulletin of a period: what is emerging, and the tables.

    It is one file that needs no network and prints on A4.

    Example: weathervane bulletin --period month --until 2026-03-31 --output march.html
    """
    if into is not None and (form or output or language):
        fail("--into must be given without --format, --output and --language: it writes all", 2)
    chosen = format_of(form, output)
    settings, words = read_config(config), reader(language)
    recordings, held = recordings_of(settings, archive)
    followed = cases_of(cases, url, token_file)
    day = day_of("--until", until)
    if day is not None:
        require_recorded("--until", day, held)
    span = period_with(period, day) if day is not None else _last_whole(period, held)
    try:
        cells = recordings.cells(DaySpan(min(held.complaints), span.last))
        found = (
            None
            if cells is None
            else emerging(cells, BulletinPeriod(span.first, span.last), settings.calendar)
        )
        content = BulletinCollector(settings, recordings, held, followed).content(
            period, span, cells, found
        )
    except ArchiveUnusable as error:
        fail(str(error))
    if into is None:
        write_document(bulletin_document(content, words), content, words, chosen, output)
        return
    write_all(
        lambda tongue: bulletin_document(content, tongue), content, into, f"{period}-{span.first}"
    )


def _last_whole(kind: PeriodKind, held: RecordedParts) -> DaySpan:
    """Return the last period that is wholly recorded; else that of the last day."""
    parts = held.complaints
    first, last = min(parts), max(parts)
    span = period_with(kind, last)
    while span.last >= first:
        if all(parts.get(day, 0.0) > _WHOLE for day in span.days):
            return span
        span = period_before(kind, span)
    return period_with(kind, last)
