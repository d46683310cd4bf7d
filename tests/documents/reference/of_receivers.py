"""What is said of the keys of receivers, and of the records of notifications."""

from typing import Final

RECEIVER: Final = {
    "name": "names the receiver in metrics and in the topic `notifications`",
    "match": "of which alerts it is told: what any of the tables matches; left out: of all;"
    " `[]`: of none, only of what another receiver escalates to it",
    "continue": "whether the receivers after it are asked about an alert that it takes",
    "group_by": "what is told together: an alert and its children, or each alert alone",
    "wait": "how long the first news of a group wait for more",
    "interval": "how long later news of a group wait at least after a notification",
    "repeat": 'how often what is open and unacknowledged is told again; `"0s"`: never',
    "resolved": "whether it is told that an alert is over of which it was told",
    "quiet": 'hours of each day in which warnings wait: `{ from = "22:00", to = "08:00" }`',
    "escalate_after": "how long an alert may stay unacknowledged before `escalate_to` is told",
    "escalate_to": "name of the receiver that is told then",
    "give_up_after": "age of news at which they are given up; `undelivered` takes the alerts",
    "language": "language of what people read",
    "monitor": "whether it gets the events on the monitor itself too",
    "heartbeat": "whether heartbeats are among them; default: where a program listens",
}

MATCH: Final = {
    "level": "level of the entity",
    "id": "id of the entity",
    "signature": "signature that the entity is or belongs to",
    "platform": "platform that the entity is or belongs to",
    "category": "category that the entity is or belongs to",
    "signal": "what burst",
    "kind": "kind of a source's fault",
    "source": "source that the alert is about; of other alerts any source of their group",
    "severity": "severity of the latest revision",
}

NOTIFIED: Final = {
    "v": "version of this form",
    "type": "`sent`, or `settled`, see below",
    "at": "when it was accepted or given up",
    "due": "when it fell due",
    "receiver": "name of the receiver",
    "group": "names what was told together",
    "status": "`firing` while an alert of the group is open",
    "reason": "why it was sent",
    "outcome": "whether it was accepted or given up",
    "attempts": "how often it was sent",
    "detail": "why it was given up; empty where it was accepted",
    "digest": "names the notification: a repeat after a crash has the same",
    "alerts": "what it told: `alert_id`, `revision`, `state`, `severity`, and whether it was"
    " `acknowledged`",
}

CHANNEL: Final = {
    "url": "address of the robot, as the service shows it; it holds a token",
    "url_file": "file with the address, instead of `url`",
    "secret_file": "file with the secret of its security settings, which signs messages",
    "timeout": "how long an answer may take",
    "webhook.url": "where notifications are posted",
    "webhook.secret_file": "file with the keys that sign each post, as for `[[webhooks]]`",
    "alertmanager.urls": "addresses of all members of a cluster",
    "alertmanager.resend_every": "how often open alerts are sent again; without that they end"
    " after four times as long",
    "pagerduty.url": "address of the API",
    "pagerduty.routing_key_file": "file with the integration key of a service (Events API v2)",
    "apprise.url": "address in the form of Apprise; it holds a password or a token",
}
"""Keys of the channels; a line of one channel goes before that of all."""
