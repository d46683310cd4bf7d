"""One action about each of several alerts: the body of ``ack``, ``unack`` and ``assign``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.actions.action import Action
from streams.alerts.cloudevent import Alert
from streams.cli.actions.given import (
    alert_ids,
    at_desk,
    expects_of_one,
    found_alerts,
    hand_in,
    require_text,
    signed,
)


class DeskOptions(NamedTuple):
    """The options that say where actions are handed in."""

    config: Path | None
    bootstrap: str | None
    url: str | None
    token_file: Path | None


def do_about_each(
    alerts: Sequence[str],
    action: Callable[[Alert, dict[str, Any]], Action],
    said: Callable[[Alert], str],
    at: DeskOptions,
    *,
    note: str | None = None,
    by: str | None,
    expects: int | None,
    as_json: bool,
) -> None:
    """Do something about each alert, and say so.

    Parameters
    ----------
    alerts
        The ids, as they were given.
    action
        Makes the action about an alert, of what all actions have.
    said
        The sentence when it is done.
    at
        Where it is handed in.
    note, by, expects, as_json
        The other options.
    """
    ids = alert_ids(alerts)
    expects_of_one(ids, expects)
    require_text("--note", note)
    signed(by)  # a name that cannot be one is refused before the broker is asked
    with at_desk(*at) as (_, desk):
        found = found_alerts(desk, ids)
        done = [(action(alert, signed(by, expects)), note) for alert in found]
        hand_in(desk, done, [said(alert) for alert in found], as_json=as_json)
