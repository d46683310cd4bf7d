"""``weathervane assign``: whose alerts are."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.actions.action import AssignAlert
from streams.cli.actions.given import (
    AlertsArgument,
    ByOption,
    ExpectsOption,
    NoteOption,
    alert_ids,
    at_desk,
    expects_of_one,
    found_alerts,
    hand_in,
    require_text,
    signed,
)
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.console import fail
from streams.items import name_problem


def assign(
    alerts: AlertsArgument,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", help="Whose they are now.", show_default=False),
    ] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="They are nobody's.")] = False,
    note: NoteOption = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assign alerts to somebody.

    Example: weathervane assign 2b1926685558e977 --to li
    """
    ids = alert_ids(alerts)
    expects_of_one(ids, expects)
    require_text("--note", note)
    if (to is None) != nobody:
        fail("either --to or --nobody must say whose they are", 2)
    if to is not None and (problem := name_problem(to)):
        fail(f"--to {problem}", 2)
    signed(by)
    with at_desk(config, bootstrap, url, token_file) as (_, desk):
        found_alerts(desk, ids)
        done = [(AssignAlert(**signed(by, expects), alert_id=each, to=to), note) for each in ids]
        said = [f"{alert_id} is {'nobody' if to is None else to}'s" for alert_id in ids]
        hand_in(desk, done, said, as_json=as_json)
