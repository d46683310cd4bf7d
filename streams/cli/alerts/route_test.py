"""``weathervane route-test``: shows who is told of an alert, when, and why not; or sends it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.table import Table

from streams.actions.kafka_desk import sources_of
from streams.actions.state import ActionState
from streams.alerts.cloudevent import Envelope, decode_event
from streams.alerts.terms import SEVERITIES, SIGNAL_NAMES, term
from streams.cli.actions.given import at_desk, now_utc
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.terminal import plain
from streams.config.model import Config
from streams.delivery.notify.routes import RoutedTo, RoutePreview, preview_routes
from streams.language.catalogue import Catalogue, mark
from streams.sources.times.times import Times, UnusableTime


def route_test(
    alert: Annotated[
        Path,
        typer.Option(
            "--alert",
            metavar="FILE",
            help="Alerts, a CloudEvent a line: of `alerts --json`, or of `replay`.",
            show_default=False,
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="As if they were published at this time: RFC 3339. Default: now.",
            show_default=False,
        ),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send each to the receivers that take it.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no broker: leave out what people did.")
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which receivers are told of alerts, when, and what hides them.

    Nothing is recorded. With --send each receiver that takes an alert is
    sent it at once, hidden or not; exit status 1 if one does not accept it.

    Example: weathervane route-test --alert alerts.jsonl
    """
    settings = read_config(config, bootstrap)
    events = _events(alert)
    now = _moment(at, settings.timezone)
    state = ActionState(sources_of(settings))
    if not offline:
        with at_desk(config, bootstrap) as (_, desk):
            for entry in desk.log():
                state.take(entry.action)
    found = [preview_routes(settings, one.alert, state, now) for one, _ in events]
    refused = _send(settings, events, found) if send else {}
    if as_json:
        out.print_json(orjson.dumps([_document(one, refused) for one in found]).decode())
    else:
        words = reader()
        for one, (envelope, _) in zip(found, events, strict=True):
            _show(one, envelope, settings, refused, words)
    if any(refused.values()):
        raise typer.Exit(1)


def _events(path: Path) -> list[tuple[Envelope, bytes]]:
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        fail(f"--alert must be a file that can be read; {path}: {error.strerror}", 2)
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append((decode_event(line), line))
        except ValueError as error:
            fail(f"{path}, line {number}: must be an alert, a CloudEvent; {error}", 2)
    if not found:
        fail(f"--alert must hold an alert; {path} is empty", 2)
    return found


def _moment(text: str | None, timezone: str) -> dt.datetime:
    if text is None:
        return now_utc()
    try:
        return Times(timezone)[text]
    except UnusableTime:
        fail(f"--at must be a time such as 2026-03-02T23:00:00+08:00; got {text}", 2)


Refused = dict[tuple[str, str], str]
"""By alert and receiver: why it was not accepted; empty where it was."""


def _send(
    settings: Config, events: Sequence[tuple[Envelope, bytes]], found: Sequence[RoutePreview]
) -> Refused:
    from streams.delivery.channels.channel import attempt, where_it_failed
    from streams.delivery.notify.single import addressees

    channels = addressees(settings)

    async def run() -> Refused:
        answers: Refused = {}
        for (_, raw), routed in zip(events, found, strict=True):
            for one in routed.receivers:
                if not one.takes:
                    continue
                try:
                    async with channels[one.receiver].open() as post:
                        refusal = await attempt(post, raw)
                    said = "" if refusal is None else refusal.detail
                except Exception as error:
                    said = where_it_failed(error)
                answers[routed.alert_id, one.receiver] = said
        return answers

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(run())


def _document(one: RoutePreview, refused: Refused) -> dict[str, Any]:
    return {
        "alert_id": one.alert_id,
        "hidden": None if one.hidden is None else one.hidden._asdict(),
        "acknowledged_by": one.acknowledged_by,
        "receivers": [
            {
                "receiver": each.receiver,
                "channel": each.channel,
                "takes": each.takes,
                "why": each.why(),
                "at": each.at,
                "escalates_to": each.escalates and each.escalates[0],
                "escalates_at": each.escalates and each.escalates[1],
                **_sent(refused, one.alert_id, each.receiver),
            }
            for each in one.receivers
        ],
    }


def _sent(refused: Refused, alert_id: str, receiver: str) -> dict[str, Any]:
    said = refused.get((alert_id, receiver))
    return {} if said is None else {"accepted": not said, "refusal": said or None}


def _show(
    one: RoutePreview,
    envelope: Envelope,
    settings: Config,
    refused: Refused,
    words: Catalogue,
) -> None:
    alert, zone = envelope.alert, ZoneInfo(settings.timezone)
    severity, signal = (
        term(words, SEVERITIES, alert.severity),
        term(words, SIGNAL_NAMES, alert.signal),
    )
    out.print(plain(f"{one.alert_id} {severity} {envelope.subject} {signal}"), soft_wrap=True)
    if one.hidden is not None:
        text = words.gettext(_HIDDEN[one.hidden.what])
        until = f"{one.hidden.until.astimezone(zone):%F %R}"
        said = text.format(id=one.hidden.id, name=one.hidden.by, time=until)
        out.print(plain(f"  {said}", "yellow"), soft_wrap=True)
    if one.acknowledged_by is not None:
        text = words.gettext("acknowledged by {name}: told once")
        out.print(plain(f"  {text.format(name=one.acknowledged_by)}"), soft_wrap=True)
    if not any(each.takes for each in one.receivers):
        nobody = words.gettext("no receiver takes it: nobody is told")
        out.print(plain(f"  {nobody}", "yellow"), soft_wrap=True)
    table = Table(*map(words.gettext, _HEADS), box=None, pad_edge=False)
    for each in one.receivers:
        table.add_row(*map(plain, _cells(each, refused.get((one.alert_id, each.receiver)), words)))
    out.print(table)
    zone_note = words.gettext("times in {zone}").format(zone=settings.timezone)
    err.print(zone_note, highlight=False)


_HIDDEN = {
    "silence": mark("hidden by silence {id} of {name} until {time}: nobody is told before"),
    "snooze": mark("hidden by snooze {id} of {name} until {time}: nobody is told before"),
}
_HEADS = (mark("receiver"), mark("channel"), mark("told at"), mark("why"), mark("escalates"))


def _cells(each: RoutedTo, refusal: str | None, words: Catalogue) -> tuple[str, ...]:
    at = "-" if each.at is None else f"{each.at:%F %T}"
    escalates = ""
    if each.escalates is not None:
        to, when = each.escalates
        escalates = words.gettext("to {receiver} at {time}").format(
            receiver=to, time=f"{when:%F %T}"
        )
    why = each.why(words)
    if refusal == "":
        why = words.gettext("{why}; accepted").format(why=why)
    elif refusal is not None:
        why = words.gettext("{why}; not accepted: {reason}").format(why=why, reason=refusal)
    return each.receiver, each.channel, at, why, escalates
