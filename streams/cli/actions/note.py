"""``weathervane note``: texts about alerts, and erasing one."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.actions.action import AddNote, EraseNote, is_action_id
from streams.cli.actions.given import (
    ByOption,
    ExpectsOption,
    alert_ids,
    at_desk,
    found_alerts,
    hand_in,
    require_text,
    signed,
)
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, nearest
from streams.cli.console import fail
from streams.cli.language import reader


def note(
    alert: Annotated[
        str | None,
        typer.Argument(
            metavar="ALERT",
            help="As `weathervane alerts` shows it, with or without its revision.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT", help="At most 1,000 characters, on one line.", show_default=False
        ),
    ] = None,
    erase: Annotated[
        str | None,
        typer.Option(
            "--erase",
            metavar="ID",
            help="Erase the text of this action, of any kind; `weathervane actions` shows ids.",
            show_default=False,
        ),
    ] = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a note about an alert, or erase the text of an action.

    A text may name a person. Erased, it is gone from Kafka once the topic
    is compacted; that there was one stays in the log.

    Example: weathervane note 2b1926685558e977 "their contract ends in March"
    """
    require_text("TEXT", text)
    signed(by)
    words = reader()
    if erase is not None:
        if (alert, text) != (None, None):
            fail("--erase must be given without ALERT and TEXT", 2)
        if not is_action_id(erase):
            fail("--erase must be the id of an action, 32 hexadecimal digits", 2)
        with at_desk(config, bootstrap, url, token_file) as (_, desk):
            known = [entry.action.id for entry in desk.log() if entry.action.noted]
            known += [each.id for each in desk.lost_texts()]
            if erase not in known:
                like = ", ".join(nearest(erase, known)) or "nothing like it"
                fail(f"--erase must be the id of an action that has a text; found {like}")
            action = EraseNote(**signed(by), note_id=erase)
            said = words.gettext("the text of {id} is erased").format(id=erase)
            hand_in(desk, [(action, None)], [said], as_json=as_json)
        return
    if alert is None or text is None:
        fail("note must have ALERT and TEXT, or --erase", 2)
    (alert_id,) = alert_ids([alert])
    with at_desk(config, bootstrap, url, token_file) as (_, desk):
        found_alerts(desk, [alert_id])
        added = AddNote(**signed(by, expects), alert_id=alert_id)
        said = words.gettext("{alert_id} has the note {id}").format(alert_id=alert_id, id=added.id)
        hand_in(desk, [(added, text)], [said], as_json=as_json)
