"""``weathervane ack``: somebody takes care of alerts."""

from __future__ import annotations

from streams.actions.action import AcknowledgeAlert
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


def ack(
    alerts: AlertsArgument,
    note: NoteOption = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge alerts: you take care of them.

    Receivers then repeat and escalate nothing about them. It holds until the
    alert ends or becomes more severe; a new alert of the same entity is not
    acknowledged.

    Example: weathervane ack 2b1926685558e977 --note "called the operator"
    """
    ids = alert_ids(alerts)
    expects_of_one(ids, expects)
    require_text("--note", note)
    signed(by)
    with at_desk(config, bootstrap, url, token_file) as (_, desk):
        found = found_alerts(desk, ids)
        done = [
            AcknowledgeAlert(
                **signed(by, expects), alert_id=alert.alert_id, severity=alert.severity
            )
            for alert in found
        ]
        said = [f"{alert.alert_id} acknowledged as {alert.severity}" for alert in found]
        hand_in(desk, [(each, note) for each in done], said, as_json=as_json)
