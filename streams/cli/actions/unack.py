"""``weathervane unack``: nobody takes care of alerts any more."""

from __future__ import annotations

from streams.actions.action import UnacknowledgeAlert
from streams.cli.actions.each_alert import DeskOptions, do_about_each
from streams.cli.actions.given import AlertsArgument, ByOption, ExpectsOption
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.language import reader


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
    words = reader()
    do_about_each(
        alerts,
        lambda alert, given: UnacknowledgeAlert(**given, alert_id=alert.alert_id),
        lambda alert: words.gettext("{alert_id} is acknowledged no more").format(
            alert_id=alert.alert_id
        ),
        DeskOptions(config, bootstrap, url, token_file),
        by=by,
        expects=expects,
        as_json=as_json,
    )
