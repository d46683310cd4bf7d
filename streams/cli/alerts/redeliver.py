"""``weathervane redeliver``: sends alerts again that were given up, or lists them."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from streams.alerts.phrases import listed
from streams.broker.client.connection import Connection
from streams.broker.client.settings import for_aiokafka
from streams.cli.alerts.topic_records import records
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    nearest,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.config.model import Config
from streams.delivery.undelivered.record import Undelivered, encode_record, standing
from streams.delivery.undelivered.redelivery import Fate, Resent, Wanted, send_again
from streams.language.catalogue import Catalogue, Term, mark, mark_in
from streams.sources.times.times import Times, UnusableTime

_ALERT = re.compile(r"[0-9a-f]{16}(\.\d{1,16}(\.[a-z]{1,20})?)?", re.ASCII)
_FATES: dict[Fate, Term] = {
    "delivered": mark_in("fate", "delivered"),
    "refused": mark_in("fate", "refused"),
    "not_tried": mark_in("fate", "not tried"),
}
_HEADS = (
    mark("Given up"),
    mark("Receiver"),
    mark("Alert"),
    mark("Entity"),
    mark("Attempts"),
    mark("Reason"),
)


def redeliver(
    receiver: Annotated[
        str | None,
        typer.Option(
            "--receiver", metavar="NAME", help="Of this receiver only.", show_default=False
        ),
    ] = None,
    alert: Annotated[
        str | None,
        typer.Option(
            "--alert",
            metavar="ALERT_ID",
            help="This alert only, all its revisions; or with a revision only that one.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Only what was given up at this time or later: a date, or RFC 3339.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that is undelivered.")] = False,
    show_undelivered: Annotated[
        bool, typer.Option("--list", help="Show what would be sent, and send nothing.")
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Send alerts again that a receiver has never accepted.

    Each is sent once, in order, to the receiver that lacks it. What is
    accepted stands as undelivered no more. Exit status 1 if one was not
    accepted: it stays where it is.

    Example: weathervane redeliver --list

    Example: weathervane redeliver --receiver pager --since 2026-03-02
    """
    one_form(json=as_json, csv=as_csv)
    if as_csv and not show_undelivered:
        fail("--csv must be given with --list", 2)
    settings = read_config(config, bootstrap)
    wanted = _selection(settings, receiver, alert, since)
    if not show_undelivered and not every and wanted == Wanted():
        fail("redeliver must have --receiver, --alert, --since, --all or --list", 2)
    broker = connection(settings)
    found, problems = standing(records(broker, settings.topic("undelivered")))
    for problem in problems:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    lost = list(wanted.chosen(found))
    if show_undelivered:
        if as_csv:
            write_documents([orjson.loads(encode_record(one)) for one in lost])
        else:
            _list(lost, settings.timezone, as_json=as_json)
        return
    outcomes = _send(settings, broker, lost)
    _say(outcomes, as_json=as_json)
    if any(one.fate != "delivered" for one in outcomes):
        raise typer.Exit(1)


def _selection(
    settings: Config, receiver: str | None, alert: str | None, since: str | None
) -> Wanted:
    names = [*(one.name for one in settings.programs), *(one.name for one in settings.receivers)]
    if receiver is not None and receiver not in names:
        known = ", ".join(nearest(receiver, names) or names) or "none"
        fail(f"--receiver must be one of the configuration's; got {receiver}, found {known}", 2)
    if alert is not None and not _ALERT.fullmatch(alert):
        fail(
            "--alert must be 16 hex digits, maybe with a revision, as --list shows them;"
            f" got {alert}",
            2,
        )
    if since is None:
        return Wanted(receiver, alert)
    try:
        return Wanted(receiver, alert, Times(settings.timezone)[since])
    except UnusableTime:
        fail(f"--since must be a date or a time such as 2026-03-02T08:00:00+08:00; got {since}", 2)


def _send(settings: Config, broker: Connection, lost: Sequence[Undelivered]) -> list[Resent]:
    from streams.delivery.notify.single import addressees
    from streams.delivery.topic_writer import NotWritten
    from streams.delivery.undelivered.writer import UndeliveredWriter

    outcomes: list[Resent] = []
    words = reader()

    def report(outcome: Resent) -> None:
        outcomes.append(outcome)
        record = outcome.record
        text = words.gettext("{alert} to {receiver}: {fate}")
        line = text.format(
            alert=record.alert or _record(record, words),
            receiver=record.receiver,
            fate=words.pgettext(*_FATES[outcome.fate]),
        )
        if outcome.detail:
            line = f"{line}: {outcome.detail}"
        err.print(line, markup=False, highlight=False, soft_wrap=True)

    async def run() -> None:
        writer = UndeliveredWriter(for_aiokafka(broker), settings.topic("undelivered"))
        try:
            await send_again(
                lost,
                addressees(settings),
                writer.write,
                lambda: dt.datetime.now(dt.UTC),
                report,
            )
        finally:
            await writer.close()

    try:
        asyncio.run(run())
    except NotWritten as error:
        _say(outcomes, as_json=False)
        fail(f"{error}; the receiver has accepted an alert that stays undelivered: send it again")
    return outcomes


def _say(outcomes: Sequence[Resent], *, as_json: bool) -> None:
    counts = Counter(one.fate for one in outcomes)
    if as_json:
        out.print(orjson.dumps({fate: counts[fate] for fate in _FATES}).decode(), highlight=False)
        return
    words = reader()
    parts = [f"{counts[fate]:,} {words.pgettext(*_FATES[fate])}" for fate in _FATES if counts[fate]]
    said = listed(words, parts) or words.gettext("nothing is undelivered")
    out.print(said, highlight=False, soft_wrap=True)


def _list(lost: Sequence[Undelivered], timezone: str, *, as_json: bool) -> None:
    if as_json:
        for record in lost:
            sys.stdout.buffer.write(encode_record(record) + b"\n")
        sys.stdout.buffer.flush()
        return
    table = Table(box=None, pad_edge=False)
    words = reader()
    for head in _HEADS:
        table.add_column(
            words.gettext(head), no_wrap=head in ("Alert", "Receiver"), overflow="fold"
        )
    zone = ZoneInfo(timezone)
    for record in lost:
        # Text, since ids may look like markup.
        cells = (
            f"{record.at.astimezone(zone):%Y-%m-%d %H:%M}", record.receiver,
            record.alert or "", record.subject or _record(record, words),
            f"{record.attempts:,}", record.detail,
        )  # fmt: skip
        table.add_row(*map(plain, cells))
    if lost:
        out.print(table)
    text = words.ngettext(
        "{n} alert undelivered; times in {zone}",
        "{n} alerts undelivered; times in {zone}",
        len(lost),
    )
    err.print(text.format(n=len(lost), zone=timezone), highlight=False)


def _record(record: Undelivered, words: Catalogue) -> str:
    """Say which record it was, where that is no alert."""
    text = words.gettext("offset {offset} of {topic}")
    return text.format(offset=record.offset, topic=record.topic)
