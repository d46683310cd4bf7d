"""``weathervane ack``: somebody takes care of alerts."""

from __future__ import annotations

from streams.actions.action import AcknowledgeAlert
from streams.alerts.terms import SEVERITIES, term
from streams.cli.actions.each_alert import DeskOptions, do_about_each
from streams.cli.actions.given import AlertsArgument, ByOption, ExpectsOption, NoteOption
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.language import reader


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
    words = reader()
    do_about_each(
        alerts,
        lambda alert, given: AcknowledgeAlert(
            **given, alert_id=alert.alert_id, severity=alert.severity
        ),
        lambda alert: words.gettext("{alert_id} acknowledged as {severity}").format(
            alert_id=alert.alert_id, severity=term(words, SEVERITIES, alert.severity)
        ),
        DeskOptions(config, bootstrap, url, token_file),
        note=note,
        by=by,
        expects=expects,
        as_json=as_json,
    )
