"""``weathervane unack``: nobody takes care of alerts any more."""

from __future__ import annotations

from streams.actions.action import UnacknowledgeAlert
from streams.cli.actions.given import (
    AlertsArgument,
    ByOption,
    ExpectsOption,
    alert_ids,
    at_desk,
    expects_of_one,
    found_alerts,
    hand_in,
    signed,
)
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption


def unack(
    alerts: AlertsArgument,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take acknowledgements back: nobody takes care of these alerts any more.

    Example: weathervane unack 2b1926685558e977
    """
    ids = alert_ids(alerts)
    expects_of_one(ids, expects)
    signed(by)
    with at_desk(config, bootstrap, url, token_file) as (_, desk):
        found_alerts(desk, ids)
        done = [(UnacknowledgeAlert(**signed(by, expects), alert_id=each), None) for each in ids]
        said = [f"{alert_id} is acknowledged no more" for alert_id in ids]
        hand_in(desk, done, said, as_json=as_json)
