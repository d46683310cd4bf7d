"""``weathervane assign``: whose alerts are."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.actions.action import AssignAlert
from streams.cli.actions.each_alert import DeskOptions, do_about_each
from streams.cli.actions.given import AlertsArgument, ByOption, ExpectsOption, NoteOption
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.console import fail
from streams.cli.language import reader
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
    if (to is None) != nobody:
        fail("either --to or --nobody must say whose they are", 2)
    if to is not None and (problem := name_problem(to)):
        fail(f"--to {problem}", 2)
    words = reader()
    of_nobody, of_one = (
        words.gettext("{alert_id} is nobody's"),
        words.gettext("{alert_id} is {name}'s"),
    )
    text = of_nobody if to is None else of_one
    do_about_each(
        alerts,
        lambda alert, given: AssignAlert(**given, alert_id=alert.alert_id, to=to),
        lambda alert: text.format(alert_id=alert.alert_id, name=to),
        DeskOptions(config, bootstrap, url, token_file),
        note=note,
        by=by,
        expects=expects,
        as_json=as_json,
    )
