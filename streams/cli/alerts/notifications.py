"""``weathervane notifications``: what was sent to whom, or given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
import typer

from streams.actions.desk import DeskError
from streams.actions.http_client import Client, open_client
from streams.alerts.terms import term
from streams.cli.actions.given import alert_ids
from streams.cli.actions.rows import print_rows, print_table, shown_time
from streams.cli.actions.serve_options import TokenFileOption, UrlOption, serve_of
from streams.cli.alerts.topic_records import records
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    SinceOption,
    connection,
    in_zone,
    parse_since,
    read_config,
)
from streams.cli.console import err, fail
from streams.cli.csv_table import CsvOption, one_form
from streams.cli.language import reader
from streams.config.model import Config
from streams.delivery.notify.record import Sent, decode
from streams.delivery.sent_log import SentFilter
from streams.language.catalogue import Catalogue, mark, mark_in

_PAGE: Final = 1000
_REASONS: Final = {
    "new": mark_in("notification", "new"),
    "changed": mark_in("notification", "changed"),
    "acknowledged": mark_in("notification", "acknowledged"),
    "repeat": mark_in("notification", "repeat"),
    "escalated": mark_in("notification", "escalated"),
    "resolved": mark_in("notification", "resolved"),
    "monitor": mark_in("notification", "monitor"),
}
_SHOWN_ALERTS: Final = 2
_NAMES: Final = (
    "at", "due", "receiver", "reason", "status", "outcome", "attempts", "detail", "group",
    "alerts", "digest",
)  # fmt: skip


class _SentPage(msgspec.Struct):
    notifications: list[Sent]
    after: int | None = None


_sent_page = msgspec.json.Decoder(_SentPage)


def notifications(
    receiver: Annotated[
        str | None,
        typer.Option("--receiver", metavar="NAME", help="Only to this one.", show_default=False),
    ] = None,
    alert: Annotated[
        str | None,
        typer.Option(
            "--alert", metavar="ALERT", help="Only those that told of it.", show_default=False
        ),
    ] = None,
    since: SinceOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List what receivers were told, or what was given up, in the order of time.

    At a serve process these are its newest 10,000; on Kafka all that there are.

    Example: weathervane notifications --alert 2b1926685558e977
    """
    one_form(json=as_json, csv=as_csv)
    wanted_alert = None if alert is None else alert_ids([alert])[0]
    begin = parse_since(since)
    serve = serve_of(url, token_file, bootstrap)
    settings = read_config(config, bootstrap)
    wanted = SentFilter(receiver, wanted_alert, in_zone(begin, settings.timezone))
    if serve is None:
        found = list(_on_kafka(settings, wanted))
    else:
        try:
            with open_client(serve.url, serve.token) as client:
                found = list(_at_serve(client, wanted))[::-1]
        except DeskError as error:
            fail(str(error))
    if as_json or as_csv:
        print_rows([_row(each) for each in found], names=_NAMES, as_csv=as_csv)
        return
    words = reader()
    print_table(
        words,
        (mark("At"), mark("Receiver"), mark("Why"), mark("Outcome"), mark("Alerts")),
        [_cells(each, settings.timezone, words) for each in found],
    )
    text = words.ngettext(
        "{n} notification; times in {zone}", "{n} notifications; times in {zone}", len(found)
    )
    err.print(text.format(n=f"{len(found):,}", zone=settings.timezone), highlight=False)


def _on_kafka(settings: Config, wanted: SentFilter) -> Iterator[Sent]:
    topic = settings.topic("notifications")
    for raw in records(connection(settings), topic):
        if raw is None:
            return
        try:
            record = decode(raw)
        except ValueError as error:
            err.print(f"a record of {topic!r} cannot be read: {error}", markup=False)
            continue
        if isinstance(record, Sent) and wanted.fits(record):
            yield record


def _at_serve(client: Client, wanted: SentFilter) -> Iterator[Sent]:
    asked = {
        "receiver": wanted.receiver,
        "alert": wanted.alert_id,
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "limit": str(_PAGE),
    }
    asked_for = {name: value for name, value in asked.items() if value is not None}
    while True:
        raw = client.get("/api/v1/notifications", asked_for)
        try:
            page = _sent_page.decode(raw or b"")
        except (ValueError, RecursionError):
            fail(
                f"{client.url} must be the address of a serve process of this version; what it"
                " answers cannot be read"
            )
        yield from page.notifications
        if page.after is None:
            return
        asked_for["after"] = str(page.after)


def _row(sent: Sent) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(sent)
    return {name: value for name, value in row.items() if name not in ("v", "type")}


def _cells(sent: Sent, timezone: str, words: Catalogue) -> tuple[str, ...]:
    ids = [f"{one.alert_id}.{one.revision}" for one in sent.alerts]
    left = len(ids) - _SHOWN_ALERTS
    others = words.gettext("and {n} more").format(n=left)
    outcome = (
        words.pgettext("notification", "accepted")
        if sent.outcome == "accepted"
        else words.gettext("given up after {n}: {reason}").format(
            n=sent.attempts, reason=sent.detail
        )
    )
    return (
        shown_time(sent.at, timezone),
        sent.receiver,
        term(words, _REASONS, sent.reason),
        outcome,
        " ".join([*ids[:_SHOWN_ALERTS], *([others] if left > 0 else [])]),
    )
