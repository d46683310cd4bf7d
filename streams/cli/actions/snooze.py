"""``weathervane snooze``: nobody is told of one entity and signal for a while."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from streams.actions.action import Action, EndSnooze, MakeSnooze
from streams.actions.desk import Desk
from streams.alerts.cloudevent import AlertSignal
from streams.alerts.label import alert_id_of, entity_problem, in_form
from streams.cli.actions.given import (
    ByOption,
    ExpectsOption,
    ForOption,
    NoteOption,
    UntilOption,
    at_desk,
    end_of,
    found_alerts,
    hand_in,
    now_utc,
    require_text,
    signed,
)
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, read_config
from streams.cli.console import fail
from streams.cli.language import reader
from streams.printable import printable


def snooze(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ALERT|LEVEL/ID",
            help="An alert, or an entity such as sender/106900012345 (then with --signal).",
            show_default=False,
        ),
    ],
    signal: Annotated[
        str | None,
        typer.Option("--signal", metavar="SIGNAL", help="Of an entity: which.", show_default=False),
    ] = None,
    lasts: ForOption = None,
    until: UntilOption = None,
    end: Annotated[bool, typer.Option("--end", help="End the snooze now.")] = False,
    note: NoteOption = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Snooze one entity and signal: until then nobody is told of it.

    It covers the next alert of the same entity and signal, too. Alerts, the
    feed and webhooks go on as ever.

    Example: weathervane snooze 2b1926685558e977 --for 4h

    Example: weathervane snooze sender/106900012345 --signal complaints --for 2d
    """
    require_text("--note", note)
    fields = signed(by, expects)
    words = reader()
    if end and (lasts, until) != (None, None):
        fail("--end must be given without --for and --until", 2)
    if alert_id_of(what) is None:
        if problem := entity_problem(what):
            fail(f"ALERT|LEVEL/ID must be an alert's id, or an entity that {problem}", 2)
        if signal is None:
            fail("an entity must have --signal: a snooze is of one entity and signal", 2)
        if signal not in get_args(AlertSignal):
            known = " | ".join(get_args(AlertSignal))
            fail(f"--signal must be {known}; got {printable(signal)}", 2)
    elif signal is not None:
        fail("--signal must be given with an entity only: an alert has one", 2)
    if not end:
        end_of(lasts, until, now_utc(), read_config(config, bootstrap).timezone)
    with at_desk(config, bootstrap, url, token_file) as (settings, desk):
        entity, of_signal = _place(desk, what, signal)
        place = f"{entity} {of_signal}"
        if end:
            if not any(
                (each.hiding.made.entity, each.hiding.made.signal) == (entity, of_signal)
                for each in desk.hidings(now_utc())
                if isinstance(each.hiding.made, MakeSnooze)
            ):
                fail(f"{printable(place)} must be snoozed; `weathervane silences` shows what is")
            done: Action = EndSnooze(**fields, entity=entity, signal=of_signal)
            said = words.gettext("{place} is snoozed no more").format(place=place)
        else:
            ends = end_of(lasts, until, fields["at"], settings.timezone)
            done = MakeSnooze(**fields, entity=entity, signal=of_signal, until=ends)
            said = words.gettext("{place} is snoozed until {time}").format(
                place=place, time=ends.isoformat(timespec="seconds")
            )
        hand_in(desk, [(done, note)], [said], as_json=as_json)


def _place(desk: Desk, what: str, signal: str | None) -> tuple[str, str]:
    alert_id = alert_id_of(what)
    if alert_id is None:
        return in_form(what), str(signal)
    (alert,) = found_alerts(desk, [alert_id])
    return f"{alert.entity.level}/{alert.entity.id}", alert.signal
