"""Whether a channel can send as it is configured here: its secret files, and its address."""

from __future__ import annotations

from streams.delivery.channels.apprise import Apprise
from streams.delivery.channels.batch import BatchWebhook
from streams.delivery.channels.channel import Channel
from streams.delivery.channels.chat.robot import Robot
from streams.delivery.channels.notification import PeopleChannel
from streams.delivery.channels.pagerduty import PagerDuty, routing_key
from streams.delivery.channels.signing import SecretProblem, signing_keys
from streams.delivery.channels.webhook import Webhook


def unready(channel: Channel | PeopleChannel) -> str | None:
    """Say why a channel cannot send now, or None; what is said shows no secret.

    Its files may be on the host of ``serve`` alone, and are read anew for each attempt.
    """
    try:
        match channel:
            case PagerDuty():
                routing_key(channel)
            case Apprise() | Robot():
                channel.check()
            case BatchWebhook() | Webhook() if channel.secret_file is not None:
                signing_keys(channel.secret_file)
    except SecretProblem as problem:
        return str(problem)
    return None
